"""Every service prints its OpenAPI document, without settings, database or broker."""

import json
import os

import pytest

from libs.common.cli import Service, main
from tests.architecture.services import NAMES, SERVICES

GEOREPORT = {"text/xml", "application/json"}  # the specification has refusals of its own


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_service_prints_its_document_untold_and_says_how_each_route_refuses(
    service: Service, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("SUNLOT_")}
    monkeypatch.setattr(os, "environ", bare)
    main(service, ["openapi"])
    document = json.loads(capsys.readouterr().out)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            refusal = operation["responses"]["4XX"]["content"]
            forms = GEOREPORT if path.startswith("/open311/") else {"application/problem+json"}
            assert set(refusal) == forms, (method, path)
            assert "HTTPValidationError" not in json.dumps(operation), (method, path)
    assert any(path.startswith(f"/{service.name}/api/v1/") for path in document["paths"])
