"""Eligibility decided by PostgreSQL is the one that the domain decides, case by case."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql

from services.draw.domain.eligibility import Rules, Standing, excluded_by, over_cap
from services.draw.store import eligibility
from services.draw.store.tables import case_tasks, cases, draws, subjects, tasks
from services.registry.events.published import SubjectsChanged
from tests.draw.conftest import COUNTY, City, subject

DAY = date(2026, 11, 22)
NEVER: list[date | None] = [None]
DAYS = NEVER + [DAY + timedelta(days=n) for n in (-400, -91, -90, -89, -1, 0, 1)]


async def _reasons(city: City, rules: Rules) -> tuple[dict[str, str], dict[str, str]]:
    """What PostgreSQL says of every changed subject: what excludes it, and the cap that it has reached."""
    reason, cap = eligibility.excluded_reason(rules).label("reason"), eligibility.over_cap(rules).label("cap")
    async with city.house.database.transaction() as tx:
        rows = await tx.all(select(subjects.c.uscc, reason, cap).where(subjects.c.version == 2))
    return {row["uscc"]: row["reason"] for row in rows}, {row["uscc"]: row["cap"] for row in rows}


@pytest.mark.article(8)
@pytest.mark.parametrize("window_days", [0, 1, 90])
@pytest.mark.parametrize("triggered", [False, True])
@pytest.mark.parametrize("spare_a", [False, True])
async def test_sql_and_domain_keep_the_same_subjects_out(
    city: City, *, window_days: int, triggered: bool, spare_a: bool
) -> None:
    kinds = dict(enumerate(product([True, False], [True, False], DAYS, "AB")))
    changed = [
        subject(n, version=2, live=live, whitelisted=whitelisted, last_inspected_on=last, credit_class=credit)
        for n, (live, whitelisted, last, credit) in kinds.items()
    ]
    await city.house.hear(SubjectsChanged(subjects=changed), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    rules = Rules(DAY, triggered, window_days, spare_a)
    expected = {
        subject(n).uscc: excluded_by(Standing(*kind[:2], kind[3], kind[2]), rules) or "" for n, kind in kinds.items()
    }
    assert (await _reasons(city, rules))[0] == expected
    assert len(expected) == 64


# Cases that draw itself knows of: (ended on, days since it was handed out, of the same items)
HISTORIES: list[list[tuple[date | None, int, bool]]] = [
    [],
    [(None, 3, True)],
    [(None, 3, False), (None, 200, False)],
    [(date(2026, 11, 20), 30, True)],
    [(date(2026, 3, 1), 300, True)],
    [(date(2026, 11, 21), 9, False), (None, 1, True)],
    [(date(2025, 12, 30), 350, True), (None, 5, False)],
]
# What registry has told: last inspected on, how often in the year of that day
TOLD: list[tuple[date | None, int]] = [
    (None, 0), (date(2025, 12, 31), 3), (date(2026, 11, 20), 1), (date(2026, 11, 21), 2), (date(2026, 1, 1), 1),
]  # fmt: skip


async def _hand_out(city: City, uscc: str, history: list[tuple[date | None, int, bool]]) -> None:
    async with city.house.database.transaction() as tx:
        for number, (ended_on, days_ago, same) in enumerate(history):
            values: dict[str, Any] = {
                "case_id": f"{uscc}-{number}",
                "draw_id": f"{'same' if same else 'other'}-1",
                "uscc": uscc,
                "name": "",
                "county": COUNTY,
                "unit_id": "U",
                "officers": [],
                "dispatched_at": datetime(2026, 11, 22, 4, tzinfo=UTC) - timedelta(days=days_ago),
                "ended_on": ended_on,
            }
            await tx.execute(insert(cases).values(values))


async def _two_tasks(city: City) -> None:
    async with city.house.database.transaction() as tx:
        for name, items in (("same", ["HR01", "HR02"]), ("other", ["HR09"])):
            moment = datetime(2026, 1, 1, tzinfo=UTC)
            await tx.execute(
                insert(tasks).values(
                    task_id=name, plan_id="p", title="", county=COUNTY, items=items, directed=False, filter=[],
                    sections=[], deadline=DAY, seats=2, cells=[], order_only=False, urgent=False, state="dispatched",
                    opened_at=moment, correlation_id="",
                )
            )  # fmt: skip
            await tx.execute(
                insert(draws).values(
                    draw_id=f"{name}-1", task_id=name, attempt=1, county=COUNTY, profile="open", state="dispatched",
                    frozen_by="x", frozen_at=moment, pool={}, promises=[], reveals=[], dice=[], correlation_id="",
                )
            )  # fmt: skip


def _inspections(told: tuple[date | None, int], history: list[tuple[date | None, int, bool]]) -> int:
    """The rule in words: registry's number of this year, cases not ended, and ended ones that it can't know yet."""
    last, count = told
    of_year = count if last is not None and last.year == DAY.year else 0
    untold = [end for end, _, _ in history if end and end.year == DAY.year and (last is None or end > last)]
    return of_year + len(untold) + sum(end is None for end, _, _ in history)


@pytest.mark.article(4)
@pytest.mark.parametrize("cap", [0, 1, 2, 3])
@pytest.mark.parametrize("item_window", [0, 10, 300])
async def test_sql_and_domain_count_the_same_inspections(city: City, *, cap: int, item_window: int) -> None:
    await _two_tasks(city)
    kinds = dict(enumerate(product(TOLD, HISTORIES)))
    changed = [
        subject(n, version=2, credit_class="B", last_inspected_on=last, inspections_this_year=count)
        for n, ((last, count), _) in kinds.items()
    ]
    await city.house.hear(SubjectsChanged(subjects=changed), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    for n, (_, history) in kinds.items():
        await _hand_out(city, subject(n).uscc, history)
    standings = {}
    for n, (told, history) in kinds.items():
        same = [end or DAY - timedelta(days=ago) for end, ago, of_same in history if of_same]
        standings[subject(n).uscc] = Standing(
            last_inspected=told[0],
            inspections=_inspections(told, history),
            same_item_on=max(same, default=None),
        )
    for triggered, enforce, exempt in product([False, True], repeat=3):
        rules = Rules(
            DAY, triggered, 0, yearly_cap=cap, item_window_days=item_window, items=("HR02", "HR03"),
            enforce_caps=enforce, caps_exempt_triggers=exempt,
        )  # fmt: skip
        excluded, caps = await _reasons(city, rules)
        assert excluded == {uscc: excluded_by(one, rules) or "" for uscc, one in standings.items()}
        assert caps == {uscc: over_cap(one, rules) or "" for uscc, one in standings.items()}
        if not enforce or (triggered and exempt):
            assert set(excluded.values()) == {""}


@pytest.mark.article(4, 5)
async def test_whom_a_sealed_draw_drew_can_not_be_read_from_another_pool(city: City) -> None:
    await _two_tasks(city)
    uscc = subject(0).uscc
    await city.house.hear(SubjectsChanged(subjects=[subject(0, version=2)]), aggregate="subjects/1", county=COUNTY)
    await _hand_out(city, uscc, [(None, 1, True)])
    rules = (
        Rules(DAY, triggered=False, yearly_cap=1, enforce_caps=True),
        Rules(DAY, triggered=False, item_window_days=10, items=("HR01",), enforce_caps=True),
    )
    for opening, found in ((None, ["", ""]), ({}, ["yearly_cap", "item_window"])):
        async with city.house.database.transaction() as tx:
            await tx.execute(update(draws).where(draws.c.draw_id == "same-1").values(sealing={}, opening=opening))
        assert [(await _reasons(city, one))[0][uscc] for one in rules] == found


@pytest.mark.article(3, 4)
async def test_a_joined_task_counts_for_its_items_and_a_withdrawn_case_for_nothing(city: City) -> None:
    await _two_tasks(city)
    changed = [subject(n, version=2) for n in range(3)]
    await city.house.hear(SubjectsChanged(subjects=changed), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    for one in changed:
        await _hand_out(city, one.uscc, [(None, 1, False)])
    joined, parted, withdrawn = (one.uscc for one in changed)
    async with city.house.database.transaction() as tx:
        for uscc in (joined, parted):
            await tx.execute(
                insert(case_tasks).values(
                    case_id=f"{uscc}-0", draw_id="same-1", task_id="same", uscc=uscc, county=COUNTY, own_case_id="",
                    officers=[], joined_at=datetime(2026, 11, 21, tzinfo=UTC),
                    parted_at=None if uscc == joined else datetime(2026, 11, 22, tzinfo=UTC),
                )
            )  # fmt: skip
        await tx.execute(update(cases).where(cases.c.uscc == withdrawn).values(withdrawn="court_order"))
    rules = Rules(DAY, triggered=False, yearly_cap=1, item_window_days=10, items=("HR01",), enforce_caps=True)
    assert (await _reasons(city, rules))[0] == {joined: "item_window", parted: "yearly_cap", withdrawn: ""}


def test_the_decision_can_be_written_out_for_copy() -> None:
    """COPY takes no parameters."""
    rules = Rules(DAY, False, 90, True, 2, 30, ("HR01", "it's"), enforce_caps=True)
    statement = select(eligibility.excluded_reason(rules))
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    written = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    assert "it''s" in written
    assert "%(" not in written
