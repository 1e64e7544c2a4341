"""What trigger does on hearing what."""

from libs.common.clock import now
from libs.common.db import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from services.trigger.events import received
from services.trigger.settings import TriggerSettings
from services.trigger.store import triggers
from services.trigger.usecases.keep_subjects import keep_subjects
from services.trigger.usecases.tell_progress import tell_progress


async def subjects_changed(tx: Transaction, event: received.SubjectsChanged, _: Envelope) -> None:
    """Keep the newest of each subject and match what waited for it."""
    await keep_subjects(tx, [state.model_dump() for state in event.subjects], now())


async def plan_published(tx: Transaction, event: received.PlanPublished, _: Envelope) -> None:
    """The trigger's page links to its plan."""
    for trigger_id in event.trigger_ids:
        await triggers.set_plan(tx, trigger_id, event.plan_id, event.name)


async def subjects_drawn(tx: Transaction, event: received.SubjectsDrawn, _: Envelope) -> None:
    """Know how many cases to expect."""
    for trigger_id in sorted(event.trigger_ids):
        await triggers.keep_draw(tx, trigger_id, event.draw_id, event.drawn)
        await tell_progress(tx, trigger_id, now())


async def case_dispatched(tx: Transaction, event: received.CaseDispatched, _: Envelope) -> None:
    """A subject was handed to the unit that inspects it."""
    await _keep_case(tx, event.trigger_ids, event.case_id, draw_id=event.draw_id, uscc=event.subject.uscc)


async def inspection_completed(tx: Transaction, event: received.InspectionCompleted, _: Envelope) -> None:
    """An inspection is over."""
    known = {"draw_id": event.draw_id, "uscc": event.uscc, "subject_result": event.subject_result}
    await _keep_case(tx, event.trigger_ids, event.case_id, **known)


async def result_published(tx: Transaction, event: received.ResultPublished, _: Envelope) -> None:
    """A result is public."""
    await _keep_case(tx, event.trigger_ids, event.case_id, uscc=event.uscc, published=True)


async def _keep_case(tx: Transaction, trigger_ids: list[str], case_id: str, **known: str | bool) -> None:
    for trigger_id in sorted(trigger_ids):
        await triggers.keep_case(tx, trigger_id, case_id, **known)
        await tell_progress(tx, trigger_id, now())


def handlers(_settings: TriggerSettings) -> Handlers:
    """Every handler of this service."""
    heard = Handlers()
    heard.on(received.SubjectsChanged, subjects_changed)
    heard.on(received.PlanPublished, plan_published)
    heard.on(received.SubjectsDrawn, subjects_drawn)
    heard.on(received.CaseDispatched, case_dispatched)
    heard.on(received.InspectionCompleted, inspection_completed)
    heard.on(received.ResultPublished, result_published)
    return heard
