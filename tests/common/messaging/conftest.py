"""A wire between two houses of the probe, on the real broker."""

import secrets
from collections.abc import AsyncIterator

import pytest

from tests.common.messaging.probe.service import SERVICE
from tests.common.messaging.wire import Wire
from tests.conftest import MakeHouse


@pytest.fixture
async def wire(make_house: MakeHouse, amqp_url: str) -> AsyncIterator[Wire]:
    """Declared, nothing running."""
    name = secrets.token_hex(3)
    made = Wire(
        speaker=await make_house(SERVICE),
        listener=await make_house(SERVICE),
        amqp_url=amqp_url,
        groups={"all": [f"a{name[:5]}", f"b{name[:5]}"]},
        delays={f"{name}-{step}": 100 for step in (1, 2, 3)},
    )
    await made.declare()
    yield made
    await made.remove()
