"""Who named the teams of a direct assignment, beside who handed them in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("team_drafts", sa.Column("drafted_by", sa.Text))
    op.add_column("direct_choices", sa.Column("drafted_by", JSONB, nullable=False, server_default="[]"))
