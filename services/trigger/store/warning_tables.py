"""The tables of early warning and of the risk view; `tables.py` has the others."""

from sqlalchemy import Column, Date, Float, Index, Integer, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.trigger.store.columns import moment
from services.trigger.store.tables import metadata

# How many complaints a county has of a category, by the day in China on which they were accepted.
daily_counts = Table(
    "daily_counts",
    metadata,
    Column("county", String(6), primary_key=True),
    Column("category", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("number", Integer, nullable=False),
    Index("daily_counts_by_category", "category", "day"),
)

# Changes of these counts, written beside the signals and added up later: nobody waits for another's row at intake.
count_steps = Table(
    "count_steps",
    metadata,
    Column("step_id", Text, primary_key=True),
    Column("county", String(6), nullable=False),
    Column("category", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("change", Integer, nullable=False),
)

# The days on which all counts were looked through.
surveys = Table("surveys", metadata, Column("day", Date, primary_key=True), moment("finished_at"))

# One row a county, category and week; its numbers are those of its strongest finding.
alarms = Table(
    "alarms",
    metadata,
    Column("alarm_id", Text, primary_key=True),
    Column("signal_id", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("category", Text, nullable=False),
    Column("week", Date, nullable=False),
    Column("grain", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("strength", Float, nullable=False),
    Column("state", Text, nullable=False),
    moment("raised_at"),
    Index("alarms_by_week", "week"),
)
alarm_findings = Table(
    "alarm_findings",
    metadata,
    Column("alarm_id", Text, primary_key=True),
    Column("grain", Text, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("threshold", Integer, nullable=False),
    Column("chance", Float, nullable=False),
    Column("reference_periods", Integer, nullable=False),
    moment("found_at"),
)
alarm_notes = Table(
    "alarm_notes",
    metadata,
    Column("alarm_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("at"),
    Column("account_id", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("conclusion", Text, nullable=False),
    Column("note", Text, nullable=False),
)

# What inspections found of a subject, whatever they were made for.
subject_results = Table(
    "subject_results",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("uscc", Text, nullable=False),
    Column("subject_result", Text, nullable=False),
    Column("non_cooperation", JSONB, nullable=False),
    Column("ended_on", Date, nullable=False),
    Index("subject_results_by_subject", "uscc"),
)

# The points of the risk view as of the last night; a projection, made anew each day.
risk_points = Table(
    "risk_points",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("industry", Text, nullable=False),
    Column("points", Float, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("table_version", Integer, nullable=False),
    Column("reckoned_on", Date, nullable=False),
    Index("risk_points_by_county", "county", "points"),
    Index("risk_points_by_points", "points", "uscc"),
    Index("risk_points_by_age", "reckoned_on"),
)

# What older versions of the points table came to, each as it stood last: a new version rewrites nothing silently.
risk_history = Table(
    "risk_history",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("table_version", Integer, primary_key=True),
    Column("points", Float, nullable=False),
    Column("reasons", JSONB, nullable=False),
    Column("reckoned_on", Date, nullable=False),
)
