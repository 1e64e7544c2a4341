"""Make the next edition of a certificate, announce it, and tell whoever inspects what changed (细则第五条、第十条)."""

from datetime import datetime

from libs.common.canonical import sha256_hex
from libs.common.db.transaction import Transaction
from libs.common.errors import OutOfOrder
from services.draw.domain.commitment import utc_text
from services.draw.domain.deal import Deal
from services.draw.domain.dispatch import dispatches
from services.draw.domain.draw_state import DrawState
from services.draw.domain.editions import edition_of, next_edition
from services.draw.domain.lottery import Drawn
from services.draw.domain.replacement import Entry, Fresh, Reserve, Swap, Void
from services.draw.events.published import CaseOfficer, CaseWithdrawn, CertificateAmended, OfficersReplaced
from services.draw.store.amendments import add_edition
from services.draw.store.cases import change_team, withdraw_case
from services.draw.store.plans import load_plan, load_task
from services.draw.store.reference import inspecting_units, officers_by_id
from services.draw.store.visits import change_joined_team, joined_draws, part, visits_of_draw
from services.draw.usecases.hand_over import Matter, hand_over
from services.draw.usecases.open_certificate import OpenCertificate, case_places
from services.draw.usecases.part_visit import part_visit


class CaseEnded(OutOfOrder):
    """What an inspection found is not undone by changing the list."""

    detail = (
        "这一户的检查已经结束，名单不能再变更。查无下落、拒不配合等都是检查结果，不是作废；"
        "结果有误的，请在结果公示中更正（细则第十二条、第十六条）。"
    )


def moment(opened: OpenCertificate, now: datetime) -> str:
    """The time of the next entry, never before that of the last one."""
    last = opened.standing.entries[-1].at if opened.standing.entries else ""
    return max(utc_text(now), last)


async def amend(tx: Transaction, opened: OpenCertificate, entry: Entry, now: datetime, merge_days: int = 0) -> int:
    """Take `entry` into the next edition and return its number; `merge_days` as in `hand_over`.

    Raises CaseEnded, ReplacementInvalid and others.
    """
    opened.standing.apply(entry)
    draw = opened.record.draw
    document = next_edition(opened.newest, [entry])
    edition = edition_of(opened.document) + 1
    await add_edition(tx, draw.draw_id, edition, document, now)
    tx.emit(
        CertificateAmended(
            draw_id=draw.draw_id,
            edition=edition,
            kind=entry.document()["kind"],
            certificate_sha256=sha256_hex(document),
            previous_sha256=sha256_hex(opened.newest),
            amended_at=now,
        ),
        aggregate=f"draw/{draw.draw_id}",
        county=opened.record.county,
    )
    # A list on its way is read again after each change; only what has gone out already is to be told.
    if draw.state in {DrawState.DISPATCHING, DrawState.DISPATCHED}:
        match entry:
            case Void():
                await _withdraw(tx, opened, entry, now)
            case Reserve():
                await _hand_over(tx, opened, entry, now, merge_days)
            case Swap():
                await _replace_officer(tx, opened, entry, now)
            case Fresh():
                pass  # its own draw is dispatched by itself
    return edition


async def must_be_open(tx: Transaction, draw_id: str, subject: str) -> None:
    """Refuse to change what concerns a subject whose inspection has ended. Raises CaseEnded."""
    visit = (await visits_of_draw(tx, draw_id, [subject])).get(subject)
    if visit is not None and visit["result"] is not None:
        raise CaseEnded


async def _withdraw(tx: Transaction, opened: OpenCertificate, entry: Void, now: datetime) -> None:
    draw_id = opened.record.draw.draw_id
    await must_be_open(tx, draw_id, entry.subject)
    visit = (await visits_of_draw(tx, draw_id, [entry.subject])).get(entry.subject)
    if visit is None:
        return
    case_id: str = visit["case_id"]
    if visit["joined"]:
        await part(tx, case_id, draw_id, entry.reason.label, now)
    else:
        # Other tasks that had joined this visit draw the same firm still: each goes on with a case of its own.
        for other in await joined_draws(tx, case_id):
            await part_visit(tx, case_id, other, f"共同检查已撤回：{entry.reason.label}", now)
        await withdraw_case(tx, case_id, entry.reason.label)
    tx.emit(
        CaseWithdrawn(case_id=case_id, draw_id=draw_id, reason=entry.reason.label, at=now),
        aggregate=f"case/{case_id}",
        county=visit["county"],
    )


async def _hand_over(tx: Transaction, opened: OpenCertificate, entry: Reserve, now: datetime, merge_days: int) -> None:
    draw = opened.record.draw
    task = await load_task(tx, draw.task_id, to_change=True)
    plan = await load_plan(tx, task.task.plan_id)
    taken = entry.taken
    handed = dispatches(
        draw.draw_id,
        [Drawn(taken.ticket, taken.id, taken.stratum, opened.rows[taken.id].county)],
        Deal(((taken.id, entry.officers),), ()),
        task.task.items,
        {county: row["unit_id"] for county, row in (await inspecting_units(tx)).items()},
        await case_places(tx, opened),
    )
    # The team of a reserve is always the rule's, also where the draw's own teams were chosen.
    await hand_over(tx, Matter(task, plan, direct=False), handed, merge_days, now)


async def _replace_officer(tx: Transaction, opened: OpenCertificate, entry: Swap, now: datetime) -> None:
    draw_id = opened.record.draw.draw_id
    await must_be_open(tx, draw_id, entry.subject)
    visit = (await visits_of_draw(tx, draw_id, [entry.subject])).get(entry.subject)
    if visit is None:
        return
    team = opened.standing.teams[entry.subject]
    if visit["joined"]:
        # The visit is made by the team of the task that it belongs to; this one waits for the day when they part.
        await change_joined_team(tx, visit["case_id"], draw_id, team)
        return
    await change_team(tx, visit["case_id"], team)
    incoming = (await officers_by_id(tx, [entry.into]))[entry.into]
    tx.emit(
        OfficersReplaced(
            case_id=visit["case_id"],
            draw_id=draw_id,
            seat=entry.seat,
            out=entry.out,
            incoming=CaseOfficer(
                officer_id=entry.into,
                name=incoming["name"],
                certificate_number=incoming["certificate_number"],
            ),
            reason=entry.reason.value,
            at=now,
        ),
        aggregate=f"case/{visit['case_id']}",
        county=visit["county"],
    )
