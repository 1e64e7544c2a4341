"""Accounts are made once, however often the form is sent."""

import asyncio

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.registry.app import SERVICE
from tests.conftest import MakeHouse

ADMIN = actor(Role.ADMIN)


async def test_an_account_sent_eight_times_at_once_is_made_once(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    body = {
        "username": "lead9",
        "name": "牵头甲",
        "role": "lead",
        "county": "410300",
        "password": "correct horse 9 battery",
    }
    async with house.client(ADMIN) as client:
        answers = await asyncio.gather(*(client.post("/registry/api/v1/accounts", json=body) for _ in range(8)))
        other = await client.post("/registry/api/v1/accounts", json=body | {"role": "section"})
    assert sorted(answer.status_code for answer in answers) == [*[200] * 7, 201]
    assert other.status_code == 409
