"""Answers go back signed, in order, once, and are not lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from deploy.standins.hotline import Hotline, create_app
from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.draw.events.published import CaseDispatched, CaseOfficer, CaseSubject, PlanPublished, SubjectsDrawn
from services.inspection.events.published import InspectionCompleted
from services.publicity.events.published import ResultPublished
from services.trigger.app import SERVICE
from services.trigger.domain.delivery import GIVE_UP_AFTER, next_attempt
from services.trigger.loops.push_due import push_to
from services.trigger.settings import TriggerSettings
from services.trigger.store import answers as store
from services.trigger.store.tables import answers, triggers
from services.trigger.store.vault import Vault
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, Platform, order, register, subject, tell_subjects

CALLBACK = "http://hotline.test/answers"


class World:
    """Trigger, its platform, and the hotline stand-in that takes the answers."""

    def __init__(self, house: House, platform: Platform) -> None:
        self.house = house
        self.platform = platform
        # Sunlot signs with the newest key.
        self.hotline = Hotline("http://sunlot.test", platform.code, platform.keys[-1])
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(self.hotline)))
        assert isinstance(house.settings, TriggerSettings)
        self.vault = Vault.from_setting(house.settings.field_keys)

    async def push(self) -> int:
        """One look of the loop, with everything due."""
        return await push_to(self.house.database, self.client, self.vault, self.platform.code)

    async def push_all(self) -> None:
        """Until nothing is due."""
        while await self.push():
            pass

    async def due_now(self) -> None:
        """As if the pause were over."""
        async with self.house.database.transaction() as tx:
            await tx.execute(update(answers).where(answers.c.state == "waiting").values(next_attempt_at=clock.now()))

    def told(self, order_id: str) -> list[str]:
        """The stages that the hotline has of one order, as they came."""
        return [a["stage"] for a in self.hotline.answers.values() if a["order_id"] == order_id]


@pytest.fixture
async def world(make_house: MakeHouse) -> AsyncIterator[World]:
    house = await make_house(SERVICE)
    await tell_subjects(house, *(subject(number) for number in range(4)))
    made = World(house, await register(house, callback=CALLBACK))
    yield made
    await made.client.aclose()


async def fire(world: World) -> str:
    """Three complaints about subjects 0, 1, 2; the trigger's id."""
    for number in range(3):
        await world.platform.send(order(f"A-{number:03d}", about=subject(number)))
    async with world.house.database.transaction() as tx:
        return str(await tx.scalar(select(triggers.c.trigger_id)))


def dispatched(case: str, number: int, trigger: str) -> CaseDispatched:
    return CaseDispatched(
        case_id=case, draw_id="t-1", task_id="t", task_name="某任务", plan_id="p", plan_name="某计划", directed=True,
        county=LUOLONG, unit_id="u", unit_name="某单位",
        subject=CaseSubject(
            uscc=subject(number).uscc, name=subject(number).name, kind="企业", address="某路",
            legal_representative="某甲", industry="I6520", scale="小", headcount=1, insured_headcount=1,
            inspections_this_year=0,
        ),
        officers=[CaseOfficer(officer_id="o", name="某", certificate_number="1")], assignment="random",
        item_codes=["HRSS-001"], trigger_ids=[trigger], source="投诉举报", urgent=False, finish_by=date(2026, 12, 1),
        dispatched_at=clock.now(),
    )  # fmt: skip


def completed(case: str, number: int, trigger: str, result: str) -> InspectionCompleted:
    return InspectionCompleted(
        case_id=case, draw_id="t-1", task_id="t", task_name="某任务", plan_id="p", plan_name="某计划", directed=True,
        county=LUOLONG, unit_id="u", unit_name="某单位", uscc=subject(number).uscc, subject_name=subject(number).name,
        subject_kind="企业", trigger_ids=[trigger], methods=["1"], started_on=date(2026, 11, 20),
        ended_on=date(2026, 11, 21), subject_result=result, item_results=[], non_cooperation=[], officers=[],
        recorded_by="x", follow_up="none", record_sha256="0" * 64,
    )  # fmt: skip


def published(case: str, number: int, trigger: str) -> ResultPublished:
    return ResultPublished(
        publication_id=f"p-{case}", case_id=case, county=LUOLONG, uscc=subject(number).uscc, trigger_ids=[trigger],
        published_at=clock.now(), in_time=True, address="/public/results/1",
    )  # fmt: skip


async def inspect_all(house: House, trigger: str) -> None:
    """Subjects 0 (complained of) and 3 (not) are drawn, inspected and published; the messages come out of order."""
    await house.hear(
        PlanPublished(
            plan_id="p", name="某计划", year=2026, kind="触发", document_number="1", authority="某局", county=LUOLONG,
            scope="", ratio={}, trigger_ids=[trigger], approved_at=clock.now(),
        ),
        aggregate="plan/p",
    )  # fmt: skip
    await house.hear(published("t-0001", 0, trigger), aggregate="publication/1")
    await house.hear(dispatched("t-0001", 0, trigger), aggregate="case/t-0001")
    await house.hear(
        SubjectsDrawn(
            draw_id="t-1", task_id="t", plan_id="p", trigger_ids=[trigger], pool_rows=90, drawn=2,
            result_sha256="0" * 64, certificate_sha256="0" * 64,
        ),
        aggregate="draw/t-1",
    )  # fmt: skip
    await house.hear(dispatched("t-0002", 3, trigger), aggregate="case/t-0002")
    await house.hear(completed("t-0001", 0, trigger, "E"), aggregate="icase/t-0001")
    await house.hear(completed("t-0002", 3, trigger, "8"), aggregate="icase/t-0002")
    await house.hear(published("t-0002", 3, trigger), aggregate="publication/2")


@pytest.mark.article(7, 14)
async def test_every_complainant_hears_each_stage_once_and_in_order(world: World) -> None:
    trigger = await fire(world)
    await inspect_all(world.house, trigger)
    await world.push_all()
    for number in range(3):
        assert world.told(f"A-{number:03d}") == ["accepted", "matched", "dispatched", "outcome", "published"]
    assert (world.hotline.repeated, world.hotline.rejected, world.hotline.out_of_order) == (0, 0, 0)
    async with world.house.client(actor(Role.LEAD)) as client:
        page = await client.get(f"/trigger/triggers/{trigger}")
        assert "/draw/plans/p" in page.text
        assert "2 户" in page.text


async def test_no_answer_names_a_firm_a_place_or_the_complaint(world: World) -> None:
    await inspect_all(world.house, await fire(world))
    await world.push_all()
    told = [json.dumps(answer, ensure_ascii=False) for answer in world.hotline.answers.values()]
    secret = ["恒通", "洛龙", "拖欠三个月", "来电人", "某路", *(subject(number).uscc for number in range(4))]
    assert [word for word in secret for text in told if word in text] == []
    others = [a["text"] for a in world.hotline.answers.values() if a["order_id"] != "A-000"]
    assert not any("责令" in text or "不配合" in text for text in others)
    own = [a["text"] for a in world.hotline.answers.values() if a["order_id"] == "A-000"]
    assert any("责令改正" in text for text in own)


async def test_who_complains_after_it_fired_is_answered_with_the_others(world: World) -> None:
    trigger = await fire(world)
    await inspect_all(world.house, trigger)
    await world.platform.send(order("A-009", about=subject(1)))
    await world.push_all()
    assert world.told("A-009") == ["accepted", "matched", "dispatched", "outcome", "published"]


@pytest.mark.parametrize("failure", ["down", "refuse"])
async def test_what_the_platform_does_not_take_is_tried_again_in_order(world: World, failure: Any) -> None:
    world.hotline.failures.answers = failure
    await world.platform.send(order("A-001", about=subject(1)))
    assert await world.push() == 1  # the second waits for the first
    assert await world.push() == 0  # and the first for its pause
    world.hotline.failures.answers = "ok"
    await world.due_now()
    await world.push_all()
    assert world.told("A-001") == ["accepted", "matched"]


async def test_a_push_that_dies_before_it_is_saved_is_repeated_under_the_same_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.platform.send(order("A-001"))

    async def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "delivered", die)
        with pytest.raises(KeyboardInterrupt):
            await world.push()
    assert world.told("A-001") == ["accepted"]
    assert await world.push() == 0  # its lease has not ended
    await world.due_now()
    await world.push_all()
    assert world.told("A-001") == ["accepted"]
    assert world.hotline.repeated == 1


async def test_an_answer_kept_but_not_confirmed_comes_again_as_a_copy(world: World) -> None:
    world.hotline.failures.answers = "lost"
    await world.platform.send(order("A-001"))
    await world.push()
    world.hotline.failures.answers = "ok"
    await world.due_now()
    await world.push_all()
    assert (len(world.hotline.answers), world.hotline.repeated) == (1, 1)


async def test_two_workers_push_each_answer_once(world: World) -> None:
    for number in range(12):
        await world.platform.send(order(f"A-{number:03d}", about=subject(number % 4)))
    await asyncio.gather(world.push_all(), world.push_all())
    await world.push_all()
    assert (world.hotline.repeated, world.hotline.out_of_order) == (0, 0)
    assert len(world.hotline.answers) == 24


async def test_an_answer_can_be_sent_again_by_hand(world: World) -> None:
    await world.platform.send(order("A-001"))
    await world.push_all()
    lead = actor(Role.LEAD)
    async with world.house.client(lead) as client:
        (row,) = (await client.get("/trigger/api/v1/answers")).json()["items"]
        again = await client.post(f"/trigger/answers/{row['answer_id']}/replay", data={"csrf": lead.csrf})
    assert again.status_code == 303
    await world.push_all()
    assert world.hotline.repeated == 1


def test_the_pause_grows_and_after_seven_days_a_person_decides() -> None:
    now = clock.now()
    pauses = [next_attempt(n, now, now) for n in range(1, 12)]
    assert pauses == sorted(pauses, key=lambda at: at or now)
    assert next_attempt(40, now - timedelta(days=6), now) is not None
    assert next_attempt(40, now - GIVE_UP_AFTER, now) is None
    tries = [now]
    while again := next_attempt(len(tries), now, tries[-1]):
        tries.append(again)
    assert timedelta(days=7) <= tries[-1] - now <= timedelta(days=7, hours=6)
