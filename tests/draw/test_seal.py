"""A sealed draw: its hash is logged at once, its list comes out after the inspections, and nothing before."""

import asyncio
import base64
import json
import re
import secrets
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from libs.common import merkle
from libs.common.canonical import canonical, sha256_hex
from libs.common.clock import now
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.draw.events import published
from services.draw.loops import commit_one
from services.draw.store.draws import note_problem
from services.draw.usecases.open_seal import open_next_inspected
from services.inspection.events.published import InspectionCompleted
from services.publicity.app import SERVICE as PUBLICITY
from services.publicity.events.published import EntryLogged
from tests.conftest import ROOT, MakeHouse
from tests.draw.conftest import COUNTY, LEAD, SECTION, City

EXAMPLE = ROOT / "services/inspection/events/schemas/examples/inspection.inspection_completed.v1.valid.json"
WHY = "相关企业互通消息，名单公开后可能转移台账"


class Sealed:
    """A drawn, sealed list and what must not be seen of it."""

    def __init__(self, city: City, draw_id: str) -> None:
        self.city, self.draw_id = city, draw_id

    async def result_logged(self) -> None:
        """The log answers for the result, as publicity does."""
        [(_, payload)] = await self.city.house.said("draw.subjects_drawn")
        told = {"kind": "draw-result", "reference": self.draw_id, "data": json.loads(payload)}
        entry = canonical({"type": "sunlot-log/1", "at": "2026-11-22T00:00:00Z"} | told)
        leaf = merkle.leaf_hash(entry)
        logged = EntryLogged(
            index=0, kind="draw-result", reference=self.draw_id, entry_sha256=sha256_hex(entry), leaf_hash=leaf.hex(),
            tree_size=1, root_hash=leaf.hex(),
            checkpoint=f"sunlot.test/log\n1\n{base64.b64encode(leaf).decode()}\n\n— sunlot.test/log AAAA\n",
            inclusion=[], entry=entry.decode(), logged_at=now(),
        )  # fmt: skip
        await self.city.house.hear(logged, aggregate=f"log/{secrets.token_hex(4)}")

    async def dispatched(self) -> list[dict[str, Any]]:
        """Hand the list out and return the cases."""
        await self.result_logged()
        await self.city.post(LEAD, f"/draws/{self.draw_id}/dispatch")
        return [json.loads(payload) for _, payload in await self.city.house.said("draw.case_dispatched")]

    async def inspected(self, case: dict[str, Any]) -> None:
        """One inspection has ended."""
        event = InspectionCompleted.model_validate_json(EXAMPLE.read_text()).model_copy(
            update={"case_id": case["case_id"], "draw_id": self.draw_id, "ended_on": date(2026, 12, 1)}
        )
        await self.city.house.hear(event, aggregate=f"case/{case['case_id']}", county=COUNTY)

    async def look(self) -> str | None:
        """One look of the loop."""
        async with self.city.house.database.transaction() as tx:
            return await open_next_inspected(tx, now())

    async def inside(self) -> str:
        """The page of the lead section."""
        return (await self.city.get(f"/draw/draws/{self.draw_id}", LEAD)).text

    async def secrets(self) -> dict[str, str]:
        """What would give the list away, by what it is; read from inside."""
        state = (await self.city.get(f"/draw/api/v1/draws/{self.draw_id}", LEAD)).json()
        page = await self.inside()
        names = sorted(set(re.findall(r"洛阳测试\d+号有限公司", page)))
        assert len(names) == 29
        return {
            "the lead's reveal": self.city.secrets["lead"],
            "the seed's hash": sha256_hex(state["seed_txt"].encode()),
            "the key of tickets": _key("subject", state["seed_txt"]),
            "the key of officers": _key("officer", state["seed_txt"]),
        } | {f"the name of {name}": name for name in names}


def _key(label: str, seed_txt: str) -> str:
    return sha256_hex(f"sunlot-draw/1\n{label}\n{sha256_hex(seed_txt.encode())}\n".encode())[:32]


@pytest.fixture
async def sealed(city: City) -> Sealed:
    """A sealed draw with its result."""
    draw_id = await city.promised()
    await city.post(LEAD, f"/draws/{draw_id}/commit", {"seal_reason": WHY})
    assert await commit_one(city.settings, city.house.database) == draw_id
    await city.fix_seed(draw_id)
    assert await city.finish() == draw_id
    return Sealed(city, draw_id)


def public_addresses(house: House, draw_id: str, uscc: str) -> list[str]:
    """Every public address of the service about this draw, whatever is added later."""
    values = {"draw_id": draw_id, "uscc": uscc, "edition": "1", "number": "1", "name": "selected.tsv"}
    app = house.service.app(house.settings, house.database)
    found = []
    for route in iter_route_contexts(app.routes):
        if "GET" not in (route.methods or ()) or not str(route.path).startswith("/public"):
            continue
        path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: values.get(match[1], "1"), str(route.path))
        found += [path, f"{path}?format=csv", f"{path}?draw={draw_id}"]
    assert len(found) > 20
    return found


@pytest.mark.article(5)
async def test_before_it_is_opened_no_public_address_shows_who_was_drawn(sealed: Sealed) -> None:
    cases = await sealed.dispatched()
    hidden = await sealed.secrets()
    for address in public_addresses(sealed.city.house, sealed.draw_id, cases[0]["subject"]["uscc"]):
        answer = await sealed.city.get(address)
        assert answer.status_code < 500, address
        found = [what for what, text in hidden.items() if text in answer.text]
        assert not found, f"{address} shows {found}"


@pytest.mark.article(5)
async def test_a_drawn_firm_learns_nothing_from_its_own_proof(sealed: Sealed) -> None:
    drawn = {case["subject"]["uscc"] for case in await sealed.dispatched()}
    proofs = {}
    for uscc in [*sorted(drawn)[:3], *(f"91410311MA{number:08d}" for number in range(3))]:
        proofs[uscc] = (await sealed.city.get(f"/public/draws/{sealed.draw_id}/proof/{uscc}.json")).json()
    assert set(proofs) & drawn
    for proof in proofs.values():
        assert (proof["key"], proof["ticket"], proof["drawn"], proof["officers"]) == (None, None, None, None)


@pytest.mark.article(5)
async def test_before_it_is_opened_the_public_log_has_the_hash_and_no_seed(
    sealed: Sealed, make_house: MakeHouse
) -> None:
    publicity = await make_house(PUBLICITY)
    hidden = await sealed.secrets()
    await sealed.dispatched()
    logged = (published.DrawCommitted, published.SeedFixed, published.SubjectsDrawn, published.SealOpened)
    of_type = {kind.TYPE: kind for kind in logged}
    for envelope, payload in await sealed.city.house.said(*of_type):
        event = of_type[envelope.type].model_validate_json(payload)
        await publicity.hear(event, aggregate=envelope.aggregate_id, county=COUNTY)
    async with publicity.client() as client:
        log = (await client.get("/public/log/entries")).text
        page = (await client.get("/public/log")).text
    assert [what for what, text in hidden.items() if text in log + page] == []
    state = (await sealed.city.get(f"/public/draws/{sealed.draw_id}.json")).json()
    assert state["result_sha256"] in log


@pytest.mark.article(5)
async def test_everybody_sees_that_it_is_sealed_why_and_the_other_reveals(sealed: Sealed) -> None:
    await sealed.result_logged()
    state = (await sealed.city.get(f"/public/draws/{sealed.draw_id}.json")).json()
    assert state["sealed"] is True
    assert state["seal"]["reason"] == WHY
    assert state["seed_txt"] is None
    assert state["reveals"] == [
        {"name": "lead", "reveal": "SEALED"},
        {"name": "section", "reveal": sealed.city.secrets["section"]},
    ]
    page = (await sealed.city.get(f"/public/draws/{sealed.draw_id}")).text
    assert "密封中，检查结束后公开" in page
    assert sealed.city.secrets["section"] in page
    assert state["result_sha256"] in page
    assert "密封中" in (await sealed.city.get("/public/draws")).text
    assert "密封中" in (await sealed.city.get(f"/public/draws/{sealed.draw_id}/verify")).text
    problem = await sealed.city.get(f"/public/draws/{sealed.draw_id}/certificate.json")
    assert problem.status_code == 404
    assert "密封" in problem.text
    assert (await sealed.city.get(f"/public/draws/{sealed.draw_id}/pool.tsv")).text.count("\n") == 300


async def test_inside_the_list_is_there_and_the_big_screen_keeps_it(sealed: Sealed) -> None:
    await sealed.dispatched()
    for who in (LEAD, SECTION, actor(Role.UNIT, COUNTY), actor(Role.AUDITOR)):
        assert "洛阳测试" in (await sealed.city.get(f"/draw/draws/{sealed.draw_id}", who)).text
    screen = (await sealed.city.get(f"/draw/draws/{sealed.draw_id}/screen", LEAD)).text
    assert "洛阳测试" not in screen
    assert "摘要登入公开日志" in screen
    assert "hx-trigger" not in screen


@pytest.mark.article(5, 7)
async def test_the_list_goes_to_the_units_only_after_its_hash_is_logged(sealed: Sealed) -> None:
    problem = await sealed.city.post(LEAD, f"/draws/{sealed.draw_id}/dispatch", expect=409)
    assert problem["type"] == "urn:sunlot:problem:result-not-logged"
    assert len(await sealed.dispatched()) == 29


@pytest.mark.article(5)
async def test_the_last_inspection_opens_the_seal_and_a_stranger_repeats_the_draw(
    sealed: Sealed, tmp_path: Path
) -> None:
    cases = await sealed.dispatched()
    for case in cases[:-1]:
        await sealed.inspected(case)
        assert await sealed.look() is None
    await sealed.inspected(cases[-1])
    assert await sealed.look() == sealed.draw_id
    assert await sealed.look() is None
    base = f"/public/draws/{sealed.draw_id}"
    [(_, said)] = await sealed.city.house.said("draw.seal_opened")
    [(_, seed)] = await sealed.city.house.said("draw.seed_fixed")
    document = (await sealed.city.get(f"{base}/certificate.json")).content
    certificate = json.loads(document)
    assert json.loads(said)["by_rule"] is True
    assert json.loads(said)["certificate_sha256"] == sha256_hex(document)
    assert sealed.city.secrets["lead"] in json.loads(seed)["seed_txt"]
    assert certificate["commit"]["seed_plan"]["seal"] is True
    assert certificate["result_log"]["reference"] == sealed.draw_id
    assert certificate["result_sha256"] in certificate["result_log"]["entry"]
    for address in ("/public/verify.py", f"{base}/certificate.json", f"{base}/pool.tsv", f"{base}/officers.json"):
        (tmp_path / address.rpartition("/")[2]).write_bytes((await sealed.city.get(address)).content)
    command = [sys.executable, "verify.py", "certificate.json", "pool.tsv", "--officers", "officers.json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "洛阳测试" in (await sealed.city.get(base)).text
    assert "已全部检查结束" in (await sealed.city.get(base)).text


@pytest.mark.article(5, 14)
async def test_the_page_says_by_when_the_seal_must_be_open_for_the_first_result(sealed: Sealed) -> None:
    cases = await sealed.dispatched()
    assert "最迟" not in await sealed.inside()
    await sealed.inspected(cases[0])  # ended on 1 December
    assert "最迟2026年12月29日开封" in await sealed.inside()
    assert "12月29日" not in (await sealed.city.get(f"/public/draws/{sealed.draw_id}")).text


@pytest.mark.article(5)
async def test_the_lead_opens_the_seal_early_with_a_reason_that_everybody_reads(sealed: Sealed) -> None:
    await sealed.dispatched()
    address = f"/draws/{sealed.draw_id}/open"
    await sealed.city.post(SECTION, address, {"reason": "好奇"}, expect=403)
    await sealed.city.post(LEAD, address, {"reason": " "}, expect=422)
    await sealed.city.post(LEAD, address, {"reason": "媒体已经报道"})
    await sealed.city.post(LEAD, address, {"reason": "再来一次"}, expect=409)
    page = (await sealed.city.get(f"/public/draws/{sealed.draw_id}")).text
    assert "媒体已经报道" in page
    assert WHY in page
    assert "洛阳测试" in page
    [(_, said)] = await sealed.city.house.said("draw.seal_opened")
    assert json.loads(said)["by_rule"] is False


async def test_two_clicks_on_opening_at_once_open_it_once(sealed: Sealed) -> None:
    await sealed.dispatched()

    async def click() -> int:
        async with sealed.city.house.client(LEAD) as client:
            data = {"csrf": LEAD.csrf, "open_reason": "媒体已经报道"}
            return (await client.post(f"/draw/draws/{sealed.draw_id}/open", data=data)).status_code

    assert sorted(await asyncio.gather(click(), click(), click())) == [303, 409, 409]
    assert len(await sealed.city.house.said("draw.seal_opened")) == 1
    assert len(await sealed.city.house.said("draw.seed_fixed")) == 1


async def test_two_workers_open_a_seal_once(sealed: Sealed) -> None:
    for case in await sealed.dispatched():
        await sealed.inspected(case)
    assert sorted(await asyncio.gather(*(sealed.look() for _ in range(3))), key=str) == [sealed.draw_id, None, None]
    assert len(await sealed.city.house.said("draw.seal_opened")) == 1


async def test_a_receipt_that_comes_twice_changes_the_certificate_once(sealed: Sealed) -> None:
    await sealed.result_logged()
    await sealed.result_logged()
    await sealed.city.post(LEAD, f"/draws/{sealed.draw_id}/open", {"reason": "媒体已经报道"})
    document = (await sealed.city.get(f"/public/draws/{sealed.draw_id}/certificate.json")).json()
    assert document["result_log"]["index"] == 0


async def test_an_unsealed_draw_announces_its_seed_at_once_and_has_no_second_receipt(city: City) -> None:
    draw_id = await city.drawn()
    await Sealed(city, draw_id).result_logged()
    assert len(await city.house.said("draw.seed_fixed")) == 1
    assert "result_log" not in (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    await city.post(LEAD, f"/draws/{draw_id}/open", {"reason": "好奇"}, expect=409)


@pytest.mark.article(5)
async def test_a_sealed_attempt_that_is_given_up_shows_its_seed(city: City) -> None:
    draw_id = await city.promised()
    await city.post(LEAD, f"/draws/{draw_id}/commit", {"seal_reason": WHY})
    assert await commit_one(city.settings, city.house.database) == draw_id
    await city.fix_seed(draw_id)
    assert await city.house.said("draw.seed_fixed") == []
    await city.post(LEAD, f"/draws/{draw_id}/abort", {"reason": "名单不合适"}, expect=409)
    async with city.house.database.transaction() as tx:
        await note_problem(tx, draw_id, "派不足检查人员。")
    await city.post(LEAD, f"/draws/{draw_id}/abort", {"reason": "派不出检查人员"})
    assert city.secrets["lead"] in (await city.get(f"/public/draws/{draw_id}.json")).json()["seed_txt"]
    assert len(await city.house.said("draw.seed_fixed")) == 1
