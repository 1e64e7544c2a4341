"""What draw says of a case between its dispatch and its start."""

from datetime import UTC, date, datetime
from typing import Any

from libs.common import clock
from libs.common.messaging.inbox import Outcome
from services.draw.events.published import CaseExtended, CaseOfficer, CaseWithdrawn, OfficersReplaced
from tests.inspection.story import API, CASE, COUNTY, LEADER, UNIT, Story, item_state

INSURANCE = "0201"
SECOND_DRAW = "410311202611250001-1"
USCC = "91330000566997460T"


def extension(**changes: Any) -> CaseExtended:
    """The insurance section's task drew the same firm."""
    values: dict[str, Any] = {
        "case_id": CASE,
        "draw_id": SECOND_DRAW,
        "task_id": "410311202611250001",
        "task_name": "社会保险专项抽查",
        "plan_id": "41030020261002",
        "plan_name": "2026年社会保险抽查计划",
        "directed": True,
        "county": COUNTY,
        "uscc": USCC,
        "item_codes": [INSURANCE],
        "sections": ["社会保险科"],
        "participants": ["市市场监管局"],
        "trigger_ids": ["t-2"],
        "source": "风险防控",
        "urgent": False,
        "finish_by": date(2999, 1, 1),
        "extended_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return CaseExtended(**(values | changes))


async def extend(story: Story, **changes: Any) -> Outcome:
    """Draw extends the case; its item is known."""
    await story.items(item_state(INSURANCE, name="参保缴费情况", section="社会保险科", category="02 社会保险"))
    event = extension(**changes)
    return await story.house.hear(event, aggregate=f"case/{event.case_id}", county=COUNTY)


async def withdraw(story: Story, draw_id: str = "d-1") -> None:
    """Draw takes the case back, or a task's part of it."""
    event = CaseWithdrawn(case_id=CASE, draw_id=draw_id, reason="deregistered", at=clock.now())
    await story.house.hear(event, aggregate=f"case/{CASE}", county=COUNTY)


async def put_in(story: Story, out: str = "o-2", incoming: str = "o-3") -> None:
    """Draw puts another officer in the place of one."""
    event = OfficersReplaced(
        case_id=CASE,
        draw_id="d-1",
        seat=2,
        out=out,
        incoming=CaseOfficer(officer_id=incoming, name="王五", certificate_number=f"豫C{incoming}"),
        reason="recusal_requested",
        at=clock.now(),
    )
    await story.house.hear(event, aggregate=f"case/{CASE}", county=COUNTY)


async def case(story: Story) -> dict[str, Any]:
    """The case as the unit's program sees it."""
    found: dict[str, Any] = (await story.get(UNIT, API)).json()
    return found


async def code_of(story: Story) -> str:
    """The notice's code."""
    return str((await story.get(LEADER, API)).json()["notice"]["code"])
