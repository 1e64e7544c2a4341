"""Eligibility decided by PostgreSQL is the one that the domain decides, case by case."""

from datetime import date, timedelta
from itertools import product

import pytest
from sqlalchemy import select

from services.draw.domain.eligibility import excluded_by
from services.draw.store.eligibility import excluded_reason
from services.draw.store.tables import subjects
from services.registry.events.published import SubjectsChanged
from tests.draw.conftest import COUNTY, City, subject

DAY = date(2026, 11, 22)
NEVER: list[date | None] = [None]
DAYS = NEVER + [DAY + timedelta(days=n) for n in (-400, -91, -90, -89, -1, 0, 1)]


@pytest.mark.article(8)
@pytest.mark.parametrize("window_days", [0, 1, 90])
@pytest.mark.parametrize("triggered", [False, True])
async def test_sql_and_domain_keep_the_same_subjects_out(city: City, *, window_days: int, triggered: bool) -> None:
    kinds = dict(enumerate(product([True, False], [True, False], DAYS)))
    changed = [
        subject(n, version=2, live=live, whitelisted=whitelisted, last_inspected_on=last)
        for n, (live, whitelisted, last) in kinds.items()
    ]
    await city.house.hear(SubjectsChanged(subjects=changed), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    reason = excluded_reason(as_of=DAY, window_days=window_days, triggered=triggered)
    async with city.house.database.transaction() as tx:
        rows = await tx.all(select(subjects.c.uscc, reason.label("reason")).where(subjects.c.version == 2))
    expected = {
        subject(n).uscc: excluded_by(
            live=live,
            whitelisted=whitelisted,
            last_inspected=last,
            as_of=DAY,
            window_days=window_days,
            triggered=triggered,
        )
        or ""
        for n, (live, whitelisted, last) in kinds.items()
    }
    assert {row["uscc"]: row["reason"] for row in rows} == expected
    assert len(expected) == 32
