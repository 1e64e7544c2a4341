"""The public log, publications with their history, corrections, the mirror, what the public site shows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "log_entries",
    "log_references",
    "log_nodes",
    "log_checkpoints",
    "publication_history",
    "corrections",
    "correction_decisions",
    "mirror_records",
    "mirror_receipts",
    "mirror_packages",
)


def upgrade() -> None:
    _log()
    _publications()
    _mirror()
    _catalogue()
    _append_only()


def _log() -> None:
    op.create_table(
        "log_entries",
        sa.Column("index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("log_entries_by_kind", "log_entries", ["kind", "index"])
    op.create_table(
        "log_references",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("index", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("unit_name", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("subject_name", sa.Text, nullable=False),
        sa.Column("subject_result", sa.Text, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("trigger_ids", JSONB, nullable=False),
        sa.Column("entered_by", JSONB, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("in_time", sa.Boolean),
        sa.Column("corrections", sa.Integer, nullable=False),
        sa.Column("follow_up_closed_on", sa.Date),
    )
    op.create_index("publications_by_county", "publications", ["county", "state"])
    op.create_index("publications_by_published_at", "publications", ["published_at"])
    op.create_index("publications_by_state", "publications", ["state", "due"])
    op.create_index("publications_by_uscc", "publications", ["uscc"])
    op.create_table(
        "publication_history",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("who_name", sa.Text, nullable=False),
        sa.Column("content", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "corrections",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("before", JSONB, nullable=False),
        sa.Column("after", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "correction_decisions",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("confirmed", sa.Boolean, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _mirror() -> None:
    op.create_table(
        "mirror_records",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.Text, nullable=False),
        sa.Column("operation", sa.String(1), nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("payload_sha256", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("mirror_records_by_record_id", "mirror_records", ["record_id"])
    op.create_table(
        "mirror_deliveries",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("mirror_deliveries_due", "mirror_deliveries", ["state", "next_attempt_at"])
    op.create_table(
        "mirror_receipts",
        sa.Column("publication_id", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "mirror_packages",
        sa.Column("package_id", sa.Text, primary_key=True),
        sa.Column("records", sa.Integer, nullable=False),
        sa.Column("json", sa.LargeBinary, nullable=False),
        sa.Column("json_sha256", sa.Text, nullable=False),
        sa.Column("xlsx", sa.LargeBinary, nullable=False),
        sa.Column("xlsx_sha256", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _catalogue() -> None:
    op.create_table(
        "items",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("subject_kinds", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("methods", JSONB, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("document_number", sa.Text, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("ratio", JSONB, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("directed", sa.Boolean, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("item_codes", JSONB, nullable=False),
        sa.Column("finish_by", sa.Date, nullable=False),
    )


def _append_only() -> None:
    # What was logged, published or decided is never changed, by no program and no person with a client.
    op.execute(
        """
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% is append-only', tg_table_name using errcode = 'integrity_constraint_violation';
        end $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"create trigger append_only before update or delete on {table}"
            " for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger never_emptied before truncate on {table}"
            " for each statement execute function refuse_change()"
        )
