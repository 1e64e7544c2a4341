"""The tables of registry; every primary key begins with its aggregate's id."""

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

_MOMENT = DateTime(timezone=True)

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),  # the user name
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("officer_id", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("last_sign_in_at", _MOMENT),
)

# Who did what to an account, and when; never changed.
account_log = Table(
    "account_log",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("at", _MOMENT, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
)

# One sign-in of one browser; only hashes of its token.
refresh_sessions = Table(
    "refresh_sessions",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("rotated_at", _MOMENT, nullable=False),
    Column("expires_at", _MOMENT, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Index("refresh_sessions_by_account", "account_id"),
)

# Wrong passwords in the present window, by account and address: counted over all processes.
login_failures = Table(
    "login_failures",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("started_at", _MOMENT, nullable=False),
)

units = Table(
    "units",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("kind", Text, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
)

subjects = Table(
    "subjects",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("enterprise_type", Text, nullable=False),
    Column("legal_representative", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("registered_address", Text, nullable=False),
    Column("registered_county", String(6), nullable=False),
    Column("address", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("industry", Text, nullable=False),
    Column("scale", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("insured_headcount", Integer, nullable=False),
    Column("registration_state", Text, nullable=False),
    Column("credit_class", Text, nullable=False),
    Column("credit_class_on", Date),
    Column("integrity_grade", Text, nullable=False),
    Column("whitelisted", Boolean, nullable=False),
    Column("last_inspected_on", Date),
    Column("inspections", Integer, nullable=False),  # in `inspections_year`
    Column("inspections_year", Integer, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("subjects_by_county", "county", "name"),
    Index("subjects_by_name", "name"),
)

# Every finished inspection that was heard of: a case counts once.
subject_inspections = Table(
    "subject_inspections",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("case_id", Text, primary_key=True),
    Column("ended_on", Date, nullable=False),
    Column("result", Text, nullable=False),
)

officers = Table(
    "officers",
    metadata,
    Column("officer_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("certificate_number", Text, nullable=False),
    Column("certificate_valid_to", Date, nullable=False),
    Column("staff_kind", Text, nullable=False),
    Column("duty", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("items_allowed", JSONB, nullable=False),
    Column("recusals", JSONB, nullable=False),  # [{uscc, relation, declared_on}]
    Column("trained_on", Date),
    Column("changed_at", _MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("officers_by_county", "county"),
    Index("officers_by_certificate", "certificate_number"),
)

# What changed on an officer by hand, why, and who did it; never changed itself.
officer_log = Table(
    "officer_log",
    metadata,
    Column("officer_id", Text, primary_key=True),
    Column("entry_id", Uuid, primary_key=True),
    Column("at", _MOMENT, nullable=False),
    Column("who", Text, nullable=False),
    Column("what", Text, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),  # in the official list
    Column("category", Text, nullable=False),
    Column("category_number", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("subject_kinds", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("methods", JSONB, nullable=False),
    Column("authority", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("check_points", JSONB, nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("published_version", Integer, nullable=False),  # 0: never published
    Column("published_at", _MOMENT),
    Column("published_by", Text, nullable=False),
    Column("changed_at", _MOMENT, nullable=False),
    Column("changed_by", Text, nullable=False),
    Index("items_by_category", "category_number", "position"),
)

# Every file that was handed in, with what came of it; the file itself is the evidence of who changed what.
imports = Table(
    "imports",
    metadata,
    Column("import_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),  # previewed applied refused
    Column("rows_total", Integer, nullable=False),
    Column("rows_new", Integer, nullable=False),
    Column("rows_changed", Integer, nullable=False),
    Column("rows_unchanged", Integer, nullable=False),
    Column("error_count", Integer, nullable=False),
    Column("errors", JSONB, nullable=False),  # the first of them
    Column("warning_count", Integer, nullable=False),
    Column("warnings", JSONB, nullable=False),
    Column("uploaded_at", _MOMENT, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("applied_at", _MOMENT),
    Column("applied_by", Text, nullable=False),
    Index("imports_by_time", "uploaded_at"),
    Index("imports_by_content", "kind", "sha256"),
)
