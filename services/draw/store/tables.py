"""The tables of draw; every primary key begins with its aggregate's id."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def _when(name: str, *, required: bool = False) -> "Column[Any]":
    return Column(name, DateTime(timezone=True), nullable=not required)


# --- what registry says (read models: the newest version wins) ---
subjects = Table(
    "subjects",
    metadata,
    Column("uscc", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("enterprise_type", Text, nullable=False),
    Column("legal_representative", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("industry", Text, nullable=False),
    Column("scale", Text, nullable=False),
    Column("headcount", Integer, nullable=False),
    Column("insured_headcount", Integer, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("credit_class", String(1), nullable=False),
    Column("whitelisted", Boolean, nullable=False),
    Column("last_inspected_on", Date),
    Column("inspections_this_year", Integer, nullable=False),
    Index("subjects_by_county_industry", "county", "industry"),
)

officers = Table(
    "officers",
    metadata,
    Column("officer_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("certificate_number", Text, nullable=False),
    Column("certificate_valid_to", Date, nullable=False),
    Column("staff_kind", Text, nullable=False),
    Column("on_duty", Boolean, nullable=False),
    Column("items_allowed", JSONB, nullable=False),
    Column("recusals", JSONB, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("category", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("section", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
)

units = Table(
    "units",
    metadata,
    Column("unit_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("kind", Text, nullable=False),
)

# --- plans and tasks (细则第七条第一项、第八条) ---
sequences = Table(
    "sequences",
    metadata,
    Column("name", Text, primary_key=True),  # plan/<adcode><year>, task/<adcode><day>
    Column("last", Integer, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("lead_section", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("ratio", JSONB, nullable=False),
    Column("rounding", Text, nullable=False),  # ceil 不低于, floor 不高于
    Column("minimum", Integer, nullable=False),
    Column("spare_a", Boolean, nullable=False),  # a routine draw leaves class A alone
    Column("version", Integer, nullable=False),  # of the proposal; earlier ones are in plan_versions
    Column("triggers", JSONB, nullable=False),
    Column("proposal", JSONB, nullable=False),  # the task that approval will open
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    _when("proposed_at", required=True),
    Column("decided_by", Text),
    _when("decided_at"),
    Column("rejected_because", Text),
    Column("document_number", Text),
    Column("published_by", Text),
    _when("published_at"),
    Column("correlation_id", Text, nullable=False),
)

# What a proposal said before it was changed; never changed itself.
plan_versions = Table(
    "plan_versions",
    metadata,
    Column("plan_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("document", JSONB, nullable=False),  # the columns of the plan as they were
    Column("replaced_by", Text, nullable=False),
    _when("replaced_at", required=True),
)

# 比例方案: each version stays; a plan cites one and repeats its numbers.
ratio_policies = Table(
    "ratio_policies",
    metadata,
    Column("version", Text, primary_key=True),
    Column("county", Text, nullable=False),  # '' for every county without a policy of its own
    Column("level", Text, nullable=False),  # 一般 or 重点
    Column("ratio", JSONB, nullable=False),
    Column("rounding", Text, nullable=False),
    Column("minimum", Integer, nullable=False),
    Column("spare_a", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document_number", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    _when("proposed_at", required=True),
    Column("decided_by", Text),
    _when("decided_at"),
    Column("rejected_because", Text),
)

tasks = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("plan_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("items", JSONB, nullable=False),
    Column("directed", Boolean, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("sections", JSONB, nullable=False),
    Column("participants", JSONB, nullable=False, server_default="[]"),
    Column("deadline", Date, nullable=False),
    Column("seats", Integer, nullable=False),
    Column("cells", JSONB, nullable=False),  # spread evenly over these columns; empty: the tickets alone decide
    Column("order_only", Boolean, nullable=False),  # everybody is inspected; the tickets decide the order
    Column("urgent", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("draw_id", Text),
    Column("cancelled_because", Text),
    _when("opened_at", required=True),
    Column("correlation_id", Text, nullable=False),
    Index("tasks_by_plan", "plan_id"),
)

# --- draws (细则第七条第二项) ---
draws = Table(
    "draws",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("task_id", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("county", String(6), nullable=False),
    Column("profile", Text, nullable=False),
    Column("master", LargeBinary),  # opens the masked pool; for auditors, never public
    Column("state", Text, nullable=False),
    Column("frozen_by", Text, nullable=False),
    _when("frozen_at", required=True),
    Column("pool", JSONB, nullable=False),  # root, rows, pages, as_of, excluded, eligible
    Column("supersedes", JSONB),
    Column("replaces", JSONB(none_as_null=True)),  # a fresh draw: the draw whose void subjects it makes up for
    Column("promises", JSONB, nullable=False),
    Column("commitment", Text),  # canonical JSON
    _when("committed_at"),
    Column("receipt", JSONB),
    Column("reveals", JSONB, nullable=False),
    Column("dice", JSONB, nullable=False),
    Column("seed", Text),
    Column("result_sha256", Text),
    _when("drawn_at"),
    _when("dispatched_at"),
    Column("aborted", JSONB),
    Column("choice", JSONB(none_as_null=True)),  # what the lead chose at the commitment: sources, time, seal
    Column("beacon", JSONB(none_as_null=True)),  # the round's signature and who handed it over
    _when("beacon_due"),  # when the round comes
    _when("beacon_next_at"),  # not asked for before
    Column("beacon_attempts", Integer, nullable=False, server_default="0"),
    Column("beacon_notes", JSONB, nullable=False, server_default="[]"),  # what was refused, since when, how often
    Column("sealing", JSONB(none_as_null=True)),
    Column("result_receipt", JSONB(none_as_null=True)),
    Column("opening", JSONB(none_as_null=True)),
    Column("problem", Text),  # why a seeded draw can't be finished; the lead aborts it then
    Column("correlation_id", Text, nullable=False),
    Index("draws_by_task", "task_id"),
    Index("draws_by_state", "state"),
    Index("draws_by_beacon", "beacon_due", postgresql_where=text("beacon_due is not null")),
    Index("draws_under_seal", "draw_id", postgresql_where=text("sealing is not null and opening is null")),
)

rosters = Table(
    "rosters",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),  # the bytes of officers.json
)

certificates = Table(
    "certificates",
    metadata,
    Column("draw_id", Text, primary_key=True),
    Column("edition", Integer, primary_key=True),  # from 1; none is ever changed or deleted
    Column("document", LargeBinary, nullable=False),  # the bytes of certificate.json
    Column("sha256", Text, nullable=False),
    _when("made_at"),
    Column("log_index", Integer),  # of the entry in the public log that announces an edition after the first
)

# --- cases handed out (细则第七条第三、四项) ---
cases = Table(
    "cases",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("draw_id", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("unit_id", Text, nullable=False),
    Column("officers", JSONB, nullable=False),
    _when("dispatched_at", required=True),
    Column("result", Text),  # the subject result, once inspection has said it
    Column("ended_on", Date),
    Column("withdrawn", Text),  # why the case was taken back: its subject was voided
    _when("started_at"),  # as inspection has said: from here on no other task can join the visit
    Index("cases_by_draw", "draw_id"),
    Index("cases_by_dispatched", "dispatched_at"),
    Index("cases_by_subject", "uscc", "dispatched_at"),
)

# Another task's draw that had drawn the same firm: its items are inspected in the case of the first (细则第三条).
case_tasks = Table(
    "case_tasks",
    metadata,
    Column("case_id", Text, primary_key=True),
    Column("draw_id", Text, primary_key=True),
    Column("task_id", Text, nullable=False),
    Column("uscc", Text, nullable=False),
    Column("county", String(6), nullable=False),
    Column("own_case_id", Text, nullable=False),  # the case that it gets if it has to part
    Column("officers", JSONB, nullable=False),  # its own team by its certificate, for that case
    _when("joined_at", required=True),
    _when("parted_at"),
    Column("parted_because", Text),
    Index("case_tasks_by_draw", "draw_id"),
    Index("case_tasks_by_joined", "joined_at"),
)
