from services.registry.app import SERVICE
from tests.conftest import MakeHouse


async def test_a_migrated_service_says_that_it_is_ready(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client() as client:
        assert (await client.get("/readyz")).json() == {"status": "ready"}
        answer = await client.get("/registry/api/v1/nothing")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "没有" in (await client.get("/registry/nothing")).text
