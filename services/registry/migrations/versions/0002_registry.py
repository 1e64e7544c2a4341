"""Accounts and sessions, units, subjects, officers, items, imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("officer_id", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("last_sign_in_at", _MOMENT),
    )
    op.create_table(
        "account_log",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("entry_id", sa.Uuid, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )
    op.create_table(
        "refresh_sessions",
        sa.Column("session_id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("rotated_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("revoked", sa.Boolean, nullable=False),
    )
    op.create_index("refresh_sessions_by_account", "refresh_sessions", ["account_id"])
    op.create_table(
        "login_failures",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "units",
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_table(
        "subjects",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("enterprise_type", sa.Text, nullable=False),
        sa.Column("legal_representative", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("registered_address", sa.Text, nullable=False),
        sa.Column("registered_county", sa.String(6), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("scale", sa.Text, nullable=False),
        sa.Column("headcount", sa.Integer, nullable=False),
        sa.Column("insured_headcount", sa.Integer, nullable=False),
        sa.Column("registration_state", sa.Text, nullable=False),
        sa.Column("credit_class", sa.Text, nullable=False),
        sa.Column("credit_class_on", sa.Date),
        sa.Column("integrity_grade", sa.Text, nullable=False),
        sa.Column("whitelisted", sa.Boolean, nullable=False),
        sa.Column("last_inspected_on", sa.Date),
        sa.Column("inspections", sa.Integer, nullable=False),
        sa.Column("inspections_year", sa.Integer, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_index("subjects_by_county", "subjects", ["county", "name"])
    op.create_index("subjects_by_name", "subjects", ["name"])
    op.create_table(
        "subject_inspections",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("ended_on", sa.Date, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )
    op.create_table(
        "officers",
        sa.Column("officer_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("certificate_number", sa.Text, nullable=False),
        sa.Column("certificate_valid_to", sa.Date, nullable=False),
        sa.Column("staff_kind", sa.Text, nullable=False),
        sa.Column("duty", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("items_allowed", JSONB, nullable=False),
        sa.Column("recusals", JSONB, nullable=False),
        sa.Column("trained_on", sa.Date),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_index("officers_by_county", "officers", ["county"])
    op.create_index("officers_by_certificate", "officers", ["certificate_number"])
    op.create_table(
        "officer_log",
        sa.Column("officer_id", sa.Text, primary_key=True),
        sa.Column("entry_id", sa.Uuid, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )
    op.create_table(
        "items",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("category_number", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subject_kinds", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("methods", JSONB, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("check_points", JSONB, nullable=False),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("published_version", sa.Integer, nullable=False),
        sa.Column("published_at", _MOMENT),
        sa.Column("published_by", sa.Text, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
    )
    op.create_index("items_by_category", "items", ["category_number", "position"])
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("rows_total", sa.Integer, nullable=False),
        sa.Column("rows_new", sa.Integer, nullable=False),
        sa.Column("rows_changed", sa.Integer, nullable=False),
        sa.Column("rows_unchanged", sa.Integer, nullable=False),
        sa.Column("error_count", sa.Integer, nullable=False),
        sa.Column("errors", JSONB, nullable=False),
        sa.Column("warning_count", sa.Integer, nullable=False),
        sa.Column("warnings", JSONB, nullable=False),
        sa.Column("uploaded_at", _MOMENT, nullable=False),
        sa.Column("uploaded_by", sa.Text, nullable=False),
        sa.Column("applied_at", _MOMENT),
        sa.Column("applied_by", sa.Text, nullable=False),
    )
    op.create_index("imports_by_time", "imports", ["uploaded_at"])
    op.create_index("imports_by_content", "imports", ["kind", "sha256"])
