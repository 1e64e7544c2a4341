"""The seed: bytes as published, and nothing that one side alone could choose."""

import hashlib

import pytest

from services.draw.domain.beacon import BeaconRefused, randomness_of
from services.draw.domain.seed import (
    DiceInvalid,
    NobodyRevealed,
    Party,
    PartyAbsent,
    PartyInvalid,
    RevealDoesNotMatch,
    SealNeedsLead,
    SeedIncomplete,
    SeedPlanTooWeak,
    SeedSources,
    key,
    party_commit,
    seed_txt,
)
from tests.draw.beacons import QUICKNET, ROUND, SIGNATURES, recorded
from tests.draw.domain.samples import REVEALS, sources

COMMIT = "ab" * 32
BOTH = [reveal.hex() for reveal in REVEALS.values()]


def test_a_promise_is_the_hash_that_anybody_can_compute() -> None:
    reveal = bytes(range(32))
    assert party_commit("lead", reveal) == hashlib.sha256(b"sunlot-draw/1 party lead " + reveal).hexdigest()
    with pytest.raises(PartyInvalid):
        party_commit("lead", b"short")


def test_the_seed_file_has_the_published_bytes() -> None:
    plan = sources()
    lead, supervisor = plan.parties
    assert seed_txt(COMMIT, plan, BOTH, dice="314159").decode() == (
        "sunlot-draw/1 seed\n"
        f"commit {COMMIT}\n"
        f"reveal 1 lead {lead.commit} {'07' * 32}\n"
        f"reveal 2 supervisor {supervisor.commit} {'09' * 32}\n"
        "dice 314159\n"
    )


def test_a_beacon_stands_before_the_reveals() -> None:
    plan = SeedSources(sources().parties, False, recorded())
    assert seed_txt(COMMIT, plan, BOTH, beacon_signature=SIGNATURES[ROUND]).decode().splitlines()[2] == (
        f"beacon {QUICKNET.hash} {ROUND} {randomness_of(SIGNATURES[ROUND])}"
    )
    with pytest.raises(SeedIncomplete):
        seed_txt(COMMIT, plan, BOTH)
    with pytest.raises(SeedIncomplete):
        seed_txt(COMMIT, sources(), BOTH, dice="314159", beacon_signature=SIGNATURES[ROUND])


@pytest.mark.article(5)
def test_no_seed_is_made_from_a_signature_of_another_round() -> None:
    plan = SeedSources(sources().parties, False, recorded())
    with pytest.raises(BeaconRefused):
        seed_txt(COMMIT, plan, BOTH, beacon_signature=SIGNATURES[1])


def test_a_draw_is_sealed_by_the_leads_reveal() -> None:
    lead, supervisor = sources().parties
    assert SeedSources((lead, supervisor), dice=True, sealed=True).sealed
    with pytest.raises(SealNeedsLead):
        SeedSources((supervisor,), dice=True, sealed=True)


def test_a_key_depends_on_its_purpose_and_on_the_whole_seed() -> None:
    seed = seed_txt(COMMIT, sources(), BOTH, dice="314159")
    digest = hashlib.sha256(seed).hexdigest()
    assert key("subject", seed) == hashlib.sha256(f"sunlot-draw/1\nsubject\n{digest}\n".encode()).hexdigest()[:32]
    others = {key("officer", seed), key("subject", seed_txt(COMMIT, sources(), BOTH, dice="314158"))}
    assert key("subject", seed) not in others


@pytest.mark.article(5)
@pytest.mark.parametrize("reveal", ["00" * 32, "07" * 31, "07" * 32 + "\n", "zz" * 32, ""])
def test_a_reveal_that_was_not_promised_is_refused(reveal: str) -> None:
    with pytest.raises(RevealDoesNotMatch, match="lead"):
        seed_txt(COMMIT, sources(), [reveal, BOTH[1]], dice="314159")


@pytest.mark.parametrize("dice", ["12345", "", "12345a", "１２３４５６", "1" * 65, "123456\n"])  # noqa: RUF001 - full-width on purpose
def test_dice_have_at_least_six_digits(dice: str) -> None:
    with pytest.raises(DiceInvalid):
        seed_txt(COMMIT, sources(), BOTH, dice=dice)


@pytest.mark.article(5)
def test_a_party_may_stay_away_only_when_dice_or_a_beacon_follow() -> None:
    assert b" ABSENT\n" in seed_txt(COMMIT, sources(), [None, BOTH[1]], dice="314159")
    with pytest.raises(PartyAbsent, match="lead"):
        seed_txt(COMMIT, sources(dice=False), [None, BOTH[1]])
    with pytest.raises(NobodyRevealed):
        seed_txt(COMMIT, sources(), [None, None], dice="314159")


def test_no_source_is_left_out_and_none_is_added() -> None:
    with pytest.raises(SeedIncomplete, match="掷骰"):
        seed_txt(COMMIT, sources(), BOTH)
    with pytest.raises(SeedIncomplete, match="掷骰"):
        seed_txt(COMMIT, sources(dice=False), BOTH, dice="314159")
    with pytest.raises(SeedIncomplete):
        seed_txt(COMMIT, sources(), BOTH[:1], dice="314159")


@pytest.mark.article(5)
def test_one_source_alone_makes_no_seed() -> None:
    lead, supervisor = sources().parties
    with pytest.raises(SeedPlanTooWeak):
        SeedSources((lead,), dice=False)
    with pytest.raises(SeedPlanTooWeak):
        SeedSources((), dice=True)
    with pytest.raises(PartyInvalid, match="重复"):
        SeedSources((lead, Party("lead", supervisor.commit)), dice=True)
    for name in ("Lead", "a b", "", "牵头"):
        with pytest.raises(PartyInvalid):
            Party(name, lead.commit)
    with pytest.raises(PartyInvalid):
        Party("lead", "AB" * 32)
