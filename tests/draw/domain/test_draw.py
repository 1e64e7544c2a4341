"""The steps of an attempt: each in its time, by the right persons, and nothing that was entered is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from libs.common.errors import SunlotError
from services.draw.domain import draw_errors as errors
from services.draw.domain.commitment import DIRECT, Commitment, Supersedes
from services.draw.domain.draw import Draw, DrawState, first_attempt, next_attempt
from services.draw.domain.pool import Freezing
from services.draw.domain.receipt import ReceiptInvalid
from services.draw.domain.seed import RevealDoesNotMatch
from tests.draw.beacons import ROUND, SIGNATURES, before, recorded, with_beacon
from tests.draw.domain.samples import (
    AS_OF,
    DICE,
    RESULT_BY,
    REVEAL_BY,
    REVEALS,
    TASK,
    commitment,
    receipt,
    roster,
    rows,
    sources,
)

LEAD, SUPERVISOR = "lead", "supervisor"


def _commitment(dice: bool = True) -> Commitment:
    pool = rows(60)
    freezing = Freezing()
    list(freezing.pages(pool))
    return commitment(freezing, roster(pool), dice=dice)


PROMISED, WITHOUT_DICE = _commitment(), _commitment(dice=False)
WITH_BEACON = with_beacon(PROMISED)
NAMED = replace(PROMISED, officers=replace(PROMISED.officers, method=DIRECT))


def _frozen() -> Draw:
    draw = first_attempt(TASK, PROMISED.pool.root, "zhang", AS_OF)
    for party, by in zip(sources().parties, ("li", "wang"), strict=True):
        draw = draw.promise(party, by, AS_OF)
    return draw


def _logged(promised: Commitment = PROMISED) -> Draw:
    return _frozen().commit(promised).logged(receipt(promised))


def _reveal(draw: Draw, *names: str) -> Draw:
    for name in names:
        draw = draw.reveal(name, REVEALS[name].hex(), name, AS_OF)
    return draw


def _seeded(promised: Commitment = PROMISED) -> Draw:
    return (
        _reveal(_logged(promised), LEAD, SUPERVISOR).type_dice(DICE, "zhang", AS_OF).confirm_dice(DICE, "zhao", AS_OF)
    )


def _waiting() -> Draw:
    draw = _logged(WITH_BEACON)
    for name in (LEAD, SUPERVISOR):
        draw = draw.reveal(name, REVEALS[name].hex(), name, before(60))
    return draw


AT: dict[DrawState, Callable[[], Draw]] = {
    DrawState.FREEZING: lambda: first_attempt(TASK, "", "zhang", AS_OF).freezing(),
    DrawState.FROZEN: _frozen,
    DrawState.COMMITTING: lambda: _frozen().rehearse(),
    DrawState.COMMITTED: lambda: _frozen().commit(PROMISED),
    DrawState.LOGGED: _logged,
    DrawState.REVEALING: lambda: _reveal(_logged(), LEAD),
    DrawState.WAITING: _waiting,
    DrawState.SEEDED: _seeded,
    DrawState.SELECTED: lambda: _seeded(NAMED).selected(),
    DrawState.DRAWN: lambda: _seeded().drawn("00" * 32),
    DrawState.DISPATCHING: lambda: _seeded().drawn("00" * 32).dispatching(),
    DrawState.DISPATCHED: lambda: _seeded().drawn("00" * 32).dispatched(),
    DrawState.ABORTED: lambda: _frozen().abort("停电", "zhang", AS_OF),
}
STEPS: dict[str, tuple[Callable[[Draw], Draw], set[DrawState], type[SunlotError]]] = {
    "promise": (
        lambda draw: draw.promise(replace(sources().parties[0], name="third"), "zhou", AS_OF),
        {DrawState.FROZEN},
        errors.PoolNotFrozen,
    ),
    "freeze": (lambda draw: draw.frozen_as("ab" * 32), {DrawState.FREEZING}, errors.NothingToFreeze),
    "rehearse": (lambda draw: draw.rehearse(), {DrawState.FROZEN}, errors.PoolNotFrozen),
    "commit": (
        lambda draw: draw.commit(PROMISED),
        {DrawState.FROZEN, DrawState.COMMITTING},
        errors.PoolNotFrozen,
    ),
    "log": (lambda draw: draw.logged(receipt(PROMISED)), {DrawState.COMMITTED}, errors.NothingCommitted),
    "reveal": (
        lambda draw: _reveal(draw, SUPERVISOR),
        {DrawState.LOGGED, DrawState.REVEALING},
        errors.CommitmentNotLogged,
    ),
    "absent": (
        lambda draw: draw.mark_absent(SUPERVISOR, "zhang", REVEAL_BY + timedelta(seconds=1)),
        {DrawState.LOGGED, DrawState.REVEALING},
        errors.CommitmentNotLogged,
    ),
    "beacon": (
        lambda draw: draw.take_beacon(SIGNATURES[ROUND], "rule", recorded().due),
        {DrawState.WAITING},
        errors.BeaconNotAwaited,
    ),
    "draw": (lambda draw: draw.drawn("00" * 32), {DrawState.SEEDED, DrawState.SELECTED}, errors.SeedMissing),
    "begin to dispatch": (lambda draw: draw.dispatching(), {DrawState.DRAWN}, errors.NothingDrawn),
    "dispatch": (lambda draw: draw.dispatched(), {DrawState.DRAWN, DrawState.DISPATCHING}, errors.NothingDrawn),
    "abort": (
        lambda draw: draw.abort("停电", "zhang", AS_OF),
        {DrawState.FROZEN, DrawState.COMMITTED, DrawState.LOGGED, DrawState.REVEALING}
        | {DrawState.FREEZING, DrawState.COMMITTING, DrawState.WAITING},
        errors.ResultStands,
    ),
}


@pytest.mark.article(2, 5)
def test_how_officers_are_found_is_fixed_by_the_commitment() -> None:
    with pytest.raises(errors.OfficersDrawnAtRandom):
        _seeded().selected()
    with pytest.raises(errors.SeedMissing):
        _seeded(NAMED).drawn("00" * 32)


@pytest.mark.article(7)
@pytest.mark.parametrize("state", DrawState)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_taken_in_its_time_only(step: str, state: DrawState) -> None:
    act, allowed, error = STEPS[step]
    draw = AT[state]()
    assert draw.state is state
    if state in allowed:
        assert act(draw) != draw
        return
    with pytest.raises(error) as refused:
        act(draw)
    assert draw.draw_id in refused.value.detail
    assert state.label in refused.value.detail


@pytest.mark.article(5)
def test_nobody_reveals_before_the_public_log_has_answered() -> None:
    with pytest.raises(errors.CommitmentNotLogged, match="公开日志回执"):
        _reveal(_frozen().commit(PROMISED), LEAD)
    with pytest.raises(ReceiptInvalid):
        _frozen().commit(PROMISED).logged(receipt(WITHOUT_DICE))


@pytest.mark.article(5)
def test_one_person_is_not_two_parties() -> None:
    lead, supervisor = sources().parties
    draw = first_attempt(TASK, PROMISED.pool.root, "zhang", AS_OF).promise(lead, "li", AS_OF)
    with pytest.raises(errors.OnePersonTwoParties):
        draw.promise(supervisor, "li", AS_OF)
    with pytest.raises(errors.PartyAlreadyPromised):
        draw.promise(lead, "wang", AS_OF)


def test_a_reveal_is_entered_once_and_must_have_been_promised() -> None:
    draw = _reveal(_logged(), LEAD)
    assert draw.waiting_for == (SUPERVISOR,)
    with pytest.raises(errors.AlreadyRevealed):
        _reveal(draw, LEAD)
    with pytest.raises(errors.UnknownParty):
        draw.reveal("stranger", "00" * 32, "x", AS_OF)
    with pytest.raises(RevealDoesNotMatch):
        draw.reveal(SUPERVISOR, REVEALS[LEAD].hex(), "wang", AS_OF)


@pytest.mark.article(5)
def test_dice_are_thrown_after_all_reveals_and_confirmed_by_another_person() -> None:
    with pytest.raises(errors.RevealsMissing, match=SUPERVISOR):
        _reveal(_logged(), LEAD).type_dice(DICE, "zhang", AS_OF)
    revealed = _reveal(_logged(), LEAD, SUPERVISOR)
    with pytest.raises(errors.NoDiceTyped):
        revealed.confirm_dice(DICE, "zhao", AS_OF)
    typed = revealed.type_dice("314158", "zhang", AS_OF)
    with pytest.raises(errors.DiceNeedSecondPerson):
        typed.confirm_dice("314158", "zhang", AS_OF)
    with pytest.raises(errors.DiceDiffer):
        typed.confirm_dice(DICE, "zhao", AS_OF)
    assert typed.type_dice("314158", "zhang", AS_OF) is typed  # a second click is not a second throw
    again = typed.type_dice(DICE, "zhang", AS_OF).confirm_dice(DICE, "zhao", AS_OF)
    assert [entry.digits for entry in again.dice] == ["314158", DICE]
    assert again.state is DrawState.SEEDED
    assert again.seed == _seeded().seed


def test_without_dice_the_last_reveal_makes_the_seed() -> None:
    draw = _reveal(_logged(WITHOUT_DICE), LEAD)
    assert draw.seed is None
    done = _reveal(draw, SUPERVISOR)
    assert done.state is DrawState.SEEDED
    assert done.seed
    with pytest.raises(errors.DiceNotPlanned):
        draw.type_dice(DICE, "zhang", AS_OF)


@pytest.mark.article(5)
def test_absence_is_decided_after_the_deadline_and_only_where_dice_make_up_for_it() -> None:
    late = REVEAL_BY + timedelta(seconds=1)
    with pytest.raises(errors.DeadlineNotPassed):
        _logged().mark_absent(LEAD, "zhang", REVEAL_BY)
    absent = _logged().mark_absent(LEAD, "zhang", late)
    with pytest.raises(errors.AlreadyRevealed):
        _reveal(absent, LEAD)
    with pytest.raises(errors.MustAbort):
        absent.mark_absent(SUPERVISOR, "zhang", late)
    with pytest.raises(errors.MustAbort):
        _logged(WITHOUT_DICE).mark_absent(LEAD, "zhang", late)
    seeded = _reveal(absent, SUPERVISOR).type_dice(DICE, "a", late).confirm_dice(DICE, "b", late)
    assert seeded.seed is not None
    assert b" ABSENT\n" in seeded.seed


def test_a_commitment_belongs_to_this_pool_these_parties_and_this_attempt() -> None:
    draw = _frozen()
    other_pool = replace(draw, pool_root="00" * 32)
    one_party = replace(draw, promises=draw.promises[:1])
    replaced = replace(draw, attempt=2, supersedes=Supersedes(draw.draw_id, None, "停电"))
    for wrong in (other_pool, one_party, replaced):
        with pytest.raises(errors.CommitmentNotThisDraw):
            wrong.commit(PROMISED)


@pytest.mark.article(5)
def test_an_aborted_attempt_keeps_its_reason_and_its_successor_names_it() -> None:
    committed = _frozen().commit(PROMISED)
    with pytest.raises(errors.AbortNeedsReason):
        committed.abort(" ", "zhang", AS_OF)
    with pytest.raises(errors.EarlierAttemptStands):
        next_attempt(committed, "11" * 32, "重来", "zhang", AS_OF)
    aborted = committed.abort("停电", "zhang", AS_OF)
    assert aborted.aborted is not None
    assert aborted.aborted.reason == "停电"
    with pytest.raises(errors.AbortNeedsReason):
        next_attempt(aborted, "11" * 32, "", "zhang", AS_OF)
    second = next_attempt(aborted, "11" * 32, "恢复供电后重抽", "zhang", AS_OF)
    assert second.draw_id == f"{TASK}-2"
    assert second.supersedes == Supersedes(f"{TASK}-1", PROMISED.sha256, "恢复供电后重抽")


@pytest.mark.article(5)
@pytest.mark.parametrize("state", [DrawState.WAITING, DrawState.SEEDED, DrawState.SELECTED])
def test_nobody_gives_an_attempt_up_because_of_who_is_drawn(state: DrawState) -> None:
    draw = AT[state]()
    assert draw.commitment is not None
    known = recorded().due if state is DrawState.WAITING else AS_OF  # whoever asks a relay himself has the round then
    overdue = draw.commitment.result_deadline + timedelta(seconds=1)
    with pytest.raises(errors.OutcomeKnown, match="抽中哪些户已可算出"):
        draw.abort("名单不合适", "zhang", known)
    assert not draw.may_be_aborted(known)
    assert draw.abort("派不出检查人员", "zhang", known, stuck=True).state is DrawState.ABORTED
    assert draw.abort("逾期没有结果", "zhang", overdue).state is DrawState.ABORTED


def test_a_committed_draw_without_result_counts_as_aborted_at_its_deadline() -> None:
    late = RESULT_BY + timedelta(seconds=1)
    assert _logged().is_overdue(late)
    assert not _logged().is_overdue(RESULT_BY)
    assert not _frozen().is_overdue(late)
    assert not _seeded().drawn("00" * 32).is_overdue(late)
