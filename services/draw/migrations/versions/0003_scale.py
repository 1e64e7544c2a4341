"""Pools frozen as background work, and long lists."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pool_sheets",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("sheet", sa.Integer, primary_key=True),
        sa.Column("first_id", sa.Text, nullable=False),
        sa.Column("rows", sa.LargeBinary, nullable=False),
        sa.Column("leaves", sa.LargeBinary, nullable=False),
        sa.Column("node", sa.LargeBinary, nullable=False),
    )
    # Compressing costs more time than it saves: a pool is written once, at the speed of a copy.
    op.execute("alter table pool_sheets alter column rows set storage external")
    op.drop_table("pool_pages")
    op.create_table(
        "draw_progress",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "result_files",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("rows", sa.LargeBinary, nullable=False),
    )
    op.execute("alter table result_files alter column rows set storage external")
