"""How long what an informant says is kept, who keeps it longer, and which fields somebody looked at."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("signals", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.create_index("signals_kept", "signals", ["received_at"], postgresql_where=sa.text("erased_at is null"))
    op.add_column("secret_views", sa.Column("fields", JSONB, nullable=False, server_default="[]"))
    op.create_index("secret_views_by_time", "secret_views", ["viewed_at"])
    op.create_table(
        "signal_holds",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("ground", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placed_by", sa.Text, nullable=False),
        sa.Column("placed_name", sa.Text, nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("lifted_by", sa.Text, nullable=False, server_default=""),
        sa.Column("lifted_name", sa.Text, nullable=False, server_default=""),
    )
