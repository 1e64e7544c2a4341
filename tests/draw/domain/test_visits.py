"""When a drawn subject's items may join another task's visit (细则第三条)."""

from dataclasses import replace
from datetime import date

import pytest

from services.draw.domain.dispatch import Dispatch
from services.draw.domain.visits import OpenVisit, Standing, joinable

DAY = date(2027, 1, 15)
ONE = Dispatch("t2-0001", "t2-1", "91A", "410311", "u", ("o-8", "o-9"), ("B1",))
VISIT = OpenVisit("t1-0001", "91A", "u", ("o-1", "o-2"), frozenset({"A1"}), date(2027, 1, 31))
FREE = Standing(frozenset(), True, DAY, frozenset())
TEAM = {"o-1": FREE, "o-2": FREE}
CATEGORIES = {"A1": "工资", "B1": "社保"}


def _join(visit: OpenVisit = VISIT, **team: Standing) -> OpenVisit | None:
    standing = TEAM | {name.replace("_", "-"): one for name, one in team.items()}
    return joinable(ONE, DAY, [visit], standing, CATEGORIES)


@pytest.mark.article(3)
def test_the_team_needs_its_certificates_until_the_earlier_deadline_only() -> None:
    assert _join() is VISIT
    assert _join(replace(VISIT, deadline=date(2027, 1, 1))) is not None
    assert _join(o_1=replace(FREE, certificate_valid_to=date(2027, 1, 14))) is None


@pytest.mark.article(3, 5, 10)
@pytest.mark.parametrize(
    "kept_out",
    [
        replace(FREE, categories=frozenset({"工资"})),
        replace(FREE, on_duty=False),
        replace(FREE, recusals=frozenset({"91A"})),
    ],
)
def test_everybody_on_the_team_may_inspect_everything_there(kept_out: Standing) -> None:
    assert _join(o_2=kept_out) is None
    assert _join(o_2=replace(FREE, categories=frozenset({"工资", "社保"}), recusals=frozenset({"91B"}))) is VISIT


def test_another_firm_another_unit_an_unknown_officer_or_item_joins_nothing() -> None:
    assert _join(replace(VISIT, subject_id="91B")) is None
    assert _join(replace(VISIT, unit_id="v")) is None
    assert _join(replace(VISIT, officers=("o-1", "o-3"))) is None
    assert _join(replace(VISIT, items=frozenset({"A1", "gone"}))) is None


def test_the_first_visit_that_fits_is_taken() -> None:
    narrow = replace(VISIT, case_id="t0-0001", officers=("o-1", "o-3"))
    later = replace(VISIT, case_id="t3-0001")
    assert joinable(ONE, DAY, [narrow, VISIT, later], TEAM, CATEGORIES) is VISIT
