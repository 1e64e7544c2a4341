"""Ratio policies through the doors: proposed, compared with the present, approved by another, cited by plans."""

from datetime import timedelta
from typing import Any

import pytest

from libs.common.clock import china_date, now
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from tests.draw.conftest import COUNTY, LEAD, OTHER_LEAD, SECTION, City

CATEGORY = "工资支付和最低工资标准"


def body(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "percents": {"A": "1", "B": "5", "C": "20", "D": "50", "U": "5"},
        "reason": "提高对失信主体的抽查比例",
        "document_number": "洛人社监察〔2026〕15号",
        "valid_from": china_date(now()).isoformat(),
    }
    return values | changes


async def in_force(city: City, **changes: Any) -> str:
    """A new policy that two people made."""
    version: str = (await city.post(LEAD, "/policies", body(**changes)))["version"]
    await city.post(OTHER_LEAD, f"/policies/{version}/approve")
    return version


async def plan_of(city: City, who: Any = LEAD, **changes: Any) -> dict[str, Any]:
    """A drafted plan, as the API shows it."""
    values: dict[str, Any] = {
        "title": "制造业专项抽查",
        "reason": "年度抽查计划",
        "counties": [COUNTY],
        "categories": [CATEGORY],
        "finish_by": "2027-03-31",
    }
    plan_id = (await city.post(who, "/plans", values | changes))["plan_id"]
    found: dict[str, Any] = (await city.get(f"/draw/api/v1/plans/{plan_id}", LEAD)).json()
    return found


@pytest.mark.article(6)
async def test_a_policy_needs_another_person_and_then_rules_new_plans(city: City) -> None:
    before = await plan_of(city)
    version = (await city.post(LEAD, "/policies", body()))["version"]
    assert version == "410300-001"
    await city.post(LEAD, f"/policies/{version}/approve", expect=403)
    assert (await plan_of(city, title="方案未批时的计划"))["policy"] == "default/1"
    await city.post(OTHER_LEAD, f"/policies/{version}/approve")
    after = await plan_of(city, title="方案批准后的计划")
    assert (after["policy"], after["ratio"]["C"]) == (version, [1, 5])
    kept = (await city.get(f"/draw/api/v1/plans/{before['plan_id']}", LEAD)).json()
    assert (kept["policy"], kept["ratio"]["C"]) == ("default/1", [10, 100]), "a plan keeps the numbers that it cited"
    await city.post(OTHER_LEAD, f"/policies/{version}/reject", {"reason": "反悔"}, expect=409)


@pytest.mark.article(6)
async def test_a_county_overrides_the_city(city: City) -> None:
    everywhere = await in_force(city)
    own = await in_force(city, county=COUNTY, percents=dict.fromkeys("ABCDU", "40"))
    assert own == f"{COUNTY}-001"
    assert (await plan_of(city))["policy"] == own
    assert (await plan_of(city, title="全市计划", counties=[]))["policy"] == everywhere
    wanted = await plan_of(city, title="仍按全市方案的计划", policy=everywhere)
    assert wanted["policy"] == everywhere


async def test_a_policy_of_tomorrow_does_not_rule_today(city: City) -> None:
    version = await in_force(city, valid_from=(china_date(now()) + timedelta(days=1)).isoformat())
    assert (await plan_of(city))["policy"] == "default/1"
    values = {"title": "x", "reason": "x", "categories": [CATEGORY], "finish_by": "2027-03-31", "policy": version}
    answer = await city.post(LEAD, "/plans", values, expect=422)
    assert "尚未施行" in answer["detail"]


async def test_the_numbers_of_a_policy_reach_the_commitment(city: City) -> None:
    version = await in_force(city, rounding="floor", minimum=0, county=COUNTY)
    draw_id = await city.committed()
    commit = (await city.get(f"/public/draws/{draw_id}.json")).json()
    assert commit["commit_sha256"]
    [(_, payload)] = await city.house.said("draw.draw_committed")
    assert f'\\"policy\\":\\"{version}\\"' in payload
    assert '\\"min\\":0' in payload
    assert '\\"rounding\\":\\"floor\\"' in payload
    assert '[\\"C\\",60,12]' in payload  # 20 % of 60


@pytest.mark.article(6)
async def test_what_a_policy_changes_is_told_before_it_is_approved(city: City) -> None:
    version = (await city.post(LEAD, "/policies", body(spare_a=True)))["version"]
    told = (await city.get(f"/draw/api/v1/policies/{version}", SECTION)).json()
    by_class = {one["class"]: (one["subjects"], one["drawn_in_force"], one["drawn"]) for one in told["effect"]}
    assert by_class == {"A": (60, 1, 0), "B": (60, 2, 3), "C": (60, 6, 12), "D": (60, 18, 30), "U": (60, 2, 3)}
    page = (await city.get(f"/draw/policies/{version}", OTHER_LEAD)).text
    assert "29 户变为 48 户" in page
    assert "常规抽查 A 类：照常 → 不抽" in page
    assert "审批比例方案" in page
    assert "审批比例方案" not in (await city.get(f"/draw/policies/{version}", SECTION)).text


async def test_the_pages_of_policies_tell_what_rules_and_what_was_before(city: City) -> None:
    assert "default/1" in (await city.get("/draw/policies", SECTION)).text
    version = await in_force(city)
    listed = (await city.get("/draw/policies?state=approved&level=一般&county=city&sort=-valid_from&q=15号", LEAD)).text
    assert version in listed
    assert "C 类 20%" in listed
    exported = (await city.get("/draw/policies?format=csv", LEAD)).text
    assert "已审批" in exported
    assert "全市" in exported
    assert "系统自带" in (await city.get("/draw/policies/default/1", LEAD)).text
    assert (await city.get("/draw/api/v1/policies/default/1", LEAD)).json()["ratio"]["D"] == [30, 100]
    assert (await city.get("/draw/policies/410300-099", LEAD)).status_code == 404


async def test_the_form_begins_with_the_numbers_in_force_and_shows_the_change(city: City) -> None:
    page = (await city.get("/draw/policies/new", LEAD)).text
    assert 'name="ratio_C" type="text" value="10"' in page
    typed = "/draw/policies/new?ratio_A=1&ratio_B=2&ratio_C=50&ratio_D=30&ratio_U=2&rounding=ceil&minimum=1&level=一般"
    assert "29 户变为 53 户" in (await city.get(typed, LEAD)).text
    assert "应为 0 至 100 的百分数" in (await city.get(typed.replace("C=50", "C=many"), LEAD)).text


async def test_a_wrong_number_is_named_beside_its_field_and_what_was_typed_stays(city: City) -> None:
    form = {"csrf": LEAD.csrf, "ratio_C": "many", "rounding": "ceil", "minimum": "1", "reason": "依据全文"}
    async with city.house.client(LEAD) as client:
        answer = await client.post("/draw/policies/new", data=form)
    assert answer.status_code == 422
    assert 'href="#f-ratio_C"' in answer.text
    assert 'href="#f-valid_from"' in answer.text
    assert "依据全文" in answer.text


async def test_pages_propose_and_decide_as_the_api_does(city: City) -> None:
    values = {f"ratio_{name}": "2.5" for name in "ABCDU"}
    form = values | {
        "csrf": LEAD.csrf, "rounding": "ceil", "minimum": "1", "level": "重点", "reason": "重点事项",
        "valid_from": china_date(now()).isoformat(),
    }  # fmt: skip
    async with city.house.client(LEAD) as client:
        first = (await client.post("/draw/policies/new", data=form)).headers["location"]
        second = (await client.post("/draw/policies/new", data=form)).headers["location"]
        refused = await client.post(f"{first}/approve", data={"csrf": LEAD.csrf})
    assert refused.status_code == 403
    assert "由牵头科室另一人审批" in refused.text
    async with city.house.client(OTHER_LEAD) as client:
        approved = await client.post(f"{first}/approve", data={"csrf": OTHER_LEAD.csrf})
        without = await client.post(f"{second}/reject", data={"csrf": OTHER_LEAD.csrf, "reason": " "})
        back = await client.post(f"{second}/reject", data={"csrf": OTHER_LEAD.csrf, "reason": "重复"})
    assert (approved.status_code, without.status_code, back.status_code) == (303, 422, 303)
    assert "现行" in (await city.get(first, LEAD)).text
    assert "重复" in (await city.get(second, LEAD)).text


async def test_a_county_makes_policies_for_itself_only(city: City) -> None:
    county_lead = actor(Role.LEAD, county=COUNTY, account="lead-county")
    answer = await city.post(county_lead, "/policies", body(), expect=422)
    assert "只能提出和审批本县区" in str(answer)
    await city.post(county_lead, "/policies", body(county=COUNTY))
    version = (await city.post(LEAD, "/policies", body()))["version"]
    await city.post(county_lead, f"/policies/{version}/approve", expect=422)


async def test_an_auditor_reads_policies_and_a_section_proposes_none(city: City) -> None:
    auditor = actor(Role.AUDITOR)
    assert (await city.get("/draw/api/v1/policies", auditor)).json()["total"] == 0
    await city.post(auditor, "/policies", body(), expect=403)
    await city.post(SECTION, "/policies", body(), expect=403)
