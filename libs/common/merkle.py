"""The Merkle tree of RFC 9162 section 2.1: roots, inclusion and consistency proofs.

Every `leaves` below is a sequence of 32-byte leaf *hashes*, made with `leaf_hash` from the entries' bytes.
"""

import hashlib
from collections.abc import Iterable, Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of one entry: SHA-256(0x00 ‖ data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the 32-byte hash of an inner node: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """Return the 32-byte root of leaf hashes, read once and kept in O(log n) memory."""
    stack: list[bytes] = []  # the perfect subtrees so far, largest first, as the bits of the count say
    for count, leaf in enumerate(leaves):
        node, bits = leaf, count
        while bits & 1:
            node = node_hash(stack.pop(), node)
            bits >>= 1
        stack.append(node)
    if not stack:
        return EMPTY_ROOT
    node = stack.pop()
    while stack:
        node = node_hash(stack.pop(), node)
    return node


def inclusion_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the audit path of leaf `index`, lowest node first (RFC 9162 2.1.3.1). Raises IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"leaf {index} is not in a tree of {len(leaves)}")
    path: list[bytes] = []
    low, high = 0, len(leaves)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low = middle
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Say whether leaf hash `leaf` stands at `index` in the tree of `size` leaves (RFC 9162 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == expected_root


def consistency_path(old_size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Return the proof that the first `old_size` leaves were kept (RFC 9162 2.1.4.1). Raises IndexError."""
    if not 0 < old_size <= len(leaves):
        raise IndexError(f"no consistency proof from {old_size} to {len(leaves)} leaves")
    path: list[bytes] = []
    low, high, whole = 0, len(leaves), True
    while low + (old := old_size - low) < high:
        middle = low + _split(high - low)
        if old <= middle - low:
            path.append(root(leaves[middle:high]))
            high = middle
        else:
            path.append(root(leaves[low:middle]))
            low, whole = middle, False
    if not whole:  # the old root itself is what the checker already has
        path.append(root(leaves[low:high]))
    path.reverse()
    return path


def verify_consistency(old_size: int, new_size: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether the tree of `new_size` leaves extends the one of `old_size` (RFC 9162 2.1.4.2)."""
    if old_size == new_size:
        return not path and old_root == new_root
    if not 0 < old_size < new_size or not path:
        return False
    nodes = list(path) if old_size & (old_size - 1) else [old_root, *path]
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old_node = new_node = nodes[0]
    for sibling in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_node, new_node = node_hash(sibling, old_node), node_hash(sibling, new_node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            new_node = node_hash(new_node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and old_node == old_root and new_node == new_root


def _split(size: int) -> int:
    """Return the largest power of two below `size` (size ≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)
