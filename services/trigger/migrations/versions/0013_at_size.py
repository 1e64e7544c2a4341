"""Indexes for lists and numbers at a million signals, partial where few have it; and how agreements changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    few = {
        "signals_supervised": (["county"], "supervised"),
        "signals_urged": (["county"], "urge_count > 0"),
        "signals_by_door": (["came_by", "county"], "came_by <> 'order'"),
        "signals_late": (
            ["due", "platform", "county"],
            "state <> 'withdrawn' and decided_at >= timezone('Asia/Shanghai', (due + 1)::timestamp)",
        ),
    }
    for name, (columns, condition) in few.items():
        op.create_index(name, "signals", columns, postgresql_where=sa.text(condition))
    op.drop_index("signals_by_due", "signals")
    op.create_index("signals_by_due", "signals", ["due", "platform", "county"])
    op.create_table(
        "platform_changes",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("before", JSONB, nullable=False),
        sa.Column("after", JSONB, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
    )
