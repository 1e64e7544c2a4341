"""The tables of what is disclosed: the self-audit's tallies, salts handed out, views of secrets, direct choices."""

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Index, Integer, LargeBinary, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.draw.store.tables import metadata

# --- direct assignment (细则第二条: 直接选派) ---
# How a task's officers are to be found; the newest row counts, none means at random.
task_methods = Table(
    "task_methods",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("method", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("chosen_by", Text, nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
)

# Who was drawn, while the teams are still to be named; computed once from the seed.
selections = Table(
    "selections",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
)

# A team that is being put together; not decided, so it may be written over.
team_drafts = Table(
    "team_drafts",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("uscc", Text, primary_key=True),
    Column("team", JSONB, nullable=False),
    Column("drafted_by", Text),  # who named this team last; none: before it was recorded
)

# Teams as they were handed in for approval, the refused ones too.
direct_choices = Table(
    "direct_choices",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("teams", JSONB, nullable=False),  # uscc → public numbers by seat
    Column("reason", Text, nullable=False),
    Column("chosen_by", Text, nullable=False),
    Column("chosen_at", DateTime(timezone=True), nullable=False),
    Column("drafted_by", JSONB, nullable=False, server_default="[]"),  # everybody who named one of the teams
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("refused_because", Text),
)

# Every known officer at the moment of the commitment: in the roster, or why not (细则第五条、第十条).
draw_officers = Table(
    "draw_officers",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("officer_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("certificate_valid_to", Date, nullable=False),
    Column("why_not", Text, nullable=False),  # codes joined by a space; "" is in the roster and able
    Column("cases_this_year", Integer, nullable=False),
    Column("recusals", Integer, nullable=False),  # subjects of this pool that the officer must not meet
)

# The drawn firms in ticket order, as they stood in the frozen pool. The class never leaves the house in the masked
# profile. What the ticket did not need comes from the self-audit, which reads the pool.
drawn_subjects = Table(
    "drawn_subjects",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("uscc", Text, primary_key=True),
    Column("place", Integer, nullable=False),  # from 1
    Column("ticket", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("credit_class", String(1), nullable=False),
    Column("officers", JSONB, nullable=False),  # public numbers by seat, as drawn
    Column("industry", Text),
    Column("size", Text),
    Column("type", Text),
)

# --- the self-audit: every finished draw is read once, in portions that survive a kill ---
tallies = Table(
    "tallies",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("next_sheet", Integer, nullable=False),  # sheets of the pool before this one are counted
    Column("complete", Boolean, nullable=False),
    Column("strata", JSONB, nullable=False),  # [class, n, k]
    Column("groups", JSONB, nullable=False),  # [dimension, group, class, may be drawn, drawn]
    Column("drawn_at", DateTime(timezone=True), nullable=False),
)

# What chance has had for a firm so far, over all draws in which it might have been drawn.
chances = Table(
    "chances",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("pools", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("missed", Float, nullable=False),  # probability of never having been drawn
)

# What all tallies say together, computed when one of them is complete.
audit_findings = Table(
    "audit_findings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)

# --- secrets that left the house, and who saw them (细则第六条: the class is for internal use) ---
handed_salts = Table(
    "handed_salts",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("uscc", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("given_to", Text, nullable=False),
    Column("identity", Text, nullable=False),  # how it was made sure who asks
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index("handed_salts_by_firm", "draw_id", "uscc"),
)

secret_views = Table(
    "secret_views",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("what", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
