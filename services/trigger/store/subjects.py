"""Subjects as registry last told them: a read model, never changed here."""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from libs.common.http.auth import CITY
from services.trigger.domain.matching import ATTRIBUTES, Keys, Known
from services.trigger.store.tables import subjects

_STATE = (
    *("version", "name", "name_key", "county", "industry", "live", "address", "sound_key", "grams", "keyed"),
    *("integrity_grade", *ATTRIBUTES),
)
_SHOWN = ("uscc", "name", "county", "industry", "live", "address", *ATTRIBUTES)
_MOST: Final = 60  # of the most alike, from which the page takes the best
_READ: Final = 1_500  # subjects that are looked at for having a rare gram
_READ_AT_MOST: Final = 3_000  # also where PostgreSQL has not reckoned yet how rare it is
_PAIRED: Final = 6  # common grams of which two must be shared
_MOST_NAMESAKES: Final = 1_000  # of one key: more than a province has of any name
_SHORTEST_START: Final = 4  # signs of a code that a search needs


def _known(row: RowMapping) -> Known:
    return Known(
        row["uscc"], row["name"], row["county"], row["industry"], row["live"], _attributes(row), row["address"]
    )


def _attributes(row: RowMapping) -> dict[str, str | int]:
    """What rules may ask about a subject."""
    return {name: row[name] for name in ATTRIBUTES}


async def keep(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Take over each state that is newer than what is known."""
    statement = upsert(subjects)
    new = statement.excluded
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["uscc"],
            set_={name: new[name] for name in _STATE},
            where=subjects.c.version < new.version,
        ),
        sorted(rows, key=lambda row: str(row["uscc"])),
    )


async def load(tx: Transaction, uscc: str) -> Known | None:
    """The subject with this code, or None."""
    row = await tx.first(select(subjects).where(subjects.c.uscc == uscc))
    return _known(row) if row else None


async def held(tx: Transaction, usccs: Sequence[str]) -> dict[str, tuple[int, Known]]:
    """Version and state of those that are known, locked against change in the order of their codes."""
    rows = await tx.all(select(subjects).where(subjects.c.uscc.in_(usccs)).order_by(subjects.c.uscc).with_for_update())
    return {row["uscc"]: (row["version"], _known(row)) for row in rows}


async def named(tx: Transaction, usccs: Iterable[str]) -> dict[str, str]:
    """The names of these subjects."""
    rows = await tx.all(select(subjects.c.uscc, subjects.c.name).where(subjects.c.uscc.in_(list(usccs))))
    return {row["uscc"]: row["name"] for row in rows}


async def found_by(tx: Transaction, keys: Sequence[Keys]) -> list[list[Known]]:
    """For each of these keys the subjects with its code, name key or sound key."""
    found: list[list[Known]] = [[] for _ in keys]
    if any((one.uscc, one.key, one.sound) != ("", "", "") for one in keys):
        wanted = {name: [getattr(one, name) for one in keys] for name in ("uscc", "key", "sound")}
        for row in (await tx.execute(_FOUND_BY, wanted)).mappings():
            found[row["place"] - 1].append(_known(row))
    return found


# The limits keep the planner from reading all subjects for the sake of a few dozen.
_FOUND_BY: Final = text(f"""
select place, {", ".join(f"subject.{name}" for name in _SHOWN)}
from unnest(cast(:uscc as text[]), cast(:key as text[]), cast(:sound as text[])) with ordinality
    as wanted(uscc, key, sound, place)
  cross join lateral (
    (select uscc from subjects where uscc = wanted.uscc and wanted.uscc <> '' limit {_MOST_NAMESAKES})
    union (select uscc from subjects where name_key = wanted.key and wanted.key <> '' limit {_MOST_NAMESAKES})
    union (select uscc from subjects where sound_key = wanted.sound and wanted.sound <> '' limit {_MOST_NAMESAKES})
  ) found
  cross join lateral (select * from subjects where subjects.uscc = found.uscc limit 1) subject
order by place, subject.uscc
""")  # noqa: S608 - names of our own


async def alike(tx: Transaction, grams: Sequence[int], county: str, *, inside: bool = False) -> list[Known]:
    """The subjects that share most grams, those of the county first among equals, or its own alone (`inside`).

    Each subject that is looked at takes 5 to 20 µs, and a gram of a million names is shared by thousands. So only rare
    grams are looked for one by one; of the others two must be shared, or one within the county.
    """
    if not grams:
        return []
    rarity = await _expected(tx, grams)
    rare, common = list[int](), list[int]()
    for gram in sorted(grams, key=lambda one: (rarity[one], one)):
        (common if sum(rarity[one] for one in (*rare, gram)) > _READ else rare).append(gram)
    here = subjects.c.county == county
    nowhere = county == CITY and len(grams) == len(common) == 1  # then there is nothing else to go by
    likely = [
        *([subjects.c.grams.overlap(_array(rare))] if rare else []),
        *(subjects.c.grams.contains(_array(pair)) for pair in combinations(common[:_PAIRED], 2)),
        *([subjects.c.grams.overlap(_array(common[:2])) & (true() if nowhere else here)] if common else []),
    ]
    read = select(subjects).where(or_(*likely), *([here] if inside else [])).limit(_READ_AT_MOST).subquery()
    shared = select(func.count()).where(func.unnest(read.c.grams).column_valued("gram") == any_(_array(grams)))
    return await _found(
        tx,
        select(*(read.c[name] for name in _SHOWN)).order_by(
            shared.scalar_subquery().desc(), (read.c.county == county).desc(), read.c.uscc
        ),
    )


def _array(grams: Sequence[int]) -> ColumnElement[Any]:
    return literal(list(grams), ARRAY(INTEGER))


async def _expected(tx: Transaction, grams: Sequence[int]) -> dict[int, float]:
    """How many subjects have each gram, as PostgreSQL reckoned last; none where it has not yet."""
    rows = await tx.execute(_EXPECTED, {"grams": list(grams)})
    return {row.gram: row.number for row in rows}


# Of grams it knows the commonest alone; each of the others has at most as many as the last of these.
_EXPECTED: Final = text("""
with known as (
  select unnest(most_common_elems::text::int[]) as gram, unnest(most_common_elem_freqs) as share
  from pg_stats where schemaname = current_schema and tablename = 'subjects' and attname = 'grams'
)
select gram, coalesce(share, (select min(share) from known where gram is not null), 0)
  * greatest((select reltuples from pg_class where oid = 'subjects'::regclass), 0) as number
from unnest(:grams) as wanted (gram) left join known using (gram)
""").bindparams(bindparam("grams", type_=ARRAY(INTEGER)))


async def searched(tx: Transaction, words: str, key: str, grams: Sequence[int], county: str) -> list[Known]:
    """The subjects whose code begins with `words` or whose name contains or sounds like them."""
    if len(words) >= _SHORTEST_START and words.isascii():
        statement = _shown().where(subjects.c.uscc.startswith(words.upper(), autoescape=True))
        if found := await _found(tx, statement.order_by(subjects.c.uscc)):
            return found
    if not grams:
        return []
    inside = subjects.c.name.contains(key, autoescape=True)
    statement = _shown().where(subjects.c.grams.contains(literal(list(grams), ARRAY(INTEGER))))
    return await _found(tx, statement.order_by(inside.desc(), (subjects.c.county == county).desc(), subjects.c.uscc))


def _shown() -> Select[Any]:
    return select(*(subjects.c[name] for name in _SHOWN))


async def _found(tx: Transaction, statement: Select[Any]) -> list[Known]:
    return [_known(row) for row in await tx.all(statement.limit(_MOST))]


async def outdated(tx: Transaction, keyed: int, limit: int) -> Sequence[RowMapping]:
    """Code and name of subjects whose keys an older release made, locked; another process takes others."""
    return await tx.all(
        select(subjects.c.uscc, subjects.c.name)
        .where(subjects.c.keyed < keyed)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


async def save_keys(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Put new keys in the place of old ones."""
    for row in rows:
        await tx.execute(update(subjects).where(subjects.c.uscc == row["uscc"]).values(row))
