"""The tables of publicity; every primary key begins with its aggregate's id."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _moment(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


# The public log. An entry is an aggregate (`log/<index>`); one advisory lock makes the indexes dense.
log_entries = Table(
    "log_entries",
    metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False),  # canonical JSON, the leaf's preimage
    Column("leaf_hash", LargeBinary, nullable=False),
    _moment("at"),
    Index("log_entries_by_kind", "kind", "index"),
)

# (kind, reference) stands in the log once; a table, because its key is not the entry's.
log_references = Table(
    "log_references",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
    Column("index", BigInteger, nullable=False),
)

# Hashes of complete subtrees over 2^level leaves: appending and proofs read O(log n) of them.
log_nodes = Table(
    "log_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)

# The signed head after every append.
log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", Text, nullable=False),
    _moment("at"),
)

publications = Table(
    "publications",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    # Columns that lists filter and sort by, taken from the content.
    Column("county", String(6), nullable=False),
    Column("unit_name", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("subject_result", Text, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("ended_on", Date, nullable=False),
    Column("due", Date, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    Column("trigger_ids", JSONB, nullable=False),
    Column("entered_by", JSONB, nullable=False),
    Column("correlation_id", Text, nullable=False),
    _moment("received_at"),
    _moment("published_at", nullable=True),
    Column("in_time", Boolean),
    Column("corrections", Integer, nullable=False),
    Column("follow_up_closed_on", Date),
    Index("publications_by_state", "state", "due"),
    Index("publications_by_county", "county", "state"),
    Index("publications_by_uscc", "uscc"),
    Index("publications_by_published_at", "published_at"),
)

# What was done to a publication, by whom and why. Append only.
publication_history = Table(
    "publication_history",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("action", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("who_name", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    _moment("at"),
)

# What one person asked to be corrected, and what another decided. Both append only.
corrections = Table(
    "corrections",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    _moment("at"),
)
correction_decisions = Table(
    "correction_decisions",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("confirmed", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    _moment("at"),
)

# What exactly was sent to the national platform. Append only: mirrored as sent.
mirror_records = Table(
    "mirror_records",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("record_id", Text, nullable=False),
    Column("operation", String(1), nullable=False),  # i or u
    Column("channel", Text, nullable=False),  # http or file
    Column("payload", LargeBinary, nullable=False),
    Column("payload_sha256", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    _moment("at"),
    Index("mirror_records_by_record_id", "record_id"),
)

# How far the sending of each record is: the only part of the mirror that changes.
mirror_deliveries = Table(
    "mirror_deliveries",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("county", String(6), nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    _moment("next_attempt_at"),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    _moment("updated_at"),
    Index("mirror_deliveries_due", "state", "next_attempt_at"),
)

# Every answer as it came. Append only.
mirror_receipts = Table(
    "mirror_receipts",
    metadata,
    Column("publication_id", Text, primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    _moment("at"),
)

# File packages as they were handed out. Append only.
mirror_packages = Table(
    "mirror_packages",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("records", Integer, nullable=False),
    Column("json", LargeBinary, nullable=False),
    Column("json_sha256", Text, nullable=False),
    Column("xlsx", LargeBinary, nullable=False),
    Column("xlsx_sha256", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    _moment("at"),
)

# What the public site shows of what others have said.
items = Table(
    "items",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("category", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("subject_kinds", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("methods", JSONB, nullable=False),
    Column("authority", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    _moment("published_at"),
)
plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("document_number", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("scope", Text, nullable=False),
    Column("ratio", JSONB, nullable=False),
    _moment("approved_at"),
)
tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("plan_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("directed", Boolean, nullable=False),
    Column("county", String(6), nullable=False),
    Column("item_codes", JSONB, nullable=False),
    Column("finish_by", Date, nullable=False),
)
