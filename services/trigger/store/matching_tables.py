"""The table of signals that have found no subject yet."""

from sqlalchemy import Column, DateTime, Index, Integer, String, Table, Text

from services.trigger.store.tables import metadata

# What has found no subject by itself, with the key by which it finds a later one, and what a clerk decided meanwhile.
unmatched = Table(
    "unmatched",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("sound_key", Text, nullable=False),
    Column("keyed", Integer, nullable=False),  # the version of the keys
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("step", Text, nullable=False),  # nothing, later or register
    Column("ground", Text, nullable=False),
    Column("step_at", DateTime(timezone=True)),
    Column("step_by", Text, nullable=False),
    Column("step_name", Text, nullable=False),
    Index("unmatched_by_sound", "sound_key"),
    Index("unmatched_by_step", "step", "county", "name_key"),
)
