"""Beacon and seal of a draw."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("choice", "beacon", "sealing", "result_receipt", "opening"):
        op.add_column("draws", sa.Column(name, JSONB))
    op.add_column("draws", sa.Column("beacon_due", sa.DateTime(timezone=True)))
    op.add_column("draws", sa.Column("beacon_next_at", sa.DateTime(timezone=True)))
    op.add_column("draws", sa.Column("beacon_attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("draws", sa.Column("beacon_notes", JSONB, nullable=False, server_default="[]"))
    op.create_index("draws_by_beacon", "draws", ["beacon_due"], postgresql_where=sa.text("beacon_due is not null"))
    op.create_index(
        "draws_under_seal", "draws", ["draw_id"], postgresql_where=sa.text("sealing is not null and opening is null")
    )
