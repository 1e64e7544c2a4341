"""Platforms, their keys, and the nonces they have used."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Integer, column, delete, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db import Transaction
from services.trigger.domain.signal import BURST, RATE
from services.trigger.domain.sla import ACCEPT, DEFAULT_DAYS, Terms, days_for
from services.trigger.store.tables import nonces, platform_keys, platforms
from services.trigger.store.vault import Sealed


@dataclass(frozen=True, slots=True)
class Platform:
    """A system that sends orders and takes answers."""

    code: str
    name: str
    source: str
    kinds: list[str]
    callback_url: str
    sla_days: int
    open311: bool
    created_at: datetime
    created_by: str
    rate: int = RATE  # requests a second that it may send
    burst: int = BURST  # requests that it may send at once
    sla: Terms = field(default_factory=dict)  # what differs from `sla_days`, by clock and kind

    def days(self, clock: str, kind: str) -> int:
        """Working days of this clock for this kind of order."""
        return days_for(self.sla, clock, kind, self.sla_days if clock == ACCEPT else DEFAULT_DAYS)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of a platform, still sealed."""

    number: int
    sealed: Sealed
    created_at: datetime
    created_by: str
    revoked_at: datetime | None


async def load(tx: Transaction, code: str, *, lock: bool = False) -> Platform | None:
    """The platform, or None."""
    statement = select(platforms).where(platforms.c.code == code)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return Platform(**row) if row else None


async def every(tx: Transaction) -> list[Platform]:
    """Every platform, by code."""
    return [Platform(**row) for row in await tx.all(select(platforms).order_by(platforms.c.code))]


async def add(tx: Transaction, platform: Platform) -> bool:
    """Save a new platform; False if the code is taken."""
    values = asdict(platform)
    statement = upsert(platforms).values(values).on_conflict_do_nothing().returning(platforms.c.code)
    return await tx.scalar(statement) is not None


async def change(tx: Transaction, platform: Platform) -> None:
    """Save what may change: name, kinds, callback, days, rate."""
    await tx.execute(
        update(platforms)
        .where(platforms.c.code == platform.code)
        .values(
            name=platform.name,
            kinds=platform.kinds,
            callback_url=platform.callback_url,
            sla_days=platform.sla_days,
            open311=platform.open311,
            rate=platform.rate,
            burst=platform.burst,
        )
    )


async def keys(tx: Transaction, code: str, *, revoked: bool = False) -> list[KeyRow]:
    """The platform's keys, newest first; revoked ones only if asked for."""
    statement = select(platform_keys).where(platform_keys.c.code == code).order_by(platform_keys.c.number.desc())
    if not revoked:
        statement = statement.where(platform_keys.c.revoked_at.is_(None))
    return [
        KeyRow(
            row["number"], Sealed(row["key_id"], row["sealed"]), row["created_at"], row["created_by"], row["revoked_at"]
        )
        for row in await tx.all(statement)
    ]


async def every_key(tx: Transaction) -> list[tuple[str, int, Sealed]]:
    """Platform, number and sealed key of every valid key, newest first."""
    valid = platform_keys.c.revoked_at.is_(None)
    statement = select(platform_keys).where(valid).order_by(platform_keys.c.number.desc())
    return [(row["code"], row["number"], Sealed(row["key_id"], row["sealed"])) for row in await tx.all(statement)]


async def add_key(tx: Transaction, code: str, number: int, sealed: Sealed, by: str, at: datetime) -> None:
    """Save a new key."""
    await tx.execute(
        insert(platform_keys).values(
            code=code, number=number, key_id=sealed.key_id, sealed=sealed.data, created_at=at, created_by=by
        )
    )


async def next_number(tx: Transaction, code: str) -> int:
    """The number of the platform's next key, from 1."""
    last = await tx.scalar(select(func.max(platform_keys.c.number)).where(platform_keys.c.code == code))
    return (last or 0) + 1


async def revoke(tx: Transaction, code: str, numbers: Sequence[int], at: datetime) -> None:
    """From now on nothing signed with these keys is taken."""
    await tx.execute(
        update(platform_keys)
        .where(platform_keys.c.code == code, platform_keys.c.number.in_(numbers), platform_keys.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks to be let in: a platform by one of its keys, under a nonce."""

    code: str
    number: int
    nonce: str


_ADMIT: Final = text(f"""
with asking as (
  select * from unnest(cast(:codes as text[]), cast(:numbers as int[]), cast(:nonces as text[])) with ordinality
    as asking(code, number, nonce, place)
), new as (
  insert into nonces (platform, nonce, seen_at)
  select code, nonce, :now from asking order by code, nonce
  on conflict do nothing
  returning platform, nonce
)
select place, {", ".join(f"platforms.{each.name}" for each in platforms.columns)}
from asking join new on new.platform = asking.code and new.nonce = asking.nonce
  join platforms on platforms.code = asking.code
where exists (
  select from platform_keys key where key.code = asking.code and key.number = asking.number and revoked_at is null
)
""").columns(column("place", Integer), *platforms.columns)  # noqa: S608 - names of our own


async def admit(tx: Transaction, asking: Sequence[Asking], now: datetime) -> list[Platform | None]:
    """The platform of each, its nonce remembered; None if the key is no longer valid or the nonce was used before.

    No two of them have the same nonce of one platform.
    """
    told = await tx.execute(
        _ADMIT,
        {
            "codes": [one.code for one in asking],
            "numbers": [one.number for one in asking],
            "nonces": [one.nonce for one in asking],
            "now": now,
        },
    )
    known: dict[str, Platform] = {}
    admitted: list[Platform | None] = [None] * len(asking)
    for row in told.mappings():
        if row["code"] not in known:
            known[row["code"]] = Platform(**{name: value for name, value in row.items() if name != "place"})
        admitted[row["place"] - 1] = known[row["code"]]
    return admitted


async def with_key(tx: Transaction, code: str, number: int) -> Platform | None:
    """The platform, if this key of it is valid."""
    row = await tx.first(select(platforms).where(*_valid(code, number)))
    return Platform(**row) if row else None


def _valid(code: str, number: int) -> list[ColumnElement[bool]]:
    key = select(platform_keys.c.number).where(
        platform_keys.c.code == code, platform_keys.c.number == number, platform_keys.c.revoked_at.is_(None)
    )
    return [platforms.c.code == code, exists(key)]


async def sweep_nonces(tx: Transaction, before: datetime) -> None:
    """Forget nonces whose signatures are no longer good anyway."""
    await tx.execute(delete(nonces).where(nonces.c.seen_at < before))
