"""Platforms, signals with protected fields, subjects to match them to, rules, triggers and answers."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
import yaml
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

RULE = Path(__file__).resolve().parents[2] / "rules" / "wages-county-industry.v1.yaml"
RELEASED = datetime(2026, 11, 22, tzinfo=UTC)


def upgrade() -> None:
    op.create_table(
        "platforms",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kinds", JSONB, nullable=False),
        sa.Column("callback_url", sa.Text, nullable=False),
        sa.Column("sla_days", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
    )
    op.create_table(
        "platform_keys",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "nonces",
        sa.Column("platform", sa.Text, primary_key=True),
        sa.Column("nonce", sa.Text, primary_key=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("nonces_by_age", "nonces", ["seen_at"])
    op.create_table(
        "signals",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("category_path", JSONB, nullable=False),
        sa.Column("urgency", sa.Text, nullable=False),
        sa.Column("supervised", sa.Boolean, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("employer_name", sa.Text, nullable=False),
        sa.Column("employer_uscc", sa.Text, nullable=False),
        sa.Column("employer_key", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("due_provisional", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("score", sa.Integer),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("content_mark", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_index("signals_by_group", "signals", ["county", "category", "accepted_at"])
    op.create_index("signals_waiting", "signals", ["state", "employer_key"])
    op.create_index("signals_waiting_code", "signals", ["state", "employer_uscc"])
    op.create_table(
        "signal_fields",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "signal_messages",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_mark", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "signal_history",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
    )
    op.create_table(
        "secret_views",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("view_id", sa.Text, primary_key=True),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
    )
    op.create_table(
        "subjects",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("name_key", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
    )
    op.create_index("subjects_by_county", "subjects", ["county"])
    op.create_index("subjects_by_key", "subjects", ["name_key"])
    op.create_table(
        "rules",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("document", JSONB, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
    )
    op.create_table(
        "triggers",
        sa.Column("trigger_id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("rule_version", sa.Integer, nullable=False),
        sa.Column("rule_name", sa.Text, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("group_key", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("signal_count", sa.Integer, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("filter", JSONB, nullable=False),
        sa.Column("item_categories", JSONB, nullable=False),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("finish_by", sa.Date, nullable=False),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("plan_name", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_index("triggers_by_group", "triggers", ["rule_id", "group_key", "fired_at"])
    op.create_table(
        "trigger_signals",
        sa.Column("trigger_id", sa.Text, primary_key=True),
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
    )
    op.create_index("trigger_signals_by_signal", "trigger_signals", ["signal_id", "rule_id"])
    op.create_table(
        "trigger_draws",
        sa.Column("trigger_id", sa.Text, primary_key=True),
        sa.Column("draw_id", sa.Text, primary_key=True),
        sa.Column("drawn", sa.Integer, nullable=False),
    )
    op.create_table(
        "trigger_cases",
        sa.Column("trigger_id", sa.Text, primary_key=True),
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("draw_id", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("subject_result", sa.Text, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
    )
    op.create_table(
        "answers",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("stage", sa.Text, primary_key=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("answer_id", sa.Text, nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("last_error", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
    )
    op.create_index("answers_waiting", "answers", ["state", "next_attempt_at"])
    op.create_table(
        "answer_replays",
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("stage", sa.Text, primary_key=True),
        sa.Column("replay_id", sa.Text, primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
    )
    _put_rule_in_force()


def _put_rule_in_force() -> None:
    """The rule that comes with the release: its approver is the release itself, its author nobody on this machine."""
    document = yaml.safe_load(RULE.read_text("utf-8"))
    rules = sa.table(
        "rules",
        sa.column("rule_id"),
        sa.column("version"),
        sa.column("active"),
        sa.column("document", JSONB),
        sa.column("article"),
        sa.column("created_at"),
        sa.column("author"),
        sa.column("approved_by"),
        sa.column("approved_at"),
    )
    op.execute(
        sa.insert(rules).values(
            rule_id=document["id"],
            version=document["version"],
            active=True,
            document=document,
            article=document["article"],
            created_at=RELEASED,
            author="系统",
            approved_by="随系统发布",
            approved_at=RELEASED,
        )
    )
