"""A draw that waits for a beacon, and one that is kept inside: nobody chooses, nothing leaks before its time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.common import merkle
from libs.common.canonical import canonical
from services.draw.domain import draw_errors as errors
from services.draw.domain.beacon import BeaconRefused, BeaconTooEarly
from services.draw.domain.commitment import BeaconAtWrongTime, Commitment, CommitmentHasMore, commitment_from
from services.draw.domain.draw import Draw, DrawState, first_attempt
from services.draw.domain.plan import Signature
from services.draw.domain.pool import Freezing
from services.draw.domain.receipt import LogReceipt, ReceiptInvalid
from services.draw.domain.seal import SEALED, Sealing
from tests.draw.beacons import ROUND, SIGNATURES, before, recorded, with_beacon
from tests.draw.domain.samples import AS_OF, DICE, REVEALS, TASK, commitment, receipt, roster, rows, sources

LEAD, SUPERVISOR = "lead", "supervisor"
DUE = recorded().due
LATER = DUE + timedelta(seconds=5)
RESULT = "5a" * 32


def _commitment() -> Commitment:
    pool = rows(60)
    freezing = Freezing()
    list(freezing.pages(pool))
    return commitment(freezing, roster(pool))


PROMISED = _commitment()
BEACON, DICE_AND_BEACON = with_beacon(PROMISED), with_beacon(PROMISED, dice=True)
KEPT_INSIDE = replace(PROMISED, sources=replace(PROMISED.sources, sealed=True))
WHY = Sealing("企业之间互通消息，提前知道会转移台账。", Signature("zhang", AS_OF))


def _logged(promised: Commitment, sealing: Sealing | None = None) -> Draw:
    draw = first_attempt(TASK, promised.pool.root, "zhang", AS_OF)
    for party, by in zip(sources().parties, ("li", "wang"), strict=True):
        draw = draw.promise(party, by, AS_OF)
    return draw.commit(promised, sealing).logged(receipt(promised))


def _reveal(draw: Draw, *names: str) -> Draw:
    for name in names:
        draw = draw.reveal(name, REVEALS[name].hex(), name, before(60))
    return draw


def _result_receipt(draw_id: str, names: str = RESULT) -> LogReceipt:
    entry = canonical({"kind": "draw-result", "reference": draw_id, "data": {"result_sha256": names}}).decode()
    leaf = merkle.leaf_hash(entry.encode()).hex()
    return LogReceipt(draw_id, 0, leaf, 1, leaf, (), "", entry)


def _drawn() -> Draw:
    draw = _reveal(_logged(KEPT_INSIDE, WHY), LEAD, SUPERVISOR)
    return draw.type_dice(DICE, "a", AS_OF).confirm_dice(DICE, "b", AS_OF).drawn(RESULT)


@pytest.mark.article(5)
def test_the_beacon_fixes_the_seed_and_stands_in_it() -> None:
    waiting = _reveal(_logged(BEACON), LEAD, SUPERVISOR)
    assert waiting.state is DrawState.WAITING
    seeded = waiting.take_beacon(SIGNATURES[ROUND], "rule", DUE)
    assert seeded.state is DrawState.SEEDED
    assert seeded.seed is not None
    assert f" {ROUND} ".encode() in seeded.seed.splitlines()[2]


@pytest.mark.article(5)
def test_no_second_seed_ever_comes_out_of_a_round() -> None:
    seeded = _reveal(_logged(BEACON), LEAD, SUPERVISOR).take_beacon(SIGNATURES[ROUND], "rule", DUE)
    assert seeded.take_beacon(SIGNATURES[ROUND], "li", LATER) == seeded
    with pytest.raises(errors.BeaconNotAwaited):
        seeded.take_beacon(SIGNATURES[1], "li", LATER)


@pytest.mark.article(5)
def test_a_wrong_signature_or_an_early_one_leaves_the_draw_waiting() -> None:
    waiting = _reveal(_logged(BEACON), LEAD, SUPERVISOR)
    with pytest.raises(BeaconRefused, match=str(ROUND)):
        waiting.take_beacon(SIGNATURES[1], "rule", DUE)
    with pytest.raises(BeaconTooEarly):
        waiting.take_beacon(SIGNATURES[ROUND], "rule", before(0.001))


@pytest.mark.article(5)
def test_dice_come_before_the_beacon_when_both_are_planned() -> None:
    revealed = _reveal(_logged(DICE_AND_BEACON), LEAD, SUPERVISOR)
    assert revealed.state is DrawState.REVEALING
    waiting = revealed.type_dice(DICE, "a", before(30)).confirm_dice(DICE, "b", before(20))
    assert waiting.state is DrawState.WAITING
    seeded = waiting.take_beacon(SIGNATURES[ROUND], "rule", DUE)
    assert seeded.seed is not None
    assert seeded.seed.splitlines()[-1] == f"dice {DICE}".encode()
    with pytest.raises(errors.ClosedByBeacon):
        revealed.type_dice(DICE, "a", DUE)
    with pytest.raises(errors.ClosedByBeacon):
        revealed.type_dice(DICE, "a", before(30)).confirm_dice(DICE, "b", DUE)
    with pytest.raises(errors.MustAbort):
        revealed.close("rule", LATER)


@pytest.mark.article(5)
def test_nobody_chooses_to_stay_away_with_the_beacon_in_hand() -> None:
    one = _reveal(_logged(BEACON), LEAD)
    with pytest.raises(errors.ClosedByBeacon, match="缺席"):
        one.reveal(SUPERVISOR, REVEALS[SUPERVISOR].hex(), SUPERVISOR, LATER)
    closed = one.close("rule", LATER)
    assert closed.state is DrawState.WAITING
    assert [entry.reveal is None for entry in closed.reveals] == [False, True]
    assert closed.close("rule", LATER) == closed
    assert b" ABSENT\n" in (closed.take_beacon(SIGNATURES[ROUND], "rule", LATER).seed or b"")


def test_a_draw_without_any_reveal_at_its_deadline_must_be_aborted() -> None:
    # It may even be that the log answered only when the round was known.
    with pytest.raises(errors.MustAbort):
        _logged(BEACON).close("rule", LATER)


@pytest.mark.parametrize("shift", [timedelta(seconds=1), timedelta(minutes=-30)])
def test_the_round_comes_after_the_reveals_and_before_the_result(shift: timedelta) -> None:
    with pytest.raises(BeaconAtWrongTime):
        replace(BEACON, reveal_deadline=DUE + shift, result_deadline=DUE + shift + timedelta(minutes=1))


def test_a_commitment_with_beacon_and_seal_is_read_back_and_with_more_refused() -> None:
    both = replace(BEACON, sources=replace(BEACON.sources, sealed=True))
    document = both.document()
    assert commitment_from(document) == both
    assert document["seed_plan"]["seal"] is True
    assert "seal" not in BEACON.document()["seed_plan"]
    assert document["seed_plan"]["beacon"]["beacon_id"] == "quicknet"
    for wrong in ({"seal": False}, {"beacon": document["seed_plan"]["beacon"] | {"chain": "00" * 32}}):
        with pytest.raises(CommitmentHasMore):
            commitment_from(document | {"seed_plan": document["seed_plan"] | wrong})


@pytest.mark.article(5)
def test_a_seal_needs_a_reason_and_stands_in_the_commitment() -> None:
    with pytest.raises(errors.SealNeedsReason):
        _logged(KEPT_INSIDE, replace(WHY, reason=" "))
    with pytest.raises(errors.CommitmentNotThisDraw, match="密封"):
        _logged(KEPT_INSIDE)
    with pytest.raises(errors.CommitmentNotThisDraw, match="密封"):
        _logged(PROMISED, WHY)


def test_a_sealed_draw_is_aborted_when_the_lead_stays_away() -> None:
    late = PROMISED.reveal_deadline + timedelta(seconds=1)
    with pytest.raises(errors.MustAbort, match="密封"):
        _logged(KEPT_INSIDE, WHY).mark_absent(LEAD, "zhang", late)


def test_the_public_view_of_a_sealed_draw_has_neither_the_leads_reveal_nor_the_seed() -> None:
    drawn = _drawn()
    seen = drawn.public_view()
    assert REVEALS[LEAD].hex() in repr(drawn)
    assert REVEALS[LEAD].hex() not in repr(seen)
    assert seen.seed is None
    assert {entry.name: entry.reveal for entry in seen.reveals} == {
        LEAD: SEALED,
        SUPERVISOR: REVEALS[SUPERVISOR].hex(),
    }
    assert seen.result_sha256 == RESULT
    assert seen.sealed


@pytest.mark.article(5)
def test_a_sealed_list_goes_out_only_after_its_hash_is_in_the_log() -> None:
    drawn = _drawn()
    for step in (drawn.dispatched, lambda: drawn.open_seal("检查结束", "zhang", LATER)):
        with pytest.raises(errors.ResultNotLogged):
            step()
    logged = drawn.result_logged(_result_receipt(drawn.draw_id))
    assert logged.dispatched().sealed
    with pytest.raises(ReceiptInvalid):
        drawn.result_logged(_result_receipt(drawn.draw_id, "5b" * 32))
    with pytest.raises(ReceiptInvalid):
        drawn.result_logged(_result_receipt(f"{TASK}-2"))
    with pytest.raises(ReceiptInvalid):
        drawn.result_logged(replace(_result_receipt(drawn.draw_id), entry=""))


def test_a_seal_is_opened_once_with_a_reason_and_then_everything_is_public() -> None:
    logged = _drawn().result_logged(_result_receipt(f"{TASK}-1")).dispatched()
    with pytest.raises(errors.SealNeedsReason):
        logged.open_seal(" ", "zhang", LATER)
    opened = logged.open_seal("检查已提前结束", "zhang", LATER)
    assert not opened.sealed
    assert opened.public_view() == opened
    with pytest.raises(errors.NotSealed):
        opened.open_seal("再来", "zhang", LATER)


def test_a_draw_that_was_never_sealed_has_nothing_to_open() -> None:
    drawn = _reveal(_logged(PROMISED), LEAD, SUPERVISOR).type_dice(DICE, "a", AS_OF).confirm_dice(DICE, "b", AS_OF)
    with pytest.raises(errors.NotSealed):
        drawn.drawn(RESULT).open_seal("好奇", "zhang", LATER)
    with pytest.raises(errors.NotSealed):
        drawn.drawn(RESULT).result_logged(_result_receipt(drawn.draw_id))
    assert drawn.drawn(RESULT).public_view() == drawn.drawn(RESULT)


@pytest.mark.article(5)
def test_an_aborted_sealed_attempt_hides_nothing() -> None:
    seeded = (
        _reveal(_logged(KEPT_INSIDE, WHY), LEAD, SUPERVISOR).type_dice(DICE, "a", AS_OF).confirm_dice(DICE, "b", AS_OF)
    )
    aborted = seeded.abort("派不出人", "zhang", LATER, stuck=True)
    assert not aborted.sealed
    assert aborted.public_view().seed == seeded.seed
