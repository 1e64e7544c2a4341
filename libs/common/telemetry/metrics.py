"""The numbers that every service shows at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

requests = Histogram(
    "sunlot_http_request_seconds", "Time to answer", ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
published = Counter("sunlot_events_published_total", "Messages confirmed by the broker", ["type"])
outbox_waiting = Gauge("sunlot_outbox_waiting", "Messages not yet confirmed")
consumed = Counter("sunlot_events_consumed_total", "Messages by outcome", ["type", "outcome"])
held_waiting = Gauge("sunlot_events_held", "Messages that wait for an earlier one of their aggregate")
held_too_long = Gauge("sunlot_events_held_too_long", "Messages held for more than a minute: look at `dlq list`")
