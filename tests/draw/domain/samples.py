"""A small whole draw for the tests: pool, roster, commitment, receipt, seed, result."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

from libs.common import merkle
from libs.common.canonical import canonical
from services.draw.domain.certificate import Certificate
from services.draw.domain.commitment import Commitment, OfficersSummary, PoolSummary, Profile
from services.draw.domain.deal import deal
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.lottery import Drawn as DrawnSubject
from services.draw.domain.lottery import select, ticket
from services.draw.domain.pool import Freezing, PoolRow, mask_page
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.roster import Officer, OpenPool, RaiseCap, Roster
from services.draw.domain.rule import Filter, Prefix, Quota, Ratio
from services.draw.domain.seed import Party, SeedSources, key, party_commit, seed_txt

TASK = "410300202611220001"
KEY = "0123456789abcdef0123456789abcdef"
HERE = "410311"
COUNTIES = ("410302", "410311", "410328")
MASTER = bytes(range(32))
REVEALS = {"lead": bytes([7]) * 32, "supervisor": bytes([9]) * 32}
DICE = "314159"
FILTER: Filter = (Prefix("county", ("4103",)),)
QUOTA = Quota({"A": Ratio(1, 20), "B": Ratio(1, 10), "C": Ratio(1, 5), "D": Ratio(1, 2), "U": Ratio(1, 10)}, minimum=1)
AS_OF = datetime(2026, 11, 22, 1, tzinfo=UTC)
REVEAL_BY = datetime(2026, 11, 23, 1, tzinfo=UTC)
RESULT_BY = datetime(2026, 11, 24, 1, tzinfo=UTC)


def number(text: str) -> int:
    """A number that only looks random."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def row(index: int) -> PoolRow:
    """The `index`-th subject, spread over counties, industries and classes; each ninth may not be drawn."""
    mark = number(f"row {index}")
    return PoolRow(
        f"91410300{index:010d}",
        COUNTIES[mark % 3],
        f"C{1300 + mark % 40}",
        ("大", "中", "小", "微")[mark % 4],
        "1100",
        "ABCDU"[mark // 7 % 5],
        "0" if mark % 9 == 0 else "1",
    )


def rows(count: int) -> list[PoolRow]:
    """A pool in order."""
    return [row(index) for index in range(count)]


def roster(pool: Sequence[PoolRow], per_county: int = 6, cap: int = 40) -> Roster:
    """Officers of every county and of the city, some recusals, and both kinds of escalation."""
    officers = tuple(
        Officer(f"{county}-{place:02d}", county, ("HR01", "HR02"), cap, place % 2)
        for county in (*COUNTIES, "410300")
        for place in range(per_county)
    )
    recusals = frozenset((officers[number(f"recusal {each.id}") % len(officers)].number, each.id) for each in pool[::3])
    return Roster(officers, ("HR01",), recusals, (RaiseCap(1), OpenPool("410300")))


def receipt(commitment: Commitment) -> LogReceipt:
    """A log of five entries in which the commitment is the third."""
    told = {"kind": "draw-commit", "reference": commitment.draw_id, "data": {"commit_sha256": commitment.sha256}}
    entry = canonical({"type": "sunlot-log/1", "at": "2026-11-22T00:00:00Z"} | told).decode()
    leaves = [merkle.leaf_hash(text.encode()) for text in ("a", "b", entry, "d", "e")]
    path = tuple(node.hex() for node in merkle.inclusion_path(2, leaves))
    root = merkle.root(leaves).hex()
    return LogReceipt(commitment.draw_id, 2, leaves[2].hex(), 5, root, path, "", entry)


def sources(dice: bool = True) -> SeedSources:
    """Two parties, and dice unless told otherwise."""
    return SeedSources(tuple(Party(name, party_commit(name, reveal)) for name, reveal in REVEALS.items()), dice)


@dataclass(frozen=True)
class Drawn:
    """A finished draw with the files that are published beside its certificate."""

    certificate: Certificate
    pool: bytes
    private: bytes
    officers: bytes


def commitment(frozen: Freezing, committed: Roster, profile: Profile = Profile.OPEN, dice: bool = True) -> Commitment:
    """The first attempt's commitment to a frozen pool and a roster."""
    excluded = {ExcludedReason.INSPECTED_WITHIN_WINDOW: frozen.ineligible}
    return Commitment(
        draw_id=f"{TASK}-1",
        task=TASK,
        attempt=1,
        authority="洛阳市人力资源和社会保障局",
        policy="default/1",
        pool=PoolSummary.of(frozen, AS_OF, excluded),
        filter=FILTER,
        quota=QUOTA,
        strata=QUOTA.strata(frozen.eligible),
        officers=OfficersSummary(committed.root, len(committed.officers), committed.recusals_root),
        sources=sources(dice),
        reveal_deadline=REVEAL_BY,
        result_deadline=RESULT_BY,
        code_version="0.1.0",
        profile=profile,
    )


def whole_draw(
    pool: Sequence[PoolRow],
    committed: Roster | None = None,
    profile: Profile = Profile.OPEN,
    dice: str = DICE,
    reserve: int = 2,
) -> Drawn:
    """Freeze, commit, seed, draw and deal."""
    committed = committed or roster(pool)
    master = MASTER if profile is Profile.MASKED else None
    frozen = Freezing(FILTER, master)
    pages = list(frozen.pages(pool))
    promised = commitment(frozen, committed, profile)
    seed = seed_txt(promised.sha256, promised.sources, [reveal.hex() for reveal in REVEALS.values()], dice=dice)
    selection = select(pool, promised.strata, key("subject", seed), reserve=reserve)
    teams = deal(selection.selected, committed, promised.officers.seats, key("officer", seed))
    certificate = Certificate(promised, seed, selection, teams, receipt(promised))
    private = b"".join(pages)
    public = private if master is None else b"".join(mask_page(page, master) for page in pages)
    return Drawn(certificate, public, private, committed.bytes)


def subjects(count: int, county: str = HERE) -> list[DrawnSubject]:
    """Drawn subjects of one county, with the tickets of KEY."""
    ids = [f"9141{county}{place:06d}" for place in range(count)]
    return [DrawnSubject(ticket(KEY, each), each, "B", county) for each in ids]


@st.composite
def scarcities(draw: st.DrawFn, escalation: tuple[RaiseCap | OpenPool, ...] = ()) -> tuple[list[DrawnSubject], Roster]:
    """Few officers with small caps and many recusals: deals that are hard, or can't be found at all."""
    drawn = subjects(draw(st.integers(0, 8)))
    officers = tuple(
        Officer(f"o{place}", HERE, ("HR01",), draw(st.integers(0, 5)), draw(st.integers(0, 3)))
        for place in range(draw(st.integers(0, 6)))
    )
    city = tuple(Officer(f"c{place}", "410300", ("HR01",), 1, 0) for place in range(3 if escalation else 0))
    pairs = [(officer.number, subject.id) for officer in officers for subject in drawn]
    recusals = frozenset(draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else [])
    return drawn, Roster(officers + city, ("HR01",), recusals, escalation)
