"""Plans, tasks, pools, draws, certificates, cases, and what registry says."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subjects",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("enterprise_type", sa.Text, nullable=False),
        sa.Column("legal_representative", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("scale", sa.Text, nullable=False),
        sa.Column("headcount", sa.Integer, nullable=False),
        sa.Column("insured_headcount", sa.Integer, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        sa.Column("credit_class", sa.String(1), nullable=False),
        sa.Column("whitelisted", sa.Boolean, nullable=False),
        sa.Column("last_inspected_on", sa.Date),
        sa.Column("inspections_this_year", sa.Integer, nullable=False),
    )
    op.create_index("subjects_by_county_industry", "subjects", ["county", "industry"])
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
        sa.Column("on_duty", sa.Boolean, nullable=False),
        sa.Column("items_allowed", JSONB, nullable=False),
        sa.Column("recusals", JSONB, nullable=False),
    )
    op.create_table(
        "items",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("section", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
    )
    op.create_table(
        "units",
        sa.Column("unit_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
    )
    op.create_table(
        "sequences",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("last", sa.Integer, nullable=False),
    )
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("lead_section", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("ratio", JSONB, nullable=False),
        sa.Column("triggers", JSONB, nullable=False),
        sa.Column("proposal", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("rejected_because", sa.Text),
        sa.Column("document_number", sa.Text),
        sa.Column("published_by", sa.Text),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.Text, primary_key=True),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("items", JSONB, nullable=False),
        sa.Column("directed", sa.Boolean, nullable=False),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("sections", JSONB, nullable=False),
        sa.Column("deadline", sa.Date, nullable=False),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("draw_id", sa.Text),
        sa.Column("cancelled_because", sa.Text),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_index("tasks_by_plan", "tasks", ["plan_id"])
    op.create_table(
        "draws",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("master", sa.LargeBinary),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("frozen_by", sa.Text, nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pool", JSONB, nullable=False),
        sa.Column("supersedes", JSONB),
        sa.Column("promises", JSONB, nullable=False),
        sa.Column("commitment", sa.Text),
        sa.Column("committed_at", sa.DateTime(timezone=True)),
        sa.Column("receipt", JSONB),
        sa.Column("reveals", JSONB, nullable=False),
        sa.Column("dice", JSONB, nullable=False),
        sa.Column("seed", sa.Text),
        sa.Column("result_sha256", sa.Text),
        sa.Column("drawn_at", sa.DateTime(timezone=True)),
        sa.Column("dispatched_at", sa.DateTime(timezone=True)),
        sa.Column("aborted", JSONB),
        sa.Column("problem", sa.Text),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_index("draws_by_task", "draws", ["task_id"])
    op.create_index("draws_by_state", "draws", ["state"])
    op.create_table(
        "pool_pages",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("page", sa.Integer, primary_key=True),
        sa.Column("rows", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "rosters",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "certificates",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("document", sa.LargeBinary, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("draw_id", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("unit_id", sa.Text, nullable=False),
        sa.Column("officers", JSONB, nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("ended_on", sa.Date),
    )
    op.create_index("cases_by_draw", "cases", ["draw_id"])
    op.create_index("cases_by_dispatched", "cases", ["dispatched_at"])
