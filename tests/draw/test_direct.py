"""Direct assignment: firms at random, teams named by one person, approved by another, and said so in public."""

import asyncio
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.registry.events.published import OfficersChanged
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, SECTION, City, officer

AUDITOR = actor(Role.AUDITOR, account="auditor-1")


async def hear_officers(city: City, *states: Any) -> None:
    await city.house.hear(OfficersChanged(officers=list(states)), aggregate=f"officers/{COUNTY}", county=COUNTY)


async def waiting_for_teams(city: City) -> str:
    """A draw whose firms are drawn and whose officers are to be named."""
    task_id = (await city.frozen()).rpartition("-")[0]
    await city.post(
        LEAD, f"/tasks/{task_id}/officer-method", {"method": "direct", "reason": "涉及专门设备，须选派专业人员"}
    )
    draw_id = f"{task_id}-1"
    await city.promise(draw_id)
    await city.commit(draw_id)
    await city.fix_seed(draw_id)
    assert await city.finish() == draw_id
    return draw_id


async def teams_of(city: City, draw_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await city.get(f"/draw/api/v1/draws/{draw_id}/teams", LEAD)).json()
    return found


async def name_first_two(city: City, draw_id: str) -> None:
    found = await teams_of(city, draw_id)
    teams = {one["uscc"]: one["choosable"][:2] for one in found["subjects"]}
    await city.post(LEAD, f"/draws/{draw_id}/teams", {"teams": teams})


@pytest.mark.article(2, 5, 10)
async def test_teams_are_named_by_one_and_approved_by_another_and_strangers_see_it(city: City, tmp_path: Path) -> None:
    draw_id = await waiting_for_teams(city)
    assert (await city.get(f"/public/draws/{draw_id}/certificate.json")).status_code == 404
    assert "待选派人员" in (await city.get(f"/public/draws/{draw_id}")).text
    await name_first_two(city, draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/teams/hand-in", {"reason": "专业人员"})
    assert "查看选派" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    shown = (await city.get(f"/draw/draws/{draw_id}", OTHER_LEAD)).text
    assert "审批选派" in shown
    assert "选派待审批" in shown
    assert (await city.post(LEAD, f"/draws/{draw_id}/teams/approve", expect=403))["type"].endswith("needs-approver")
    state = await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/approve")
    assert state["state"] == "drawn"
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    assert certificate["direct"] == {"reason": "专业人员", "chosen_by": "lead-1", "approved_by": "lead-2"}
    for name, address in {
        "verify.py": "/public/verify.py",
        "certificate.json": f"/public/draws/{draw_id}/certificate.json",
        "pool.tsv": f"/public/draws/{draw_id}/pool.tsv",
        "officers.json": f"/public/draws/{draw_id}/officers.json",
    }.items():
        (tmp_path / name).write_bytes((await city.get(address)).content)
    command = [sys.executable, "verify.py", "certificate.json", "pool.tsv", "--officers", "officers.json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "直接选派（非随机）" in done.stdout
    assert "直接选派" in (await city.get(f"/public/draws/{draw_id}")).text
    assert (await city.post(LEAD, f"/draws/{draw_id}/dispatch"))["cases"] == 29


@pytest.mark.article(5, 10)
async def test_whoever_went_on_leave_since_the_commitment_is_not_offered_and_not_accepted(city: City) -> None:
    draw_id = await waiting_for_teams(city)
    await name_first_two(city, draw_id)
    away = (await teams_of(city, draw_id))["subjects"][0]["choosable"][0]
    await hear_officers(city, officer(int(away[1:]), version=2, on_duty=False))
    found = await teams_of(city, draw_id)
    assert all(away not in one["choosable"] for one in found["subjects"])
    assert found["unavailable"] == {away: "休假、停职或不在岗"}
    problem = await city.post(LEAD, f"/draws/{draw_id}/teams/hand-in", {"reason": "专业人员"}, expect=422)
    assert "休假、停职或不在岗" in problem["detail"]


async def test_a_team_that_waits_for_approval_is_not_changed_until_it_is_sent_back(city: City) -> None:
    draw_id = await waiting_for_teams(city)
    await name_first_two(city, draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/teams/hand-in", {"reason": "专业人员"})
    await city.post(LEAD, f"/draws/{draw_id}/teams", {"teams": {}}, expect=409)
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/refuse", {"reason": " "}, expect=422)
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/refuse", {"reason": "请换有证人员"})
    assert (await teams_of(city, draw_id))["waiting"] is None
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/approve", expect=409)
    assert "请换有证人员" in (await city.get(f"/draw/draws/{draw_id}/teams", LEAD)).text


@pytest.mark.article(2)
async def test_who_named_one_team_does_not_approve_what_somebody_else_hands_in(city: City) -> None:
    draw_id = await waiting_for_teams(city)
    await name_first_two(city, draw_id)
    first = (await teams_of(city, draw_id))["subjects"][0]
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams", {"teams": {first["uscc"]: first["choosable"][1:3]}})
    await name_by(city, OTHER_LEAD, draw_id, (await teams_of(city, draw_id))["subjects"][1:])  # saved again, unchanged
    assert (await teams_of(city, draw_id))["drafted_by"] == ["lead-1", "lead-2"]
    await city.post(LEAD, f"/draws/{draw_id}/teams/hand-in", {"reason": "专业人员"})
    problem = await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/approve", expect=403)
    assert "参与拟定" in problem["detail"]
    page = (await city.get(f"/draw/draws/{draw_id}/teams", OTHER_LEAD)).text
    assert "lead-1、lead-2" in page
    assert "审批通过" not in page
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/refuse", {"reason": "由一人重新拟定"})
    await city.post(LEAD, f"/draws/{draw_id}/teams", {"teams": {first["uscc"]: first["choosable"][:2]}})
    assert (await teams_of(city, draw_id))["drafted_by"] == ["lead-1"]
    await city.post(LEAD, f"/draws/{draw_id}/teams/hand-in", {"reason": "专业人员"})
    assert (await city.post(OTHER_LEAD, f"/draws/{draw_id}/teams/approve"))["state"] == "drawn"


async def name_by(city: City, who: Any, draw_id: str, subjects: list[dict[str, Any]]) -> None:
    await city.post(who, f"/draws/{draw_id}/teams", {"teams": {one["uscc"]: one["team"] for one in subjects}})


async def test_the_method_needs_a_reason_and_is_fixed_by_the_commitment(city: City) -> None:
    draw_id = await city.promised()
    task_id = draw_id.rpartition("-")[0]
    await city.post(LEAD, f"/tasks/{task_id}/officer-method", {"method": "direct"}, expect=422)
    await city.commit(draw_id)
    problem = await city.post(
        LEAD, f"/tasks/{task_id}/officer-method", {"method": "direct", "reason": "专业"}, expect=409
    )
    assert "中止" in problem["detail"]


async def test_the_page_names_every_firm_whose_team_is_wrong_and_keeps_what_was_chosen(city: City) -> None:
    draw_id = await waiting_for_teams(city)
    subjects = (await teams_of(city, draw_id))["subjects"]
    form: dict[str, Any] = {"csrf": LEAD.csrf, "go": "hand-in", "reason": "专业人员"}
    for one in subjects:
        form[f"team-{one['uscc']}"] = one["choosable"][:2]
    form[f"team-{subjects[3]['uscc']}"] = [subjects[3]["choosable"][0], ""]
    async with city.house.client(LEAD) as client:
        answer = await client.post(f"/draw/draws/{draw_id}/teams", data=form)
        assert answer.status_code == 422
        assert "请补足" in answer.text
        assert f'href="#f-team-{subjects[3]["uscc"]}"' in answer.text
        form[f"team-{subjects[3]['uscc']}"] = subjects[3]["choosable"][:2]
        answer = await client.post(f"/draw/draws/{draw_id}/teams", data=form)
    assert answer.status_code == 303, answer.text
    async with city.house.client(OTHER_LEAD) as client:
        answer = await client.post(f"/draw/draws/{draw_id}/teams/approve", data={"csrf": OTHER_LEAD.csrf})
    assert answer.headers["location"] == f"/draw/draws/{draw_id}"
    assert "派发名单" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "审批通过" in (await city.get(f"/draw/draws/{draw_id}/teams", AUDITOR)).text


@pytest.mark.article(5, 10)
async def test_everybody_who_was_not_in_the_roster_has_a_reason(city: City) -> None:
    await hear_officers(
        city,
        officer(20, on_duty=False),
        officer(21, certificate_valid_to=date(2026, 12, 1)),
        officer(22, staff_kind="辅助人员"),
        officer(23, items_allowed=["社会保险"]),
        officer(24, recusals=["91410311MA00000001", "91999999MA00000001"]),
    )
    draw_id = await city.committed()
    answer = (await city.get(f"/draw/api/v1/draws/{draw_id}/officers?able=no", SECTION)).json()
    assert {row["officer_id"]: row["why_not"] for row in answer["rows"]} == {
        "Z020": "not_on_duty",
        "Z021": "certificate_ends",
        "Z022": "not_an_officer",
        "Z023": "not_for_items",
    }
    able = (await city.get(f"/draw/api/v1/draws/{draw_id}/officers?q=Z024", AUDITOR)).json()["rows"]
    assert [(row["why_not"], row["recusals"]) for row in able] == [("", 1)]
    text = (await city.get(f"/draw/draws/{draw_id}/officers", LEAD)).text
    assert "执法证件在检查期内到期" in text
    csv = (await city.get(f"/draw/draws/{draw_id}/officers?format=csv", LEAD)).text
    assert "休假、停职或不在岗" in csv
