"""The platform of whatever no platform has sent: it has no key, and nothing is pushed to it."""

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from tests.conftest import MakeHouse

AT = "/trigger/api/v1/platforms"
ADMIN = actor(Role.ADMIN)


async def test_the_office_gets_no_key_by_any_door(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(ADMIN) as client:
        refused = await client.post(f"{AT}/office/keys")
        assert refused.status_code == 409, refused.text
        by_page = await client.post("/trigger/platforms/office/keys")
        assert by_page.status_code == 409
        assert "/trigger/platforms/office/keys" not in (await client.get("/trigger/platforms")).text
        assert [one["keys"] for one in (await client.get(AT)).json() if one["code"] == "office"] == [[]]


async def test_the_office_gets_no_callback_that_nothing_could_sign(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(ADMIN) as client:
        [office] = [one for one in (await client.get(AT)).json() if one["code"] == "office"]
        agreed = {name: office[name] for name in ("name", "source", "kinds", "sla_days")}
        for wrong in ({"callback_url": "https://hotline.invalid/answers"}, {"open311": True}):
            refused = await client.put(f"{AT}/office", json=agreed | wrong)
            assert refused.status_code == 422, refused.text
        assert (await client.put(f"{AT}/office", json=agreed | {"sla_days": 4})).status_code == 204
