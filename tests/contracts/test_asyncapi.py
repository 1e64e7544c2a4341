"""docs/asyncapi.yaml is AsyncAPI 3 and says what the events and handlers say."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from deploy import asyncapi
from tests.architecture.services import ALL_PUBLISHED, ALL_RECEIVED

SCHEMA = Path(__file__).parent / "asyncapi-3.0.0.schema.json"


def _document() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(asyncapi.FILE.read_text("utf-8"))
    return loaded


def test_the_checked_in_document_is_up_to_date() -> None:
    assert asyncapi.FILE.read_text("utf-8") == asyncapi.text(), "run python -m deploy.asyncapi"


def test_the_document_is_asyncapi_3() -> None:
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(_document())] == []
    broken = _document()
    next(iter(broken["operations"].values()))["action"] = "shout"
    assert not validator.is_valid(broken)


def test_every_event_has_its_channel_and_everybody_who_acts_on_it_an_operation() -> None:
    document = _document()
    assert set(document["channels"]) == set(ALL_PUBLISHED)
    says = {f"{kind.partition('.')[0]}.says.{kind}" for kind in ALL_PUBLISHED}
    hears = {f"{consumer}.hears.{model.TYPE}" for consumer, model in ALL_RECEIVED}
    assert set(document["operations"]) == says | hears
