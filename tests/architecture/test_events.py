"""What is said is heard, as it is said: schemas, examples, queues and contracts fit together."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from libs.common.cli import Service
from libs.common.messaging.envelope import Event, Received
from libs.common.messaging.schemas import generated_schema, schema_file
from tests.architecture.services import ALL_PUBLISHED, ALL_RECEIVED, NAMES, SERVICES, received
from tests.conftest import ROOT

# Said for the record and for those who come later; each with the reason why nobody acts on it today.
UNHEARD = {
    "trigger.signal_matched": "counted from the event log; the trigger that follows is what others act on",
    "inspection.case_approved": "the notice is public at inspection itself; nobody else has a step that waits for it",
    "publicity.result_corrected": "it shows on the public page and in the log; no other state depends on it",
    "publicity.mirror_receipted": "receipts are handled where the record was sent from",
}

EVENTS = [pytest.param(event, id=kind) for kind, event in sorted(ALL_PUBLISHED.items())]
HEARD = [pytest.param(consumer, model, id=f"{consumer}-{model.TYPE}") for consumer, model in ALL_RECEIVED]


def example(event: type[Event], which: str) -> Any:
    """The checked-in example beside the schema: `valid` or `invalid`."""
    schema = schema_file(event)
    return json.loads((schema.parent / "examples" / f"{schema.stem}.{which}.json").read_text("utf-8"))


@pytest.mark.parametrize("event", EVENTS)
def test_the_checked_in_schema_is_that_of_the_model(event: type[Event]) -> None:
    assert schema_file(event).read_text("utf-8") == generated_schema(event), "run python -m deploy.schemas"


@pytest.mark.parametrize("event", EVENTS)
def test_the_schema_takes_the_valid_example_and_refuses_the_invalid_one(event: type[Event]) -> None:
    validator = jsonschema_rs.validator_for(json.loads(schema_file(event).read_text("utf-8")))
    assert validator.is_valid(example(event, "valid"))
    assert not validator.is_valid(example(event, "invalid"))


def test_every_schema_belongs_to_an_event() -> None:
    on_disk = {file.name for name in NAMES for file in (ROOT / "services" / name / "events/schemas").glob("*.json")}
    assert on_disk == {schema_file(event).name for event in ALL_PUBLISHED.values()}


def test_every_event_is_heard_by_somebody_or_has_a_reason_not_to_be() -> None:
    heard = {model.TYPE for _, model in ALL_RECEIVED}
    assert set(ALL_PUBLISHED) - heard == set(UNHEARD)


@pytest.mark.parametrize(("consumer", "model"), HEARD)
def test_a_consumer_reads_only_what_the_producer_says(consumer: str, model: type[Received]) -> None:
    event = ALL_PUBLISHED[model.TYPE]
    assert model.MAJOR == event.MAJOR
    assert set(model.model_fields) <= set(event.model_fields)
    model.model_validate(example(event, "valid"))


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_service_consumes_the_queues_of_those_whom_it_acts_on_and_no_others(service: Service) -> None:
    acted_on = {model.TYPE.partition(".")[0] for model in received(service)}
    assert acted_on == set(service.producers)


@pytest.mark.parametrize(("consumer", "model"), HEARD)
def test_everything_that_is_heard_has_a_contract(consumer: str, model: type[Received]) -> None:
    producer = model.TYPE.partition(".")[0]
    pact = json.loads((PACTS / f"{consumer}-{producer}.json").read_text("utf-8"))
    assert f"{model.TYPE}.v{model.MAJOR}" in {one["description"] for one in pact["interactions"]}


PACTS: Path = ROOT / "tests" / "contracts" / "pacts"
