"""The tree of RFC 9162: known roots, and proofs that hold exactly for what they prove."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common import merkle

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
LEAVES = [merkle.leaf_hash(entry) for entry in ENTRIES]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def _leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def _recursive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return merkle.EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(_recursive_root(leaves[:split]), _recursive_root(leaves[split:]))


@pytest.mark.parametrize(("count", "expected"), ROOTS.items())
def test_the_known_roots_of_certificate_transparency_come_out(count: int, expected: str) -> None:
    assert merkle.root(LEAVES[:count]).hex() == expected


@given(st.integers(0, 200))
def test_the_streamed_root_is_the_recursive_definition(count: int) -> None:
    leaves = _leaves(count)
    assert merkle.root(iter(leaves)) == _recursive_root(leaves)


@given(st.data(), st.integers(1, 150))
def test_an_inclusion_proof_holds_for_its_leaf_and_place_only(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaves = _leaves(size)
    path, root = merkle.inclusion_path(index, leaves), merkle.root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, root)
    assert not merkle.verify_inclusion(merkle.leaf_hash(b"other"), index, size, path, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, [*path, root], root)
    assert not merkle.verify_inclusion(leaves[index], index, size, path, merkle.leaf_hash(b"root"))
    assert not merkle.verify_inclusion(leaves[index], size, size, path, root)
    if size > 1:
        assert not merkle.verify_inclusion(leaves[index], (index + 1) % size, size, path, root)
        assert not merkle.verify_inclusion(leaves[index], index, size, path[:-1], root)


@given(st.data(), st.integers(1, 150))
def test_a_consistency_proof_holds_for_its_two_trees_only(data: st.DataObject, size: int) -> None:
    old = data.draw(st.integers(1, size))
    leaves = _leaves(size)
    path = merkle.consistency_path(old, leaves)
    old_root, new_root = merkle.root(leaves[:old]), merkle.root(leaves)
    other = merkle.leaf_hash(b"rewritten")
    assert merkle.verify_consistency(old, size, old_root, new_root, path)
    assert not merkle.verify_consistency(old, size, other, new_root, path)
    assert not merkle.verify_consistency(old, size, old_root, other, path)
    assert not merkle.verify_consistency(old, size, old_root, new_root, [*path, other])
    if path:
        assert not merkle.verify_consistency(old, size, old_root, new_root, path[:-1])
        assert not merkle.verify_consistency(old, size, old_root, new_root, [other, *path[1:]])


def test_every_small_tree_proves_every_pair_of_sizes() -> None:
    for size in range(1, 34):
        leaves = _leaves(size)
        for old in range(1, size + 1):
            path = merkle.consistency_path(old, leaves)
            roots = merkle.root(leaves[:old]), merkle.root(leaves)
            assert merkle.verify_consistency(old, size, *roots, path), (old, size)


def test_a_place_outside_the_tree_is_refused() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_path(3, LEAVES[:3])
    for old in (0, 9):
        with pytest.raises(IndexError):
            merkle.consistency_path(old, LEAVES)
    assert not merkle.verify_consistency(0, 3, merkle.EMPTY_ROOT, merkle.root(LEAVES[:3]), [])
