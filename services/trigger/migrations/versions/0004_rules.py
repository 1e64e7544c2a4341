"""Rules weighed step by step, what they look at beside the order, and back-tests."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("scale", "credit_class", "enterprise_type"):
        op.add_column("subjects", sa.Column(name, sa.Text, nullable=False, server_default=""))
    for name in ("headcount", "insured_headcount"):
        op.add_column("subjects", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    op.add_column("signals", sa.Column("complainant", sa.Text, nullable=False, server_default=""))
    op.add_column("signals", sa.Column("flags", JSONB, nullable=False, server_default="[]"))
    op.add_column("signals", sa.Column("attributes", JSONB, nullable=False, server_default="{}"))
    op.add_column("rules", sa.Column("text", sa.Text, nullable=False, server_default=""))
    op.add_column("rules", sa.Column("counted_from", sa.DateTime(timezone=True)))
    op.create_table(
        "rule_facts",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("group_key", sa.Text, primary_key=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("signal_id", sa.Text, primary_key=True),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("complainant", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
    )
    op.create_index("rule_facts_by_county", "rule_facts", ["rule_id", "version", "county", "accepted_at"])
    op.create_index("rule_facts_by_letter", "rule_facts", ["rule_id", "version", "letter", "accepted_at"])
    op.create_table(
        "rule_firings",
        sa.Column("rule_id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("group_key", sa.Text, primary_key=True),
        sa.Column("trigger_id", sa.Text, primary_key=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signal_id", sa.Text, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("announced", sa.Boolean, nullable=False),
        sa.Column("inherited", sa.Boolean, nullable=False),
    )
    op.create_index("rule_firings_by_trigger", "rule_firings", ["trigger_id"])
    op.create_table(
        "back_tests",
        sa.Column("back_test_id", sa.Text, primary_key=True),
        sa.Column("rule_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("first_day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.Column("summary", JSONB, nullable=False),
    )
    op.create_index("back_tests_by_rule", "back_tests", ["rule_id", "version", "asked_at"])
    op.create_index("back_tests_waiting", "back_tests", ["state", "asked_at"])
    op.create_table(
        "back_test_firings",
        sa.Column("back_test_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("compared", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("letter", sa.Text, nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signals", sa.Integer, nullable=False),
        sa.Column("subjects", sa.Integer, nullable=False),
        sa.Column("complainants", sa.Integer, nullable=False),
        sa.Column("points", sa.Integer, nullable=False),
        sa.Column("usccs", JSONB, nullable=False),
        sa.Column("trigger_id", sa.Text, nullable=False),
        sa.Column("actual_at", sa.DateTime(timezone=True)),
    )
