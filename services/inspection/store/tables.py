"""The tables of inspection; every primary key begins with its aggregate's id."""

from typing import Any

from sqlalchemy import (
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
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _text(name: str, default: str | None = "") -> "Column[Any]":
    return Column(name, Text, nullable=False, server_default=default)


def _when(name: str, *, required: bool = False) -> "Column[Any]":
    return Column(name, DateTime(timezone=True), nullable=not required)


# --- what registry says (read models: the newest version wins) ---
items = Table(
    "items",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
)
officers = Table(
    "officers",
    metadata,
    Column("officer_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("document", JSONB, nullable=False),
)
units = Table(
    "units",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
)

# --- the case ---
cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("correlation_id", Text, nullable=False),
    Column("dispatch", JSONB, nullable=False),  # as it was handed over; the columns below it are for searching
    Column("county", String(6), nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("subject_name", Text, nullable=False),
    Column("officer_ids", JSONB, nullable=False),
    Column("finish_by", Date, nullable=False),
    Column("state", Text, nullable=False),
    _text("notice_code"),
    _when("approved_at"),
    _text("approved_by"),
    _text("approved_by_name"),
    Column("approved_afterwards", Boolean, nullable=False, server_default="false"),
    _when("started_at"),
    Column("present", JSONB, nullable=False, server_default="[]"),
    _when("completed_at"),
    _text("recorded_by"),
    Column("record", JSONB),
    _text("record_sha256"),
    _when("published_at"),
    _text("published_address"),
    _when("archived_at"),
    Column("further", JSONB, nullable=False, server_default="[]"),  # other tasks that joined the visit
    Column("replaced", JSONB, nullable=False, server_default="[]"),  # officers, one entry a replacement
    _when("withdrawn_at"),
    _text("withdrawn_because"),
    Index("cases_by_county", "county", "state", "finish_by"),
    Index("cases_by_officer", "officer_ids", postgresql_using="gin"),
)
case_history = Table(
    "case_history",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    _when("at", required=True),
    _text("who"),
    _text("account"),
    Column("what", Text, nullable=False),
)
check_table = Table(
    "check_table",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("document", JSONB, nullable=False),
    _when("dropped_at"),  # the task that asked for it left the visit before its start
)
# Every version of every part of the record stays.
record_parts = Table(
    "record_parts",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", JSONB, nullable=False),
    Column("saved_by", Text, nullable=False),
    Column("saved_by_name", Text, nullable=False),
    _when("saved_at", required=True),
)
evidence = Table(
    "evidence",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("evidence_id", Text, primary_key=True),
    Column("about", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_by_name", Text, nullable=False),
    _when("uploaded_at", required=True),
)
supplements = Table(
    "supplements",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("supplement_id", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_by_name", Text, nullable=False),
    _when("added_at", required=True),
)
transfers = Table(
    "transfers",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("transfer_id", Text, primary_key=True),
    Column("department", Text, nullable=False),
    Column("clue", Text, nullable=False),
    Column("transferred_on", Date, nullable=False),
    Column("entered_by", Text, nullable=False),
    _when("entered_at", required=True),
    _text("feedback"),
    Column("feedback_on", Date),
    _text("feedback_by"),
)
follow_ups = Table(
    "follow_ups",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner_unit_id", Text, nullable=False),
    Column("owner_unit_name", Text, nullable=False),
    Column("due", Date),
    _text("requirements"),
    Column("opened_on", Date, nullable=False),
    Column("closed_on", Date),
    _text("outcome"),
    _text("closed_by"),
)
archive_files = Table(
    "archive_files",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# --- the notice: its unguessable code is the key ---
notices = Table(
    "notices",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),  # from 1; the newest counts, all stay
    Column("case_id", Text, nullable=False),
    Column("county", String(6), nullable=False),
    _when("issued_at", required=True),
    Column("content", JSONB, nullable=False),
    _text("because"),
)
recusal_requests = Table(
    "recusal_requests",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("officer_id", Text, nullable=False),
    Column("officer_name", Text, nullable=False),
    Column("certificate_number", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),  # for the unit alone, and so is the contact
    Column("contact", Text, nullable=False),
    _when("requested_at", required=True),
    Column("decision", Text, nullable=False),
    _text("decided_by"),
    _text("decided_by_name"),
    _when("decided_at"),
    _text("answer"),
)
