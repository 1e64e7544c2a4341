"""Proofs that a firm stands in a frozen pool, or does not: pages and their paths to the committed root."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from libs.common import merkle
from services.draw.domain.pool import PAGE_ROWS, PoolPageInvalid, parse_page


@dataclass(frozen=True, slots=True)
class ProvenPage:
    """A page, its number from 0, and its path (hexadecimal) to the root of the pool."""

    index: int
    page: bytes
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolProof:
    """One page proves presence; absence between two pages takes both neighbours."""

    subject_id: str
    present: bool
    pages: tuple[ProvenPage, ...]


@dataclass(frozen=True, slots=True)
class PoolIndex:
    """What finds a page of a published pool and proves it: the first id and the leaf hash of every page."""

    firsts: tuple[str, ...]
    leaves: tuple[bytes, ...]

    def near(self, subject_id: str) -> list[int]:
        """Return the numbers of the page where `subject_id` would stand and of the one after it, if there are any."""
        home = max(bisect_right(self.firsts, subject_id) - 1, 0)
        return [index for index in (home, home + 1) if index < len(self.firsts)]


def index_of(pages: Iterable[bytes]) -> PoolIndex:
    """Return the index of published pages."""
    pairs = [(page.split(b"\t", 1)[0].decode(), merkle.leaf_hash(page)) for page in pages]
    return PoolIndex(tuple(first for first, _ in pairs), tuple(leaf for _, leaf in pairs))


def prove(index: PoolIndex, near: Mapping[int, bytes], subject_id: str) -> PoolProof:
    """Return the proof that `subject_id` is in a pool, or is not; `near` has the pages that `index.near` names."""
    return prove_near(
        {number: near[number] for number in index.near(subject_id)},
        {number: merkle.inclusion_path(number, index.leaves) for number in index.near(subject_id)},
        subject_id,
    )


def prove_near(near: Mapping[int, bytes], paths: Mapping[int, Sequence[bytes]], subject_id: str) -> PoolProof:
    """The same from the page where the firm would stand and the one after it, if there are any, and their paths."""
    chosen = sorted(near)
    present = False
    if chosen:
        ids = _ids(near[chosen[0]])
        present = subject_id in ids
        # After the last row of a page the next page must show that it starts beyond.
        if subject_id <= ids[-1]:
            chosen = chosen[:1]
    proven = tuple(ProvenPage(number, near[number], tuple(node.hex() for node in paths[number])) for number in chosen)
    return PoolProof(subject_id, present, proven)


def holds(proof: PoolProof, root: str, page_count: int) -> bool:
    """Say whether a proof is true of the pool with this committed root (hexadecimal) and number of pages."""
    if page_count == 0:
        return not proof.present and not proof.pages and root == merkle.EMPTY_ROOT.hex()
    if not all(_included(page, root, page_count) for page in proof.pages):
        return False
    try:
        ids = [_ids(page.page) for page in proof.pages]
    except PoolPageInvalid:
        return False
    if proof.present:
        return len(ids) == 1 and proof.subject_id in ids[0]
    return _excludes(proof, ids, page_count)


def _excludes(proof: PoolProof, ids: list[list[str]], page_count: int) -> bool:
    wanted, indexes = proof.subject_id, [page.index for page in proof.pages]
    if any(wanted in page for page in ids):
        return False
    if len(ids) == 2:
        return indexes[1] == indexes[0] + 1 and ids[0][-1] < wanted < ids[1][0]
    if len(ids) != 1:
        return False
    after_start = ids[0][0] < wanted or indexes[0] == 0
    before_end = wanted < ids[0][-1] or indexes[0] == page_count - 1
    return after_start and before_end


def _included(page: ProvenPage, root: str, page_count: int) -> bool:
    try:
        path = [bytes.fromhex(node) for node in page.path]
        expected = bytes.fromhex(root)
    except ValueError:
        return False
    return merkle.verify_inclusion(merkle.leaf_hash(page.page), page.index, page_count, path, expected)


def _ids(page: bytes) -> list[str]:
    ids = [row.id for row in parse_page(page)]
    if len(ids) > PAGE_ROWS or any(left >= right for left, right in pairwise(ids)):
        raise PoolPageInvalid
    return ids
