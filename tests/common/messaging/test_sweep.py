"""Messages heard long ago are forgotten one by one, and a copy of one is still a copy."""

from datetime import datetime, timedelta

from sqlalchemy import update

from libs.common import clock
from libs.common.db import kernel
from libs.common.ids import earliest_id, new_id
from libs.common.messaging.inbox import Outcome
from libs.common.messaging.operations import count
from libs.common.messaging.sweep import oldest_kept, sweep_inbox
from libs.common.testing.doors import House
from tests.common.messaging.probe.published import Counted
from tests.common.messaging.probe.service import SERVICE
from tests.conftest import MakeHouse

DAYS = 180


async def heard(house: House, version: int, *, copy: bool = False) -> None:
    outcome = await house.hear(Counted(n=version), aggregate="count/0", version=version)
    assert outcome is (Outcome.DUPLICATE if copy else Outcome.APPLIED)


async def age(house: House, version: int, said_at: datetime) -> None:
    """The message was said then: its id says so."""
    old = earliest_id(said_at).int | new_id().int & (1 << 80) - 1
    async with house.database.transaction() as tx:
        await tx.execute(
            update(kernel.inbox).where(kernel.inbox.c.version == version).values(event_id=type(new_id())(int=old))
        )


async def test_what_was_heard_long_ago_goes_in_batches_and_its_copies_stay_copies(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    now = clock.now()
    for version in range(1, 8):
        await heard(house, version)
    for version in range(1, 6):
        await age(house, version, now - timedelta(days=DAYS + version))
    assert await sweep_inbox(house.database, DAYS, now, batch=2) == 5
    assert await sweep_inbox(house.database, DAYS, now, batch=2) == 0
    assert sum(line["events"] for line in await count(house.database, heard=True)) == 2
    for version in (1, 5, 7):
        await heard(house, version, copy=True)
    await heard(house, 8)


async def test_both_sides_are_counted_over_the_same_span(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    now = clock.now()
    for version in (1, 2):
        await heard(house, version)
    await age(house, 1, now - timedelta(days=DAYS + 5))
    since = earliest_id(oldest_kept(DAYS, now) + timedelta(days=1))
    before = await count(house.database, heard=True, since=since)
    await sweep_inbox(house.database, DAYS, now)
    assert await count(house.database, heard=True, since=since) == before
    assert [line["events"] for line in before] == [1]


def test_the_earliest_id_of_a_moment_stands_before_all_made_from_then_on() -> None:
    now = clock.now()
    assert earliest_id(now - timedelta(milliseconds=1)) < new_id() < earliest_id(now + timedelta(minutes=1))
