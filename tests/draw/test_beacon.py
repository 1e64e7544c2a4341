"""A draw whose seed waits for a real round of the real quicknet chain, from a relay on real HTTP."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from sqlalchemy import func, select

from deploy.standins.drand import Relay, create_app
from libs.common import clock
from libs.common.testing.waiting import eventually
from services.draw import loops
from services.draw.loops import commit_one
from services.draw.settings import DrawSettings
from services.draw.store.tables import draws
from services.draw.usecases.await_beacon import LEASE, claim_due_round
from tests.draw.beacon_ceremony import MINUTES, Ceremony, Clock
from tests.draw.beacons import QUICKNET, RECORDED, ROUND, SIGNATURES, before
from tests.draw.conftest import LEAD, SECTION, City

DUE = QUICKNET.time_of(ROUND)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Ten minutes before the recorded round."""
    told, real = Clock(), clock.now
    for name, module in list(sys.modules.items()):
        if name.startswith(("services.draw", "libs.common", "tests.draw")) and getattr(module, "now", None) is real:
            monkeypatch.setattr(module, "now", told.now)
    return told


@pytest.fixture
async def relay() -> AsyncIterator[tuple[Relay, str]]:
    """The stand-in on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    kept = Relay()
    server = uvicorn.Server(uvicorn.Config(create_app(kept), log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    yield kept, f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task


async def committed(city: City, time: Clock, relay: tuple[Relay, str], **choice: Any) -> Ceremony:
    """A logged commitment to the recorded round."""
    kept, url = relay
    city.house.settings = city.settings.model_copy(update={"beacon_url": url})
    draw_id = await city.promised()
    chosen = {"dice": False, "beacon": True, "reveal_minutes": MINUTES} | choice
    await city.post(LEAD, f"/draws/{draw_id}/commit", chosen)
    assert await commit_one(city.settings, city.house.database) == draw_id
    await city.log_receipt(draw_id)
    return Ceremony(city, time, kept, draw_id)


@pytest.fixture
async def ceremony(city: City, time: Clock, relay: tuple[Relay, str]) -> Ceremony:
    """A commitment to the beacon alone, logged."""
    return await committed(city, time, relay)


@pytest.fixture
async def waiting(ceremony: Ceremony) -> Ceremony:
    """Both parties have revealed, and the round's time has come."""
    await ceremony.reveal("lead", "section")
    ceremony.time.moment = DUE + timedelta(milliseconds=1)
    return ceremony


@pytest.mark.article(5)
async def test_the_commitment_names_the_first_round_after_the_deadline(ceremony: Ceremony) -> None:
    [(_, said)] = await ceremony.city.house.said("draw.draw_committed")
    plan = json.loads(json.loads(said)["commit"])["seed_plan"]
    assert plan["beacon"] == {
        "beacon_id": "quicknet",
        "chain": RECORDED.info["hash"],
        "genesis": 1692803367,
        "group_hash": RECORDED.info["groupHash"],
        "period": 3,
        "public_key": RECORDED.info["public_key"],
        "round": ROUND,
        "scheme": "bls-unchained-g1-rfc9380",
    }
    assert plan["dice"] is False
    assert plan["reveal_deadline"] == f"{DUE:%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.article(5)
async def test_the_round_fixes_the_seed_and_a_stranger_checks_it(waiting: Ceremony, tmp_path: Path) -> None:
    assert (await waiting.state())["state"] == "waiting"
    assert await waiting.look()
    assert (await waiting.state())["state"] == "seeded"
    assert await waiting.city.finish() == waiting.draw_id
    base = f"/public/draws/{waiting.draw_id}"
    certificate = (await waiting.city.get(f"{base}/certificate.json")).json()
    assert certificate["seed"]["beacon"] == {"signature": SIGNATURES[ROUND]}
    assert certificate["seed"]["txt"].splitlines()[2] == (
        f"beacon {RECORDED.info['hash']} {ROUND} {RECORDED.rounds[ROUND]['randomness']}"
    )
    files = ("/public/verify.py", f"{base}/certificate.json", f"{base}/pool.tsv", f"{base}/officers.json")
    for address in files:
        (tmp_path / address.rpartition("/")[2]).write_bytes((await waiting.city.get(address)).content)
    command = [sys.executable, "verify.py", "certificate.json", "pool.tsv", "--officers", "officers.json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_nothing_is_asked_for_before_the_rounds_time(ceremony: Ceremony) -> None:
    await ceremony.reveal("lead", "section")
    ceremony.time.moment = before(0.001)
    assert not await ceremony.look()
    assert ceremony.relay.asked == 0
    assert "还有" in await ceremony.page() or "已到时间" in await ceremony.page()


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("late", "HTTP 404"),
        ("down", "HTTP 503"),
        ("other_round", "第 1 轮的结果"),
        ("forged", "不是信标链"),
        ("garbage", "不是信标结果"),
        ("flood", "不是信标结果"),
    ],
)
@pytest.mark.article(5)
async def test_a_relay_that_answers_wrongly_is_noted_and_asked_again(waiting: Ceremony, mode: str, says: str) -> None:
    waiting.relay.mode, waiting.relay.times = mode, 2
    for seconds in (5, 5, 5):
        assert await waiting.look()
        await waiting.wait(seconds)
    state = await waiting.state()
    assert state["state"] == "seeded"
    assert state["beacon"]["signature"] == SIGNATURES[ROUND]
    shown = await waiting.page()
    assert says in shown
    assert "连续 2 次" in shown
    assert await waiting.seeds() == 1


async def test_a_relay_that_stays_away_is_asked_less_and_less_often(waiting: Ceremony) -> None:
    waiting.relay.mode, waiting.relay.times = "down", -1
    asked = 0
    for _ in range(300):
        asked += await waiting.look()
        await waiting.wait(1)
    assert 8 <= asked <= 14
    waiting.relay.mode = "none"
    await waiting.wait(60)
    assert await waiting.look()
    assert (await waiting.state())["state"] == "seeded"


async def test_a_relay_that_nobody_reaches_is_noted(waiting: Ceremony) -> None:
    city = waiting.city
    city.house.settings = city.settings.model_copy(update={"beacon_url": "http://127.0.0.1:1"})
    assert await waiting.look()
    assert "没有应答" in await waiting.page()
    assert (await waiting.state())["state"] == "waiting"


@pytest.mark.article(5)
async def test_where_the_network_ends_a_person_hands_the_round_over(waiting: Ceremony) -> None:
    right = json.dumps(RECORDED.rounds[ROUND])
    forged = json.dumps(RECORDED.rounds[1] | {"round": ROUND})
    for wrong in ("", "{}", "<html>", json.dumps(RECORDED.rounds[1]), forged):
        problem = await waiting.paste(wrong, expect=422)
        assert problem["type"] == "urn:sunlot:problem:beacon-refused"
    shown = await waiting.page()
    assert "业务科室提供的结果不予采用" in shown
    assert (await waiting.paste(right))["state"] == "seeded"
    assert (await waiting.paste(right))["state"] == "seeded"
    await waiting.paste(forged, expect=409)
    assert await waiting.seeds() == 1


async def test_a_round_handed_over_before_its_time_is_refused(ceremony: Ceremony) -> None:
    await ceremony.reveal("lead", "section")
    problem = await ceremony.paste(json.dumps(RECORDED.rounds[ROUND]), expect=409)
    assert problem["type"] == "urn:sunlot:problem:beacon-too-early"
    assert (await ceremony.state())["state"] == "waiting"


@pytest.mark.article(5)
async def test_relay_and_persons_at_once_make_one_seed(waiting: Ceremony) -> None:
    right = json.dumps(RECORDED.rounds[ROUND])

    async def paste() -> int:
        async with waiting.city.house.client(LEAD) as client:
            address = f"/draw/api/v1/draws/{waiting.draw_id}/beacon"
            return (await client.post(address, json={"round_json": right})).status_code

    answers = await asyncio.gather(paste(), waiting.look(), paste(), waiting.look(), paste())
    assert {answer for answer in answers if type(answer) is int} == {201}
    assert (await waiting.state())["state"] == "seeded"
    assert await waiting.seeds() == 1


async def test_two_workers_do_not_ask_for_the_same_round(waiting: Ceremony) -> None:
    assert sorted(await asyncio.gather(*(waiting.look() for _ in range(4)))) == [False, False, False, True]
    assert waiting.relay.asked == 1


@pytest.mark.article(5)
async def test_a_worker_killed_between_asking_and_keeping_delays_the_draw_and_changes_nothing(
    waiting: Ceremony,
) -> None:
    async with waiting.city.house.database.transaction() as tx:
        assert await claim_due_round(tx, clock.now()) is not None
    assert not await waiting.look()
    await waiting.wait(LEASE.total_seconds())
    assert await waiting.look()
    assert (await waiting.state())["beacon"]["signature"] == SIGNATURES[ROUND]
    assert await waiting.seeds() == 1


@pytest.mark.article(5)
async def test_who_has_not_revealed_when_the_round_comes_is_absent_and_nobody_chooses(ceremony: Ceremony) -> None:
    await ceremony.reveal("lead")
    ceremony.time.moment = DUE + timedelta(milliseconds=1)
    late = {"reveal": ceremony.city.secrets["section"]}
    problem = await ceremony.city.post(SECTION, f"/draws/{ceremony.draw_id}/reveals", late, expect=409)
    assert problem["type"] == "urn:sunlot:problem:closed-by-beacon"
    assert await ceremony.look()
    state = await ceremony.state()
    assert state["state"] == "seeded"
    assert " ABSENT\n" in state["seed_txt"]
    assert "缺席" in await ceremony.page()


async def test_a_ceremony_to_which_nobody_came_is_shown_as_one_to_abort(ceremony: Ceremony) -> None:
    ceremony.time.moment = DUE + timedelta(milliseconds=1)
    assert not await ceremony.look()
    assert "请中止本次抽取" in await ceremony.page()
    assert ceremony.relay.asked == 0
    await ceremony.city.post(LEAD, f"/draws/{ceremony.draw_id}/abort", {"reason": "无人到场"})
    assert (await ceremony.state())["state"] == "aborted"
    for address in (f"/draw/draws/{ceremony.draw_id}", f"/public/draws/{ceremony.draw_id}"):
        shown = (await ceremony.city.get(address, LEAD)).text
        assert "未取用" in shown
        assert "等待取回" not in shown


@pytest.mark.article(5)
async def test_dice_and_beacon_together_make_the_seed(city: City, time: Clock, relay: tuple[Relay, str]) -> None:
    ceremony = await committed(city, time, relay, dice=True)
    await ceremony.reveal("lead", "section")
    assert (await ceremony.state())["state"] == "revealing"
    await city.post(LEAD, f"/draws/{ceremony.draw_id}/dice", {"digits": "314159"})
    await city.post(SECTION, f"/draws/{ceremony.draw_id}/dice/confirm", {"digits": "314159"})
    assert (await ceremony.state())["state"] == "waiting"
    time.moment = DUE + timedelta(milliseconds=1)
    assert await ceremony.look()
    lines = (await ceremony.state())["seed_txt"].splitlines()
    assert [line.split()[0] for line in lines] == ["sunlot-draw/1", "commit", "beacon", "reveal", "reveal", "dice"]


@pytest.mark.article(5)
async def test_dice_that_come_after_the_beacon_are_refused(city: City, time: Clock, relay: tuple[Relay, str]) -> None:
    ceremony = await committed(city, time, relay, dice=True)
    await ceremony.reveal("lead", "section")
    time.moment = DUE + timedelta(milliseconds=1)
    await city.post(LEAD, f"/draws/{ceremony.draw_id}/dice", {"digits": "314159"}, expect=409)
    assert not await ceremony.look()
    assert "没有完成掷骰" in await ceremony.page()


async def test_without_a_relay_no_draw_may_name_a_beacon(city: City) -> None:
    draw_id = await city.promised()
    problem = await city.post(LEAD, f"/draws/{draw_id}/commit", {"beacon": True}, expect=422)
    assert [one["field"] for one in problem["errors"]] == ["sources"]
    assert "公共信标" not in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"sources": "both", "reveal": "十"}, "reveal"),
        ({"sources": "both", "reveal": "0"}, "reveal"),
        ({"sources": "both", "reveal": "99999", "unit": "hours"}, "reveal"),
        ({"seal": "1", "seal_reason": " "}, "seal_reason"),
    ],
)
async def test_a_choice_that_can_not_be_is_named_beside_its_field(
    city: City, relay: tuple[Relay, str], form: dict[str, str], field: str
) -> None:
    city.house.settings = city.settings.model_copy(update={"beacon_url": relay[1]})
    draw_id = await city.promised()
    async with city.house.client(LEAD) as client:
        answer = await client.post(f"/draw/draws/{draw_id}/commit", data={"csrf": LEAD.csrf} | form)
    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert "登记抽取承诺" in answer.text


async def test_the_page_keeps_a_refused_paste_and_what_was_wrong_with_it(waiting: Ceremony) -> None:
    async with waiting.city.house.client(LEAD) as client:
        address = f"/draw/draws/{waiting.draw_id}/beacon"
        answer = await client.post(address, data={"csrf": LEAD.csrf, "round_json": '{"round": 7}'})
        assert answer.status_code == 422
        assert "{&#34;round&#34;: 7}" in answer.text
        assert "牵头科室提供的结果不予采用" in answer.text
        right = json.dumps(RECORDED.rounds[ROUND])
        answer = await client.post(address, data={"csrf": LEAD.csrf, "round_json": right})
        assert answer.status_code == 303
    assert (await waiting.state())["state"] == "seeded"


async def test_everybody_sees_the_round_and_how_to_fetch_it(waiting: Ceremony) -> None:
    shown = (await waiting.city.get(f"/public/draws/{waiting.draw_id}")).text
    url = waiting.city.settings.beacon_url
    assert f"curl {url}/{QUICKNET.hash}/public/{ROUND}" in shown
    screen = (await waiting.city.get(f"/draw/draws/{waiting.draw_id}/screen", SECTION)).text
    assert f"quicknet 第 {ROUND} 轮" in screen
    assert "现场掷骰" not in screen


async def test_the_loop_itself_takes_the_round_and_ends_when_it_is_told(waiting: Ceremony) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(loops.take_due_rounds(waiting.city.settings, waiting.city.house.database, stop))

    async def seeded() -> bool:
        return bool((await waiting.state())["state"] == "seeded")

    await eventually(seeded, "the seed")
    stop.set()
    await loop


async def test_a_chain_whose_parts_do_not_belong_together_stops_the_service_at_its_start() -> None:
    values = {"database_url": "postgresql://x", "amqp_url": "amqp://x", "session_public_key": "{}"}
    assert DrawSettings.model_validate(values).chain is None
    assert DrawSettings.model_validate(values | {"beacon_url": "https://relay.test"}).chain == QUICKNET
    for wrong in ({"beacon_period": 30}, {"beacon_id": "other"}, {"beacon_public_key": "00" * 96}):
        with pytest.raises(ValueError, match=r"chain|公钥"):
            DrawSettings.model_validate(values | wrong)


async def test_a_draw_without_a_beacon_is_never_asked_for_one(city: City, time: Clock) -> None:
    draw_id = await city.committed()
    await city.log_receipt(draw_id)
    time.moment += timedelta(days=30)
    async with city.house.database.transaction() as tx:
        assert await claim_due_round(tx, time.moment) is None
        assert await tx.scalar(select(func.count()).where(draws.c.beacon_due.is_not(None))) == 0
    problem = await city.post(LEAD, f"/draws/{draw_id}/beacon", {"round_json": "{}"}, expect=409)
    assert problem["type"] == "urn:sunlot:problem:beacon-not-awaited"
