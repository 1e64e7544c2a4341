"""Messages on an order end in the same state in whatever order they come, and each counts once."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.trigger.domain import review, sla
from services.trigger.domain.errors import (
    ConclusionMissing,
    MessageFromTheFuture,
    MessageIncomplete,
    NoteMissing,
    ReviewOver,
)
from services.trigger.domain.message import (
    EXTEND,
    KINDS,
    REASONS,
    RESULTS,
    REVISIT,
    URGE,
    WITHDRAW,
    Message,
    Standing,
    applied,
    check_message,
    in_words,
)
from services.trigger.domain.signal import MATCHED, RETURNED

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
START = Standing(due=date(2026, 11, 27))


def messages() -> st.SearchStrategy[Message]:
    return st.builds(
        Message,
        message_id=st.just("m"),
        kind=st.sampled_from(list(KINDS)),
        at=st.integers(0, 5).map(lambda hours: NOW - timedelta(hours=hours)),  # often at the same time
        result=st.sampled_from(list(RESULTS)),
        reason=st.sampled_from(list(REASONS)),
        until=st.integers(0, 20).map(lambda days: date(2026, 11, 22) + timedelta(days=days)),
    )


def all_of(sent: list[Message]) -> Standing:
    standing = START
    for message in sent:
        standing = applied(standing, message)
    return standing


@given(st.lists(messages(), max_size=8).flatmap(lambda sent: st.tuples(st.just(sent), st.permutations(sent))))
def test_any_order_of_arrival_ends_the_same(pair: tuple[list[Message], list[Message]]) -> None:
    assert all_of(pair[0]) == all_of(pair[1])


def test_a_withdrawal_outlives_everything_and_counts_go_on() -> None:
    sent = [
        Message("1", URGE, NOW),
        Message("2", WITHDRAW, NOW),
        Message("3", REVISIT, NOW, "unsatisfied"),
        Message("4", REVISIT, NOW + timedelta(hours=1), "satisfied"),
        Message("5", EXTEND, NOW, until=date(2026, 12, 5)),
    ]
    ends = {all_of(list(order)) for order in permutations(sent)}
    assert ends == {Standing(date(2026, 12, 5), 1, False, True, 1, "satisfied", NOW + timedelta(hours=1))}


def test_an_extension_never_shortens() -> None:
    assert applied(START, Message("1", EXTEND, NOW, until=date(2026, 11, 25))).due == START.due


@pytest.mark.parametrize(
    "wrong",
    [
        Message("1", REVISIT, NOW),
        Message("1", EXTEND, NOW),
        Message("1", EXTEND, NOW, until=date(2026, 11, 1)),
        Message("1", EXTEND, NOW, until=date(2028, 11, 1)),
    ],
)
def test_what_a_kind_needs_must_be_there(wrong: Message) -> None:
    with pytest.raises(MessageIncomplete) as refused:
        check_message(wrong, NOW)
    assert [one.field for one in refused.value.fields] == ["result" if wrong.kind == REVISIT else "until"]


def test_a_message_is_not_sent_tomorrow() -> None:
    with pytest.raises(MessageFromTheFuture):
        check_message(Message("1", URGE, NOW + timedelta(hours=1)), NOW)


def test_history_says_what_came_in_words() -> None:
    assert in_words(Message("1", REVISIT, NOW, "unsatisfied", "slow")) == "平台回访：不满意（办理不及时）"
    assert in_words(Message("1", EXTEND, NOW, until=date(2026, 12, 5))) == "平台延期至2026年12月5日"


def test_a_review_ends_once_with_a_conclusion_that_fits_and_a_note() -> None:
    with pytest.raises(ReviewOver):
        review.check_conclusion(MATCHED, review.EXPLAINED, "已电话说明", is_open=False)
    with pytest.raises(ConclusionMissing):
        review.check_conclusion(MATCHED, review.WITHDRAWN, "已电话说明", is_open=True)
    with pytest.raises(ConclusionMissing):
        review.check_conclusion(MATCHED, review.RETAKEN, "已电话说明", is_open=True)
    with pytest.raises(NoteMissing):
        review.check_conclusion(MATCHED, review.EXPLAINED, " 无 ", is_open=True)
    assert review.check_conclusion(RETURNED, review.RETAKEN, " 材料补齐 ", is_open=True) == "材料补齐"
    assert all(review.reviewed(conclusion) for conclusion in review.CONCLUSIONS)


def test_terms_count_by_kind_and_fall_back() -> None:
    terms = sla.with_term({}, sla.ACCEPT, "求助", 2)
    assert sla.days_for(terms, sla.ACCEPT, "求助") == 2
    assert sla.days_for(terms, sla.ACCEPT, "投诉举报", 7) == 7
    assert sla.days_for(terms, sla.REVIEW, "求助") == sla.DEFAULT_DAYS
    assert sla.with_term(terms, sla.ACCEPT, "求助", None) == {}


@pytest.mark.parametrize(
    ("today", "standing"),
    [
        (date(2026, 11, 26), sla.DUE),  # Thursday before a Friday
        (date(2026, 11, 25), sla.IN_TIME),
        (date(2026, 11, 27), sla.DUE),
        (date(2026, 11, 28), sla.LATE),
    ],
)
def test_what_ends_on_the_next_working_day_is_due(today: date, standing: str) -> None:
    assert sla.standing(date(2026, 11, 27), today) == standing
