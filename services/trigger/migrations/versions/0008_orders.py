"""Messages on orders, reviews and their clocks, answers in rounds, and platforms whose answers are paused."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, kind in (("urge_count", sa.Integer), ("reopened", sa.Integer)):
        op.add_column("signals", sa.Column(name, kind, nullable=False, server_default="0"))
    op.add_column("signals", sa.Column("revisit", sa.Text, nullable=False, server_default=""))
    op.add_column("signals", sa.Column("revisited_at", sa.DateTime(timezone=True)))
    op.add_column("signals", sa.Column("review_due", sa.Date))
    op.create_index("signals_in_review", "signals", ["review_due"], postgresql_where=sa.text("review_due is not null"))
    op.create_index("signals_by_due", "signals", ["due"])
    op.add_column("platforms", sa.Column("sla", JSONB, nullable=False, server_default="{}"))
    _rounds()
    op.create_table(
        "order_messages",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("content_mark", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "order_messages_kept", "order_messages", ["received_at"], postgresql_where=sa.text("applied_at is null")
    )
    op.create_table(
        "reviews",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text, nullable=False),
        sa.Column("conclusion", sa.Text, nullable=False),
    )
    op.create_index("reviews_by_due", "reviews", ["due"])
    op.create_table(
        "sla_changes",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("before", sa.Integer),
        sa.Column("after", sa.Integer),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
    )
    op.create_table(
        "platform_pauses",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True)),
        sa.Column("resumed_by", sa.Text, nullable=False),
    )


def _rounds() -> None:
    """A stage is told once a round: the first treatment is round 0, each review one more."""
    for table in ("answers", "answer_replays", "trigger_signals"):
        op.add_column(table, sa.Column("round", sa.Integer, nullable=False, server_default="0"))
    for table, keys in (
        ("answers", ["signal_id", "stage", "round"]),
        ("answer_replays", ["signal_id", "stage", "round", "replay_id"]),
    ):
        op.alter_column(table, "round", server_default=None)
        op.drop_constraint(f"{table}_pkey", table)
        op.create_primary_key(f"{table}_pkey", table, keys)
    op.create_index("answers_by_platform", "answers", ["platform", "state", "next_attempt_at"])
    op.create_index("answers_by_time", "answers", ["created_at"])
