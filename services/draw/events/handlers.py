"""What draw does on hearing what."""

from libs.common.clock import now
from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from libs.common.reference import county_name
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.rule import Filter, parse_filter
from services.draw.events import received
from services.draw.settings import DrawSettings
from services.draw.store import tables
from services.draw.store.amendments import note_edition_logged
from services.draw.store.cases import note_result
from services.draw.store.plans import Proposal
from services.draw.store.reference import keep_newest
from services.draw.store.visits import note_start
from services.draw.usecases.hold_ceremony import take_receipt
from services.draw.usecases.open_seal import take_result_receipt
from services.draw.usecases.part_visit import part_visit
from services.draw.usecases.propose_plan import TRIGGERED, ProposePlan, propose_plan
from services.draw.usecases.replace_recused import replace_recused

THE_RULE = "rule"  # who proposes a plan that a trigger calls for; any person may then approve it


async def subjects_changed(tx: Transaction, event: received.SubjectsChanged, _: Envelope) -> None:
    """Keep the newest of each subject."""
    await keep_newest(tx, tables.subjects, "uscc", [one.model_dump() for one in event.subjects])


async def officers_changed(tx: Transaction, event: received.OfficersChanged, _: Envelope) -> None:
    """Keep the newest of each officer."""
    await keep_newest(tx, tables.officers, "officer_id", [one.model_dump() for one in event.officers])


async def items_published(tx: Transaction, event: received.ItemsPublished, _: Envelope) -> None:
    """Keep the newest of each item."""
    await keep_newest(tx, tables.items, "code", [one.model_dump() for one in event.items])


async def units_changed(tx: Transaction, event: received.UnitsChanged, _: Envelope) -> None:
    """Keep the newest of each unit."""
    await keep_newest(tx, tables.units, "unit_id", [one.model_dump() for one in event.units])


async def trigger_fired(tx: Transaction, event: received.TriggerFired, envelope: Envelope) -> None:
    """Propose a plan with the trigger's own reasons; a person approves it (细则第二条、第四条)."""
    filter_ = _filter(event)
    place = county_name(event.county)
    command = ProposePlan(
        title=f"{place}触发式抽查（{event.rule_name}）",
        kind=TRIGGERED,
        county=event.county,
        scope=f"{place}辖区内符合抽取条件的检查对象",
        reason=event.reason,
        source=event.source,
        proposal=Proposal(
            title=f"{place}{'、'.join(event.item_categories)}专项抽查",
            filter=filter_,
            item_categories=tuple(event.item_categories),
            deadline=event.finish_by,
            urgent=event.urgent,
        ),
        triggers=(event.trigger_id,),
    )
    await propose_plan(tx, command, THE_RULE, envelope.occurred_at)


def _filter(event: received.TriggerFired) -> Filter:
    return parse_filter(
        [
            {"col": condition.col}
            | ({"in": condition.within} if condition.within else {})
            | ({"prefix": condition.prefix} if condition.prefix else {})
            for condition in event.filter
        ]
    )


async def entry_logged(tx: Transaction, event: received.EntryLogged, _: Envelope) -> None:
    """Take the receipt of a commitment, and of a sealed result; note an edition's; others are not ours to act on."""
    if event.kind == "draw-amendment":
        await note_edition_logged(tx, event.reference, event.index)
    if event.kind not in {"draw-commit", "draw-result"}:
        return
    receipt = LogReceipt(
        reference=event.reference,
        index=event.index,
        leaf_hash=event.leaf_hash,
        tree_size=event.tree_size,
        root_hash=event.root_hash,
        inclusion=tuple(event.inclusion),
        checkpoint=event.checkpoint,
        entry=event.entry,
    )
    if event.kind == "draw-result":
        await take_result_receipt(tx, event.reference, receipt)
    else:
        await take_receipt(tx, event.reference, receipt)


async def inspection_completed(tx: Transaction, event: received.InspectionCompleted, _: Envelope) -> None:
    """Keep the result for the summary of past draws."""
    await note_result(tx, event.case_id, event.subject_result, event.ended_on)


async def inspection_started(tx: Transaction, event: received.InspectionStarted, _: Envelope) -> None:
    """No other task can join this visit any more."""
    await note_start(tx, event.case_id, event.started_at)


async def extension_refused(tx: Transaction, event: received.ExtensionRefused, envelope: Envelope) -> None:
    """Give the task a case of its own."""
    await part_visit(tx, event.case_id, event.draw_id, event.reason, envelope.occurred_at)


def handlers(settings: DrawSettings) -> Handlers:
    """Every handler of this service."""

    async def recusal_granted(tx: Transaction, event: received.RecusalGranted, _: Envelope) -> None:
        await replace_recused(tx, settings, event.case_id, event.officer_id, event.at, now())

    known = Handlers()
    known.on(received.SubjectsChanged, subjects_changed)
    known.on(received.OfficersChanged, officers_changed)
    known.on(received.ItemsPublished, items_published)
    known.on(received.UnitsChanged, units_changed)
    known.on(received.TriggerFired, trigger_fired)
    known.on(received.EntryLogged, entry_logged)
    known.on(received.InspectionStarted, inspection_started)
    known.on(received.ExtensionRefused, extension_refused)
    known.on(received.InspectionCompleted, inspection_completed)
    known.on(received.RecusalGranted, recusal_granted)
    return known
