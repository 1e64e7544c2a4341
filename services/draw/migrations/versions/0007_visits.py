"""One visit for several tasks (细则第三条): participants of a task, and tasks that joined another task's case."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables and columns of visits."""
    op.add_column("tasks", sa.Column("participants", JSONB, nullable=False, server_default="[]"))
    op.add_column("cases", sa.Column("started_at", sa.DateTime(timezone=True)))
    op.create_index("cases_by_subject", "cases", ["uscc", "dispatched_at"])
    op.create_table(
        "case_tasks",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("own_case_id", sa.Text, nullable=False),
        sa.Column("officers", JSONB, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parted_at", sa.DateTime(timezone=True)),
        sa.Column("parted_because", sa.Text),
    )
    op.create_index("case_tasks_by_draw", "case_tasks", ["draw_id"])
    op.create_index("case_tasks_by_joined", "case_tasks", ["joined_at"])
