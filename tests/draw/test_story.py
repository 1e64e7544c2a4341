import asyncio
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from libs.common.clock import now
from libs.common.http.auth import Role
from libs.common.reference import county_name
from libs.common.testing.doors import actor
from services.draw.domain.eligibility import ExcludedReason
from services.draw.store.sheets import pool_rows
from services.draw.usecases.draw_subjects import draw_next
from services.registry.events.published import OfficersChanged, SubjectsChanged
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, SECTION, City, fired, officer, subject


@pytest.mark.article(2, 4, 7)
async def test_a_trigger_proposes_a_plan_with_its_reasons(city: City) -> None:
    plan_id = await city.plan()
    plan = (await city.get(f"/draw/api/v1/plans/{plan_id}", LEAD)).json()
    assert plan["state"] == "proposed"
    assert plan["reason"] == fired().reason
    assert plan["trigger_ids"] == [fired().trigger_id]
    assert plan_id == f"{COUNTY}20260001"


async def test_the_same_trigger_heard_twice_proposes_one_plan(city: City) -> None:
    await city.house.hear(fired(), aggregate="trigger/1", county=COUNTY, version=1)
    await city.house.hear(fired(), aggregate="trigger/1", county=COUNTY, version=1)
    assert (await city.get("/draw/api/v1/plans", LEAD)).json()["total"] == 1


@pytest.mark.article(2, 5, 6, 7, 8)
async def test_a_stranger_repeats_a_finished_draw_with_the_one_file_verifier(city: City, tmp_path: Path) -> None:
    draw_id = await city.drawn()
    for name, address in {
        "verify.py": "/public/verify.py",
        "certificate.json": f"/public/draws/{draw_id}/certificate.json",
        "pool.tsv": f"/public/draws/{draw_id}/pool.tsv",
        "officers.json": f"/public/draws/{draw_id}/officers.json",
    }.items():
        answer = await city.get(address)
        assert answer.status_code == 200, answer.text
        (tmp_path / name).write_bytes(answer.content)
    command = [sys.executable, "verify.py", "certificate.json", "pool.tsv", "--officers", "officers.json"]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout


@pytest.mark.article(6)
async def test_every_credit_class_gets_its_share(city: City) -> None:
    draw_id = await city.drawn()
    strata = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()["strata"]
    # 60 firms a class: A 1 %, B 2 %, C 10 %, D 30 %, unclassified as B; rounded up.
    assert {one["stratum"]: one["k"] for one in strata} == {"A": 1, "B": 2, "C": 6, "D": 18, "U": 2}


@pytest.mark.article(10)
async def test_every_case_has_two_different_officers(city: City) -> None:
    draw_id = await city.drawn()
    teams = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()["assignments"]
    assert len(teams) == 29
    assert all(len(set(team)) == 2 for _, team in teams)


@pytest.mark.article(7)
async def test_dispatch_hands_every_drawn_firm_to_its_unit_once(city: City) -> None:
    draw_id = await city.drawn()
    assert (await city.post(LEAD, f"/draws/{draw_id}/dispatch"))["cases"] == 29
    problem = await city.post(LEAD, f"/draws/{draw_id}/dispatch", expect=409)
    assert problem["type"] == "urn:sunlot:problem:nothing-drawn"
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    cases = [json.loads(payload) for _, payload in await city.house.said("draw.case_dispatched")]
    assert [case["subject"]["uscc"] for case in cases] == [row[0] for row in certificate["selected"]]
    assert [[one["officer_id"] for one in case["officers"]] for case in cases] == [
        team for _, team in certificate["assignments"]
    ]
    assert {case["unit_id"] for case in cases} == {"U-410311"}
    assert cases[0]["trigger_ids"] == [fired().trigger_id]


async def test_two_clicks_on_dispatch_at_once_hand_out_one_list(city: City) -> None:
    draw_id = await city.drawn()

    async def click() -> int:
        async with city.house.client(LEAD) as client:
            return (await client.post(f"/draw/api/v1/draws/{draw_id}/dispatch")).status_code

    assert sorted(await asyncio.gather(click(), click(), click())) == [200, 409, 409]
    assert len(await city.house.said("draw.case_dispatched")) == 29


@pytest.mark.article(5)
async def test_nobody_reveals_before_the_log_has_answered(city: City) -> None:
    draw_id = await city.committed()
    problem = await city.post(LEAD, f"/draws/{draw_id}/reveals", {"reveal": city.secrets["lead"]}, expect=409)
    assert "公开日志" in problem["detail"]
    await city.log_receipt(draw_id)
    await city.post(LEAD, f"/draws/{draw_id}/reveals", {"reveal": city.secrets["lead"]})


@pytest.mark.article(5)
async def test_a_receipt_with_a_broken_proof_opens_nothing(city: City) -> None:
    draw_id = await city.committed()
    with pytest.raises(Exception, match="包含证明"):
        await city.log_receipt(draw_id, root_hash="00" * 32)
    state = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()["state"]
    assert state == "committed"


@pytest.mark.article(5)
async def test_a_number_that_was_not_promised_is_refused(city: City) -> None:
    draw_id = await city.committed()
    await city.log_receipt(draw_id)
    problem = await city.post(LEAD, f"/draws/{draw_id}/reveals", {"reveal": "ab" * 32}, expect=422)
    assert problem["type"] == "urn:sunlot:problem:reveal-does-not-match"


async def test_who_types_the_dice_does_not_confirm_them(city: City) -> None:
    draw_id = await city.committed()
    await city.log_receipt(draw_id)
    for who, party in ((LEAD, "lead"), (SECTION, "section")):
        await city.post(who, f"/draws/{draw_id}/reveals", {"reveal": city.secrets[party]})
    await city.post(LEAD, f"/draws/{draw_id}/dice", {"digits": "123456"})
    await city.post(LEAD, f"/draws/{draw_id}/dice/confirm", {"digits": "123456"}, expect=403)
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/dice/confirm", {"digits": "123457"}, expect=422)
    await city.post(OTHER_LEAD, f"/draws/{draw_id}/dice/confirm", {"digits": "123456"})


async def test_a_result_is_computed_once_and_the_same_after_a_crash(city: City) -> None:
    draw_id = await city.seeded()

    class Killed(Exception):
        pass

    async def killed_before_the_commit() -> None:
        async with city.house.database.transaction() as tx:
            assert await draw_next(tx, now()) == draw_id
            raise Killed

    with pytest.raises(Killed):
        await killed_before_the_commit()
    assert (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()["state"] == "seeded"
    assert await city.finish() == draw_id
    assert await city.finish() is None
    assert len(await city.house.said("draw.subjects_drawn")) == 1


@pytest.mark.article(8)
async def test_only_firms_that_the_filter_lets_in_stand_in_the_pool(city: City) -> None:
    elsewhere = [
        subject(900, county="410302", uscc="91410302MA00000900"),
        subject(901, industry="I6110", uscc="91410311MA00000901"),
    ]
    await city.house.hear(SubjectsChanged(subjects=elsewhere), aggregate="subjects/x", county=COUNTY)
    draw_id = await city.committed()
    pool = (await city.get(f"/public/draws/{draw_id}/pool.tsv")).text
    assert pool.count("\n") == 300
    assert "MA00000900" not in pool
    assert "MA00000901" not in pool


async def test_a_dead_firm_stands_in_the_pool_and_can_not_be_drawn(city: City) -> None:
    dead = subject(3, version=2, live=False)
    await city.house.hear(SubjectsChanged(subjects=[dead]), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    excluded = certificate["commit"]["pool"]["excluded"]
    assert [entry for entry in excluded if entry[1]] == [["not_live", 1]]
    assert [name for name, _ in excluded] == sorted(ExcludedReason)  # every reason is told, zeros too
    assert dead.uscc not in {row[0] for row in certificate["selected"]}


async def test_an_older_state_of_a_firm_changes_nothing(city: City) -> None:
    newer, older = subject(3, version=5, credit_class="D"), subject(3, version=4, credit_class="A")
    for state in (newer, older):
        await city.house.hear(SubjectsChanged(subjects=[state]), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    draw_id = await city.frozen()
    async with city.house.database.transaction() as tx:
        assert {row.credit_class for row in await pool_rows(tx, draw_id) if row.id == newer.uscc} == {"D"}


@pytest.mark.article(5, 10)
async def test_too_few_officers_are_found_before_the_commitment_and_named(city: City) -> None:
    gone = [officer(number, version=2, on_duty=False) for number in range(1, 12)]
    await city.house.hear(OfficersChanged(officers=gone), aggregate=f"officers/{COUNTY}", county=COUNTY)
    draw_id = await city.promised()
    await city.commit(draw_id)
    draw = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()
    assert (draw["state"], draw["commit_sha256"]) == ("frozen", None)
    assert f"{county_name(COUNTY)}：符合条件的执法人员 1 名，少于 2 名" in draw["problem"]
    assert "少于 2 名" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    back = [officer(number, version=3) for number in range(1, 12)]
    await city.house.hear(OfficersChanged(officers=back), aggregate=f"officers/{COUNTY}", county=COUNTY)
    await city.commit(draw_id)
    draw = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()
    assert (draw["state"], draw["problem"]) == ("committed", None)


@pytest.mark.article(5)
async def test_expired_and_auxiliary_officers_are_never_sent(city: City) -> None:
    changed = [
        officer(0, version=2, certificate_valid_to=date(2026, 12, 31)),
        officer(1, version=2, staff_kind="辅助人员"),
    ]
    await city.house.hear(OfficersChanged(officers=changed), aggregate=f"officers/{COUNTY}", county=COUNTY)
    draw_id = await city.committed()
    roster = (await city.get(f"/public/draws/{draw_id}/officers.json")).json()
    assert [one[0] for one in roster["officers"]] == [f"Z{number:03d}" for number in range(2, 12)]


@pytest.mark.article(5)
async def test_an_aborted_attempt_stays_public_and_a_redraw_says_why(city: City) -> None:
    first = await city.committed()
    await city.post(LEAD, f"/draws/{first}/abort", {"reason": "参与方未能到场"})
    task_id = first.rpartition("-")[0]
    await city.post(LEAD, f"/tasks/{task_id}/freeze", expect=422)
    second = await city.freeze(task_id, "参与方改期到场")
    assert second == f"{task_id}-2"
    listed = (await city.get("/public/draws.json")).json()
    assert [(one["draw_id"], one["state"]) for one in listed] == [(first, "aborted")]
    assert (await city.get(f"/public/draws/{second}.json")).status_code == 404
    assert "参与方未能到场" in (await city.get(f"/public/draws/{first}")).text


async def test_another_county_can_not_see_that_a_plan_exists(city: City) -> None:
    plan_id = await city.plan()
    elsewhere = actor(Role.UNIT, "410302")
    assert (await city.get(f"/draw/api/v1/plans/{plan_id}", elsewhere)).status_code == 404
    assert (await city.get("/draw/api/v1/plans", elsewhere)).json()["total"] == 0
    assert (await city.get(f"/draw/api/v1/plans/{plan_id}", actor(Role.UNIT, COUNTY))).status_code == 200


async def test_only_the_lead_section_approves(city: City) -> None:
    plan_id = await city.plan()
    for role in (Role.SECTION, Role.UNIT, Role.OFFICER, Role.AUDITOR, Role.ADMIN):
        await city.post(actor(role, COUNTY), f"/plans/{plan_id}/approve", expect=403)


async def test_a_form_that_is_not_ours_is_refused(city: City) -> None:
    plan_id = await city.plan()
    async with city.house.client(LEAD) as client:
        del client.headers["x-csrf-token"]
        answer = await client.post(f"/draw/plans/{plan_id}/approve", data={"document_number": "1"})
        assert answer.status_code == 403
        assert "页面已过期" in answer.text
        answer = await client.post(f"/draw/plans/{plan_id}/approve", data={"csrf": LEAD.csrf})
        assert answer.status_code == 303


@pytest.mark.article(8)
async def test_a_program_drafts_a_plan_and_learns_what_its_pool_would_be(city: City) -> None:
    body = {
        "title": "制造业专项抽查",
        "reason": "年度抽查计划",
        "industries": ["C"],
        "counties": [COUNTY],
        "categories": ["工资支付和最低工资标准"],
        "finish_by": "2027-03-31",
    }
    size = await city.post(LEAD, "/pool-size", body)
    assert (size["rows"], size["eligible"], size["drawn"]) == (300, 300, 29)
    plan_id = (await city.post(LEAD, "/plans", body))["plan_id"]
    assert (await city.get(f"/draw/api/v1/plans/{plan_id}", LEAD)).json()["trigger_ids"] == []
    problem = await city.post(LEAD, "/plans", body | {"industries": ["47"], "title": ""}, expect=422)
    assert [one["field"] for one in problem["errors"]] == ["industry", "title"]


async def test_an_attempt_without_result_at_its_deadline_shows_as_aborted(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_id = await city.committed()
    assert "视为中止" not in (await city.get("/public/draws")).text
    later = now() + timedelta(hours=city.house.settings.result_hours + 1)  # type: ignore[attr-defined]
    for module in ("services.draw.pages.public.now", "services.draw.api.public.now", "libs.common.clock.now"):
        monkeypatch.setattr(module, lambda: later)
    assert "逾期未出结果，视为中止" in (await city.get("/public/draws")).text
    assert "逾期未出结果，视为中止" in (await city.get(f"/public/draws/{draw_id}")).text
    assert (await city.get(f"/public/draws/{draw_id}.json")).json()["overdue"] is True


async def test_a_party_is_found_absent_only_after_the_deadline(city: City) -> None:
    draw_id = await city.committed()
    await city.log_receipt(draw_id)
    problem = await city.post(LEAD, f"/draws/{draw_id}/absent", {"name": "section"}, expect=409)
    assert problem["type"] == "urn:sunlot:problem:deadline-not-passed"
