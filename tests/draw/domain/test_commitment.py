"""The commitment and the certificate: exact documents, and contradictions refused before anything is logged."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from libs.common.canonical import canonical, digest, sha256_hex
from libs.common.errors import SunlotError
from services.draw.domain.cells import CellsInvalid, CellsMasked
from services.draw.domain.certificate import Certificate
from services.draw.domain.commitment import (
    DIRECT,
    AttemptNotExplained,
    Commitment,
    CommitmentHasMore,
    CommitmentInvalid,
    OfficersSummary,
    PoolCountsWrong,
    PoolEmpty,
    PoolSummary,
    Profile,
    QuotasWrong,
    Supersedes,
    TextNotPlain,
    TimesOutOfOrder,
    TimeWithoutZone,
    commitment_from,
    utc_text,
)
from services.draw.domain.direct import DirectChoice
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.pool import Freezing
from services.draw.domain.receipt import COMMIT, RESULT, LogReceipt, ReceiptInvalid, receipt_from
from tests.draw.domain.samples import AS_OF, TASK, commitment, receipt, roster, rows, whole_draw


@pytest.fixture(scope="module")
def promised() -> Commitment:
    pool = rows(300)
    freezing = Freezing()
    list(freezing.pages(pool))
    return commitment(freezing, roster(pool))


def test_the_document_has_every_part_that_decides_the_draw(promised: Commitment) -> None:
    document = json.loads(promised.bytes)
    assert list(document) == sorted(document)
    assert document["type"] == "sunlot-draw/1/commit"
    assert document["pool"]["columns"] == ["id", "county", "industry", "size", "type", "class", "eligible"]
    assert document["pool"]["as_of"] == "2026-11-22T01:00:00Z"
    assert document["rule"]["strata"]["ratio"]["A"] == [1, 20]
    assert document["rule"]["filter"] == [{"col": "county", "prefix": ["4103"]}]
    assert document["seed_plan"]["parties"][0][0] == "lead"
    assert document["supersedes"] is None
    assert set(document) == {
        "type", "profile", "draw_id", "attempt", "supersedes", "authority", "task", "policy", "pool", "rule",
        "strata", "officers", "recusals_root", "seed_plan", "result_deadline", "code",
    }  # fmt: skip
    assert promised.sha256 == sha256_hex(promised.bytes) == digest(document)


def test_a_commitment_reads_back_to_the_byte(promised: Commitment) -> None:
    again = commitment_from(json.loads(promised.bytes))
    assert again == promised
    earlier = Supersedes(f"{TASK}-1", promised.sha256, "停电")
    second = replace(promised, attempt=2, draw_id=f"{TASK}-2", supersedes=earlier)
    assert commitment_from(json.loads(second.bytes)) == second


def test_a_stored_commitment_with_more_or_less_is_refused(promised: Commitment) -> None:
    with pytest.raises(CommitmentHasMore):
        commitment_from({**promised.document(), "note": "x"})
    with pytest.raises(CommitmentInvalid, match="格式不正确"):
        commitment_from({"type": "sunlot-draw/1/commit"})


@pytest.mark.article(5, 6)
@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"draw_id": f"{TASK}-2"}, CommitmentInvalid),
        ({"attempt": 2, "draw_id": f"{TASK}-2"}, AttemptNotExplained),
        ({"reveal_deadline": AS_OF}, TimesOutOfOrder),
        ({"authority": ""}, TextNotPlain),
        ({"policy": "a\nb"}, TextNotPlain),
    ],
)
def test_a_contradiction_is_refused(promised: Commitment, change: dict[str, Any], error: type[SunlotError]) -> None:
    with pytest.raises(error):
        replace(promised, **change)


@pytest.mark.article(6)
def test_quotas_follow_from_the_ratios_and_nothing_else(promised: Commitment) -> None:
    (name, n, k), *others = promised.strata
    with pytest.raises(QuotasWrong):
        replace(promised, strata=((name, n, k + 1), *others))
    with pytest.raises(PoolCountsWrong):
        replace(promised, pool=replace(promised.pool, rows=promised.pool.rows + 1))


def test_a_pool_without_anybody_to_draw_is_not_committed(promised: Commitment) -> None:
    empty = PoolSummary("00" * 32, 0, 0, AS_OF, ())
    with pytest.raises(PoolEmpty, match="没有可抽取的检查对象"):
        replace(promised, pool=empty, strata=tuple((name, 0, 0) for name, _, _ in promised.strata))


def test_every_row_kept_out_has_a_reason() -> None:
    freezing = Freezing()
    list(freezing.pages(rows(50)))
    with pytest.raises(CommitmentInvalid, match="排除原因合计"):
        PoolSummary.of(freezing, AS_OF, {ExcludedReason.NOT_LIVE: freezing.ineligible + 1})


@pytest.mark.article(10)
def test_a_draw_with_one_officer_a_subject_is_not_committed() -> None:
    with pytest.raises(CommitmentInvalid, match="不得少于 2 人"):
        OfficersSummary("00", 5, "00", seats=1)
    with pytest.raises(CommitmentInvalid, match="选派方式"):
        OfficersSummary("00", 5, "00", method="favourites")


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(TimeWithoutZone):
        utc_text(datetime(2026, 11, 22))  # noqa: DTZ001 - the naive time is the point


def test_the_certificate_repeats_the_commitment_and_hashes_its_result() -> None:
    drawn = whole_draw(rows(300))
    document = json.loads(drawn.certificate.bytes)
    assert digest(document["commit"]) == document["commit_sha256"]
    assert document["result_sha256"] == digest([document["selected"], document["assignments"]])
    assert document["selected"] == sorted(document["selected"], key=lambda each: (each[2], each[0]))
    assert [each[0] for each in document["assignments"]] == [each[0] for each in document["selected"]]
    assert canonical(document) == drawn.certificate.bytes


def test_a_direct_choice_is_on_the_certificate_as_such() -> None:
    drawn = whole_draw(rows(300)).certificate
    with pytest.raises(ValueError, match="direct"):
        replace(drawn, direct=DirectChoice("急办", "p1", "p2"))
    officers = replace(drawn.commitment.officers, method=DIRECT)
    direct: Certificate = replace(
        drawn, commitment=replace(drawn.commitment, officers=officers), direct=DirectChoice("急办", "p1", "p2")
    )
    assert direct.document()["direct"] == {"reason": "急办", "chosen_by": "p1", "approved_by": "p2"}


def test_a_receipt_proves_this_commitment_and_no_other(promised: Commitment) -> None:
    good = receipt(promised)
    good.check(promised.draw_id, COMMIT, promised.sha256)
    assert receipt_from(json.loads(canonical(good.document()))) == good
    bad: list[LogReceipt] = [
        replace(good, reference=f"{TASK}-9"),
        replace(good, index=1),
        replace(good, inclusion=good.inclusion[1:]),
        replace(good, root_hash="00" * 32),
        replace(good, root_hash="no hash"),
        replace(good, entry="something else"),
        replace(good, entry=""),
    ]
    for wrong in bad:
        with pytest.raises(ReceiptInvalid):
            wrong.check(promised.draw_id, COMMIT, promised.sha256)
    with pytest.raises(ReceiptInvalid):
        good.check(promised.draw_id, COMMIT, "00" * 32)
    with pytest.raises(ReceiptInvalid):
        good.check(promised.draw_id, RESULT, promised.sha256)
    with pytest.raises(ReceiptInvalid):
        receipt_from({"index": 1})


@pytest.mark.article(8)
def test_cells_stand_in_the_rule_only_when_the_draw_is_spread_over_them(promised: Commitment) -> None:
    plain = promised
    spread = replace(plain, cells=("county", "industry"))
    assert "cells" not in plain.document()["rule"]["strata"]
    assert spread.document()["rule"]["strata"]["cells"] == ("county", "industry")
    assert commitment_from(json.loads(spread.bytes)) == spread
    with pytest.raises(CellsInvalid):
        replace(plain, cells=("industry", "county"))
    with pytest.raises(CellsMasked, match="分类脱敏"):
        replace(spread, profile=Profile.MASKED)
