"""The tables of messages on orders, reviews, clocks and pauses; `tables.py` has the others."""

from sqlalchemy import Boolean, Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from services.trigger.store.columns import moment
from services.trigger.store.tables import metadata

# What a platform said of its order; the text stands encrypted in signal_fields. Not yet applied: the order is to come.
order_messages = Table(
    "order_messages",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    moment("at"),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Date),
    Column("content_mark", Text, nullable=False),
    moment("received_at"),
    moment("applied_at", nullable=True),
    Index("order_messages_kept", "received_at", postgresql_where=text("applied_at is null")),
)

# Each time a complainant was not satisfied: a round of its own, with a clock, until a clerk ends it.
reviews = Table(
    "reviews",
    metadata,
    Column("signal_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("message_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    moment("opened_at"),
    Column("due", Date, nullable=False),
    Column("due_provisional", Boolean, nullable=False),
    moment("closed_at", nullable=True),
    Column("closed_by", Text, nullable=False),
    Column("conclusion", Text, nullable=False),
    Index("reviews_by_due", "due"),
)

# Every change of a platform's clocks; the terms in force stand with the platform. No days: back to its default.
sla_changes = Table(
    "sla_changes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("clock", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Integer),
    Column("after", Integer),
    moment("at"),
    Column("who", Text, nullable=False),
)

# Every change of what was agreed with a platform: what of it changed, as it was and as it is since.
platform_changes = Table(
    "platform_changes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    moment("at"),
    Column("account_id", Text, nullable=False),
    Column("who", Text, nullable=False),
)

# When nothing was pushed to a platform, since an administrator said so.
platform_pauses = Table(
    "platform_pauses",
    metadata,
    Column("code", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    moment("paused_at"),
    Column("paused_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    moment("resumed_at", nullable=True),
    Column("resumed_by", Text, nullable=False),
)
