"""What the complainant is told, and what never."""

import pytest

from services.trigger.domain import answer, review
from services.trigger.domain.answer import DISPATCHED, OUTCOME, PUBLISHED, CaseFact, DrawFact, progress

OWN, OTHER = "91410300MA00000001", "91410300MA00000002"
DRAWS = [DrawFact("d1", 2)]


def case(number: int, uscc: str, result: str = "", *, published: bool = False, draw: str = "d1") -> CaseFact:
    return CaseFact(f"t-{number:04d}", draw, uscc, result, published)


def test_before_the_inspection_everybody_is_told_the_same() -> None:
    cases = [case(1, OWN), case(2, OTHER)]
    assert progress(OWN, DRAWS, cases) == progress("91410300MA00000009", DRAWS, cases)
    assert [stage for stage, _ in progress(OWN, DRAWS, cases)] == [DISPATCHED]


def test_nothing_is_told_before_the_whole_list_is_dispatched() -> None:
    assert progress(OWN, DRAWS, [case(1, OWN)]) == []
    assert progress(OWN, [], [case(1, OWN), case(2, OTHER)]) == []


@pytest.mark.parametrize(
    ("code", "word"), [("1", "未发现"), ("E", "责令改正"), ("A", "后续处理"), ("8", "不配合"), ("6", "登记经营状况")]
)
def test_ones_own_case_is_answered_when_it_is_over(code: str, word: str) -> None:
    told = dict(progress(OWN, DRAWS, [case(1, OWN, code), case(2, OTHER)]))
    assert word in told[OUTCOME]
    assert PUBLISHED not in told


@pytest.mark.article(14)
def test_who_complained_of_another_firm_hears_numbers_once_all_is_done() -> None:
    stranger = "91410300MA00000009"
    half = [case(1, OWN, "E", published=True), case(2, OTHER)]
    assert [stage for stage, _ in progress(stranger, DRAWS, half)] == [DISPATCHED]
    whole = [case(1, OWN, "E", published=True), case(2, OTHER, "8", published=True)]
    told = dict(progress(stranger, DRAWS, whole))
    assert set(told) == {DISPATCHED, OUTCOME, PUBLISHED}
    assert "2 户" in told[OUTCOME]
    assert "责令改正" not in "".join(told.values())
    assert "不配合" not in "".join(told.values())


def test_an_inspection_heard_of_before_its_dispatch_counts_as_dispatched() -> None:
    told = progress(OWN, DRAWS, [case(1, OWN, "1"), case(2, OTHER)])
    assert [stage for stage, _ in told] == [DISPATCHED, OUTCOME]


def test_a_publication_heard_of_before_its_inspection_waits() -> None:
    assert progress(OWN, DRAWS, [case(1, OWN, draw="", published=True), case(2, OTHER)]) == []


def test_every_text_may_be_read_to_whoever_complained() -> None:
    due = "2026年12月1日"
    texts = [answer.accepted(due), answer.matched(), answer.returned(), review.reopened(due), review.withdrawn()]
    texts += [review.reviewed(conclusion) for conclusion in review.CONCLUSIONS]
    texts += [
        text for result in ("1", "E", "") for _, text in progress(OWN, [DrawFact("d1", 1)], [case(1, OWN, result)])
    ]
    for text in texts:
        assert "您" in text
        assert "反映人" not in text
        assert "工单" not in text
    assert "检查" not in review.reviewed(review.JOINED)  # a firm may complain of itself to hear of one
