"""The pages of masked pools as the public gets them."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pool_sheets", sa.Column("published", sa.LargeBinary))
    op.execute("alter table pool_sheets alter column published set storage external")
