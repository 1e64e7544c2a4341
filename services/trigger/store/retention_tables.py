"""The table of legal holds."""

from sqlalchemy import Column, DateTime, Index, Table, Text

from services.trigger.store.tables import metadata, signals

# Why a signal is not erased although its time has come; appended, and lifted by name.
signal_holds = Table(
    "signal_holds",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("hold_id", Text, primary_key=True),
    Column("ground", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("placed_at", DateTime(timezone=True), nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_name", Text, nullable=False),
    Column("lifted_at", DateTime(timezone=True)),
    Column("lifted_by", Text, nullable=False, server_default=""),
    Column("lifted_name", Text, nullable=False, server_default=""),
)

# Those whose protected text is still there, the oldest first.
signals_kept = Index("signals_kept", signals.c.received_at, postgresql_where=signals.c.erased_at.is_(None))
