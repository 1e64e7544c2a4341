"""Direct assignment (直接选派): one person names the teams of the drawn firms, another approves (细则第二条)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid, OutOfOrder
from libs.common.http.auth import Actor
from services.draw.domain import draw_errors as errors
from services.draw.domain.certificate import Certificate
from services.draw.domain.commitment import DIRECT, RANDOM
from services.draw.domain.direct import (
    DirectChoice,
    DirectChoiceNeedsApprover,
    DirectChoiceUnreasoned,
    assign_directly,
    check_approver,
    choosable,
)
from services.draw.domain.draw import DrawState
from services.draw.domain.lottery import Drawn, Selection
from services.draw.domain.pool import is_plain
from services.draw.domain.roll import sentence
from services.draw.domain.roster import Roster, roster_from
from services.draw.domain.task import TaskNotOpen, TaskState
from services.draw.store import direct as store
from services.draw.store.draws import DrawRecord, last_attempt, load_draw, roster_bytes
from services.draw.store.plans import TaskRecord, load_task
from services.draw.store.roll import standings
from services.draw.usecases.draw_subjects import keep_result

LONGEST_REASON = 500


class MethodInvalid(Invalid):
    """There are two ways to find officers."""

    detail = "请选择随机抽取或直接选派（细则第二条）。"


class MethodFixed(OutOfOrder):
    """How officers are found is committed; an attempt that is under way keeps it."""

    detail = "抽取承诺已登记，选派方式不能再改（细则第五条）；要改须先中止本次抽取。"


class TeamsHandedIn(OutOfOrder):
    """What waits for approval is not changed any more."""

    detail = "选派已提交审批，不能再改；要改请先由审批人退回。"


class NothingHandedIn(OutOfOrder):
    """There is nothing to approve."""

    detail = "没有待审批的选派，请先由选派人提交。"


class SubjectNotDrawn(Invalid):
    """A team for a subject that was not drawn."""


class RefusalNeedsReason(Invalid):
    """Teams are sent back for a reason."""

    detail = "退回选派必须写明理由。"


@dataclass(frozen=True, slots=True)
class Choosing:
    """All that is needed to name teams; `unavailable` says why officers of the roster can't go any more."""

    record: DrawRecord
    task: TaskRecord
    selection: Selection
    roster: Roster
    unavailable: dict[str, str]
    drafts: dict[str, tuple[str, ...]]
    drafted_by: tuple[str, ...]
    choices: Sequence[RowMapping]

    @property
    def waiting(self) -> RowMapping | None:
        """The teams that wait for approval."""
        return self.choices[-1] if self.choices and self.choices[-1]["decided_by"] is None else None

    def choosable(self, subject: Drawn) -> tuple[str, ...]:
        """Who may be named for a subject."""
        return choosable(subject, self.roster, self.unavailable)


async def choose_method(tx: Transaction, task_id: str, method: str, reason: str, actor: Actor, now: datetime) -> None:
    """Decide, before a commitment, how a task's officers are found. Raises MethodFixed, DirectChoiceUnreasoned."""
    record = await load_task(tx, task_id, to_change=True)
    actor.must_see(record.county)
    if method not in {RANDOM, DIRECT}:
        raise MethodInvalid
    if record.task.state is not TaskState.OPEN:
        raise TaskNotOpen(f"任务 {task_id}{record.task.state.label}，不能再改选派方式（细则第七条）。")
    attempt = await last_attempt(tx, task_id)
    if attempt and attempt.state not in {DrawState.FROZEN, DrawState.ABORTED}:
        raise MethodFixed
    if method == DIRECT and not _reasoned(reason):
        raise DirectChoiceUnreasoned(fields=[FieldError("method_reason", DirectChoiceUnreasoned.detail)])
    known = await store.method_of(tx, task_id)
    if (known.method, known.reason) != (method, reason.strip()):
        chosen = store.Method(method, reason.strip(), actor.account_id, known.n + 1)
        await store.add_method(tx, task_id, chosen, now)


async def load_choosing(tx: Transaction, draw_id: str, actor: Actor, *, to_change: bool = False) -> Choosing:
    """What the person who names teams must know. Raises NothingSelected."""
    record = await load_draw(tx, draw_id, to_change=to_change)
    actor.must_see(record.county)
    selection = await store.selection_of(tx, draw_id)
    if selection is None or (to_change and record.draw.state is not DrawState.SELECTED):
        raise errors.NothingSelected(
            f"抽取 {draw_id} {record.draw.state.label}，不能选派检查人员：{errors.NothingSelected.missing}。"
        )
    task = await load_task(tx, record.draw.task_id)
    roster = roster_from(json.loads(await roster_bytes(tx, draw_id)))
    known = await standings(tx, task.task.deadline)
    return Choosing(
        record=record,
        task=task,
        selection=selection,
        roster=roster,
        unavailable={number: sentence(standing) for number, standing in known.items() if standing},
        drafts=await store.drafts_of(tx, draw_id),
        drafted_by=await store.drafters_of(tx, draw_id),
        choices=await store.choices_of(tx, draw_id),
    )


async def draft_teams(tx: Transaction, draw_id: str, teams: Mapping[str, Sequence[str]], actor: Actor) -> None:
    """Keep teams that are being put together; nothing is checked yet but whom they are for. Raises TeamsHandedIn."""
    choosing = await load_choosing(tx, draw_id, actor, to_change=True)
    if choosing.waiting:
        raise TeamsHandedIn
    strangers = sorted(set(teams) - {one.id for one in choosing.selection.selected})
    if strangers:
        raise SubjectNotDrawn(f"{'、'.join(strangers[:5])} 没有被抽中，不能选派检查人员。")
    await store.save_drafts(tx, draw_id, teams, actor.account_id)


async def hand_in_teams(tx: Transaction, draw_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Hand the drafted teams in for approval. Raises TeamsHandedIn, DirectChoiceUnreasoned, DirectChoiceInvalid."""
    choosing = await load_choosing(tx, draw_id, actor, to_change=True)
    if choosing.waiting:
        raise TeamsHandedIn
    if not _reasoned(reason):
        raise DirectChoiceUnreasoned(fields=[FieldError("reason", DirectChoiceUnreasoned.detail)])
    assign_directly(
        choosing.selection.selected, choosing.roster, choosing.task.task.seats, choosing.drafts, choosing.unavailable
    )
    await store.add_choice(tx, draw_id, choosing.drafts, reason.strip(), actor.account_id, choosing.drafted_by, now)


async def approve_teams(tx: Transaction, draw_id: str, actor: Actor, now: datetime) -> None:
    """Another person approves; the certificate stands.

    Raises NothingHandedIn, DirectChoiceNeedsApprover, DirectChoiceNotByDrafter.
    """
    choosing = await load_choosing(tx, draw_id, actor, to_change=True)
    waiting = _waiting(choosing)
    choice = DirectChoice(waiting["reason"], waiting["chosen_by"], actor.account_id)
    check_approver(waiting["drafted_by"], actor.account_id)
    # Checked again: since the handing in somebody may have gone on leave.
    dealt = assign_directly(
        choosing.selection.selected,
        choosing.roster,
        choosing.task.task.seats,
        waiting["teams"],
        choosing.unavailable,
    )
    draw = choosing.record.draw
    if draw.commitment is None or draw.seed is None or draw.receipt is None:
        msg = f"{draw_id} is selected without commitment, seed or receipt"
        raise RuntimeError(msg)
    certificate = Certificate(
        draw.commitment,
        draw.seed,
        choosing.selection,
        dealt,
        draw.receipt,
        choice,
        beacon_signature=draw.beacon.signature if draw.beacon else None,
    )
    await store.decide_choice(tx, draw_id, waiting["n"], actor.account_id, now)
    await store.drop_drafts(tx, draw_id)
    await keep_result(tx, choosing.record, certificate, now)


async def refuse_teams(tx: Transaction, draw_id: str, reason: str, actor: Actor, now: datetime) -> None:
    """Send the teams back. Raises NothingHandedIn, RefusalNeedsReason, DirectChoiceNeedsApprover."""
    choosing = await load_choosing(tx, draw_id, actor, to_change=True)
    waiting = _waiting(choosing)
    if waiting["chosen_by"] == actor.account_id:
        raise DirectChoiceNeedsApprover
    if not _reasoned(reason):
        raise RefusalNeedsReason(fields=[FieldError("refusal", RefusalNeedsReason.detail)])
    await store.decide_choice(tx, draw_id, waiting["n"], actor.account_id, now, reason.strip())


def _waiting(choosing: Choosing) -> RowMapping:
    if choosing.waiting is None:
        raise NothingHandedIn
    return choosing.waiting


def _reasoned(reason: str) -> bool:
    text = reason.strip()
    return bool(text) and is_plain(text) and len(text) <= LONGEST_REASON
