"""Writes docs/asyncapi.yaml (AsyncAPI 3): who says what to whom, from the events and the handlers themselves.

python -m deploy.asyncapi
"""

from __future__ import annotations

import importlib
import json
from typing import Any

import yaml

from deploy.local.machine import ROOT
from deploy.schemas import SERVICES
from libs.common.messaging.envelope import Event, Received
from libs.common.messaging.schemas import published_events, schema_file
from libs.common.messaging.topology import EVENTS

FILE = ROOT / "docs" / "asyncapi.yaml"
Node = dict[str, Any]

# CloudEvents 1.0 binary mode: what stands in the headers of every message.
HEADERS: Node = {
    "type": "object",
    "required": [
        f"cloudEvents_{name}"
        for name in ("specversion", "id", "type", "source", "subject", "time", "county", "aggregateid",
                     "aggregateversion", "correlationid", "dataschema")
    ],
    "properties": {
        "cloudEvents_specversion": {"const": "1.0"},
        "cloudEvents_id": {"type": "string", "format": "uuid", "description": "also the AMQP message id"},
        "cloudEvents_type": {"type": "string", "description": "<service>.<event>.v<major>"},
        "cloudEvents_source": {"type": "string"},
        "cloudEvents_subject": {"type": "string"},
        "cloudEvents_time": {"type": "string", "format": "date-time"},
        "cloudEvents_county": {"type": "string", "pattern": "^[0-9]{6}$"},
        "cloudEvents_aggregateid": {"type": "string"},
        "cloudEvents_aggregateversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "dense from 1"},
        "cloudEvents_correlationid": {"type": "string"},
        "cloudEvents_causationid": {"type": "string", "format": "uuid"},
        "cloudEvents_dataschema": {"type": "string"},
    },
}  # fmt: skip


def document() -> Node:
    """The whole document."""
    heard = _heard()
    channels, operations, messages = {}, {}, {}
    for event in _events():
        name = f"{event.TYPE}.v{event.MAJOR}"
        channels[event.TYPE] = _channel(name)
        messages[name] = _message(event, name)
        producer = event.TYPE.partition(".")[0]
        operations[f"{producer}.says.{event.TYPE}"] = _operation("send", event, f"{producer} 发布")
        for consumer in sorted(heard.get(event.TYPE, [])):
            operations[f"{consumer}.hears.{event.TYPE}"] = _operation("receive", event, f"{consumer} 处理")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Sunlot events",
            "version": "1",
            "description": "Written by `python -m deploy.asyncapi`. Exchange `sunlot.events` (topic), routing key "
            "`<service>.<event>.v<major>.<county6>`, one quorum queue a consumer, producer and county group.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": {"cloudEvents": HEADERS}},
    }


def _events() -> list[type[Event]]:
    found: list[type[Event]] = []
    for service in SERVICES:
        found += published_events(importlib.import_module(f"services.{service}.events.published"))
    return found


def _channel(name: str) -> Node:
    return {
        "address": f"{name}.{{county}}",
        "messages": {name: {"$ref": f"#/components/messages/{name}"}},
        "parameters": {"county": {"description": "six digits, as GB/T 2260 has them"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": EVENTS, "type": "topic", "durable": True}}},
    }


def _message(event: type[Event], name: str) -> Node:
    schema = json.loads(schema_file(event).read_text("utf-8"))
    example = schema_file(event).parent / "examples" / f"{name}.valid.json"
    return {
        "name": name,
        "summary": (event.__doc__ or "").strip(),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/cloudEvents"},
        "payload": {"schemaFormat": "application/schema+json;version=draft-2020-12", "schema": schema},
        "examples": [{"payload": json.loads(example.read_text("utf-8"))}],
    }


def _operation(action: str, event: type[Event], title: str) -> Node:
    name = f"{event.TYPE}.v{event.MAJOR}"
    channel = f"#/channels/{event.TYPE}"
    return {
        "action": action,
        "title": title,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{name}"}],
    }


def _heard() -> dict[str, list[str]]:
    """Event type → the services that read it."""
    heard: dict[str, list[str]] = {}
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.events.received")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Received) and "TYPE" in vars(thing):
                heard.setdefault(thing.TYPE, []).append(service)
    return heard


def text() -> str:
    """The document as it is checked in."""
    return yaml.dump(document(), allow_unicode=True, sort_keys=False, width=120, Dumper=_Dumper)


class _Dumper(yaml.SafeDumper):
    """Without anchors: the document is read by people too."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the method's shape is the library's
        """Every part is written out."""
        return True


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), "utf-8")
    print(f"written: {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
