"""Structured logs: one JSON object a line on standard error, with the service and the correlation id."""

import logging
import sys
from types import TracebackType
from typing import Any, Final

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
                _without_values,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    sys.excepthook = _tell_of_the_end
    logging.raiseExceptions = False  # what can't be written as a line is not printed otherwise, with all it was given
    # Each request is logged once, by our own middleware, without the query string.
    for noisy in ("uvicorn.access", "httpx", "httpcore", "aiormq", "aio_pika"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


# Errors that say what is wrong with a statement, and nothing of what it was given once the detail is off.
_QUOTE_NOTHING: Final = frozenset({"ProgrammingError", "IntegrityError", "OperationalError"})


def _without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """An error's own words may quote what it was given, perhaps an informant; where it came from says enough."""
    _take_values(event.get("exception", ()))
    return event


def _take_values(errors: Any) -> None:
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, list):
            _take_values(error)
        elif isinstance(error, dict):
            said = str(error.get("exc_value", "")).partition("\nDETAIL:")[0]  # the detail repeats the row that failed
            error["exc_value"] = said if error.get("exc_type") in _QUOTE_NOTHING else ""
            error["exc_notes"] = []
            _take_values(error.get("exceptions", []))  # of a group


def _tell_of_the_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends the program is logged like everything else; Python itself would print the error's words."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    ours = (
        {"said": str(error)} if kind.__module__.startswith(("services.", "libs.")) else {}
    )  # such as a broken setting
    get_logger(__name__).critical("the program ends", error=kind.__name__, exc_info=(kind, error, trace), **ours)


def _naming(service: str) -> Any:
    def name(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
        event["service"] = service
        return event

    return name


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; never give it an informant's data, a secret or a request body."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
