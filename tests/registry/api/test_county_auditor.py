"""监督 of one county sees that county and nothing of another."""

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.registry.app import SERVICE
from tests.conftest import MakeHouse

AUDITOR = actor(Role.AUDITOR, "410302")
PASSWORD = "luoyang spring 2026"


@pytest.mark.parametrize(
    "address", ["/registry/api/v1/accounts", "/registry/accounts", "/registry/accounts?format=csv"]
)
@pytest.mark.parametrize("wanted", ["", "410303"])
async def test_accounts_of_another_county_are_not_listed(make_house: MakeHouse, address: str, wanted: str) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as admin:
        for county in ("410302", "410303"):
            body = {"username": f"unit.{county}", "name": "县区", "role": "unit", "county": county, "unit_id": "U1"}
            made = await admin.post("/registry/api/v1/accounts", json=body | {"password": PASSWORD})
            assert made.status_code == 201
    async with house.client(AUDITOR) as client:
        answer = await client.get(address, params={"county": wanted} if wanted else None)
    assert answer.status_code == 200
    assert ("unit.410302" in answer.text, "unit.410303" in answer.text) == (True, False)


async def test_a_file_holds_every_countys_rows_and_is_the_citys_business(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.LEAD)) as lead:
        content = "单位编号,单位名称,县区,类别\nU1,某局,洛龙区,人社局\n".encode()
        taken = await lead.post(
            "/registry/api/v1/imports/units", files={"file": ("u.csv", content)}, data={"preview": "true"}
        )
        import_id = (await lead.get("/registry/api/v1/imports")).json()["rows"][0]["import_id"]
        assert taken.status_code in {200, 422}
    addresses = ["/registry/api/v1/imports", f"/registry/api/v1/imports/{import_id}", "/registry/imports"]
    addresses += [f"/registry/imports/{import_id}", f"/registry/imports/{import_id}/errors"]
    async with house.client(AUDITOR) as client:
        assert {(await client.get(address)).status_code for address in addresses} == {404}
    async with house.client(actor(Role.AUDITOR)) as client:
        assert {(await client.get(address)).status_code for address in addresses} == {200}
