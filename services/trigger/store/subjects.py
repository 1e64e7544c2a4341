"""Subjects as registry last told them: a read model, never changed here."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, Select, any_, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.matching import ATTRIBUTES, Keys, Known
from services.trigger.store.tables import subjects

_STATE = (
    *("version", "name", "name_key", "county", "industry", "live", "address", "sound_key", "grams", "keyed"),
    *("integrity_grade", *ATTRIBUTES),
)
_SHOWN = ("uscc", "name", "county", "industry", "live", "address", *ATTRIBUTES)
_MOST: Final = 60  # of the most alike, from which the page takes the best
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


_FOUND_BY: Final = text("""
with wanted as (
  select * from unnest(cast(:uscc as text[]), cast(:key as text[]), cast(:sound as text[])) with ordinality
    as wanted(uscc, key, sound, place)
), found as (
  select place, subjects.uscc from wanted join subjects on subjects.uscc = wanted.uscc where wanted.uscc <> ''
  union select place, subjects.uscc from wanted join subjects on name_key = wanted.key where wanted.key <> ''
  union select place, subjects.uscc from wanted join subjects on sound_key = wanted.sound where wanted.sound <> ''
)
select place, subject.* from found join subjects subject using (uscc) order by place, uscc
""")


async def alike(tx: Transaction, grams: Sequence[int], county: str, *, inside: bool = False) -> list[Known]:
    """The subjects that share most grams, those of the county first among equals, or its own alone (`inside`).

    Each that shares a gram is counted (5 µs), and common words are shared by thousands.
    """
    if not grams:
        return []
    wanted = literal(list(grams), ARRAY(INTEGER))
    shared = select(func.count()).where(func.unnest(subjects.c.grams).column_valued("gram") == any_(wanted))
    return await _found(
        tx,
        _shown()
        .where(subjects.c.grams.overlap(wanted), *([subjects.c.county == county] if inside else []))
        .order_by(shared.scalar_subquery().desc(), (subjects.c.county == county).desc(), subjects.c.uscc),
    )


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
