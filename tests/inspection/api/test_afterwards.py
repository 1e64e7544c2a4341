"""Follow-up, transfer, publication, archive."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest

from libs.common import clock
from services.publicity.events.published import ResultPublished
from tests.inspection.story import API, AT, CASE, COUNTY, LEADER, OTHER_COUNTY, UNIT, Story

FAILED = {"result": "不合格", "facts": "三人九月工资未付"}


def rectify(**changes: Any) -> dict[str, Any]:
    by = (clock.china_date(clock.now()) + timedelta(days=15)).isoformat()
    return {"subject_result": "E", "rectify_by": by, "requirements": "支付所欠工资"} | changes


async def publish(story: Story) -> None:
    event = ResultPublished(
        publication_id="p-1", case_id=CASE, county=COUNTY, uscc="91330000566997460T", trigger_ids=[],
        published_at=clock.now(), in_time=True, address="/public/results/p-1",
    )  # fmt: skip
    await story.house.hear(event, aggregate="publication/p-1", county=COUNTY)


@pytest.mark.article(15)
async def test_no_problem_needs_no_follow_up(story: Story) -> None:
    await story.completed()
    follow_up = (await story.get(UNIT, API)).json()["follow_up"]
    assert (follow_up["kind"], follow_up["open"]) == ("none", False)


@pytest.mark.article(13, 15)
@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({"rectify_by": None}, "rectify_by"),
        ({"rectify_by": "2020-01-01"}, "rectify_by"),
        ({"requirements": ""}, "requirements"),
        ({"follow_up": "supervision"}, "follow_up"),
        ({"follow_up": "none"}, "follow_up"),
    ],
)
async def test_rectification_has_deadline_and_requirements(story: Story, change: dict[str, Any], lacking: str) -> None:
    await story.filled(item1=FAILED, conclusion=rectify(**change))
    assert lacking in await story.missing()


@pytest.mark.article(13, 15)
async def test_rectification_is_owned_by_the_unit_until_it_closes_it(story: Story) -> None:
    await story.completed(item1=FAILED, conclusion=rectify())
    follow_up = (await story.get(UNIT, API)).json()["follow_up"]
    assert (follow_up["kind"], follow_up["owner_unit_id"], follow_up["open"]) == ("rectification", "u-311", True)
    assert "三人九月工资未付" in (await story.get(UNIT, f"{AT}/rectification")).text
    assert (await story.post(LEADER, f"{API}/follow-up/close", {"outcome": "已改"})).status_code == 403
    assert (await story.post(OTHER_COUNTY, f"{API}/follow-up/close", {"outcome": "已改"})).status_code == 404
    assert (await story.post(UNIT, f"{API}/follow-up/close", {"outcome": "已补发工资"})).status_code == 200
    assert (await story.post(UNIT, f"{API}/follow-up/close", {"outcome": "再次"})).status_code == 409
    [(_, said)] = await story.house.said("inspection.follow_up_closed")
    assert "已补发工资" in said


@pytest.mark.article(11, 15)
async def test_a_clue_goes_to_another_department_and_its_answer_comes_back(story: Story) -> None:
    await story.completed(item1=FAILED, conclusion={"subject_result": "A", "follow_up": "other_department"})
    refused = await story.post(UNIT, f"{API}/follow-up/close", {"outcome": "已通报"})
    assert refused.status_code == 409
    assert "第十一条" in refused.text
    body = {"department": "税务局", "clue": "涉嫌虚开发票"}
    ids = {(await story.post(LEADER, f"{API}/transfers", body)).json()["transfer_id"] for _ in range(2)}
    assert len(ids) == 1
    answered = await story.post(UNIT, f"{API}/transfers/{ids.pop()}/feedback", {"feedback": "已立案"})
    assert answered.status_code == 200
    [transfer] = (await story.get(UNIT, API)).json()["transfers"]
    assert (transfer["department"], transfer["feedback"]) == ("税务局", "已立案")
    again = await story.post(UNIT, f"{API}/transfers/{transfer['transfer_id']}/feedback", {"feedback": "改"})
    assert again.status_code == 409
    assert (await story.post(UNIT, f"{API}/follow-up/close", {"outcome": "税务局已立案"})).status_code == 200


@pytest.mark.article(14)
async def test_a_published_result_shows_on_the_case(story: Story) -> None:
    await story.completed()
    await publish(story)
    case = (await story.get(UNIT, API)).json()
    assert (case["state"], case["published_address"]) == ("published", "/public/results/p-1")


@pytest.mark.article(13)
async def test_the_archive_holds_every_paper_under_its_digest(story: Story) -> None:
    await story.filled(item1=FAILED, conclusion=rectify())
    await story.upload(LEADER, "item/0101")
    await story.post(LEADER, f"{API}/complete")
    package = zipfile.ZipFile(io.BytesIO((await story.get(UNIT, f"{AT}/archive.zip")).content))
    catalogue = json.loads(package.read("目录.json"))
    listed = {entry["name"]: entry["sha256"] for entry in catalogue["documents"]}
    assert set(listed) == {
        "sunlot.css", "检查通知书.html", "实地核查记录表.html", "责令整改通知书.html", "记录.json", "证据/01.jpg",
    }  # fmt: skip
    assert {name: hashlib.sha256(package.read(name)).hexdigest() for name in listed} == listed
    assert listed["记录.json"] == catalogue["record_sha256"]
    assert (await story.get(UNIT, f"{AT}/archive.json")).json()["documents"] == catalogue["documents"]


@pytest.mark.article(13)
async def test_the_archive_closes_after_publication_and_follow_up(story: Story) -> None:
    await story.completed(item1=FAILED, conclusion=rectify())
    assert (await story.form(UNIT, f"{AT}/archive")).status_code == 409
    await publish(story)
    refused = await story.form(UNIT, f"{AT}/archive")
    assert refused.status_code == 409
    assert "后续监管尚未办结" in refused.text
    await story.post(UNIT, f"{API}/follow-up/close", {"outcome": "已补发"})
    assert (await story.form(UNIT, f"{AT}/archive")).status_code == 303
    before = (await story.get(UNIT, f"{AT}/archive.json")).json()
    await story.post(LEADER, f"{API}/supplements", {"text": "归档后补充"})
    assert (await story.get(UNIT, f"{AT}/archive.json")).json() == before
    assert before["archived_at"]
    assert (await story.form(UNIT, f"{AT}/archive")).status_code == 409
