"""The tables of what clerks bring in: documents with a deadline, and files with their rows."""

from sqlalchemy import Column, Date, DateTime, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.trigger.store.tables import metadata

# A matter that another authority referred to us, and the document by which it was answered.
referrals = Table(
    "referrals",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("document_number", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("reply_by", Date, nullable=False),
    Column("reply_number", Text, nullable=False),
    Column("replied_on", Date),
    Column("recorded_at", DateTime(timezone=True)),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_name", Text, nullable=False),
    Index("referrals_open", "reply_number", "reply_by"),
)

# A file that a clerk handed in; nothing in it is protected.
uploads = Table(
    "uploads",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("mark", Text, nullable=False),  # a keyed fingerprint of the file
    Column("state", Text, nullable=False),
    Column("mapping", JSONB, nullable=False),  # our field → place of its column
    Column("total", Integer, nullable=False),
    Column("preview", JSONB, nullable=False),  # counts as reckoned before
    Column("done", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("faulty", Integer, nullable=False),
    Column("doubtful", Integer, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("account_name", Text, nullable=False),
    Column("uploaded_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("erase_at", DateTime(timezone=True)),
    Column("claimed_until", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False),
    Index("uploads_by_mark", "mark"),
    Index("uploads_waiting", "state", "uploaded_at"),
)

# What the file says, encrypted: its name, its header, its rows in portions, and the faulty ones one by one.
upload_texts = Table(
    "upload_texts",
    metadata,
    Column("upload_id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Which column of a platform's files means what, by a keyed hash of its header.
upload_mappings = Table(
    "upload_mappings",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("header", Text, primary_key=True),
    Column("field", Text, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("changed_by", Text, nullable=False),
)
