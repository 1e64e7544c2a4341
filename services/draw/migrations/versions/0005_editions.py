"""Editions of a certificate, replacements and their evidence, fresh draws, and cases that were withdrawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was made before is the first edition, as it stands.
    op.add_column("certificates", sa.Column("edition", sa.Integer, nullable=False, server_default="1"))
    op.alter_column("certificates", "edition", server_default=None)
    op.drop_constraint("certificates_pkey", "certificates")
    op.create_primary_key("certificates_pkey", "certificates", ["draw_id", "edition"])
    op.add_column("certificates", sa.Column("made_at", sa.DateTime(timezone=True)))
    op.add_column("certificates", sa.Column("log_index", sa.Integer))
    op.add_column("draws", sa.Column("replaces", JSONB))
    op.add_column("cases", sa.Column("withdrawn", sa.Text))
    op.create_table(
        "amendments",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", JSONB, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("proposed_by", sa.Text, nullable=False),
        sa.Column("proposed_role", sa.Text, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_role", sa.Text),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("rejected_because", sa.Text),
        sa.Column("problem", sa.Text),
        sa.Column("edition", sa.Integer),
        sa.Column("fresh_draw_id", sa.Text),
    )
    op.create_index("amendments_by_state", "amendments", ["state"])
    op.create_table(
        "evidence",
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("media_type", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_by", sa.Text, nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
    )
