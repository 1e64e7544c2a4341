"""Read models, cases with their record, evidence, follow-up, archive, notices."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _empty(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _when(name: str, nullable: bool = False) -> "sa.Column[datetime]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB, nullable=False)


def upgrade() -> None:
    _reference()
    _cases()
    _record()
    _afterwards()


def _reference() -> None:
    for table, key in (("items", "code"), ("officers", "officer_id")):
        op.create_table(
            table,
            _key(key),
            sa.Column("version", sa.Integer, nullable=False),
            _json("document"),
        )
    op.create_table(
        "units",
        _key("unit_id"),
        sa.Column("version", sa.Integer, nullable=False),
        _text("name"),
        sa.Column("county", sa.String(6), nullable=False),
    )


def _cases() -> None:
    op.create_table(
        "cases",
        _key("case_id"),
        _text("correlation_id"),
        _json("dispatch"),
        sa.Column("county", sa.String(6), nullable=False),
        _text("unit_id"),
        _text("uscc"),
        _text("subject_name"),
        _json("officer_ids"),
        sa.Column("finish_by", sa.Date, nullable=False),
        _text("state"),
        _empty("notice_code"),
        _when("approved_at", nullable=True),
        _empty("approved_by"),
        _empty("approved_by_name"),
        sa.Column("approved_afterwards", sa.Boolean, nullable=False, server_default="false"),
        _when("started_at", nullable=True),
        sa.Column("present", JSONB, nullable=False, server_default="[]"),
        _when("completed_at", nullable=True),
        _empty("recorded_by"),
        sa.Column("record", JSONB),
        _empty("record_sha256"),
        _when("published_at", nullable=True),
        _empty("published_address"),
        _when("archived_at", nullable=True),
    )
    op.create_index("cases_by_county", "cases", ["county", "state", "finish_by"])
    op.create_index("cases_by_officer", "cases", ["officer_ids"], postgresql_using="gin")
    op.create_table(
        "case_history",
        _key("case_id"),
        sa.Column("entry_id", sa.Uuid, primary_key=True),
        _when("at"),
        _empty("who"),
        _empty("account"),
        _text("what"),
    )
    op.create_table(
        "notices",
        _key("code"),
        _text("case_id"),
        sa.Column("county", sa.String(6), nullable=False),
        _when("issued_at"),
        _json("content"),
    )


def _record() -> None:
    op.create_table(
        "check_table",
        _key("case_id"),
        sa.Column("position", sa.Integer, primary_key=True),
        _json("document"),
    )
    op.create_table(
        "record_parts",
        _key("case_id"),
        _key("part"),
        sa.Column("version", sa.Integer, primary_key=True),
        _json("content"),
        _text("saved_by"),
        _text("saved_by_name"),
        _when("saved_at"),
    )
    op.create_table(
        "evidence",
        _key("case_id"),
        _key("evidence_id"),
        _text("about"),
        _text("name"),
        _text("media_type"),
        sa.Column("size", sa.Integer, nullable=False),
        _text("sha256"),
        sa.Column("content", sa.LargeBinary, nullable=False),
        _text("uploaded_by"),
        _text("uploaded_by_name"),
        _when("uploaded_at"),
    )
    op.create_table(
        "supplements",
        _key("case_id"),
        _key("supplement_id"),
        _text("text"),
        _text("added_by"),
        _text("added_by_name"),
        _when("added_at"),
    )


def _afterwards() -> None:
    op.create_table(
        "transfers",
        _key("case_id"),
        _key("transfer_id"),
        _text("department"),
        _text("clue"),
        sa.Column("transferred_on", sa.Date, nullable=False),
        _text("entered_by"),
        _when("entered_at"),
        _empty("feedback"),
        sa.Column("feedback_on", sa.Date),
        _empty("feedback_by"),
    )
    op.create_table(
        "follow_ups",
        _key("case_id"),
        _text("kind"),
        _text("owner_unit_id"),
        _text("owner_unit_name"),
        sa.Column("due", sa.Date),
        _empty("requirements"),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        _empty("outcome"),
        _empty("closed_by"),
    )
    op.create_table(
        "archive_files",
        _key("case_id"),
        _key("name"),
        _text("media_type"),
        _text("sha256"),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
