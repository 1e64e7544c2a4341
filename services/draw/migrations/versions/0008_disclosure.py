"""Tallies of the self-audit, salts handed out, views of secrets, direct choices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _direct() -> None:
    op.create_table(
        "task_methods",
        sa.Column("task_id", sa.Text, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("chosen_by", sa.Text, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "selections",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "team_drafts",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("team", JSONB, nullable=False),
    )
    op.create_table(
        "direct_choices",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("teams", JSONB, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("chosen_by", sa.Text, nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("refused_because", sa.Text),
    )
    op.create_table(
        "draw_officers",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("officer_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("certificate_valid_to", sa.Date, nullable=False),
        sa.Column("why_not", sa.Text, nullable=False),
        sa.Column("cases_this_year", sa.Integer, nullable=False),
        sa.Column("recusals", sa.Integer, nullable=False),
    )


def _audit() -> None:
    op.create_table(
        "drawn_subjects",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("ticket", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("credit_class", sa.String(1), nullable=False),
        sa.Column("officers", JSONB, nullable=False),
        sa.Column("industry", sa.Text),
        sa.Column("size", sa.Text),
        sa.Column("type", sa.Text),
    )
    op.create_table(
        "tallies",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("next_sheet", sa.Integer, nullable=False),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("strata", JSONB, nullable=False),
        sa.Column("groups", JSONB, nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "chances",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("pools", sa.Integer, nullable=False),
        sa.Column("drawn", sa.Integer, nullable=False),
        sa.Column("missed", sa.Float, nullable=False),
    )
    op.create_table(
        "audit_findings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )


def upgrade() -> None:
    _direct()
    _audit()
    op.create_table(
        "handed_salts",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("given_to", sa.Text, nullable=False),
        sa.Column("identity", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("handed_salts_by_firm", "handed_salts", ["draw_id", "uscc"])
    op.create_table(
        "secret_views",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("n", sa.Integer, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("by_name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
