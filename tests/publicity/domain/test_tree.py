import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.common import merkle
from services.publicity.domain.tree import (
    Node,
    completed_by,
    consistency_parts,
    fold,
    folded,
    inclusion_parts,
    nodes_of,
)

# RFC 6962's and RFC 9162's reference leaves, as the draw's format lists them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def grown(leaves: list[bytes]) -> dict[Node, bytes]:
    """The nodes that appending the leaves one by one stores."""
    nodes: dict[Node, bytes] = {}
    for index, leaf in enumerate(leaves):
        nodes |= completed_by(index, leaf, {node: nodes[node] for node in nodes_of(0, index)})
    return nodes


def test_the_roots_are_those_of_the_rfc_vectors() -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in LEAVES]
    nodes = grown(leaves)
    for size, root in ROOTS.items():
        assert folded(nodes_of(0, size), nodes).hex() == root


@settings(deadline=None)  # a busy machine is not a fault
@given(st.integers(1, 300), st.data())
def test_proofs_from_stored_nodes_equal_those_from_all_leaves(size: int, data: st.DataObject) -> None:
    leaves = [hashlib.sha256(str(n).encode()).digest() for n in range(size)]
    nodes = grown(leaves)
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(1, size))
    root = folded(nodes_of(0, size), nodes)
    path = [folded(part, nodes) for part in inclusion_parts(index, size)]
    proof = [folded(part, nodes) for part in consistency_parts(old, size)]
    assert root == merkle.root(leaves)
    assert path == merkle.inclusion_path(index, leaves)
    assert proof == merkle.consistency_path(old, leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, path, root)
    assert merkle.verify_consistency(old, size, merkle.root(leaves[:old]), root, proof)


@settings(deadline=None)  # a busy machine is not a fault
@given(st.integers(0, 2**40))
def test_an_append_reads_no_more_nodes_than_the_size_has_bits(size: int) -> None:
    assert len(nodes_of(0, size)) == size.bit_count()


def test_what_the_log_does_not_have_is_not_proved() -> None:
    with pytest.raises(IndexError):
        inclusion_parts(3, 3)
    for old in (0, 4):
        with pytest.raises(IndexError):
            consistency_parts(old, 3)
    assert fold([]) == merkle.EMPTY_ROOT
