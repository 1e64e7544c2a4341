"""What inspection does on hearing what."""

from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from services.inspection.domain.check_table import CheckItem, CheckPoint
from services.inspection.domain.dispatch import Dispatch, Subject, TeamMember
from services.inspection.domain.team import RosterEntry
from services.inspection.domain.visit import FurtherTask, Replacement
from services.inspection.events import received
from services.inspection.settings import InspectionSettings
from services.inspection.store import reference
from services.inspection.usecases.extend_case import extend_case
from services.inspection.usecases.mark_published import mark_published
from services.inspection.usecases.replace_officer import replace_officer
from services.inspection.usecases.take_case import take_case
from services.inspection.usecases.withdraw_case import withdraw_case


def handlers(_settings: InspectionSettings) -> Handlers:
    """Every handler of this service."""
    known = Handlers()
    known.on(received.CaseDispatched, _case_dispatched)
    known.on(received.CaseExtended, _case_extended)
    known.on(received.CaseWithdrawn, _case_withdrawn)
    known.on(received.OfficersReplaced, _officers_replaced)
    known.on(received.ItemsPublished, _items_published)
    known.on(received.OfficersChanged, _officers_changed)
    known.on(received.UnitsChanged, _units_changed)
    known.on(received.ResultPublished, _result_published)
    return known


async def _case_dispatched(tx: Transaction, event: received.CaseDispatched, envelope: Envelope) -> None:
    tx.follow(envelope.correlation_id)
    values = {name: getattr(event, name) for name in Dispatch.__dataclass_fields__}
    values |= {
        "subject": Subject(**event.subject.model_dump()),
        "officers": tuple(TeamMember(**officer.model_dump()) for officer in event.officers),
        "item_codes": tuple(event.item_codes),
        "trigger_ids": tuple(event.trigger_ids),
        "sections": tuple(event.sections),
        "participants": tuple(event.participants),
    }
    await take_case(tx, Dispatch(**values))


async def _case_extended(tx: Transaction, event: received.CaseExtended, envelope: Envelope) -> None:
    tx.follow(envelope.correlation_id)
    values = {name: getattr(event, name) for name in FurtherTask.__dataclass_fields__}
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    await extend_case(tx, event.case_id, event.uscc, FurtherTask(**values), envelope.occurred_at)


async def _case_withdrawn(tx: Transaction, event: received.CaseWithdrawn, envelope: Envelope) -> None:
    tx.follow(envelope.correlation_id)
    await withdraw_case(tx, event.case_id, event.draw_id, event.reason, envelope.occurred_at)


async def _officers_replaced(tx: Transaction, event: received.OfficersReplaced, envelope: Envelope) -> None:
    tx.follow(envelope.correlation_id)
    incoming = TeamMember(**event.incoming.model_dump())
    replacement = Replacement(event.out, incoming, event.reason, event.at)
    await replace_officer(tx, event.case_id, event.draw_id, replacement, envelope.occurred_at)


async def _items_published(tx: Transaction, event: received.ItemsPublished, _envelope: Envelope) -> None:
    for item in event.items:
        values = {name: getattr(item, name) for name in CheckItem.__dataclass_fields__}
        points = tuple(CheckPoint(point.text, point.method, tuple(point.materials)) for point in item.check_points)
        await reference.save_item(tx, CheckItem(**{**values, "methods": tuple(item.methods), "check_points": points}))


async def _officers_changed(tx: Transaction, event: received.OfficersChanged, _envelope: Envelope) -> None:
    for officer in event.officers:
        values = {name: getattr(officer, name) for name in RosterEntry.__dataclass_fields__}
        lists = {"recusals": tuple(officer.recusals), "items_allowed": tuple(officer.items_allowed)}
        entry = RosterEntry(**{**values, **lists})
        await reference.save_officer(tx, entry, officer.version)


async def _units_changed(tx: Transaction, event: received.UnitsChanged, _envelope: Envelope) -> None:
    for unit in event.units:
        await reference.save_unit(tx, unit.unit_id, unit.version, unit.name, unit.county)


async def _result_published(tx: Transaction, event: received.ResultPublished, envelope: Envelope) -> None:
    tx.follow(envelope.correlation_id)
    await mark_published(tx, event.case_id, event.address, event.published_at)
