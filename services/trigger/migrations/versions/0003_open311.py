"""Open311: which platforms may use it, and the requests and updates that came by it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("platforms", sa.Column("open311", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "open311_requests",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("batch", sa.Boolean, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("service_code", sa.Text, nullable=False),
        sa.Column("content_mark", sa.Text, nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("open311_by_token", "open311_requests", ["token"])
    op.create_index("open311_by_time", "open311_requests", ["requested_at"])
    op.create_index("open311_by_content", "open311_requests", ["platform", "content_mark", "requested_at"])
    op.create_table(
        "open311_updates",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("update_id", sa.Text, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    )
