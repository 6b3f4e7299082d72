"""Merkle trees of logs: their roots, and proofs that one leaf is in and that one tree grew out of another.

Source: RFC 6962, section 2.1, and RFC 9162, section 2.1, as C2SP tlog-tiles hashes. Format: docs/formats-logs.md, section 1.

Trees, proofs and frontiers are made of leaf hashes (`leaf_hash` of an entry), 32 bytes each.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Self

from crypto.errors import ProofError

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
MAX_SIZE = 2**63 - 1
_SIZE_BYTES = 8


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry into its leaf."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the one above."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All of a tree that growing needs: its size, and the roots of its full subtrees, the largest first.

    There is one peak for each one-bit of the size: appending and the root cost O(log size).
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    @classmethod
    def of(cls, leaves: Iterable[bytes]) -> Self:
        """Build the frontier of a whole tree."""
        return reduce(cls.append, leaves, cls())

    @classmethod
    def parse(cls, stored: bytes) -> Self:
        """Read what `encode` wrote; raises ProofError for anything else."""
        size, peaks = int.from_bytes(stored[:_SIZE_BYTES], "big"), stored[_SIZE_BYTES:]
        if len(stored) != _SIZE_BYTES + HASH_BYTES * size.bit_count() or size > MAX_SIZE:
            raise ProofError
        places = range(0, len(peaks), HASH_BYTES)
        return cls(size, tuple(peaks[place : place + HASH_BYTES] for place in places))

    def encode(self) -> bytes:
        """Write the size in 8 bytes, then the peaks."""
        return self.size.to_bytes(_SIZE_BYTES, "big") + b"".join(self.peaks)

    def append(self, leaf: bytes) -> Self:
        """Give the frontier of the tree with one leaf more."""
        peaks, size = list(self.peaks), self.size
        while size & 1:
            leaf, size = node_hash(peaks.pop(), leaf), size >> 1
        return type(self)(self.size + 1, (*peaks, leaf))

    @property
    def root(self) -> bytes:
        """The tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks))


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Give the root of a tree."""
    return Frontier.of(leaves).root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Prove that a leaf is in the tree: the roots beside its path, from the bottom up. Another index is an IndexError."""
    if not 0 <= index < len(leaves):
        raise IndexError("there is no such leaf")
    if len(leaves) == 1:
        return ()
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if index < split:
        return (*inclusion_proof(left, index), tree_root(right))
    return (*inclusion_proof(right, index - split), tree_root(left))


def consistency_proof(leaves: Sequence[bytes], size: int) -> tuple[bytes, ...]:
    """Prove that the tree of the first `size` leaves grew into this one. Another size is an IndexError."""
    if not 0 <= size <= len(leaves):
        raise IndexError("the tree never had this size")
    return _grown(leaves, size, is_known=True) if size else ()


def verify_inclusion(
    proof: Sequence[bytes], *, leaf: bytes, index: int, size: int, root: bytes
) -> None:
    """Raise ProofError unless the leaf is the one at `index` of the tree with this size and root."""
    if not 0 <= index < size:
        raise ProofError
    place, last, found = index, size - 1, leaf
    for beside in proof:
        if not last:
            raise ProofError
        if place & 1 or place == last:
            found = node_hash(beside, found)
            place, last = _climb(place, last)
        else:
            found = node_hash(found, beside)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise ProofError


def verify_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> None:
    """Raise ProofError unless the tree with the old size and root grew into the other."""
    if not 0 <= old_size <= size:
        raise ProofError
    if old_size in {0, size}:
        expected = root if old_size else EMPTY_ROOT
        if proof or old_root != expected:
            raise ProofError
        return
    # A full subtree is its own proof and is left out of it.
    known = (old_root, *proof) if old_size.bit_count() == 1 else tuple(proof)
    if not known or _walk(known, old_size - 1, size - 1) != (old_root, root):
        raise ProofError


def _walk(known: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes]:
    """Climb from the old tree's last full subtree; give the two roots that this leads to."""
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = known[0]
    for beside in known[1:]:
        if not last:
            raise ProofError
        if place & 1 or place == last:
            old, new = node_hash(beside, old), node_hash(beside, new)
            place, last = _climb(place, last)
        else:
            new = node_hash(new, beside)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError
    return old, new


def _climb(place: int, last: int) -> tuple[int, int]:
    """Skip the levels at which the right edge has no sibling."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _grown(leaves: Sequence[bytes], size: int, *, is_known: bool) -> tuple[bytes, ...]:
    """RFC 6962's SUBPROOF: the root of what the verifier knows already is left out."""
    if size == len(leaves):
        return () if is_known else (tree_root(leaves),)
    split = _split(len(leaves))
    left, right = leaves[:split], leaves[split:]
    if size <= split:
        return (*_grown(left, size, is_known=is_known), tree_root(right))
    return (*_grown(right, size - split, is_known=False), tree_root(left))


def _split(size: int) -> int:
    """Give the largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1
