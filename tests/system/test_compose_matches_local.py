"""What runs in containers and what runs on one machine are the same services, wired the same way."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from deploy.gateway.routes import read_routes
from deploy.local.machine import ROOT
from deploy.local.servers import Servers
from deploy.local.stack import SECRETS, SERVICES, Secret, Stack, public_key

# What a container may be told besides: its metrics, HTTPS that stands before it, a real platform to mirror
# to, a relay of the beacon, the networks of platforms.
ONLY_IN_CONTAINERS = {
    *("SUNLOT_METRICS_PORT", "SUNLOT_SECURE_COOKIES", "SUNLOT_MIRROR_URL", "SUNLOT_BEACON_URL"),
    "SUNLOT_CALLBACK_NETWORKS",
}
PROCESSES = ("migrate", "serve", "consume", "relay")
REQUIRED = re.compile(r"\$\{(\w+):\?[^}]+\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    profile: Any = None  # servers that are named by the user have none to stop
    return Stack(Servers("postgresql://u:p@127.0.0.1:5432/postgres", "amqp://u:p@127.0.0.1:5672/", profile), tmp_path)


def environment(compose: Mapping[str, Any], name: str) -> dict[str, str]:
    found: dict[str, str] = compose["services"][name]["environment"]
    return found


def database(url: str) -> tuple[str, str]:
    parts = urlsplit(REQUIRED.sub("secret", url))
    return parts.scheme, parts.path


def test_the_same_services_run(compose: Mapping[str, Any]) -> None:
    expected = {f"{service}-{process}" for service in SERVICES for process in PROCESSES}
    assert set(compose["services"]) == expected | {"gateway", "postgres", "rabbitmq"}
    assert set(SERVICES) == {folder.name for folder in (ROOT / "services").iterdir()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_told_the_same_things(compose: Mapping[str, Any], stack: Stack, service: str) -> None:
    for process in PROCESSES:
        told = environment(compose, f"{service}-{process}")
        assert set(told) - ONLY_IN_CONTAINERS == set(stack.environment(service)), process


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_database_and_nobody_elses(
    compose: Mapping[str, Any], stack: Stack, service: str
) -> None:
    local = database(stack.environment(service)["SUNLOT_DATABASE_URL"])
    assert local == ("postgresql+asyncpg", f"/sunlot_{service}")
    url = environment(compose, f"{service}-serve")["SUNLOT_DATABASE_URL"]
    assert database(url) == local
    assert f"SUNLOT_{service.upper()}_DB_PASSWORD" in url


def test_a_secret_of_one_service_is_told_to_no_other(compose: Mapping[str, Any]) -> None:
    for service, names in SECRETS.items():
        for other in SERVICES:
            if other != service:
                assert not set(names) & set(environment(compose, f"{other}-serve")), other


def test_every_service_that_has_an_address_runs(compose: Mapping[str, Any]) -> None:
    nginx = (ROOT / "deploy/gateway/nginx.conf").read_text("utf-8")
    upstreams = set(re.findall(r"set \$service (\S+):8000", nginx))
    assert upstreams == {f"{service}-serve" for service in read_routes().services()}
    assert upstreams <= set(compose["services"])
    assert set(read_routes().services()) == set(SERVICES)


def test_a_service_starts_after_its_own_migration(compose: Mapping[str, Any]) -> None:
    for service in SERVICES:
        for process in PROCESSES[1:]:
            waits = compose["services"][f"{service}-{process}"]["depends_on"]
            assert waits == {f"{service}-migrate": {"condition": "service_completed_successfully"}}


def test_everything_that_stays_up_has_a_healthcheck(compose: Mapping[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert ("healthcheck" in service) is not name.endswith("-migrate"), name


def test_no_password_has_a_default(compose: Mapping[str, Any]) -> None:
    for name, service in compose["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASS|KEY|(DATABASE|AMQP)_URL$", variable):
                assert REQUIRED.search(str(value)), f"{name}: {variable}"


def test_only_the_gateway_is_open_to_the_network(compose: Mapping[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["gateway"]
    assert compose["networks"]["inside"]["internal"] is True


@pytest.mark.parametrize(("service", "told"), [("draw", "SUNLOT_BEACON_URL"), ("publicity", "SUNLOT_MIRROR_URL")])
def test_who_is_told_of_the_world_outside_can_reach_it(compose: Mapping[str, Any], service: str, told: str) -> None:
    assert [name for name in SERVICES if told in environment(compose, f"{name}-consume")] == [service]
    assert "outside" in compose["services"][f"{service}-consume"]["networks"]


def test_platforms_can_be_called_by_whoever_calls_them(compose: Mapping[str, Any]) -> None:
    for process in ("serve", "consume"):  # a test answer, and all others
        assert "outside" in compose["services"][f"trigger-{process}"]["networks"], process
        assert "SUNLOT_CALLBACK_NETWORKS" in environment(compose, f"trigger-{process}"), process


def test_data_outlive_their_containers(compose: Mapping[str, Any]) -> None:
    for name in ("postgres", "rabbitmq"):
        mounted = [volume.split(":")[0] for volume in compose["services"][name]["volumes"]]
        assert set(mounted) & set(compose["volumes"]), name


def test_the_script_makes_every_secret_and_keeps_it_the_second_time(compose: Mapping[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "secrets.sh"
    script.write_text((ROOT / "deploy/secrets.sh").read_text())
    subprocess.run(["bash", script], check=True, capture_output=True)
    made = (tmp_path / ".env").read_text()
    subprocess.run(["bash", script], check=True, capture_output=True)
    assert (tmp_path / ".env").read_text() == made
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    secrets = dict(re.findall(r"^(\w+)='(.+)'$", made, re.MULTILINE))
    assert set(REQUIRED.findall(json.dumps(compose, ensure_ascii=False))) == set(secrets)
    assert len(set(secrets.values())) == len(secrets)
    private = secrets["SUNLOT_SESSION_PRIVATE_KEY"]
    assert json.loads(public_key(private)).items() >= json.loads(secrets["SUNLOT_SESSION_PUBLIC_KEY"]).items()


def test_a_private_key_is_kept_between_runs(stack: Stack, tmp_path: Path) -> None:
    told = stack.environment("registry")["SUNLOT_SESSION_PRIVATE_KEY"]
    assert stack.environment("registry")["SUNLOT_SESSION_PRIVATE_KEY"] == told
    assert json.loads(told)["crv"] == "Ed25519"
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
    assert SECRETS["registry"]["SUNLOT_SESSION_PRIVATE_KEY"] is Secret.PRIVATE_KEY
