"""Back-tests: who asked for one, how far it is, and what the version would have fired."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import RowMapping, Select, insert, or_, select, update

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListQuery
from services.trigger.store.tables import back_test_firings, back_tests, rules

WAITING: Final = "waiting"
RUNNING: Final = "running"
DONE: Final = "done"
FAILED: Final = "failed"
STATES: Final = {WAITING: "等待开始", RUNNING: "正在回测", DONE: "已完成", FAILED: "未能完成"}

BOTH: Final = "both"
DRAFT: Final = "draft"
ACTUAL: Final = "actual"
COMPARED: Final = {BOTH: "两者都触发", DRAFT: "仅本版触发", ACTUAL: "仅实际触发"}

CLAIM: Final = timedelta(seconds=60)  # without news for this long, another worker begins anew
MOST_ATTEMPTS: Final = 3


async def add(tx: Transaction, back_test_id: str, rule_id: str, version: int, actor: Actor, now: datetime) -> None:
    """Ask for a back-test of this version."""
    await tx.execute(
        insert(back_tests).values(
            back_test_id=back_test_id,
            rule_id=rule_id,
            version=version,
            asked_at=now,
            asked_by=actor.account_id,
            asked_name=actor.name,
            state=WAITING,
            done=0,
            total=0,
            attempts=0,
            summary={},
        )
    )


async def claim(tx: Transaction, now: datetime) -> RowMapping | None:
    """The next to run, for this worker; also one whose worker has fallen silent."""
    free = or_(back_tests.c.state == WAITING, (back_tests.c.state == RUNNING) & (back_tests.c.claimed_until < now))
    found = await tx.first(
        select(back_tests).where(free).order_by(back_tests.c.asked_at).limit(1).with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    given_up = found["attempts"] >= MOST_ATTEMPTS
    return await tx.first(
        update(back_tests)
        .where(back_tests.c.back_test_id == found["back_test_id"])
        .values(
            state=FAILED if given_up else RUNNING,
            claimed_until=now + CLAIM,
            attempts=found["attempts"] + 1,
            started_at=now,
            done=0,
        )
        .returning(back_tests)
    )


async def advance(tx: Transaction, claimed: RowMapping, done: int, total: int, now: datetime) -> bool:
    """Say how far it is; False when another worker has taken over."""
    return await _own(tx, claimed, {"done": done, "total": total, "claimed_until": now + CLAIM})


async def finish(
    tx: Transaction, claimed: RowMapping, summary: Mapping[str, Any], rows: Sequence[Mapping[str, Any]],
    days: tuple[Any, Any], now: datetime,
) -> None:  # fmt: skip
    """Save what was found, whole, unless another worker has taken over."""
    values = {"state": DONE, "finished_at": now, "summary": dict(summary), "first_day": days[0], "last_day": days[1]}
    if not await _own(tx, claimed, values):
        return
    own = claimed["back_test_id"]
    for start in range(0, len(rows), 1_000):
        part = [{"back_test_id": own, "number": start + n, **row} for n, row in enumerate(rows[start : start + 1_000])]
        await tx.execute(insert(back_test_firings), part)


async def fail(tx: Transaction, claimed: RowMapping, now: datetime) -> None:
    """It can't be run."""
    await _own(tx, claimed, {"state": FAILED, "finished_at": now})


async def _own(tx: Transaction, claimed: RowMapping, values: Mapping[str, Any]) -> bool:
    """Change it as long as it is ours: each claim has a number of its own."""
    statement = (
        update(back_tests)
        .where(
            back_tests.c.back_test_id == claimed["back_test_id"],
            back_tests.c.attempts == claimed["attempts"],
            back_tests.c.state == RUNNING,
        )
        .values(**values)
        .returning(back_tests.c.back_test_id)
    )
    return await tx.scalar(statement) is not None


async def load(tx: Transaction, back_test_id: str) -> RowMapping | None:
    """One with the document of its rule, or None."""
    version = (rules.c.rule_id == back_tests.c.rule_id) & (rules.c.version == back_tests.c.version)
    statement = select(back_tests, rules.c.document).join(rules, version)
    return await tx.first(statement.where(back_tests.c.back_test_id == back_test_id))


async def of_version(tx: Transaction, rule_id: str, version: int) -> Sequence[RowMapping]:
    """The back-tests of a version, the newest first."""
    own = (back_tests.c.rule_id == rule_id, back_tests.c.version == version)
    return await tx.all(select(back_tests).where(*own).order_by(back_tests.c.asked_at.desc()))


async def open_of_version(tx: Transaction, rule_id: str, version: int) -> bool:
    """Whether one is waiting or running."""
    return any(row["state"] in {WAITING, RUNNING} for row in await of_version(tx, rule_id, version))


def firings_of(back_test_id: str, actor: Actor, query: ListQuery) -> Select[Any]:
    """What it found, by time, of what the actor may see."""
    names = ("number", "compared", "county", "letter", "moment", "signals", "subjects", "complainants", "points")
    statement = (
        select(*(back_test_firings.c[name] for name in (*names, "usccs", "trigger_id", "actual_at")))
        .where(back_test_firings.c.back_test_id == back_test_id)
        .order_by(back_test_firings.c.moment, back_test_firings.c.number)
    )
    if not actor.whole_city:
        statement = statement.where(back_test_firings.c.county == actor.county)
    for name in ("county", "compared"):
        if value := query.value(name):
            statement = statement.where(back_test_firings.c[name] == value)
    return statement
