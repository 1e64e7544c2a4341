"""JSON Schemas of published events, checked in beside the service and enforced when an event is written."""

import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import jsonschema_rs

from libs.common.messaging.envelope import Event


class EventBreaksItsSchema(Exception):
    """The event does not fit the schema that consumers rely on: a programming error, nothing is sent."""


def schema_file(event: type[Event]) -> Path:
    """Where the schema of `event` is checked in: `schemas/<type>.v<major>.json` beside `published.py`."""
    module = sys.modules[event.__module__]
    return Path(str(module.__file__)).parent / "schemas" / f"{event.TYPE}.v{event.MAJOR}.json"


def generated_schema(event: type[Event]) -> str:
    """The schema as it is checked in: JSON text with sorted keys."""
    schema = event.model_json_schema(mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["$id"] = f"urn:sunlot:event:{event.TYPE}.v{event.MAJOR}"
    return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def published_events(module: ModuleType) -> Iterator[type[Event]]:
    """The events that a `published.py` defines, by name."""
    for _, thing in sorted(vars(module).items()):
        if isinstance(thing, type) and issubclass(thing, Event) and "TYPE" in vars(thing):
            yield thing


@cache
def _validator(event: type[Event]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(schema_file(event).read_text("utf-8")))


def check_against_schema(event: type[Event], payload: str) -> None:
    """Raise EventBreaksItsSchema when `payload` (JSON text) does not fit the checked-in schema."""
    try:
        _validator(event).validate(json.loads(payload))
    except jsonschema_rs.ValidationError as error:
        raise EventBreaksItsSchema(f"{event.TYPE}.v{event.MAJOR}: {error.message}") from error
