"""Drawing evenly over cells (均衡分布): a random start and equal steps through each stratum, cell by cell, by ticket.

Everybody's chance is exactly k/n, and each cell gets its share to within one. Unlike systematic sampling as others
do it (`systematic.py`), the order inside a cell is by ticket, positions reach the end of the list, and neighbours
change with every seed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from libs.common.canonical import sha256_hex
from services.draw.domain.lottery import Drawn, PoolChanged, Selection, StratumResult, below, ticket
from services.draw.domain.pool import PoolRow
from services.draw.domain.rule import RuleInvalid

CELL_COLUMNS = ("county", "industry", "size", "type")  # sorted; the class is the stratum already


class CellsInvalid(RuleInvalid):
    """The draw can't be spread over these columns."""

    detail = "均衡分布只能按地理区域、所属行业、经营规模或企业类型，每项写一次（细则第八条）。"


class CellsMasked(RuleInvalid):
    """In the masked profile nobody could check the order of a stratum."""

    detail = (
        "分类脱敏的抽取不能按县区、行业等均衡分布：社会公众看不到各户分类，无法复核排列次序。"
        "请取消均衡分布，或公开分类后再抽取（细则第五条）。"
    )


def check_cells(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the cells in their written order (sorted). Raises CellsInvalid."""
    if set(cells) - set(CELL_COLUMNS) or len(set(cells)) != len(cells):
        raise CellsInvalid
    return tuple(sorted(cells))


def cell_of(row: PoolRow, cells: Sequence[str]) -> bytes:
    """The bytes by which a row's cell is ordered: its values joined by TAB."""
    return "\t".join(getattr(row, column) for column in cells).encode()


def start(systematic_key: str, stratum: str, n: int) -> int:
    """The unbiased start u in [0, n) of one stratum."""
    return below(sha256_hex(f"{systematic_key}|{stratum}".encode())[:32], n)


def positions(u: int, n: int, k: int) -> Iterator[int]:
    """The k drawn places out of 0 … n-1, increasing; each place is drawn for exactly k of the n starts."""
    return ((u + number * n) // k for number in range(k))


def select_cells(
    rows: Iterable[PoolRow],
    strata: Sequence[tuple[str, int, int]],
    cells: Sequence[str],
    key: str,
    systematic_key: str,
) -> Selection:
    """Draw from open rows: the oracle, which holds them all. Raises PoolChanged when a count differs."""
    ordered = sorted(
        (row.credit_class, cell_of(row, cells), ticket(key, row.id), row.id, row.county)
        for row in rows
        if row.eligible == "1"
    )
    by_stratum = {name: list(group) for name, group in groupby(ordered, lambda each: each[0])}
    results, selected = [], []
    for name, n, k in strata:
        listed = by_stratum.pop(name, [])
        check_count(name, n, len(listed))
        results.append(StratumResult(name, n, k, None, ()))
        if k:
            drawn = (listed[place] for place in positions(start(systematic_key, name, n), n, k))
            selected += [Drawn(own, uscc, name, county) for _, _, own, uscc, county in drawn]
    for name, listed in by_stratum.items():
        check_count(name, 0, len(listed))
    return Selection(tuple(results), tuple(sorted(selected)))


def check_count(stratum: str, committed: int, found: int) -> None:
    """Raises PoolChanged when the pool does not hold what was committed."""
    if committed != found:
        raise PoolChanged(f"分类 {stratum} 承诺 {committed} 户可抽取，名录中有 {found} 户，请停止抽取并核对名录。")
