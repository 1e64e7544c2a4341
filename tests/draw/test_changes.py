"""A drawn list changes afterwards: void, reserve, fresh draw, another officer; every edition stays, to be checked."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common.canonical import sha256_hex
from libs.common.clock import now
from libs.common.http.auth import Actor, Role
from libs.common.testing.doors import actor
from services.draw.api.public import VERIFIER
from services.draw.domain.commitment import Profile
from services.draw.domain.editions import start_of
from services.draw.domain.lottery import ticket
from services.draw.domain.replacement import entry_from
from services.draw.domain.roster import roster_from
from services.draw.domain.standing import replay
from services.inspection.events.published import InspectionCompleted, RecusalGranted
from services.publicity.events.published import EntryLogged
from services.registry.events.published import OfficersChanged
from tests.conftest import ROOT
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, SECTION, City, officer

EXAMPLE = ROOT / "services/inspection/events/schemas/examples/inspection.inspection_completed.v1.valid.json"
PDF = b"%PDF-1.4 deregistered"


async def ask_void(city: City, draw_id: str, uscc: str, *, who: Actor = LEAD, expect: int = 0, **more: Any) -> Any:
    """Ask for a void with one document."""
    data = {"subject": uscc, "reason": "deregistered", **more}
    async with city.house.client(who) as client:
        answer = await client.post(
            f"/draw/api/v1/draws/{draw_id}/changes/void",
            data=data,
            files={"evidence": ("注销证明.pdf", PDF, "application/pdf")},
        )
    assert answer.status_code == (expect or 201), answer.text
    return answer.json()


async def approved(city: City, draw_id: str, asked: dict[str, int], who: Actor = SECTION) -> dict[str, Any]:
    """Another person approves."""
    answer: dict[str, Any] = await city.post(who, f"/draws/{draw_id}/changes/{asked['number']}/approve")
    return answer


async def void(city: City, draw_id: str, uscc: str) -> dict[str, Any]:
    """Void a subject."""
    return await approved(city, draw_id, await ask_void(city, draw_id, uscc))


async def dispatched(city: City) -> str:
    """A draw whose list went out."""
    draw_id = await city.drawn()
    await city.post(LEAD, f"/draws/{draw_id}/dispatch")
    return draw_id


async def certificate(city: City, draw_id: str, edition: int = 0) -> Any:
    """The newest edition, or the n-th."""
    name = f"certificate-{edition}.json" if edition else "certificate.json"
    answer = await city.get(f"/public/draws/{draw_id}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def said(city: City, kind: str) -> list[dict[str, Any]]:
    """Events of a kind, as they were said."""
    return [json.loads(payload) for _, payload in await city.house.said(kind)]


def completed(case_id: str, draw_id: str, uscc: str) -> InspectionCompleted:
    """The end of an inspection."""
    known = json.loads(EXAMPLE.read_text("utf-8"))
    return InspectionCompleted.model_validate(known | {"case_id": case_id, "draw_id": draw_id, "uscc": uscc})


async def publish(city: City, draw_id: str, folder: Path) -> None:
    """What anybody may fetch."""
    for name in ("certificate.json", "pool.tsv", "officers.json"):
        (folder / name).write_bytes((await city.get(f"/public/draws/{draw_id}/{name}")).content)


async def replayed(city: City, draw_id: str) -> Any:
    """What the public files alone give."""
    document = await certificate(city, draw_id)
    roster = roster_from((await city.get(f"/public/draws/{draw_id}/officers.json")).json())
    pool = (await city.get(f"/public/draws/{draw_id}/pool.tsv")).text
    county_of = {line.split("\t")[0]: line.split("\t")[1] for line in pool.splitlines()}
    start = start_of(document, document["selected"], document["assignments"], roster)
    return replay(start, [entry_from(one) for one in document["replacements"]], county_of)


def verify(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run the stranger's program."""
    files = [name if name.startswith("-") else str(folder / name) for name in names]
    command: Sequence[str] = [sys.executable, "-I", str(VERIFIER), *files]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.article(5, 10)
async def test_a_list_is_changed_by_two_persons_and_everybody_can_replay_it(city: City, tmp_path: Path) -> None:
    draw_id = await dispatched(city)
    first = await certificate(city, draw_id)
    gone, ticket_gone = first["selected"][0][0], first["selected"][0][2]
    assert ticket_gone == ticket(first["keys"]["subject"], gone)

    await void(city, draw_id, gone)
    [withdrawn] = await said(city, "draw.case_withdrawn")
    assert (withdrawn["case_id"], withdrawn["reason"]) == (f"{draw_id[:-2]}-0001", "名录时点前已注销")

    asked = await city.post(LEAD, f"/draws/{draw_id}/changes/reserve", {"void": 1})
    await approved(city, draw_id, asked, OTHER_LEAD)
    third = await certificate(city, draw_id, 3)
    taken, stratum, number = third["replacements"][1]["taken"]
    assert stratum == "*"
    assert number == ticket(first["keys"]["subject"], taken)
    assert taken not in {row[0] for row in first["selected"]}
    drawn = len(first["selected"])
    case = (await said(city, "draw.case_dispatched"))[-1]
    assert (case["case_id"], case["subject"]["uscc"]) == (f"{draw_id[:-2]}-{drawn + 1:04d}", taken)
    assert [one["officer_id"] for one in case["officers"]] == third["replacements"][1]["officers"]

    out = case["officers"][0]["officer_id"]
    body = {"subject": taken, "seat": 1, "reason": "not_available"}
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/officer", body))
    [replaced] = await said(city, "draw.officers_replaced")
    assert (replaced["case_id"], replaced["out"], replaced["seat"]) == (case["case_id"], out, 1)

    newest = await certificate(city, draw_id)
    assert newest == await certificate(city, draw_id, 4)
    assert first == await certificate(city, draw_id, 1)
    assert newest["selected"] == first["selected"]
    standing = await replayed(city, draw_id)
    assert standing.teams[taken][0] == replaced["incoming"]["officer_id"]
    assert gone not in standing.teams
    amended = await said(city, "draw.certificate_amended")
    assert [(one["edition"], one["kind"]) for one in amended] == [(2, "void"), (3, "reserve"), (4, "officer")]
    for one in amended:
        bytes_before = (await city.get(f"/public/draws/{draw_id}/certificate-{one['edition'] - 1}.json")).content
        assert one["previous_sha256"] == sha256_hex(bytes_before)


@pytest.mark.article(5)
async def test_who_enters_does_not_approve(city: City) -> None:
    draw_id = await dispatched(city)
    gone = (await certificate(city, draw_id))["selected"][0][0]
    asked = await ask_void(city, draw_id, gone)
    await city.post(LEAD, f"/draws/{draw_id}/changes/{asked['number']}/approve", expect=403)
    for role in (Role.UNIT, Role.OFFICER, Role.AUDITOR, Role.ADMIN):
        await city.post(actor(role, COUNTY), f"/draws/{draw_id}/changes/{asked['number']}/approve", expect=403)
    await ask_void(city, draw_id, gone, who=SECTION, expect=403)
    await city.post(SECTION, f"/draws/{draw_id}/changes/{asked['number']}/reject", expect=422)
    answer = await city.post(SECTION, f"/draws/{draw_id}/changes/{asked['number']}/reject", {"reason": "材料不清"})
    assert (answer["state"], answer["rejected_because"]) == ("rejected", "材料不清")
    await city.post(SECTION, f"/draws/{draw_id}/changes/{asked['number']}/approve", expect=409)
    assert "edition" not in await certificate(city, draw_id)


@pytest.mark.article(12)
async def test_what_an_inspection_found_is_not_voided(city: City) -> None:
    draw_id = await dispatched(city)
    gone = (await certificate(city, draw_id))["selected"][0][0]
    asked = await ask_void(city, draw_id, gone)
    case_id = f"{draw_id[:-2]}-0001"
    await city.house.hear(completed(case_id, draw_id, gone), aggregate=f"case/{case_id}", county=COUNTY)
    problem = await city.post(SECTION, f"/draws/{draw_id}/changes/{asked['number']}/approve", expect=409)
    assert "检查结果，不是作废" in problem["detail"]
    another = (await certificate(city, draw_id))["selected"][1][0]
    problem = await ask_void(city, draw_id, another, expect=422, reason="not_found_at_address")
    assert "检查结果" in problem["detail"]


async def test_the_same_thing_is_not_asked_for_twice(city: City) -> None:
    draw_id = await dispatched(city)
    gone = (await certificate(city, draw_id))["selected"][0][0]
    await ask_void(city, draw_id, gone)
    assert (await ask_void(city, draw_id, gone, expect=409))["type"].endswith("amendment-waits")
    await ask_void(city, draw_id, "91410311MA99999999", expect=404)


async def test_before_the_dispatch_a_void_one_gets_no_case_and_a_reserve_does(city: City) -> None:
    draw_id = await city.drawn()
    first = await certificate(city, draw_id)
    gone = first["selected"][1][0]
    await void(city, draw_id, gone)
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/reserve", {"void": 1}))
    taken = (await certificate(city, draw_id))["replacements"][1]["taken"][0]
    await city.post(LEAD, f"/draws/{draw_id}/dispatch")
    cases = {one["subject"]["uscc"]: one["case_id"] for one in await said(city, "draw.case_dispatched")}
    drawn = len(first["selected"])
    assert len(cases) == drawn
    assert gone not in cases
    assert cases[taken] == f"{draw_id[:-2]}-{drawn + 1:04d}"
    assert cases[first["selected"][2][0]] == f"{draw_id[:-2]}-0003"
    assert await said(city, "draw.case_withdrawn") == []


@pytest.mark.article(5)
async def test_a_granted_recusal_replaces_by_the_rule_at_once_and_once(city: City) -> None:
    draw_id = await dispatched(city)
    first = await certificate(city, draw_id)
    uscc, team = first["assignments"][0]
    granted = RecusalGranted(case_id=f"{draw_id[:-2]}-0001", officer_id=team[1], at=now())
    for place in range(2):
        await city.house.hear(granted, aggregate=f"case/{place}", county=COUNTY)
    [replaced] = await said(city, "draw.officers_replaced")
    assert (replaced["seat"], replaced["out"], replaced["reason"]) == (2, team[1], "recusal_requested")
    assert (await replayed(city, draw_id)).teams[uscc] == (team[0], replaced["incoming"]["officer_id"])
    [edition] = (await city.get(f"/public/draws/{draw_id}/editions.json")).json()
    assert (edition["asked_by_role"], edition["decided_by_role"]) == ("unit", "rule")


@pytest.mark.article(10)
async def test_where_nobody_is_left_the_request_stays_visible_and_says_what_is_lacking(city: City) -> None:
    gone = [officer(number, version=2, on_duty=False) for number in range(2, 12)]
    await city.house.hear(OfficersChanged(officers=gone), aggregate=f"officers/{COUNTY}", county=COUNTY)
    draw_id = await dispatched(city)
    uscc, team = (await certificate(city, draw_id))["assignments"][0]
    granted = RecusalGranted(case_id=f"{draw_id[:-2]}-0001", officer_id=team[0], at=now())
    await city.house.hear(granted, aggregate="case/1", county=COUNTY)
    [request] = (await city.get(f"/draw/api/v1/draws/{draw_id}/changes", LEAD)).json()["requests"]
    assert request["state"] == "blocked"
    assert uscc in request["problem"]
    assert "没有其他符合条件的执法人员" in request["problem"]
    assert await said(city, "draw.officers_replaced") == []
    await city.post(LEAD, f"/draws/{draw_id}/changes/{request['number']}/retry", expect=409)


@pytest.mark.article(5)
async def test_a_fresh_draw_makes_up_for_voids_with_a_ceremony_of_its_own(city: City, tmp_path: Path) -> None:
    draw_id = await dispatched(city)
    first = await certificate(city, draw_id)
    for row in first["selected"][:2]:
        await void(city, draw_id, row[0])
    asked = await city.post(LEAD, f"/draws/{draw_id}/changes/fresh", {"voids": [1, 2]})
    running = await approved(city, draw_id, asked)
    fresh_id = running["fresh_draw_id"]
    assert (running["state"], fresh_id) == ("running", f"{draw_id}-r1")
    problem = await city.post(LEAD, f"/draws/{draw_id}/changes/reserve", {"void": 1}, expect=409)
    assert problem["type"].endswith("fresh-draw-under-way")

    await city.promise(fresh_id)
    await city.commit(fresh_id)
    await city.fix_seed(fresh_id)
    assert await city.finish() == fresh_id
    fresh, newest = await certificate(city, fresh_id), await certificate(city, draw_id)
    replaces = fresh["commit"]["replaces"]
    assert (replaces["draw_id"], replaces["n"]) == (draw_id, [1, 2])
    assert replaces["without"] == sorted(row[0] for row in first["selected"])
    assert fresh["commit"]["pool"] == first["commit"]["pool"]
    assert len(fresh["selected"]) == 2
    assert {row[0] for row in fresh["selected"]}.isdisjoint(replaces["without"])
    entry = newest["replacements"][2]
    assert (entry["kind"], entry["for"], entry["draw_id"]) == ("fresh", [1, 2], fresh_id)
    assert entry["taken"] == fresh["selected"]
    left_out = (await city.get(f"/public/draws/{fresh_id}/proof/{replaces['without'][0]}.json")).json()
    assert (left_out["verdict"], left_out["drawn"]) == ("not_eligible", False)
    voided = (await city.get(f"/public/draws/{draw_id}/proof/{first['selected'][0][0]}.json")).json()
    assert [one["kind"] for one in voided["later"]] == ["void"]
    assert "抽取之后：作废" in (await city.get(f"/public/draws/{draw_id}/proof/{first['selected'][0][0]}")).text
    fresh_bytes = (await city.get(f"/public/draws/{fresh_id}/certificate-1.json")).content
    assert entry["certificate_sha256"] == sha256_hex(fresh_bytes)

    for checked in (draw_id, fresh_id):
        await publish(city, checked, tmp_path)
        done = verify(tmp_path, "certificate.json", "pool.tsv", "--officers", "officers.json")
        assert done.returncode == 0, done.stdout + done.stderr

    await city.post(LEAD, f"/draws/{fresh_id}/dispatch")
    cases = {one["subject"]["uscc"]: one["case_id"] for one in await said(city, "draw.case_dispatched")}
    drawn = len(first["selected"])
    assert [cases[row[0]] for row in fresh["selected"]] == [f"{draw_id[:-2]}-{drawn + n:04d}" for n in (1, 2)]
    # What a fresh draw took is dealt with in its own certificate.
    taken = fresh["selected"][0][0]
    await ask_void(city, draw_id, taken, expect=404)
    await void(city, fresh_id, taken)
    assert (await certificate(city, fresh_id))["edition"] == 2
    problem = await city.post(LEAD, f"/draws/{fresh_id}/changes/fresh", {"voids": [1]}, expect=409)
    assert "不再补足" in problem["detail"]


async def test_an_aborted_fresh_draw_is_followed_by_another_with_a_reason(city: City) -> None:
    draw_id = await dispatched(city)
    await void(city, draw_id, (await certificate(city, draw_id))["selected"][0][0])
    asked = await city.post(LEAD, f"/draws/{draw_id}/changes/fresh", {"voids": [1]})
    fresh_id = (await approved(city, draw_id, asked))["fresh_draw_id"]
    await city.post(LEAD, f"/draws/{fresh_id}/abort", {"reason": "参与方未能到场"})
    await city.post(LEAD, f"/draws/{draw_id}/changes/fresh", {"voids": [1]}, expect=422)
    asked = await city.post(LEAD, f"/draws/{draw_id}/changes/fresh", {"voids": [1], "reason": "改期到场"})
    second = (await approved(city, draw_id, asked))["fresh_draw_id"]
    assert second == f"{draw_id}-r1-2"
    await city.promise(second)
    await city.commit(second)
    await city.fix_seed(second)
    assert await city.finish() == second
    assert (await certificate(city, second))["commit"]["supersedes"]["draw_id"] == fresh_id


async def test_evidence_is_named_by_its_hash_and_stays_inside(city: City) -> None:
    draw_id = await dispatched(city)
    gone = (await certificate(city, draw_id))["selected"][0][0]
    await void(city, draw_id, gone)
    [digest] = (await certificate(city, draw_id))["replacements"][0]["evidence"]
    assert digest == sha256_hex(PDF)
    address = f"/draw/draws/{draw_id}/evidence/{digest}"
    assert (await city.get(address, actor(Role.AUDITOR))).content == PDF
    assert (await city.get(address)).status_code in {303, 401}
    assert (await city.get(address, actor(Role.UNIT, "410302"))).status_code == 404


async def test_the_public_log_announces_an_edition(city: City) -> None:
    draw_id = await dispatched(city)
    await void(city, draw_id, (await certificate(city, draw_id))["selected"][0][0])
    logged = EntryLogged(
        index=7,
        kind="draw-amendment",
        reference=f"{draw_id}/2",
        entry_sha256="00" * 32,
        leaf_hash="00" * 32,
        tree_size=8,
        root_hash="00" * 32,
        checkpoint="",
        inclusion=[],
        entry="{}",
        logged_at=now(),
    )
    await city.house.hear(logged, aggregate="log/7")
    [edition] = (await city.get(f"/public/draws/{draw_id}/editions.json")).json()
    assert edition["log_index"] == 7


@pytest.mark.parametrize("profile", list(Profile))
async def test_a_stranger_checks_the_newest_edition(city: City, tmp_path: Path, profile: Profile) -> None:
    city.house.settings = city.settings.model_copy(update={"draw_profile": profile})
    draw_id = await dispatched(city)
    first = await certificate(city, draw_id)
    await void(city, draw_id, first["selected"][0][0])
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/reserve", {"void": 1}))
    body = {"subject": first["selected"][1][0], "seat": 2, "reason": "not_available"}
    await approved(city, draw_id, await city.post(LEAD, f"/draws/{draw_id}/changes/officer", body))
    newest = await certificate(city, draw_id)
    assert (newest["replacements"][1]["taken"][1] == "*") == (profile is Profile.MASKED)
    await publish(city, draw_id, tmp_path)
    done = verify(tmp_path, "certificate.json", "pool.tsv", "--officers", "officers.json")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.article(5)
async def test_nothing_that_was_decided_can_be_deleted_or_written_over(city: City) -> None:
    draw_id = await dispatched(city)
    await void(city, draw_id, (await certificate(city, draw_id))["selected"][0][0])
    for statement in (
        "delete from draws",
        "delete from certificates",
        "update certificates set document = '' where edition = 2",
        "update evidence set content = ''",
        "delete from amendments",
        "truncate certificates",
    ):
        with pytest.raises(DBAPIError, match="keeps what was decided"):
            async with city.house.database.transaction() as tx:
                await tx.execute(text(statement))
