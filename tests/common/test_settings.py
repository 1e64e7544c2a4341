"""Settings that are missing or wrong end a process with their names, and with nobody's secret."""

import pytest

from libs.common.cli import Service, main
from tests.architecture.services import SERVICES

KEY = "c2VjcmV0LWtleS1vZi10aGlydHktdHdvLWJ5dGVzLTA="


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_missing_setting_is_named_and_no_other_is_shown(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in service.settings.model_fields:
        monkeypatch.delenv(f"SUNLOT_{name.upper()}", raising=False)
    monkeypatch.setenv("SUNLOT_DATABASE_URL", f"postgresql+asyncpg://sunlot:{KEY}@127.0.0.1/sunlot")
    monkeypatch.setenv("SUNLOT_FIELD_KEYS", f'{{"1": "{KEY}"}}')
    monkeypatch.setenv("SUNLOT_PORT", "eight")
    with pytest.raises(SystemExit) as ended:
        main(service, ["relay"])
    told = str(ended.value.code)
    assert "SUNLOT_AMQP_URL" in told
    assert "SUNLOT_PORT" in told
    assert KEY not in told
    with pytest.raises(ValueError, match="amqp_url") as raw:
        service.settings()
    assert KEY[-8:] not in str(raw.value)
