"""Ratio policies, versions of a plan's proposal, and how a task is drawn (细则第六条、第七条第一项、第八条)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables and columns of policies and plans."""
    op.create_table(
        "ratio_policies",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("county", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("ratio", JSONB, nullable=False),
        sa.Column("rounding", sa.Text, nullable=False),
        sa.Column("minimum", sa.Integer, nullable=False),
        sa.Column("spare_a", sa.Boolean, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("document_number", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("rejected_because", sa.Text),
    )
    op.create_table(
        "plan_versions",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("replaced_by", sa.Text, nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
    )
    # Plans and tasks of before were all made with the built-in policy.
    op.add_column("plans", sa.Column("rounding", sa.Text, nullable=False, server_default="ceil"))
    op.add_column("plans", sa.Column("minimum", sa.Integer, nullable=False, server_default="1"))
    op.add_column("plans", sa.Column("spare_a", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("plans", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.add_column("tasks", sa.Column("cells", JSONB, nullable=False, server_default="[]"))
    op.add_column("tasks", sa.Column("order_only", sa.Boolean, nullable=False, server_default=sa.false()))
