"""Which stored hashes of complete subtrees a root or a proof of RFC 9162 is made of, so that nothing reads all leaves.

`Node(level, place)` is the complete subtree over the leaves `[place · 2^level, (place + 1) · 2^level)`. A *part* is
the run of nodes, from the left, that one hash of a proof is folded from; every part has at most log2(n) nodes.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from libs.common.merkle import EMPTY_ROOT, node_hash


class Node(NamedTuple):
    """A complete subtree of 2^level leaves."""

    level: int
    place: int


Part = list[Node]


def nodes_of(low: int, high: int) -> Part:
    """The complete subtrees that cover the leaves [low, high), from the left; `low` as RFC 9162 splits."""
    found: Part = []
    while low < high:
        level = min(_trailing_zeros(low), (high - low).bit_length() - 1) if low else (high - low).bit_length() - 1
        found.append(Node(level, low >> level))
        low += 1 << level
    return found


def inclusion_parts(index: int, size: int) -> list[Part]:
    """The parts of the audit path of leaf `index` in a tree of `size`, lowest first. Raises IndexError."""
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} is not in a tree of {size}")
    parts: list[Part] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            parts.append(nodes_of(middle, high))
            high = middle
        else:
            parts.append(nodes_of(low, middle))
            low = middle
    return parts[::-1]


def consistency_parts(old: int, size: int) -> list[Part]:
    """The parts of the proof that a tree of `size` extends the one of `old` leaves. Raises IndexError."""
    if not 0 < old <= size:
        raise IndexError(f"no consistency proof from {old} to {size} leaves")
    parts: list[Part] = []
    low, high, whole = 0, size, True
    while low + (rest := old - low) < high:
        middle = low + _split(high - low)
        if rest <= middle - low:
            parts.append(nodes_of(middle, high))
            high = middle
        else:
            parts.append(nodes_of(low, middle))
            low, whole = middle, False
    if not whole:  # the old root itself is what the checker already has
        parts.append(nodes_of(low, high))
    return parts[::-1]


def fold(hashes: Sequence[bytes]) -> bytes:
    """The 32-byte hash over complete subtrees, given largest first; of none, the root of the empty tree."""
    if not hashes:
        return EMPTY_ROOT
    node = hashes[-1]
    for left in reversed(hashes[:-1]):
        node = node_hash(left, node)
    return node


def folded(part: Part, hashes: Mapping[Node, bytes]) -> bytes:
    """The hash of one part."""
    return fold([hashes[node] for node in part])


def completed_by(index: int, leaf: bytes, hashes: Mapping[Node, bytes]) -> dict[Node, bytes]:
    """The nodes that the leaf hash at `index` completes, itself first; `hashes` holds `nodes_of(0, index)`."""
    node, value = Node(0, index), leaf
    done = {node: value}
    while node.place & 1:
        value = node_hash(hashes[Node(node.level, node.place - 1)], value)
        node = Node(node.level + 1, node.place >> 1)
        done[node] = value
    return done


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


def _split(size: int) -> int:
    """The largest power of two below `size` (size ≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)
