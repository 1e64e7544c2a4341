"""What the published numbers say of one firm."""

import pytest

from services.draw.domain.lottery import ticket
from services.draw.domain.pool import PoolRow, mask
from services.draw.domain.verdict import Threshold, Verdict, judge
from tests.draw.domain.samples import KEY, MASTER, row

FIRM = row(1)._replace(credit_class="B", eligible="1")
OWN = ticket(KEY, FIRM.id)
ABOVE, BELOW = "f" * 64, "0" * 64


@pytest.mark.article(6)
@pytest.mark.parametrize(
    ("found", "threshold", "verdict"),
    [
        (FIRM, ABOVE, Verdict.MUST),
        (FIRM, OWN, Verdict.MUST),
        (FIRM, BELOW, Verdict.CANNOT),
        (FIRM, None, Verdict.CANNOT),
        (FIRM._replace(eligible="0"), ABOVE, Verdict.INELIGIBLE),
        (None, ABOVE, Verdict.ABSENT),
        (mask(FIRM, MASTER), ABOVE, Verdict.BY_CLASS),
        (mask(FIRM, MASTER), BELOW, Verdict.CANNOT),
    ],
)
def test_ticket_and_threshold_decide(found: PoolRow | None, threshold: str | None, verdict: Verdict) -> None:
    judgement = judge(FIRM.id, found, KEY, [Threshold("A", BELOW), Threshold("B", threshold)])
    assert judgement.verdict is verdict
    assert judgement.ticket == OWN
    assert verdict.label


def test_before_the_seed_nothing_is_decided() -> None:
    judgement = judge(FIRM.id, FIRM, None, ())
    assert judgement.verdict is Verdict.PENDING
    assert judgement.ticket is None


def test_another_class_does_not_count() -> None:
    judgement = judge(FIRM.id, FIRM, KEY, [Threshold("A", ABOVE), Threshold("B", BELOW)])
    assert judgement.verdict is Verdict.CANNOT
    assert judgement.by_class == (("B", BELOW, False),)


def test_over_cells_a_firm_is_judged_by_the_whole_pool_only() -> None:
    nobody = [Threshold("B", None)]
    judgement = judge(FIRM.id, FIRM, KEY, nobody, over_cells=True)
    assert (judgement.verdict, judgement.ticket, judgement.by_class) == (Verdict.WHOLE_POOL, OWN, ())
    assert "完整名录" in judgement.verdict.label
    kept_out = FIRM._replace(eligible="0")
    assert judge(FIRM.id, kept_out, KEY, nobody, over_cells=True).verdict is Verdict.INELIGIBLE
    assert judge(FIRM.id, None, KEY, nobody, over_cells=True).verdict is Verdict.ABSENT
