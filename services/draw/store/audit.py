"""The self-audit in and out: tallies of finished draws, what chance every firm had, and what all say together."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import bindparam, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.draw.domain.deal import Deal
from services.draw.domain.fairness import Counts, DrawTally, StratumChance, Waiting
from services.draw.domain.lottery import Selection
from services.draw.domain.pool import PoolRow
from services.draw.store.ceremony import under_seal
from services.draw.store.disclosure_tables import audit_findings, chances, drawn_subjects, tallies
from services.draw.store.tables import draws

ALL = "all"
_DRAWN = ("draw_id", "uscc", "place", "ticket", "county", "credit_class", "officers")

Chances: TypeAlias = tuple[str, tuple[StratumChance, ...]]  # of a draw


@dataclass(frozen=True, slots=True)
class Counting:
    """A tally that is not complete: the next sheet of the pool that it needs."""

    draw_id: str
    next_sheet: int
    strata: tuple[StratumChance, ...]
    counts: Counts


async def keep_drawn(tx: Transaction, draw_id: str, selection: Selection, dealt: Deal) -> None:
    """Keep the drawn firms in ticket order, with their class and their officers."""
    teams = dict(dealt.assignments)
    records = [
        (draw_id, one.id, place, one.ticket, one.county, one.stratum, json.dumps(teams[one.id], ensure_ascii=False))
        for place, one in enumerate(selection.selected, 1)
    ]
    raw = (await tx.connection.get_raw_connection()).driver_connection
    assert raw is not None  # noqa: S101 - the transaction is open
    # By COPY: of ten million firms some hundred thousand may be drawn.
    await raw.copy_records_to_table(drawn_subjects.name, records=records, columns=_DRAWN)


async def open_tallies(tx: Transaction) -> None:
    """Begin the tally of every finished draw that has none; one under seal waits until it is opened."""
    strata = cast(draws.c.commitment, JSONB)["strata"]
    missing = select(draws.c.draw_id, text("0"), text("false"), strata, text("'[]'::jsonb"), draws.c.drawn_at).where(
        draws.c.result_sha256.is_not(None),
        ~under_seal(),
        ~select(tallies.c.draw_id).where(tallies.c.draw_id == draws.c.draw_id).exists(),
    )
    names = ["draw_id", "next_sheet", "complete", "strata", "groups", "drawn_at"]
    await tx.execute(upsert(tallies).from_select(names, missing).on_conflict_do_nothing())


async def claim_counting(tx: Transaction) -> Counting | None:
    """The oldest tally that is not complete, locked; others skip it."""
    row = await tx.first(
        select(tallies)
        .where(~tallies.c.complete)
        .order_by(tallies.c.drawn_at, tallies.c.draw_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    return Counting(row["draw_id"], row["next_sheet"], _strata(row["strata"]), _counts(row["groups"]))


async def save_counting(tx: Transaction, draw_id: str, next_sheet: int, counts: Counts, *, complete: bool) -> None:
    """Keep how far a tally has come."""
    groups = [[*place, *numbers] for place, numbers in sorted(counts.items())]
    await tx.execute(
        update(tallies)
        .where(tallies.c.draw_id == draw_id)
        .values(next_sheet=next_sheet, groups=groups, complete=complete)
    )


async def drawn_between(tx: Transaction, draw_id: str, first: str, last: str) -> frozenset[str]:
    """Which firms of a range of codes were drawn."""
    rows = await tx.all(
        select(drawn_subjects.c.uscc).where(
            drawn_subjects.c.draw_id == draw_id, drawn_subjects.c.uscc.between(first, last)
        )
    )
    return frozenset(row["uscc"] for row in rows)


async def add_chances(tx: Transaction, found: Sequence[tuple[str, bool, float]]) -> None:
    """Add one draw to what chance has had for these firms; every firm at most once a call."""
    if not found:
        return
    # As three arrays, since a row of parameters for each of thousands of firms takes ten times as long.
    statement = text(
        "insert into chances (uscc, pools, drawn, missed) "
        "select uscc, 1, drawn, missed from unnest(cast(:ids as text[]), cast(:drawn as integer[]), "
        "cast(:missed as double precision[])) as given (uscc, drawn, missed) order by uscc "
        "on conflict (uscc) do update set pools = chances.pools + 1, drawn = chances.drawn + excluded.drawn, "
        "missed = chances.missed * excluded.missed"
    )
    await tx.connection.execute(
        statement,
        {
            "ids": [one for one, _, _ in found],
            "drawn": [int(was) for _, was, _ in found],
            "missed": [missed for _, _, missed in found],
        },
    )


async def describe_drawn(tx: Transaction, draw_id: str, rows: Iterable[PoolRow]) -> None:
    """Fill in of the drawn firms what the ticket did not need."""
    described = [{"code": row.id, "ind": row.industry, "siz": row.size, "typ": row.type} for row in rows]
    if described:
        statement = (
            update(drawn_subjects)
            .where(drawn_subjects.c.draw_id == draw_id, drawn_subjects.c.uscc == bindparam("code"))
            .values(industry=bindparam("ind"), size=bindparam("siz"), type=bindparam("typ"))
        )
        await tx.connection.execute(statement, described)


async def complete_tallies(tx: Transaction) -> list[DrawTally]:
    """Every finished draw that is counted, the oldest first."""
    rows = await tx.all(select(tallies).where(tallies.c.complete).order_by(tallies.c.drawn_at, tallies.c.draw_id))
    return [DrawTally(row["draw_id"], _strata(row["strata"]), _counts(row["groups"])) for row in rows]


async def tallies_between(tx: Transaction, start: datetime, end: datetime) -> list[Chances]:
    """Draws of a span of time and their chances, the oldest first; counted or not."""
    rows = await tx.all(
        select(tallies.c.draw_id, tallies.c.strata)
        .where(tallies.c.drawn_at >= start, tallies.c.drawn_at < end)
        .order_by(tallies.c.drawn_at, tallies.c.draw_id)
    )
    return [(row["draw_id"], _strata(row["strata"])) for row in rows]


async def firms_waiting(tx: Transaction) -> list[Waiting]:
    """How many firms were never drawn, by how often they could have been, and how many that should be."""
    never = func.sum(cast(chances.c.drawn == 0, chances.c.drawn.type))
    rows = await tx.all(
        select(
            chances.c.pools,
            func.count().label("firms"),
            never.label("never"),
            func.sum(chances.c.missed).label("expected"),
            func.sqrt(func.sum(chances.c.missed * (1 - chances.c.missed))).label("deviation"),
        )
        .group_by(chances.c.pools)
        .order_by(chances.c.pools)
    )
    return [Waiting(row["pools"], row["firms"], row["never"], row["expected"], row["deviation"]) for row in rows]


async def save_findings(tx: Transaction, document: Mapping[str, Any], now: datetime) -> None:
    """Keep what all tallies say together."""
    statement = upsert(audit_findings).values(name=ALL, document=dict(document), made_at=now)
    newest = {"document": statement.excluded.document, "made_at": statement.excluded.made_at}
    await tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=newest))


async def findings(tx: Transaction) -> tuple[dict[str, Any], datetime] | None:
    """What all tallies say together, and as of when."""
    row = await tx.first(select(audit_findings).where(audit_findings.c.name == ALL))
    return (row["document"], row["made_at"]) if row else None


async def uncounted(tx: Transaction) -> int:
    """How many finished draws are not yet in the findings."""
    number = await tx.scalar(select(func.count()).select_from(tallies).where(~tallies.c.complete))
    return int(number)


def _strata(rows: Iterable[Sequence[Any]]) -> tuple[StratumChance, ...]:
    return tuple(StratumChance(name, n, k) for name, n, k in rows)


def _counts(rows: Iterable[Sequence[Any]]) -> Counts:
    return {(dimension, group, stratum): (eligible, drawn) for dimension, group, stratum, eligible, drawn in rows}
