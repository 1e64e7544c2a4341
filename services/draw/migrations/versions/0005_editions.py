"""Editions of a certificate, replacements and their evidence, fresh draws, and cases that were withdrawn."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# What was decided about a draw: none of it can be deleted, and documents can't be written over.
KEPT = ("draws", "certificates", "rosters", "amendments", "evidence")


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
    _keep_for_ever()


def _keep_for_ever() -> None:
    op.execute(
        """
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% keeps what was decided', tg_table_name using errcode = 'integrity_constraint_violation';
        end $$
        """
    )
    for table in KEPT:
        op.execute(
            f"create trigger never_deleted before delete on {table} for each row execute function refuse_change()"
        )
        op.execute(
            f"create trigger never_emptied before truncate on {table}"
            " for each statement execute function refuse_change()"
        )
    # The first edition of a sealed draw gets the log's receipt for its result before anybody sees it; later ones are
    # made whole. Where the log announces an edition is noted when the log has answered.
    op.execute(
        "create trigger never_rewritten before update of document, sha256, edition, draw_id on certificates"
        " for each row when (old.edition > 1) execute function refuse_change()"
    )
    for table in ("rosters", "evidence"):
        op.execute(
            f"create trigger never_rewritten before update on {table} for each row execute function refuse_change()"
        )
