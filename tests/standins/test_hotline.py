"""The hotline stand-in as a program of its own, against trigger's real doors over HTTP."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.standins.hotline_orders import cluster_of, make_orders
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from libs.common.testing.waiting import eventually
from services.trigger.app import SERVICE
from tests.conftest import MakeHouse
from tests.trigger.knocking import register, subject, tell_subjects
from tests.trigger.serving import free_port, served

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 22, tzinfo=UTC)
SUBJECTS = [
    {"uscc": s.uscc, "name": s.name, "county": s.county, "industry": s.industry}
    for s in (subject(n, county="410311" if n < 30 else "410323") for n in range(40))
]


@asynccontextmanager
async def hotline(sunlot: str, key: str, port: int) -> AsyncIterator[httpx.AsyncClient]:
    """The stand-in as a process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.standins.hotline", "--port", str(port), "--sunlot", sunlot,
        cwd=ROOT, env=os.environ | {"SUNLOT_HOTLINE_KEY": key},
    )  # fmt: skip
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            await eventually(lambda: alive(client), "the hotline answers")
            yield client
    finally:
        process.terminate()
        await process.wait()


async def alive(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx.TransportError:
        return False


def test_orders_are_the_same_on_every_machine_and_hold_a_cluster() -> None:
    orders = make_orders(SUBJECTS, 60, NOW)
    assert orders == make_orders(SUBJECTS, 60, NOW)
    assert len({one["order_id"] for one in orders}) == 60
    county, _letter = cluster_of(SUBJECTS)
    wages = [one for one in orders if one["categories"][-1] == "拖欠工资"]
    assert len(wages) == 15
    assert {one["county"] for one in wages} == {county}
    nobody = [one for one in orders if "无此单位" in one["employer_name"]]
    assert 3 <= len(nobody) <= 12


async def test_sixty_orders_are_pushed_and_answered_over_http(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    port = free_port()
    platform = await register(house, callback=f"http://127.0.0.1:{port}/answers")
    for county in ("410311", "410323"):
        await tell_subjects(house, *(subject(n, county=county) for n in range(40) if (n < 30) == (county == "410311")))
    async with served(house) as sunlot, hotline(sunlot, platform.keys[-1], port) as other_side:
        await other_side.put("/failures", json={"answers": "down"})
        pushed = (await other_side.post("/push?count=60", json={"subjects": SUBJECTS})).json()
        assert (pushed["pushed"], pushed["created"], pushed["refused"]) == (60, 60, 0)
        again = (await other_side.post("/push?count=60", json={"subjects": SUBJECTS})).json()
        assert again["known"] + again["created"] == 60
        states = list(pushed["statuses"].values())
        assert states.count("matched") >= 35
        assert states.count("waiting") >= 10
        await other_side.put("/failures", json={"answers": "ok"})
        expected = 60 + states.count("matched")

        async def all_there() -> bool:
            return bool((await other_side.get("/answers")).json()["count"] >= expected)

        await eventually(all_there, "all answers", seconds=60)
        got = (await other_side.get("/answers")).json()
        assert (got["count"], got["rejected"], got["out_of_order"]) == (expected, 0, 0)
        urge = {"message_id": "M-1", "kind": "urge", "at": datetime.now(UTC).isoformat()}
        said = await other_side.post("/messages", json={"order_id": next(iter(pushed["statuses"])), "message": urge})
        assert (said.json()["status"], said.json()["receipt"]["status"]) == (201, "applied")
        async with house.client(actor(Role.LEAD)) as client:
            fired = (await client.get("/trigger/api/v1/triggers")).json()
        assert fired["total"] >= 1
