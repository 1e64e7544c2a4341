"""What publicity does on hearing what."""

from collections.abc import Mapping

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from services.publicity.domain.content import Content, ItemOutcome, TaskServed
from services.publicity.domain.log import Kind
from services.publicity.domain.note import Signer
from services.publicity.events import received
from services.publicity.settings import PublicitySettings
from services.publicity.store.catalogue import keep_items, keep_plan, keep_task
from services.publicity.usecases.close_follow_up import close_follow_up
from services.publicity.usecases.log_draw import log_commitment, log_draw_step, log_edition
from services.publicity.usecases.open_publication import open_publication


def handlers(settings: PublicitySettings) -> Handlers:
    """Every handler of this service."""
    all_handlers = Handlers()
    _on_draws(all_handlers, settings.signer)
    all_handlers.on(received.ItemsPublished, _items_published)
    all_handlers.on(received.PlanPublished, _plan_published)
    all_handlers.on(received.TaskPublished, _task_published)
    all_handlers.on(received.InspectionCompleted, _inspection_completed)
    all_handlers.on(received.FollowUpClosed, _follow_up_closed)
    return all_handlers


def _on_draws(all_handlers: Handlers, signer: Signer) -> None:
    async def committed(tx: Transaction, event: received.DrawCommitted, envelope: Envelope) -> None:
        await log_commitment(
            tx, event.draw_id, event.task_id, event.commit, event.commit_sha256,
            signer=signer, county=envelope.county, now=clock.now(),
        )  # fmt: skip

    async def seed_fixed(tx: Transaction, event: received.SeedFixed, envelope: Envelope) -> None:
        data = {"seed_txt": event.seed_txt, "seed_sha256": event.seed_sha256}
        await step(tx, Kind.DRAW_SEED, event.draw_id, data, envelope)

    async def drawn(tx: Transaction, event: received.SubjectsDrawn, envelope: Envelope) -> None:
        data = event.model_dump(mode="json", exclude={"draw_id"})
        await step(tx, Kind.DRAW_RESULT, event.draw_id, data, envelope)

    async def aborted(tx: Transaction, event: received.DrawAborted, envelope: Envelope) -> None:
        await step(tx, Kind.DRAW_ABORT, event.draw_id, {"reason": event.reason}, envelope)

    async def opened(tx: Transaction, event: received.SealOpened, envelope: Envelope) -> None:
        data = event.model_dump(mode="json", exclude={"draw_id"})
        await step(tx, Kind.DRAW_OPENED, event.draw_id, data, envelope)

    async def amended(tx: Transaction, event: received.CertificateAmended, envelope: Envelope) -> None:
        data = event.model_dump(mode="json")
        await log_edition(
            tx, event.draw_id, event.edition, data, signer=signer, county=envelope.county, now=clock.now()
        )

    async def step(tx: Transaction, kind: Kind, draw_id: str, data: Mapping[str, object], envelope: Envelope) -> None:
        await log_draw_step(tx, kind, draw_id, data, signer=signer, county=envelope.county, now=clock.now())

    all_handlers.on(received.DrawCommitted, committed)
    all_handlers.on(received.SeedFixed, seed_fixed)
    all_handlers.on(received.SubjectsDrawn, drawn)
    all_handlers.on(received.DrawAborted, aborted)
    all_handlers.on(received.CertificateAmended, amended)
    all_handlers.on(received.SealOpened, opened)


async def _items_published(tx: Transaction, event: received.ItemsPublished, _: Envelope) -> None:
    await keep_items(tx, [item.model_dump() for item in event.items])


async def _plan_published(tx: Transaction, event: received.PlanPublished, _: Envelope) -> None:
    await keep_plan(tx, event.model_dump())


async def _task_published(tx: Transaction, event: received.TaskPublished, _: Envelope) -> None:
    await keep_task(tx, event.model_dump())


async def _inspection_completed(tx: Transaction, event: received.InspectionCompleted, _: Envelope) -> None:
    triggers = (*event.trigger_ids, *(one for task in event.further_tasks for one in task.trigger_ids))
    await open_publication(tx, _content(event), tuple(dict.fromkeys(triggers)), event.recorded_by, clock.now())


async def _follow_up_closed(tx: Transaction, event: received.FollowUpClosed, _: Envelope) -> None:
    await close_follow_up(tx, event.case_id, event.closed_on, clock.now())


def _content(event: received.InspectionCompleted) -> Content:
    return Content(
        case_id=event.case_id,
        draw_id=event.draw_id,
        task_id=event.task_id,
        task_name=event.task_name,
        plan_id=event.plan_id,
        plan_name=event.plan_name,
        directed=event.directed,
        county=event.county,
        unit_id=event.unit_id,
        unit_name=event.unit_name,
        uscc=event.uscc,
        subject_name=event.subject_name,
        subject_kind=event.subject_kind,
        methods=tuple(event.methods),
        started_on=event.started_on,
        ended_on=event.ended_on,
        subject_result=event.subject_result,
        items=tuple(ItemOutcome(item.item_code, item.item_name, item.result) for item in event.item_results),
        non_cooperation=tuple(event.non_cooperation),
        officers=tuple(officer.officer_id for officer in event.officers),
        follow_up=event.follow_up,
        record_sha256=event.record_sha256,
        item_codes=tuple(event.item_codes) if event.further_tasks else (),
        further_tasks=tuple(
            TaskServed(
                task.draw_id,
                task.task_id,
                task.task_name,
                task.plan_id,
                task.plan_name,
                task.directed,
                tuple(task.item_codes),
            )
            for task in event.further_tasks
        ),
    )
