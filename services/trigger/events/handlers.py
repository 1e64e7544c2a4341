"""What trigger does on hearing what."""

from libs.common.clock import now
from libs.common.db import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handler, Handlers
from services.trigger.domain.answer import WITHDRAWN
from services.trigger.domain.registry_signal import Limits
from services.trigger.events import received
from services.trigger.settings import TriggerSettings
from services.trigger.store import risk, triggers
from services.trigger.store.vault import Vault
from services.trigger.usecases.keep_subjects import keep_subjects
from services.trigger.usecases.tell_progress import tell_progress


def subjects_changed(settings: TriggerSettings) -> Handler:
    """Keep the newest of each subject, raise what its changes give reason for, and match what waited for it."""
    vault = Vault.from_setting(settings.field_keys)
    limits = Limits(settings.insured_share, settings.uninsured_at_least)

    async def keep(tx: Transaction, event: received.SubjectsChanged, envelope: Envelope) -> None:
        states = [state.model_dump() for state in event.subjects]
        await keep_subjects(tx, states, vault, limits, envelope.occurred_at, now())

    return keep


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
    for trigger_id in sorted(event.trigger_ids):
        await triggers.load(tx, trigger_id, lock=True)
        await triggers.forget_shared(tx, trigger_id, event.case_id, event.draw_id, event.subject.uscc)
    await _keep_case(tx, event.trigger_ids, event.case_id, draw_id=event.draw_id, uscc=event.subject.uscc)


async def case_extended(tx: Transaction, event: received.CaseExtended, _: Envelope) -> None:
    """A drawn subject is inspected in another task's case; what was heard of its own case counts more."""
    for trigger_id in sorted(event.trigger_ids):
        await triggers.load(tx, trigger_id, lock=True)
        if not await triggers.has_case(tx, trigger_id, event.draw_id, event.uscc):
            await _keep_case(tx, [trigger_id], event.case_id, draw_id=event.draw_id, uscc=event.uscc)


async def case_withdrawn(tx: Transaction, event: received.CaseWithdrawn, _: Envelope) -> None:
    """Nobody waits for its result any more."""
    for trigger_id in await triggers.withdraw(tx, event.case_id, event.draw_id, WITHDRAWN):
        await tell_progress(tx, trigger_id, now())


async def inspection_completed(tx: Transaction, event: received.InspectionCompleted, _: Envelope) -> None:
    """An inspection is over, for every task that it served; what it found counts in the risk view."""
    await risk.keep_result(tx, event.case_id, event.uscc, event.subject_result, event.non_cooperation, event.ended_on)
    known = {"uscc": event.uscc, "subject_result": event.subject_result}
    await _keep_case(tx, event.trigger_ids, event.case_id, draw_id=event.draw_id, **known)
    for task in event.further_tasks:
        await _keep_case(tx, task.trigger_ids, event.case_id, draw_id=task.draw_id, **known)


async def result_published(tx: Transaction, event: received.ResultPublished, _: Envelope) -> None:
    """A result is public."""
    await _keep_case(tx, event.trigger_ids, event.case_id, uscc=event.uscc, published=True)


async def _keep_case(tx: Transaction, trigger_ids: list[str], case_id: str, **known: str | bool) -> None:
    for trigger_id in sorted(trigger_ids):
        await triggers.keep_case(tx, trigger_id, case_id, **known)
        await tell_progress(tx, trigger_id, now())


def handlers(settings: TriggerSettings) -> Handlers:
    """Every handler of this service."""
    heard = Handlers()
    heard.on(received.SubjectsChanged, subjects_changed(settings))
    heard.on(received.PlanPublished, plan_published)
    heard.on(received.SubjectsDrawn, subjects_drawn)
    heard.on(received.CaseDispatched, case_dispatched)
    heard.on(received.CaseExtended, case_extended)
    heard.on(received.CaseWithdrawn, case_withdrawn)
    heard.on(received.InspectionCompleted, inspection_completed)
    heard.on(received.ResultPublished, result_published)
    return heard
