"""The contracts between services: which there are, how they are written, and how a producer is held to one."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from libs.common.messaging.envelope import Received
from tests.architecture.services import ALL_PUBLISHED, ALL_RECEIVED
from tests.architecture.test_events import PACTS, example
from tests.contracts.shape import needs

os.environ["PACT_DO_NOT_TRACK"] = "true"  # before it is used: the library tells nobody about us

from pact import Pact, Verifier
from pact.types import Message

JSON = "application/json"
# (consumer, producer) → what the consumer reads of it
PAIRS: dict[tuple[str, str], list[type[Received]]] = {}
for _consumer, _model in ALL_RECEIVED:
    PAIRS.setdefault((_consumer, _model.TYPE.partition(".")[0]), []).append(_model)
NAMES = [f"{consumer}-{producer}" for consumer, producer in sorted(PAIRS)]


def description(model: type[Received]) -> str:
    """The name of the interaction: the event's type and major."""
    return f"{model.TYPE}.v{model.MAJOR}"


def draft(consumer: str, producer: str) -> Pact:
    """What `consumer` needs of `producer`, every event that it acts on."""
    pact = Pact(consumer, producer).with_specification("V4")
    for model in sorted(PAIRS[consumer, producer], key=description):
        body = needs(model, example(ALL_PUBLISHED[model.TYPE], "valid"))
        pact.upon_receiving(description(model), "Async").with_body(body, JSON)
    return pact


def pact_file(consumer: str, producer: str) -> Path:
    """Where the contract is checked in."""
    return PACTS / f"{consumer}-{producer}.json"


def interactions(file: Path) -> list[dict[str, Any]]:
    """The interactions of a contract, without what the library adds about itself."""
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["interactions"]
    return sorted(found, key=lambda one: str(one["description"]))


def hold(consumer: str, producer: str, said: Mapping[str, str]) -> Verifier:
    """A verifier that holds `producer` to its contract with `consumer`; `said` is description → JSON as it was said."""
    verifier = Verifier(producer)
    verifier.message_handler(
        {name: Message(contents=text.encode(), metadata=None, content_type=JSON) for name, text in said.items()}
    )
    verifier.set_coloured_output(enabled=False)
    return verifier.add_source(pact_file(consumer, producer))
