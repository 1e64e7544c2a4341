"""Structured logs: one JSON object a line on standard error, with the service and the correlation id."""

import logging
import sys
from typing import Any

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict


def configure_logs(service: str, level: str) -> None:
    """Send our own lines and those of the libraries through one JSON formatter."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _naming(service),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # Without local variables: they hold passwords and what informants wrote.
                structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
                _without_rows,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Each request is logged once, by our own middleware, without the query string.
    for noisy in ("uvicorn.access", "httpx", "httpcore", "aiormq", "aio_pika"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _without_rows(_logger: object, _method: str, event: EventDict) -> EventDict:
    """PostgreSQL's detail repeats the row that failed; what failed is said before it."""
    for error in event.get("exception", ()):
        if isinstance(error, dict):
            error["exc_value"] = str(error.get("exc_value", "")).partition("\nDETAIL:")[0]
    return event


def _naming(service: str) -> Any:
    def name(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return name


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; never give it an informant's data, a secret or a request body."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
