"""Early warning and risk view: daily counts, alarms with their findings and notes, facts and points of subjects."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "daily_counts",
        sa.Column("county", sa.String(6), primary_key=True),
        sa.Column("category", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "count_steps",
        sa.Column("step_id", sa.Text, primary_key=True),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("change", sa.Integer, nullable=False),
    )
    op.create_table("surveys", sa.Column("day", sa.Date, primary_key=True), _moment("finished_at"))
    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.Text, primary_key=True),
        sa.Column("signal_id", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("week", sa.Date, nullable=False),
        sa.Column("grain", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("strength", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _moment("raised_at"),
    )
    op.create_index("alarms_by_week", "alarms", ["week"])
    op.create_table(
        "alarm_findings",
        sa.Column("alarm_id", sa.Text, primary_key=True),
        sa.Column("grain", sa.Text, primary_key=True),
        sa.Column("period", sa.Date, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("expected", sa.Float, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("chance", sa.Float, nullable=False),
        sa.Column("reference_periods", sa.Integer, nullable=False),
        _moment("found_at"),
    )
    op.create_table(
        "alarm_notes",
        sa.Column("alarm_id", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        _moment("at"),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("conclusion", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "subject_results",
        sa.Column("case_id", sa.Text, primary_key=True),
        sa.Column("uscc", sa.Text, nullable=False),
        sa.Column("subject_result", sa.Text, nullable=False),
        sa.Column("non_cooperation", JSONB, nullable=False),
        sa.Column("ended_on", sa.Date, nullable=False),
    )
    op.create_index("subject_results_by_subject", "subject_results", ["uscc"])
    op.create_table(
        "risk_points",
        sa.Column("uscc", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("county", sa.String(6), nullable=False),
        sa.Column("industry", sa.Text, nullable=False),
        sa.Column("points", sa.Float, nullable=False),
        sa.Column("reasons", JSONB, nullable=False),
        sa.Column("table_version", sa.Integer, nullable=False),
        sa.Column("reckoned_on", sa.Date, nullable=False),
    )
    op.create_index("risk_points_by_county", "risk_points", ["county", "points"])
    op.create_index("signals_by_subject", "signals", ["uscc", "accepted_at"])
    # What came before this release is counted once, from here on each signal counts itself.
    op.execute(
        """
        insert into daily_counts (county, category, day, number)
        select county, category, (accepted_at at time zone 'Asia/Shanghai')::date, count(*)
        from signals where kind in ('投诉举报', '求助') group by 1, 2, 3
        """
    )


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
