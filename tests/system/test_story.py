"""A complaint becomes a public, mirrored result on real processes, and its complainant is told."""

import json

import pytest

from tests.system.ledger import nothing_lost_nothing_doubled
from tests.system.played import Played

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


@pytest.mark.article(2, 4, 7)
def test_sixty_complaints_become_one_trigger_and_every_drawn_subject_a_mirrored_result(played: Played) -> None:
    counts = played.counts
    assert counts.signals == 60
    assert counts.triggers == 1
    assert counts.drawn == counts.inspected == counts.published == counts.mirrored > 0
    assert counts.refused >= 1
    assert counts.answered >= 3


def test_nothing_was_lost_and_nothing_came_twice(played: Played) -> None:
    nothing_lost_nothing_doubled(played.ledger)


@pytest.mark.article(6)
def test_every_credit_class_was_drawn_by_its_own_ratio(played: Played) -> None:
    commit = played.ledger.certificate["commit"]
    for name, rows, quota in commit["strata"]:
        num, den = commit["rule"]["strata"]["ratio"][name]
        assert quota == (min(rows, max(1, -(-rows * num // den))) if rows else 0)


@pytest.mark.article(5, 10)
def test_two_different_officers_of_the_county_inspect_each_subject(played: Played) -> None:
    for _, team in played.ledger.certificate["assignments"]:
        assert len(set(team)) == 2


@pytest.mark.article(14)
def test_every_result_was_published_in_time(played: Played) -> None:
    assert all(one["in_time"] for one in played.ledger.publications)


@pytest.mark.article(10, 12)
def test_results_of_every_kind_were_recorded(played: Played) -> None:
    results = {one["subject_result"] for one in played.ledger.cases}
    assert results == {"1", "E", "6", "8"}


def test_the_log_shows_every_attempt_and_its_commitment_before_seed_and_result(played: Played) -> None:
    kinds = [one["kind"] for one in played.ledger.log if one["kind"].startswith("draw-")]
    assert kinds == ["draw-commit", "draw-abort", "draw-commit", "draw-seed", "draw-result"]


def test_no_answer_names_a_firm_or_repeats_a_complaint(played: Played) -> None:
    texts = " ".join(one["text"] for one in played.ledger.answered["answers"])
    for case in played.ledger.cases:
        assert case["subject_name"] not in texts
        assert case["uscc"] not in texts
    assert "演示数据" not in texts


@pytest.mark.article(5, 10)
def test_a_list_that_changed_after_its_draw_is_changed_everywhere(played: Played) -> None:
    editions = [json.loads(text) for _, text in played.said["draw.certificate_amended"]]
    assert [(one["edition"], one["kind"]) for one in editions] == [(2, "void"), (3, "reserve"), (4, "officer")]
    logged = [json.loads(text) for _, text in played.said["publicity.entry_logged"]]
    references = {one["reference"] for one in logged if one["kind"] == "draw-amendment"}
    assert references == {f"{one['draw_id']}/{one['edition']}" for one in editions}
    [replaced] = [json.loads(text) for _, text in played.said["draw.officers_replaced"]]
    [granted] = [json.loads(text) for _, text in played.said["inspection.recusal_granted"]]
    assert (replaced["case_id"], replaced["out"]) == (granted["case_id"], granted["officer_id"])
