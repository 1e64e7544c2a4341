"""The ratio policy: two people make it, the right one rules, and what it changes is counted exactly."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.plan import RejectionNeedsReason, Signature
from services.draw.domain.ratios import (
    DEFAULT_POLICY,
    EVERYWHERE,
    ORDER_ONLY,
    Level,
    PolicyDraft,
    PolicyInvalid,
    PolicyNeedsAnotherApprover,
    PolicyNotProposed,
    PolicyNotUsable,
    PolicyState,
    RatioPolicy,
    differences,
    in_force,
    must_be_usable,
    percent,
    percent_text,
)
from services.draw.domain.rule import FLOOR, Quota, Ratio

TODAY = date(2026, 11, 22)
COUNTY = "410311"
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


def policy(
    version: str = "410300-001",
    county: str = EVERYWHERE,
    level: Level = Level.GENERAL,
    valid_from: date = date(2026, 1, 1),
    state: PolicyState = PolicyState.APPROVED,
    day: int = 1,
) -> RatioPolicy:
    decided = Signature("lead-2", MOMENT.replace(day=day)) if state is not PolicyState.PROPOSED else None
    return RatioPolicy(
        version, DEFAULT_POLICY.quota, county, level, False, valid_from, "依据", "", Signature("lead-1", MOMENT), state,
        decided,
    )  # fmt: skip


@pytest.mark.article(6)
def test_who_proposes_a_policy_does_not_approve_it() -> None:
    proposed = policy(state=PolicyState.PROPOSED)
    with pytest.raises(PolicyNeedsAnotherApprover):
        proposed.approve("lead-1", MOMENT)
    with pytest.raises(PolicyNeedsAnotherApprover):
        proposed.reject("lead-1", MOMENT, "比例偏高")
    approved = proposed.approve("lead-2", MOMENT)
    assert approved.state is PolicyState.APPROVED
    assert approved.quota is proposed.quota
    for again in (approved, proposed.reject("lead-2", MOMENT, "比例偏高"), DEFAULT_POLICY):
        with pytest.raises(PolicyNotProposed):
            again.approve("lead-3", MOMENT)


def test_a_policy_is_sent_back_with_a_reason() -> None:
    with pytest.raises(RejectionNeedsReason):
        policy(state=PolicyState.PROPOSED).reject("lead-2", MOMENT, " ")


@pytest.mark.article(6)
def test_the_countys_own_policy_rules_before_the_citys() -> None:
    city, own = policy("city"), policy("own", COUNTY)
    assert in_force([city, own], COUNTY, Level.GENERAL, TODAY) is own
    assert in_force([city, own], "410302", Level.GENERAL, TODAY) is city
    assert in_force([], COUNTY, Level.GENERAL, TODAY) is DEFAULT_POLICY


def test_the_latest_first_day_rules_and_what_is_not_approved_or_not_yet_valid_never() -> None:
    old, new = policy("old"), policy("new", valid_from=date(2026, 6, 1))
    tomorrow = policy("tomorrow", valid_from=date(2026, 11, 23))
    proposed, rejected = policy("p", state=PolicyState.PROPOSED), policy("r", state=PolicyState.REJECTED)
    known = [tomorrow, new, old, proposed, rejected]
    assert in_force(known, COUNTY, Level.GENERAL, TODAY) is new
    assert in_force(known, COUNTY, Level.GENERAL, date(2026, 11, 23)) is tomorrow
    assert in_force(known, COUNTY, Level.GENERAL, date(2026, 5, 31)) is old
    corrected = policy("corrected", valid_from=date(2026, 6, 1), day=2)
    assert in_force([new, corrected], COUNTY, Level.GENERAL, TODAY) is corrected


def test_key_items_use_the_general_policy_until_they_have_one() -> None:
    general, key = policy("general", COUNTY), policy("key", level=Level.KEY)
    assert in_force([general], COUNTY, Level.KEY, TODAY) is general
    assert in_force([general, key], COUNTY, Level.KEY, TODAY) is key
    assert in_force([general, key], COUNTY, Level.GENERAL, TODAY) is general


@pytest.mark.article(6)
def test_a_plan_cites_approved_versions_of_its_own_place_and_level_only() -> None:
    ruling = policy()
    must_be_usable(policy("old", valid_from=date(2025, 1, 1)), ruling, COUNTY, Level.GENERAL, TODAY)
    for wrong in (
        policy("p", state=PolicyState.PROPOSED),
        policy("later", valid_from=date(2026, 12, 1)),
        policy("elsewhere", "410302"),
        policy("key", level=Level.KEY),
    ):
        with pytest.raises(PolicyNotUsable, match=wrong.version):
            must_be_usable(wrong, ruling, COUNTY, Level.GENERAL, TODAY)
    must_be_usable(policy("key", level=Level.KEY), ruling, COUNTY, Level.KEY, TODAY)


@pytest.mark.article(6)
def test_general_items_are_not_drawn_at_more_than_a_ruling_limit() -> None:
    more = policy("more").with_ratio("more", {"C": Ratio(11, 100)})
    limit = replace(policy(), quota=replace(DEFAULT_POLICY.quota, rounding=FLOOR))
    with pytest.raises(PolicyNotUsable, match="C 类超过了它"):
        must_be_usable(more, limit, COUNTY, Level.GENERAL, TODAY)
    must_be_usable(more, policy(), COUNTY, Level.GENERAL, TODAY)  # 不低于 is no limit
    must_be_usable(more, limit, COUNTY, Level.KEY, TODAY)  # key items have no limit


@pytest.mark.article(6)
def test_class_a_is_left_alone_by_routine_draws_and_not_by_triggers() -> None:
    spares = replace(DEFAULT_POLICY, spare_a=True)
    assert spares.draws("A", 1000) == 0
    assert spares.draws("A", 1000, triggered=True) == 10
    assert spares.draws("B", 1000) == 20
    zero = DEFAULT_POLICY.with_ratio("zero", {"A": Ratio(0, 1)})
    assert zero.draws("A", 1000) == 1, "a ratio of nothing still draws the minimum: leaving alone is a rule of its own"


def test_key_items_without_limit_draw_everybody() -> None:
    assert [ORDER_ONLY.draws(name, 17) for name in "ABCDU"] == [17] * 5


def test_the_difference_is_counted_class_by_class() -> None:
    after = replace(DEFAULT_POLICY.with_ratio("new", {"C": Ratio(5, 100)}), spare_a=True)
    found = {one.stratum: one for one in differences(DEFAULT_POLICY, after, {"A": 201, "C": 90})}
    assert (found["A"].drawn_before, found["A"].drawn_after) == (3, 0)
    assert (found["C"].drawn_before, found["C"].drawn_after) == (9, 5)
    assert (found["B"].n, found["B"].drawn_after) == (0, 0)


@given(st.integers(0, 1_000_000))
def test_a_percentage_is_read_and_written_exactly(units: int) -> None:
    text = f"{units // 10_000}.{units % 10_000:04d}"
    ratio = percent(text)
    assert ratio is not None
    assert ratio.num * 1_000_000 == units * ratio.den
    assert percent(percent_text(ratio)) == ratio


@pytest.mark.parametrize("text", ["", "101", "-1", "2,5", "1e1", "abc", "0.00001", "\uff11"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    assert percent(text) is None


def test_a_ratio_that_no_percentage_writes_is_not_rounded() -> None:
    assert percent_text(Ratio(1, 3)) == ""
    assert percent_text(Ratio(1, 40)) == "2.5"


DRAFT = PolicyDraft("", "一般", dict.fromkeys("ABCDU", "2.5"), "floor", "0", False, "依据", "", TODAY)


def test_a_draft_becomes_exact_numbers() -> None:
    quota, level, first = DRAFT.check(TODAY, [COUNTY])
    assert quota == Quota(dict.fromkeys("ABCDU", Ratio(1, 40)), 0, FLOOR)
    assert (level, first) == (Level.GENERAL, TODAY)


def test_every_wrong_field_of_a_draft_is_named() -> None:
    wrong = PolicyDraft("999999", "特别", {"A": "x"}, "up", "-1", False, " ", "文\\号", date(2026, 11, 21))
    with pytest.raises(PolicyInvalid) as caught:
        wrong.check(TODAY, [COUNTY])
    assert {error.field for error in caught.value.fields} == {
        "county", "level", "ratio_A", "ratio_B", "ratio_C", "ratio_D", "ratio_U", "rounding", "minimum", "reason",
        "document_number", "valid_from",
    }  # fmt: skip
