"""Every door, asked by everybody who has no business behind it: a county's matters stay in the county."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.loops.trying import run_next
from services.trigger.usecases.reckon_risk import reckon_portion
from tests.architecture.services import app
from tests.conftest import MakeHouse
from tests.trigger.channels.files import csv, hand_in, row
from tests.trigger.knocking import LUOLONG, message, register, subject, tell_subjects
from tests.trigger.secrets_of import CANARIES, ask, whispered
from tests.trigger.test_secrecy import dump
from tests.trigger.warning.test_alarms import one_alarm

ELSEWHERE = actor(Role.UNIT, "410302", account="unit-elsewhere")  # of another county
HERE = actor(Role.UNIT, LUOLONG)
DOCUMENT = "洛人社函〔2026〕77号"
# By which a matter of the county would be known: orders, firms, files, documents.
MARKS = ("C-00", "洛阳市恒通", "91410300MA0000", DOCUMENT)
ADMINISTERED = ("/trigger/api/v1/platforms", "/trigger/platforms", "/trigger/sla", "/trigger/api/v1/sla")
OF_A_COUNTY = {"signal_id", "upload_id", "trigger_id", "uscc", "answer_id", "alarm_id"}  # names in paths
SENT: dict[str, Any] = {  # right in every form, so that no door refuses for what was typed
    "purpose": "核实单位名称", "conclusion": "explained", "note": "已经核实说明", "trigger_id": "",
    "uscc": subject(1).uscc, "reason": "不属于本部门", "ground": "registry", "number": "洛人社复〔2026〕1号",
    "replied_on": "2026-11-22",
    "text": "已经办结", "document": DOCUMENT, "step": "register", "fields": ["order_id"], "form_id": "x-1",
}  # fmt: skip


@dataclass(frozen=True)
class Door:
    """A route: method, path, and whether its body is JSON."""

    method: str
    path: str

    def of_a_county(self) -> bool:
        """Whether its address names something that belongs to a county."""
        return any(f"{{{name}}}" in self.path for name in OF_A_COUNTY)

    async def knock(self, client: httpx.AsyncClient, known: dict[str, str]) -> httpx.Response:
        """A request with what is known and right."""
        address = self.path.format_map(known)
        if self.method == "GET":
            return await client.get(address)
        if "/api/" in self.path:
            return await client.request(self.method, address, json=SENT)
        return await client.post(address, data={name: value for name, value in SENT.items() if name != "fields"})


def _doors() -> list[Door]:
    return [
        Door(method, str(route.path))
        for route in iter_route_contexts(app(SERVICE).routes)
        if isinstance(route.original_route, APIRoute) and str(route.path).startswith("/trigger/")
        for method in sorted(route.methods or ())
        if "{platform}" not in str(route.path)  # machines that sign
    ]


DOORS = _doors()


async def _furnished(make_house: MakeHouse) -> tuple[House, dict[str, str]]:
    """One of everything, all of it in counties that are not ELSEWHERE's; what paths name it by."""
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, *(subject(number) for number in range(4)))
    for number in range(3):  # which fires a trigger
        sent = await platform.send(whispered(f"C-00{number}", employer_name=subject(number).name))
        assert sent.json()["status"] == "matched"
    await platform.say("C-002", message("revisit", "V-1", result="unsatisfied", text=CANARIES["content"]))
    doubtful = await platform.send(whispered("C-004", employer_name="洛阳市恒通信息有限公司"))
    assert doubtful.json()["status"] == "waiting"
    signal, day = sent.json()["signal_id"], clock.china_date(clock.now())
    rows = csv(row(1, 诉求内容=CANARIES["content"]), row(2, 受理时间="canary"))
    letter = {
        "what": "referral", "document_number": DOCUMENT, "sender": "某局", "accepted_at": day.isoformat(),
        "reply_by": (day + timedelta(days=9)).isoformat(), "content": CANARIES["content"], "county": LUOLONG,
        "employer_name": "洛阳市恒通某厂", "category": "社会保险", "form_id": "f-1", "csrf": HERE.csrf,
    }  # fmt: skip
    async with house.client(HERE) as client:
        asked = {"csrf": HERE.csrf, "purpose": "核实单位名称"}
        assert (await client.post(f"/trigger/signals/{signal}/open", data=asked)).status_code == 200
        upload = (await hand_in(client, rows, name="canary-song.csv")).json()["upload_id"]
        entered = await client.post("/trigger/signals/new", data=letter)
        assert entered.status_code == 303
    async with house.client(actor(Role.LEAD)) as client:
        tried = await client.post("/trigger/rules/wages-county-industry/1/back-tests", data={"csrf": HERE.csrf})
        assert tried.status_code == 303
        assert await run_next(house.database)
        held = await client.post(
            f"/trigger/signals/{signal}/hold", data={**asked, "ground": "review", "document": DOCUMENT}
        )
        assert held.status_code == 303
    async with house.database.transaction() as tx:
        await reckon_portion(tx, "", day)
    (found,) = await ask(
        house,
        "select (select trigger_id from triggers) trigger_id, (select min(answer_id) from answers) answer_id,"
        " (select min(back_test_id) from back_tests) back_test_id",
    )
    return house, {
        **found, "signal_id": signal, "upload_id": upload, "uscc": subject(2).uscc, "alarm_id": await one_alarm(house),
        "code": platform.code, "rule_id": "wages-county-industry", "version": "1",
    }  # fmt: skip


def _shown(answer: httpx.Response, marks: Iterable[str]) -> list[str]:
    return [mark for mark in marks if mark in answer.text]


@pytest.mark.article(2)
async def test_behind_no_door_stands_what_is_not_for_the_one_who_knocks(make_house: MakeHouse) -> None:
    house, known = await _furnished(make_house)
    marks = (*MARKS, *(known[name] for name in ("signal_id", "upload_id", "trigger_id", "alarm_id", "answer_id")))
    before = await dump(house)
    wrong = []
    async with house.client(HERE) as client:
        here = {door: await door.knock(client, known) for door in DOORS if door.method == "GET"}
    seen = {mark for answer in here.values() for mark in _shown(answer, marks)}
    assert seen == set(marks) - {known["alarm_id"]}, "there is something to be hidden"
    for who in (ELSEWHERE, actor(Role.AUDITOR), actor(Role.ADMIN), actor(Role.OFFICER, LUOLONG)):
        async with house.client(who) as client:
            for door in DOORS:
                if who.role is Role.ADMIN and door.method != "GET" and door.path.startswith(ADMINISTERED):
                    continue  # what only an administrator changes
                answer = await door.knock(client, known)
                case = f"{who.role} {door.method} {door.path}: {answer.status_code}"
                if _shown(answer, (*CANARIES.values(), "canary")):
                    wrong.append(f"{case} shows what an informant said")
                if who.role is not Role.AUDITOR and (marks_shown := _shown(answer, marks)):
                    wrong.append(f"{case} shows {marks_shown}")
                if who is ELSEWHERE and door.of_a_county() and answer.status_code not in {403, 404}:
                    wrong.append(f"{case} for another county's")
                forbidden = door.method != "GET" or door.path.endswith("/errors")  # a file's rows are its uploader's
                if who.role is Role.AUDITOR and forbidden != (answer.status_code == 403):
                    wrong.append(f"{case} for the auditor")
    assert not wrong, "\n".join(wrong)
    assert await dump(house) == before, "nobody has changed anything"
