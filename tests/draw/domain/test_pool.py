"""The frozen pool: exact bytes, refused rather than repaired, and provable row by row."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common import merkle
from services.draw.domain.eligibility import ExcludedReason, Rules, Standing, excluded_by
from services.draw.domain.pool import (
    Freezing,
    MasterInvalid,
    PoolNotSorted,
    PoolPageInvalid,
    PoolRow,
    PoolRowInvalid,
    mask_page,
    masked_class,
    parse_page,
    salt,
    split_pages,
)
from services.draw.domain.pool_proof import PoolProof, ProvenPage, holds, index_of, prove
from services.draw.domain.rule import In
from tests.draw.domain.samples import AS_OF, MASTER, row, rows

GOOD = PoolRow("91110875000022L9J2", "410311", "C1311", "小", "1100", "B", "1")


def _freeze(pool: list[PoolRow]) -> tuple[Freezing, list[bytes]]:
    freezing = Freezing()
    return freezing, list(freezing.pages(pool))


def test_a_row_is_seven_cells_and_a_newline() -> None:
    _, pages = _freeze([GOOD])
    assert pages == ["91110875000022L9J2\t410311\tC1311\t小\t1100\tB\t1\n".encode()]


def test_pages_have_256_rows_and_the_root_is_over_the_pages() -> None:
    freezing, pages = _freeze(rows(600))
    assert [page.count(b"\n") for page in pages] == [256, 256, 88]
    assert freezing.root == merkle.root(merkle.leaf_hash(page) for page in pages).hex()
    assert freezing.rows == 600
    assert list(split_pages(b"".join(pages))) == pages


def test_the_census_counts_who_may_be_drawn_by_class_and_county() -> None:
    pool = rows(300)
    freezing, _ = _freeze(pool)
    able = [each for each in pool if each.eligible == "1"]
    assert freezing.eligible == Counter(each.credit_class for each in able)
    assert freezing.ineligible == 300 - len(able)
    assert sum(sum(classes.values()) for classes in freezing.eligible_by_county.values()) == len(able)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("id", "9111"),
        ("id", "91110875000022l9j2"),
        ("county", "41031"),
        ("county", "４１０３１１"),  # noqa: RUF001 - full-width on purpose
        ("credit_class", "E"),
        ("credit_class", ""),
        ("eligible", "-"),
        ("industry", "C13\t11"),
        ("industry", "C13\n"),
        ("industry", "C\\13"),
        ("size", "小\u2028"),
        ("type", "e\u0301"),  # not NFC
        ("type", "\x7f"),
        ("type", "\ud800"),
    ],
)
def test_a_row_with_a_bad_cell_is_refused_and_named(column: str, cell: str) -> None:
    with pytest.raises(PoolRowInvalid) as refused:
        _freeze([GOOD._replace(id="91000000"), GOOD._replace(**{column: cell})])
    assert refused.value.fields[0].row == 2
    assert "第 2 行" in refused.value.detail


def test_nobody_stands_in_the_pool_twice() -> None:
    with pytest.raises(PoolNotSorted, match="重复或次序不对"):
        _freeze([GOOD, GOOD])
    with pytest.raises(PoolNotSorted):
        _freeze([GOOD, GOOD._replace(id="91110875")])


@pytest.mark.article(8)
def test_a_firm_outside_the_filter_can_not_be_slipped_in() -> None:
    with pytest.raises(PoolRowInvalid, match="抽取条件"):
        list(Freezing((In("county", ("410302",)),)).pages([GOOD]))


@given(st.integers(0, 700), st.integers(-1, 701), st.booleans())
def test_every_firm_can_prove_that_it_is_in_or_out(count: int, wanted: int, between: bool) -> None:
    pool = [row(2 * index) for index in range(count)]
    identity = row(2 * wanted + between).id if wanted >= 0 else "00000000"
    freezing, pages = _freeze(pool)
    proof = prove(index_of(pages), dict(enumerate(pages)), identity)
    assert proof.present == any(each.id == identity for each in pool)
    assert holds(proof, freezing.root, len(pages))
    assert not holds(PoolProof(identity, not proof.present, proof.pages), freezing.root, len(pages))
    assert not holds(proof, "00" * 32, len(pages))


def test_a_proof_of_absence_needs_the_right_neighbours() -> None:
    pool = [row(2 * index) for index in range(600)]
    freezing, pages = _freeze(pool)
    gap = row(2 * 255 + 1).id  # after the last row of page 0, before the first of page 1
    proof = prove(index_of(pages), dict(enumerate(pages)), gap)
    assert [page.index for page in proof.pages] == [0, 1]
    assert not holds(PoolProof(gap, False, proof.pages[:1]), freezing.root, len(pages))
    elsewhere = prove(index_of(pages), dict(enumerate(pages)), row(2 * 590).id).pages
    assert not holds(PoolProof(gap, False, elsewhere), freezing.root, len(pages))
    first = proof.pages[0]
    forged = ProvenPage(0, first.page.replace(b"\t1100", b"\t1200"), first.path)
    assert not holds(PoolProof(pool[0].id, True, (forged,)), freezing.root, len(pages))


@pytest.mark.article(6)
def test_a_masked_row_hides_class_and_eligibility_and_opens_with_its_salt() -> None:
    (masked,) = parse_page(mask_page(GOOD.line, MASTER))
    assert masked[:5] == GOOD[:5]
    assert masked.eligible == "-"
    assert masked.credit_class == masked_class(salt(MASTER, GOOD.id), "B", "1")
    assert len(masked.credit_class) == 22
    assert len({masked_class(salt(MASTER, GOOD.id), c, e) for c in "ABCDU" for e in "01"}) == 10


def test_the_masked_root_is_over_the_masked_pages() -> None:
    freezing = Freezing((), MASTER)
    pages = list(freezing.pages(rows(300)))
    masked = [mask_page(page, MASTER) for page in pages]
    assert freezing.root == merkle.root(merkle.leaf_hash(page) for page in masked).hex()
    with pytest.raises(MasterInvalid):
        Freezing((), b"short")


@pytest.mark.parametrize("page", [b"", b"a\tb\n", GOOD.line[:-1], b"\xff\n"])
def test_bytes_that_are_no_page_are_refused(page: bytes) -> None:
    with pytest.raises(PoolPageInvalid):
        parse_page(page)


@pytest.mark.article(4)
@pytest.mark.parametrize(
    ("live", "whitelisted", "days_ago", "triggered", "reason"),
    [
        (True, False, None, False, None),
        (False, False, None, True, ExcludedReason.NOT_LIVE),
        (True, True, None, False, ExcludedReason.WHITELISTED),
        (True, True, None, True, None),  # 无事不扰 protects from routine draws, not from a trigger
        (True, False, 10, True, ExcludedReason.INSPECTED_WITHIN_WINDOW),
        (True, False, 180, True, None),
    ],
)
def test_who_may_not_be_drawn_has_one_reason(
    live: bool, whitelisted: bool, days_ago: int | None, triggered: bool, reason: ExcludedReason | None
) -> None:
    today = AS_OF.date()
    last = None if days_ago is None else today.fromordinal(today.toordinal() - days_ago)
    standing = Standing(live=live, whitelisted=whitelisted, last_inspected=last)
    found = excluded_by(standing, Rules(today, triggered, 180))
    assert found is reason
    assert reason is None or reason.label
