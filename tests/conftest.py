"""Real servers for every test that needs them, and a house of any service on its own fresh database."""

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.local.servers import ensure_servers
from libs.common.cli import Service
from libs.common.settings import Settings
from libs.common.telemetry.logs import configure_logs
from libs.common.testing.databases import fresh_database, template_of
from libs.common.testing.doors import PRIVATE_KEY, PUBLIC_KEY, House, json_key
from tests.system import played as story

ROOT = Path(__file__).resolve().parents[1]

configure_logs("test", "warning")


WHOLE = {"system", "browser"}  # folders whose tests start every process


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each file stays with one worker, and all that look at the one story with one, too.

    Whole systems come last: they stay up until their worker ends, and even idle they would slow down all others.
    """
    items.sort(key=lambda item: "played" in getattr(item, "fixturenames", ()) or item.path.parent.name in WHOLE)
    for item in items:
        shared = "played" in getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group("played" if shared else item.path.as_posix()))


played = story.played  # one story a session, for whoever looks at it

MakeHouse = Callable[[Service], Awaitable[House]]

# What the services are told in secret; each takes what is its own and ignores the rest.
SECRETS = {
    "session_public_key": json_key(PUBLIC_KEY),
    "session_private_key": json_key(PRIVATE_KEY),
    "field_keys": json.dumps({"test": base64.b64encode(bytes(range(32))).decode()}),
    "log_key": bytes(range(32)).hex(),
}


def settings_of(service: Service, database_url: str, amqp_url: str) -> Settings:
    """The settings of any service, its secrets those of the tests."""
    addresses = {"database_url": database_url, "amqp_url": amqp_url, "callback_networks": "127.0.0.0/8"}
    return service.settings.model_validate({**addresses, **SECRETS})


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: from the environment, else the private one for tests."""
    if url := os.environ.get("SUNLOT_POSTGRES_URL"):
        yield url
        return
    yield ensure_servers(ROOT, durable=False).postgres_url


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """A RabbitMQ server: from the environment, else the private one for tests."""
    if url := os.environ.get("SUNLOT_AMQP_URL"):
        yield url
        return
    yield ensure_servers(ROOT, durable=False).amqp_url


@pytest.fixture(scope="session")
def templates() -> dict[str, str]:
    """Migrated templates by service, filled as they are needed."""
    return {}


@pytest.fixture
def migrated(postgres_url: str, templates: dict[str, str]) -> Callable[[Service], str]:
    """The name of a service's migrated template."""

    def template(service: Service) -> str:
        if service.name not in templates:
            templates[service.name] = template_of(service, postgres_url)
        return templates[service.name]

    return template


@pytest.fixture
async def make_house(postgres_url: str, amqp_url: str, migrated: Callable[[Service], str]) -> AsyncIterator[MakeHouse]:
    """`await make_house(SERVICE)`: the service on a database that nobody else uses."""
    async with AsyncExitStack() as stack:

        async def make(service: Service) -> House:
            template = await asyncio.to_thread(migrated, service)  # alembic runs a loop of its own
            database, url = await stack.enter_async_context(fresh_database(service, postgres_url, template))
            return House(service, database, settings_of(service, url, amqp_url))

        yield make
