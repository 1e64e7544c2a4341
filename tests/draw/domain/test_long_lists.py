"""A long result stands in files whose roots the certificate has; what is short stays in it."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from libs.common import merkle
from libs.common.canonical import canonical, sha256_hex
from services.draw.domain.long_lists import file_of, long_list, rows_of_part
from tests.draw.domain.samples import rows as pool_rows
from tests.draw.domain.samples import whole_draw


def rows(count: int) -> Sequence[tuple[str, str, str]]:
    return [(f"9141{n:014d}", "A", f"{n:064x}") for n in range(count)]


@pytest.mark.parametrize("count", [1, 256, 257, 16_384, 16_385])
def test_a_file_has_pages_and_a_root_as_a_pool_has(count: int) -> None:
    file = long_list("selected.tsv", rows(count))
    data = b"".join(file.parts)
    lines = data.splitlines(keepends=True)
    leaves = [merkle.leaf_hash(b"".join(lines[start : start + 256])) for start in range(0, count, 256)]
    assert file.document() == {
        "file": "selected.tsv",
        "page_rows": 256,
        "pages": len(leaves),
        "root": merkle.root(leaves).hex(),
        "rows": count,
    }
    assert [tuple(row) for part in file.parts for row in rows_of_part(part)] == rows(count)


@pytest.mark.article(5)
def test_above_its_length_a_certificate_has_the_roots_and_hashes_them() -> None:
    short = whole_draw(pool_rows(300)).certificate
    assert short.files() == ()
    assert file_of(short.document()["selected"]) is None
    long = replace(short, long=len(short.selection.selected) - 1)
    document = json.loads(long.bytes)
    selected, assignments = long.files()
    assert document["selected"] == selected.document()
    assert document["assignments"] == assignments.document()
    assert (
        document["result_sha256"]
        == long.result_sha256
        == sha256_hex(canonical([selected.document(), assignments.document()]))
    )
    assert [row for part in selected.parts for row in rows_of_part(part)] == short.selected()
    teams = [[subject, *team] for subject, team in short.deal.assignments]
    assert [row for part in assignments.parts for row in rows_of_part(part)] == teams
