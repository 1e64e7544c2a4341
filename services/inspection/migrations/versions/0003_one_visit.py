"""One visit for several tasks, withdrawn cases, versions of a notice, and the firm's requests for recusal."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _cases()
    _notices()
    _recusals()


def _cases() -> None:
    for name in ("further", "replaced"):
        op.add_column("cases", sa.Column(name, JSONB, nullable=False, server_default="[]"))
    op.add_column("cases", sa.Column("withdrawn_at", sa.DateTime(timezone=True)))
    op.add_column("cases", sa.Column("withdrawn_because", sa.Text, nullable=False, server_default=""))
    op.add_column("check_table", sa.Column("dropped_at", sa.DateTime(timezone=True)))


def _notices() -> None:
    # What was issued before is the first version, as it stands.
    op.add_column("notices", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.alter_column("notices", "version", server_default=None)
    op.add_column("notices", sa.Column("because", sa.Text, nullable=False, server_default=""))
    op.drop_constraint("notices_pkey", "notices")
    op.create_primary_key("notices_pkey", "notices", ["code", "version"])


def _recusals() -> None:
    op.create_table(
        "recusal_requests",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Uuid, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("officer_id", "officer_name", "certificate_number", "reason", "text", "contact")
        ),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_by_name", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
    )
