"""The committed rule: what a filter may use, and how many a ratio takes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.draw.domain.ratios import DEFAULT_POLICY
from services.draw.domain.rule import (
    FLOOR,
    Between,
    FilterInvalid,
    In,
    Prefix,
    Quota,
    Ratio,
    RuleInvalid,
    matches,
    parse_filter,
)
from tests.draw.domain.samples import row

ONE = row(1)._replace(county="410311", industry="C1311", credit_class="D")


@pytest.mark.article(8)
@pytest.mark.parametrize(
    ("document", "inside"),
    [
        ([], True),
        ([{"col": "county", "in": ["410302", "410311"]}], True),
        ([{"col": "county", "in": ["410302"]}], False),
        ([{"col": "industry", "prefix": ["C13", "F"]}], True),
        ([{"col": "industry", "ge": "C1300", "le": "C1399"}], True),
        ([{"col": "industry", "ge": "C1400", "le": "C1499"}], False),
        ([{"col": "class", "in": ["D"]}, {"col": "county", "prefix": ["4103"]}], True),
        ([{"col": "class", "in": ["A"]}, {"col": "county", "prefix": ["4103"]}], False),
    ],
)
def test_a_filter_is_an_and_of_three_shapes(document: list[dict[str, Any]], inside: bool) -> None:
    assert matches(parse_filter(document), ONE) is inside


@pytest.mark.article(8)
@pytest.mark.parametrize(
    "condition",
    [
        {"col": "id", "in": ["91110875000022L9J2"]},  # naming a firm is no random draw
        {"col": "name", "prefix": ["某"]},
        {"col": "county"},
        {"col": "county", "in": []},
        {"col": "county", "in": [""]},
        {"col": "county", "in": [410311]},
        {"col": "county", "in": ["410311"], "prefix": ["41"]},
        {"col": "county", "not": ["410311"]},
        {"col": "county", "ge": "2", "le": "1"},
        {"in": ["410311"]},
    ],
)
def test_a_filter_that_the_notice_does_not_know_is_refused(condition: dict[str, Any]) -> None:
    with pytest.raises(FilterInvalid):
        parse_filter([condition])


def test_a_filter_reads_back_what_it_writes() -> None:
    filter_ = (In("county", ("1", "2")), Prefix("industry", ("C",)), Between("size", "a", "b"))
    assert parse_filter([condition.document() for condition in filter_]) == filter_


@pytest.mark.article(2, 6)
@pytest.mark.parametrize(
    ("n", "ceil", "floor"), [(0, 0, 0), (1, 1, 1), (99, 1, 1), (100, 1, 1), (101, 2, 1), (12000, 120, 120)]
)
def test_not_below_rounds_up_and_not_above_rounds_down(n: int, ceil: int, floor: int) -> None:
    ratio = {"A": Ratio(1, 100)}
    assert Quota(ratio).of("A", n) == ceil
    assert Quota(ratio, rounding=FLOOR).of("A", n) == floor


@given(st.integers(0, 10**7), st.integers(0, 100), st.integers(0, 50), st.sampled_from(["ceil", "floor"]))
def test_a_quota_never_exceeds_the_stratum(n: int, num: int, minimum: int, rounding: str) -> None:
    k = Quota({"A": Ratio(num, 100)}, minimum, rounding).of("A", n)
    assert min(n, minimum) <= k <= n


@pytest.mark.article(6)
def test_the_default_policy_draws_risky_firms_more_and_unclassified_like_class_b() -> None:
    quota = DEFAULT_POLICY.quota
    assert [quota.of(name, 1000) for name in "ABCDU"] == [10, 20, 100, 300, 20]
    stricter = DEFAULT_POLICY.with_ratio("city/2", {"D": Ratio(1, 1)})
    assert stricter.quota.of("D", 1000) == 1000
    assert DEFAULT_POLICY.quota.of("D", 1000) == 300


@pytest.mark.article(6)
def test_a_class_without_a_ratio_stops_the_draw() -> None:
    with pytest.raises(RuleInvalid, match="分类 U"):
        Quota({"A": Ratio(1, 100)}).strata({"A": 10, "U": 1})


@pytest.mark.parametrize(("num", "den"), [(2, 1), (-1, 2), (1, 0)])
def test_a_ratio_lies_between_none_and_all(num: int, den: int) -> None:
    with pytest.raises(RuleInvalid):
        Ratio(num, den)
    with pytest.raises(RuleInvalid):
        Quota({"A": Ratio(1, 2)}, rounding="half")
