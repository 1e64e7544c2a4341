"""The beacon: real rounds of the real chain, and nothing that only looks like one."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.beacon import (
    Beacon,
    BeaconRefused,
    Chain,
    ChainInvalid,
    beacon_from,
    randomness_of,
    signature_in,
)
from tests.draw.beacons import QUICKNET, RECORDED, ROUND, SIGNATURES, recorded

INFINITY = "c0" + "00" * 47
NOT_ON_THE_CURVE = "8" + "0" * 94 + "5"


def _answer(**changes: object) -> bytes:
    return json.dumps(RECORDED.rounds[ROUND] | changes).encode()


@pytest.mark.parametrize("number", sorted(SIGNATURES))
def test_a_recorded_round_of_the_real_chain_is_accepted_and_only_as_itself(number: int) -> None:
    recorded(number).check(SIGNATURES[number])
    assert randomness_of(SIGNATURES[number]) == RECORDED.rounds[number]["randomness"]
    with pytest.raises(BeaconRefused):
        recorded(number + 1).check(SIGNATURES[number])


def test_the_golden_randomness_of_quicknets_first_round_comes_out() -> None:
    assert randomness_of(SIGNATURES[1]) == "1466a6cd24e327188770752f6134001c64d6efcc590ccc26b721611ad96f165a"


def test_the_chain_hash_is_computed_as_drand_does() -> None:
    assert QUICKNET.hash == RECORDED.info["hash"]
    assert QUICKNET.hash == "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"


def test_a_chain_with_anything_else_has_another_hash() -> None:
    others = (
        replace(QUICKNET, beacon_id="quicknot"),
        replace(QUICKNET, genesis=QUICKNET.genesis + 1),
        replace(QUICKNET, period=30),
        replace(QUICKNET, group_hash="00" * 32),
    )
    assert len({QUICKNET.hash, *(other.hash for other in others)}) == 5
    # drand leaves the name of the default chain out.
    assert replace(QUICKNET, beacon_id="default").hash == (
        "bb53bd3c1f404463b224d27e22872c4754f7d4f5549693d349f616c3ac27d4a9"
    )


@pytest.mark.parametrize(
    "signature", ["", "ab", SIGNATURES[1], SIGNATURES[ROUND].upper(), INFINITY, NOT_ON_THE_CURVE, "0" * 96, "f" * 96]
)
def test_what_is_not_the_rounds_signature_is_refused(signature: str) -> None:
    with pytest.raises(BeaconRefused):
        recorded().check(signature)


@given(st.integers(0, 383))
def test_a_signature_with_one_bit_changed_is_refused(bit: int) -> None:
    changed = int(SIGNATURES[ROUND], 16) ^ (1 << bit)
    with pytest.raises(BeaconRefused):
        recorded().check(f"{changed:096x}")


@pytest.mark.parametrize(
    "changes",
    [
        {"public_key": "c0" + "00" * 95},
        {"public_key": "00" * 96},
        {"public_key": QUICKNET.public_key.upper()},
        {"period": 0},
        {"genesis": -1},
        {"group_hash": "f4"},
        {"beacon_id": "a b"},
    ],
)
def test_a_chain_of_the_wrong_form_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ChainInvalid):
        Chain(
            **{name: changes.get(name, getattr(QUICKNET, name)) for name in Chain.__dataclass_fields__}  # type: ignore[arg-type]
        )
    with pytest.raises(ChainInvalid):
        Beacon(QUICKNET, 0)


def test_a_beacon_is_read_back_as_it_was_written() -> None:
    assert beacon_from(recorded().document()) == recorded()
    assert list(recorded().document()) == sorted(recorded().document())


@given(st.integers(1_672_531_200_000_000, 4_102_444_800_000_000))
def test_the_round_at_or_after_a_moment_is_the_first_that_is_not_before_it(microseconds: int) -> None:
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
    number = QUICKNET.round_at_or_after(moment)
    assert QUICKNET.time_of(number) >= moment
    assert number == 1 or QUICKNET.time_of(number - 1) < moment


def test_a_round_comes_every_three_seconds_from_the_genesis() -> None:
    genesis = datetime.fromtimestamp(QUICKNET.genesis, UTC)
    assert QUICKNET.time_of(1) == genesis
    assert QUICKNET.round_at_or_after(genesis) == 1
    assert QUICKNET.round_at_or_after(genesis + timedelta(microseconds=1)) == 2
    assert QUICKNET.round_at_or_after(genesis + timedelta(seconds=3)) == 2


def test_a_relays_answer_gives_the_signature() -> None:
    assert signature_in(_answer(), recorded()) == SIGNATURES[ROUND]
    assert signature_in(json.dumps({"round": ROUND, "signature": SIGNATURES[ROUND]}).encode(), recorded())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>login</html>",
        b"null",
        b"[1]",
        b"{}",
        b"\xff\xfe",
        b"[" * 4000,
        b" " * 5000 + _answer(),
        json.dumps(RECORDED.rounds[1]).encode(),
        _answer(round=str(ROUND)),
        _answer(round=float(ROUND)),
        _answer(round=True),
        _answer(signature=None),
        _answer(signature=[SIGNATURES[ROUND]]),
        _answer(signature="zz" * 48),
        _answer(randomness="00" * 32),
        _answer(randomness=[]),
    ],
)
def test_an_answer_that_is_not_the_round_is_refused(answer: bytes) -> None:
    with pytest.raises(BeaconRefused):
        signature_in(answer, recorded())
