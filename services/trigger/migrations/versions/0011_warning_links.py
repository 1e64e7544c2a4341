"""What the risk view knows more of subjects, what older points tables came to, and indexes for the pages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("subjects", sa.Column("integrity_grade", sa.Text, nullable=False, server_default=""))
    op.create_table(
        "risk_history",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("table_version", sa.Integer, primary_key=True),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("reckoned_on", sa.Date, nullable=False),
    )
    op.create_index("daily_counts_by_category", "daily_counts", ["category", "day"])
    op.create_index("risk_points_by_points", "risk_points", ["points", "uscc"])
    op.create_index("risk_points_by_age", "risk_points", ["reckoned_on"])
