"""The pages of a drawn list's changes: forms that ask, another's approval, and what everybody sees afterwards."""

import json

import pytest

from libs.common.clock import now
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.inspection.events.published import RecusalGranted
from services.registry.events.published import OfficersChanged
from tests.draw.conftest import COUNTY, LEAD, SECTION, City, officer
from tests.draw.test_changes import PDF, certificate, dispatched, said

AUDITOR = actor(Role.AUDITOR)


@pytest.mark.article(5)
async def test_a_void_is_asked_for_by_form_and_approved_by_another_by_form(city: City) -> None:
    draw_id = await dispatched(city)
    base = f"/draw/draws/{draw_id}/changes"
    gone = (await certificate(city, draw_id))["selected"][0][0]
    async with city.house.client(LEAD) as client:
        form = {"csrf": LEAD.csrf, "uscc": gone}
        answer = await client.post(f"{base}/void", data=form | {"reason": "deregistered"})
        assert answer.status_code == 422
        assert "作废必须附证明材料" in answer.text
        files = {"evidence": ("注销证明.pdf", PDF, "application/pdf")}
        answer = await client.post(f"{base}/void", data=form, files=files)
        assert answer.status_code == 422
        assert "请从列表中选择理由" in answer.text
        answer = await client.post(f"{base}/void", data=form | {"reason": "deregistered"}, files=files)
        assert (answer.status_code, answer.headers["location"]) == (303, base)
        shown = (await client.get(base)).text
        assert "由您录入，请牵头科室或业务科室的另一人审批" in shown
        assert "注销证明.pdf" in shown
    async with city.house.client(SECTION) as client:
        assert "批准作废" in (await client.get(base)).text
        assert "1 项" in (await client.get("/draw/todo")).text
        answer = await client.post(f"{base}/1/approve", data={"csrf": SECTION.csrf})
        assert answer.status_code == 303
    inside = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "以下是抽取当时的结果，名单已有变更" in inside
    assert f'href="{base}"' in inside
    public = (await city.get(f"/public/draws/{draw_id}")).text
    for words in ("现行凭证为第 2 版", "名录时点前已注销", "牵头科室", "业务科室", "certificate-2.json"):
        assert words in public
    assert "lead-1" not in public


async def test_a_reserve_and_another_officer_are_asked_for_by_form(city: City) -> None:
    draw_id = await dispatched(city)
    base = f"/draw/draws/{draw_id}/changes"
    first = await certificate(city, draw_id)
    async with city.house.client(LEAD) as client:
        form = {"csrf": LEAD.csrf, "uscc": first["selected"][0][0]}
        files = {"evidence": ("a.pdf", PDF, "application/pdf")}
        await client.post(f"{base}/void", data=form | {"reason": "duplicate"}, files=files)
        wrong = await client.post(f"{base}/officer", data=form | {"seat": "", "reason": "not_available"})
        assert wrong.status_code == 422
        form["uscc"] = first["selected"][1][0]
        right = await client.post(f"{base}/officer", data=form | {"seat": "1", "reason": "not_available"})
        assert right.status_code == 303
    async with city.house.client(SECTION) as client:
        for number in (1, 2):
            answer = await client.post(f"{base}/{number}/approve", data={"csrf": SECTION.csrf})
            assert answer.status_code == 303
    async with city.house.client(LEAD) as client:
        assert "申请候补递补" in (await client.get(base)).text
        assert (await client.post(f"{base}/reserve", data={"csrf": LEAD.csrf, "void": "1"})).status_code == 303
        again = await client.post(f"{base}/reserve", data={"csrf": LEAD.csrf, "void": "1"})
        assert again.status_code == 409
        assert "同一事项已有变更待处理" in again.text
    async with city.house.client(SECTION) as client:
        sent_back = await client.post(f"{base}/3/reject", data={"csrf": SECTION.csrf, "reason": "不再补"})
        assert sent_back.status_code == 303
    assert [one["kind"] for one in await said(city, "draw.certificate_amended")] == ["void", "officer"]


async def test_the_auditor_sees_everything_and_changes_nothing(city: City) -> None:
    draw_id = await dispatched(city)
    base = f"/draw/draws/{draw_id}/changes"
    uscc = (await certificate(city, draw_id))["selected"][0][0]
    async with city.house.client(AUDITOR) as client:
        for address in (base, f"{base}/void?uscc={uscc}", f"{base}/officer?uscc={uscc}", "/draw/changes"):
            answer = await client.get(address)
            assert answer.status_code == 200
            assert '<form method="post" action="/draw/draws' not in answer.text
        assert (await client.post(f"{base}/void", data={"csrf": AUDITOR.csrf, "uscc": uscc})).status_code == 403
        assert (await client.get(f"{base}/void?uscc=91410311MA99999999")).status_code == 404


async def test_the_lists_filter_sort_and_export(city: City) -> None:
    draw_id = await dispatched(city)
    base = f"/draw/draws/{draw_id}/changes"
    selected = (await certificate(city, draw_id))["selected"]
    one = (await city.get(f"{base}?q={selected[3][0]}", LEAD)).text
    assert "共 1 条" in one
    assert "没有符合条件的记录" in (await city.get(f"{base}?state=void", LEAD)).text
    csv = (await city.get(f"{base}?format=csv&sort=uscc", LEAD)).text
    assert [line.split(",")[2] for line in csv.splitlines()[1:]] == sorted(row[0] for row in selected)
    body = {"subject": selected[0][0], "seat": 1, "reason": "recusal_requested"}
    await city.post(LEAD, f"/draws/{draw_id}/changes/officer", body)
    assert draw_id in (await city.get("/draw/changes?state=waiting&kind=officer", LEAD)).text
    assert (await city.get("/draw/api/v1/changes?kind=void", LEAD)).json()["total"] == 0
    assert (await city.get("/draw/changes?format=xlsx", LEAD)).content[:2] == b"PK"
    elsewhere = actor(Role.UNIT, "410302")
    assert (await city.get("/draw/api/v1/changes", elsewhere)).json()["total"] == 0
    assert (await city.get(base, elsewhere)).status_code == 404


@pytest.mark.article(10)
async def test_a_blocked_recusal_stands_on_the_page_with_what_is_lacking(city: City) -> None:
    gone = [officer(number, version=2, on_duty=False) for number in range(2, 12)]
    await city.house.hear(OfficersChanged(officers=gone), aggregate=f"officers/{COUNTY}", county=COUNTY)
    draw_id = await dispatched(city)
    team = (await certificate(city, draw_id))["assignments"][0][1]
    granted = RecusalGranted(case_id=f"{draw_id[:-2]}-0001", officer_id=team[0], at=now())
    await city.house.hear(granted, aggregate="case/1", county=COUNTY)
    shown = (await city.get(f"/draw/draws/{draw_id}/changes", SECTION)).text
    for words in ("按规则无人可派", "没有其他符合条件的执法人员", "再按规则更换一次"):
        assert words in shown


async def test_before_there_is_a_result_there_is_nothing_to_change(city: City) -> None:
    draw_id = await city.seeded()
    answer = await city.get(f"/draw/api/v1/draws/{draw_id}/changes", LEAD)
    assert answer.status_code == 409
    assert "中止本次抽取" in json.loads(answer.text)["detail"]
    assert (await city.get(f"/public/draws/{draw_id}/editions.json")).status_code == 409
