"""How much each platform may send."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("platforms", sa.Column("rate", sa.Integer, nullable=False, server_default="50"))
    op.add_column("platforms", sa.Column("burst", sa.Integer, nullable=False, server_default="200"))
