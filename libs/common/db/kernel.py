"""The tables that every service has for its messages: what it said, what it still has to say, what it heard."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

# The permanent record of everything this service has said; messages can be sent again from it.
event_log = Table(
    "event_log",
    metadata,
    Column("aggregate_id", Text, primary_key=True),
    Column("aggregate_version", Integer, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("major", Integer, nullable=False),
    Column("county", String(6), nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("causation_id", Uuid),
    Column("payload", Text, nullable=False),
    Index("event_log_event_id", "event_id"),
    Index("event_log_by_county", "county", "occurred_at"),
)

# The last version of each aggregate's stream. Its row lock makes versions rise in commit order.
stream_head = Table(
    "stream_head",
    metadata,
    Column("aggregate_id", Text, primary_key=True),
    Column("last_version", Integer, nullable=False),
)

# Only a queue: a row is gone when the broker has confirmed the message.
outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("aggregate_id", Text, nullable=False),
    Column("aggregate_version", Integer, nullable=False),
)

# One row for each message that this service has acted on: makes a second delivery harmless.
inbox = Table(
    "inbox",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("type", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("county", String(6), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Index("inbox_by_county", "county", "received_at"),
)

# The last version heard of each foreign aggregate: makes a late delivery harmless.
inbox_head = Table(
    "inbox_head",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("last_version", Integer, nullable=False),
)

# Messages that came before an earlier one of the same aggregate; applied when the gap has filled.
held = Table(
    "held",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("held_at", DateTime(timezone=True), nullable=False),
)

# Who replayed, discarded or sent again what, by hand.
operator_log = Table(
    "operator_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("details", JSONB, nullable=False),
)
