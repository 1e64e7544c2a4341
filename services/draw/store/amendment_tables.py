"""The tables of what happens to a certificate after its draw: requests for a change, and the documents behind them."""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.draw.store.tables import metadata

# Who asked for a change, who decided, and the edition that came of it; never deleted.
amendments = Table(
    "amendments",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_role", Text, nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("decided_by", Text),
    Column("decided_role", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("rejected_because", Text),
    Column("problem", Text),  # why an approved change can't be made: what is lacking
    Column("edition", Integer),
    Column("fresh_draw_id", Text),
    Index("amendments_by_state", "state"),
)

# The certificate names these documents by their hash; their content stays inside.
evidence = Table(
    "evidence",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("kept_by", Text, nullable=False),
    Column("kept_at", DateTime(timezone=True), nullable=False),
)
