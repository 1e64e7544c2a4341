"""Which signals came by Open311, and what their clients added."""

from sqlalchemy import Boolean, Column, Index, Table, Text

from services.trigger.store.columns import moment
from services.trigger.store.tables import metadata

# What came by Open311 GeoReport v2; the request's id is the signal's.
open311_requests = Table(
    "open311_requests",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("batch", Boolean, nullable=False),
    Column("platform", Text, nullable=False),
    Column("service_code", Text, nullable=False),
    Column("content_mark", Text, nullable=False),
    moment("requested_at"),
    Index("open311_by_token", "token"),
    Index("open311_by_time", "requested_at"),
    Index("open311_by_content", "platform", "content_mark", "requested_at"),
)
# Updates that clients sent, by their own ids, so that a copy is known.
open311_updates = Table(
    "open311_updates",
    metadata,
    Column("request_id", Text, primary_key=True),
    Column("update_id", Text, primary_key=True),
    moment("received_at"),
)
