"""Indexes with which the overview and the list of signals stay quick beside a million signals."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("signals_by_arrival", "signals", [sa.text("received_at desc"), "signal_id"])
    op.create_index("signals_counted", "signals", ["county", "state", "source", "category"])
    op.create_index("signals_by_order", "signals", ["order_id"], postgresql_ops={"order_id": "text_pattern_ops"})
