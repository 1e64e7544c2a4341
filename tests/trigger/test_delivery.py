"""A platform that is away, refuses one order or is paused loses nothing, and delays nobody else."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from io import BytesIO

import httpx
import pytest
import uvicorn
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from deploy.standins.hotline import Hotline, create_app
from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from libs.common.testing.waiting import eventually
from services.trigger.app import SERVICE
from services.trigger.loops.push_due import platforms_due, push_to
from services.trigger.store.tables import answers
from tests.conftest import MakeHouse
from tests.trigger.knocking import Platform, order, register, subject, tell_subjects
from tests.trigger.serving import free_port, served
from tests.trigger.test_answers import CALLBACK, World


class Clock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._real = clock.now

    def now(self) -> datetime:
        return self._real() + self.ahead

    def pass_(self, **span: float) -> None:
        self.ahead += timedelta(**span)


@pytest.fixture
async def world(make_house: MakeHouse) -> AsyncIterator[World]:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(4)))
    made = World(house, await register(house, callback=CALLBACK))
    yield made
    await made.client.aclose()


@pytest.fixture
def ticking(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("services.trigger.loops.push_due.clock.now", made.now)
    monkeypatch.setattr("deploy.standins.hotline.time.time", lambda: made.now().timestamp())
    return made


async def left(world: World) -> int:
    async with world.house.database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(answers).where(answers.c.state != "sent")))


async def test_a_platform_that_is_down_for_a_day_loses_nothing(world: World, ticking: Clock) -> None:
    for number in range(8):
        await world.platform.send(order(f"A-{number:03d}", about=subject(number % 4)))
    world.hotline.failures.answers = "down"
    tried = 0
    for _ in range(96):  # a day, a look every quarter of an hour
        tried += await world.push()
        ticking.pass_(minutes=15)
    assert 8 * 6 <= tried <= 8 * 12  # tried again and again, and rarer and rarer
    assert await left(world) > 8
    world.hotline.failures.answers = "ok"
    ticking.pass_(hours=6)
    await world.push_all()
    assert await left(world) == 0
    assert all(world.told(f"A-{number:03d}")[:2] == ["accepted", "matched"] for number in range(8))
    assert (world.hotline.out_of_order, world.hotline.repeated, world.hotline.rejected) == (0, 0, 0)


async def test_the_first_answer_that_gets_through_again_takes_the_others_with_it(world: World, ticking: Clock) -> None:
    world.hotline.failures.answers = "down"
    for number in range(4):
        await world.platform.send(order(f"A-{number:03d}"))
        for _ in range(number * 3 + 1):
            await world.push()
            ticking.pass_(hours=1 if number else 0.001)
    world.hotline.failures.answers = "ok"
    while not await world.push():
        ticking.pass_(minutes=10)
    await world.push_all()
    assert await left(world) == 0


async def test_an_order_that_its_platform_refuses_blocks_no_other(world: World, ticking: Clock) -> None:
    world.hotline.failures.refused = ["A-001"]
    for number in range(3):
        await world.platform.send(order(f"A-{number:03d}", about=subject(number)))
    await world.push_all()
    assert [len(world.told(f"A-{number:03d}")) for number in range(3)] == [2, 0, 2]
    for _ in range(9 * 24):
        ticking.pass_(hours=1)
        await world.push()
    async with world.house.database.transaction() as tx:
        states = {
            row["stage"]: row["state"] for row in await tx.all(select(answers).where(answers.c.order_id == "A-001"))
        }
        error = await tx.scalar(select(answers.c.last_error).where(answers.c.state == "stalled"))
    assert states == {"accepted": "stalled", "matched": "waiting"}
    assert error == "HTTP 422"
    world.hotline.failures.refused = []
    lead = actor(Role.LEAD)
    async with world.house.client(lead) as client:
        (row,) = (await client.get("/trigger/api/v1/answers?state=stalled")).json()["items"]
        await client.post(f"/trigger/answers/{row['answer_id']}/replay", data={"csrf": lead.csrf})
    await world.push_all()
    assert world.told("A-001") == ["accepted", "matched"]


async def test_a_platform_that_hangs_delays_nobody_else(make_house: MakeHouse) -> None:
    house, port = await make_house(SERVICE), free_port()
    good = await register(house, callback=f"http://127.0.0.1:{port}/answers")
    silent = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server, served(house):
        address = server.sockets[0].getsockname()
        body = {
            "code": "ly-12333",
            "name": "不应答的平台",
            "kinds": ["投诉举报"],
            "callback_url": f"http://127.0.0.1:{address[1]}/",
        }
        async with house.client(actor(Role.ADMIN)) as client:
            keys = (await client.post("/trigger/api/v1/platforms", json=body)).json()["keys"]
        bad = Platform(house, keys, code="ly-12333")
        hotline = create_app(Hotline("http://sunlot.test", good.code, good.keys[-1]))
        taking = uvicorn.Server(uvicorn.Config(hotline, port=port, log_level="warning", lifespan="off"))
        task = asyncio.create_task(taking.serve())
        for number in range(25):  # more than one batch
            await bad.send(order(f"B-{number:03d}"))
        await good.send(order("A-001"))

        async def sent() -> bool:
            async with house.database.transaction() as tx:
                return bool(await tx.scalar(select(answers.c.sent_at).where(answers.c.order_id == "A-001")))

        await eventually(sent, "the other platform's answer", seconds=10)
        silent.set()
        taking.should_exit = True
        await task


async def test_a_pause_holds_everything_and_a_resumption_sends_it_at_once(world: World) -> None:
    admin = actor(Role.ADMIN)
    pages = "/trigger/platforms/ly-12345"
    async with world.house.client(admin) as client:
        short = await client.post(f"{pages}/pause", data={"csrf": admin.csrf, "reason": "停"})
        assert short.status_code == 422
        assert 'href="#f-reason-ly-12345"' in short.text
        assert (await client.post(f"{pages}/pause", data={"csrf": admin.csrf, "reason": "平台升级"})).status_code == 303
        assert (await client.post(f"{pages}/pause", data={"csrf": admin.csrf, "reason": "又一次"})).status_code == 422
        await world.platform.send(order("A-001"))
        assert await platforms_due(world.house.database) == []
        assert await world.push() == 0
        assert "平台升级" in (await client.get("/trigger/platforms")).text
        assert (await client.post("/trigger/api/v1/platforms/ly-12345/resume")).status_code == 204
    assert await platforms_due(world.house.database) == ["ly-12345"]
    await world.push_all()
    assert world.told("A-001") == ["accepted"]
    async with world.house.client(actor(Role.LEAD)) as client:
        assert (await client.post("/trigger/api/v1/platforms/ly-12345/resume")).status_code == 403


async def test_what_is_on_its_way_when_a_platform_is_paused_and_resumed_arrives_once(world: World) -> None:
    await world.platform.send(order("A-001", about=subject(1)))
    arrived, taken = asyncio.Event(), asyncio.Event()

    async def slowly(request: httpx.Request) -> httpx.Response:
        arrived.set()
        await taken.wait()
        return httpx.Response(200)

    address, asked = "/trigger/api/v1/platforms/ly-12345", []
    async with (
        httpx.AsyncClient(transport=httpx.MockTransport(slowly)) as hotline,
        world.house.client(actor(Role.ADMIN)) as client,
    ):
        pushing = asyncio.create_task(push_to(world.house.database, hotline, world.vault, "ly-12345"))
        await arrived.wait()
        assert (await client.post(f"{address}/pause", json={"reason": "平台升级"})).status_code == 204
        assert (await client.post(f"{address}/resume")).status_code == 204
        asked.append(await world.push())  # nobody else takes it up
        assert (await client.post(f"{address}/pause", json={"reason": "平台升级"})).status_code == 204
        taken.set()
        asked += [await pushing, await world.push()]
        assert (await client.post(f"{address}/resume")).status_code == 204
    assert asked == [0, 1, 0]
    await world.push_all()
    assert world.told("A-001") == ["matched"], "the first one was taken while it was on its way"


async def test_a_pause_of_weeks_takes_no_try_away(world: World, ticking: Clock) -> None:
    """Nor does an earlier answer that nobody took: what waited begins its own week."""
    admin = actor(Role.ADMIN)
    address = "/trigger/api/v1/platforms/ly-12345"
    await world.platform.send(order("A-001", about=subject(1)))
    async with world.house.client(admin) as client:
        assert (await client.post(f"{address}/pause", json={"reason": "平台搬迁"})).status_code == 204
    ticking.pass_(days=20)
    async with world.house.client(admin) as client:
        assert (await client.post(f"{address}/resume")).status_code == 204
    world.hotline.failures.answers = "down"  # not quite ready yet
    assert await world.push() == 1
    world.hotline.failures.answers = "ok"
    ticking.pass_(minutes=1)
    await world.push_all()
    assert world.told("A-001") == ["accepted", "matched"]


async def test_the_page_counts_by_platform_and_day_and_exports(world: World) -> None:
    world.hotline.failures.refused = ["A-001"]
    for number in range(3):
        await world.platform.send(order(f"A-{number:03d}"))
    await world.push_all()
    await world.platform.send(order("A-004"))
    async with world.house.client(actor(Role.AUDITOR)) as client:
        (numbers,) = (await client.get("/trigger/api/v1/answer-numbers")).json()
        assert {name: numbers[name] for name in ("sent", "waiting", "failed", "paused")} == {
            "sent": 2, "waiting": 1, "failed": 1, "paused": False,
        }  # fmt: skip
        page = (await client.get("/trigger/answers")).text
        assert "洛阳市 12345 热线" in page
        assert "HTTP 422" in page
        assert "重新推送" not in page
        file = BytesIO((await client.get("/trigger/answers?state=failed&format=xlsx")).content)
    rows = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == ["A-001"]
