"""Merkle trees as RFC 6962 has them, and their proofs."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import ProofError
from crypto.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from tests.unit.crypto_logs.trees import CONSISTENCY, ENTRIES, INCLUSION, LEAVES, ROOTS

MANY = [leaf_hash(bytes([number // 256, number % 256])) for number in range(300)]
GROWING = [tree_root(MANY[:size]) for size in range(len(MANY) + 1)]
sizes = st.integers(1, len(MANY))


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_the_published_ones(size: int) -> None:
    assert tree_root(LEAVES[:size]) == ROOTS[size]


def test_a_leaf_and_a_node_are_hashed_apart() -> None:
    """Or the two halves of a node would be an entry."""
    assert leaf_hash(ENTRIES[0]) == ROOTS[1]
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node_hash(LEAVES[0], LEAVES[1]) == ROOTS[2]
    assert ROOTS[0] == EMPTY_ROOT


@pytest.mark.parametrize("place", INCLUSION)
def test_the_paths_are_the_published_ones(place: tuple[int, int]) -> None:
    index, size = place
    assert inclusion_proof(LEAVES[:size], index) == INCLUSION[place]
    verify_inclusion(INCLUSION[place], leaf=LEAVES[index], index=index, size=size, root=ROOTS[size])


@pytest.mark.parametrize("pair", CONSISTENCY)
def test_the_proofs_of_growth_are_the_published_ones(pair: tuple[int, int]) -> None:
    old, size = pair
    proof = consistency_proof(LEAVES[:size], old)
    assert proof == CONSISTENCY[pair]
    verify_consistency(proof, old_size=old, old_root=ROOTS[old], size=size, root=ROOTS[size])


def test_a_root_can_be_had_by_the_definition_as_well() -> None:
    def defined(leaves: Sequence[bytes]) -> bytes:
        if len(leaves) == 1:
            return leaves[0]
        split = max(2**power for power in range(10) if 2**power < len(leaves))
        return node_hash(defined(leaves[:split]), defined(leaves[split:]))

    for size in range(1, 130):
        assert defined(MANY[:size]) == GROWING[size]


@given(st.data(), sizes)
def test_every_leaf_is_proved_in_every_tree_and_in_no_other_place(
    data: st.DataObject, size: int
) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(MANY[:size], index)
    verify_inclusion(proof, leaf=MANY[index], index=index, size=size, root=GROWING[size])
    assert len(proof) <= (size - 1).bit_length()
    other = data.draw(st.integers(0, min(size, len(MANY) - 1)).filter(lambda one: one != index))
    refuses_inclusion(proof, leaf=MANY[index], index=other, size=size, root=GROWING[size])
    refuses_inclusion(proof, leaf=MANY[other], index=index, size=size, root=GROWING[size])


@given(st.data(), sizes)
def test_every_tree_is_proved_to_have_grown_and_no_other_one(
    data: st.DataObject, size: int
) -> None:
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(MANY[:size], old)
    verify_consistency(proof, old_size=old, old_root=GROWING[old], size=size, root=GROWING[size])
    other = data.draw(st.integers(0, size).filter(lambda one: one != old))
    now: Any = {"size": size, "root": GROWING[size]}
    refuses_consistency(proof, old_size=old, old_root=GROWING[other], **now)
    refuses_consistency(proof, old_size=other, old_root=GROWING[old], **now)
    if consistency_proof(MANY[:size], other) != proof:
        refuses_consistency(proof, old_size=other, old_root=GROWING[other], **now)


@given(st.data(), sizes)
def test_a_bit_changed_anywhere_in_a_proof_is_found(data: st.DataObject, size: int) -> None:
    """F10."""
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included, grown = inclusion_proof(MANY[:size], index), consistency_proof(MANY[:size], old)
    for proof in (included, grown):
        if not proof:
            continue
        change = data.draw(changes(proof))
        if proof is included:
            refuses_inclusion(change, leaf=MANY[index], index=index, size=size, root=GROWING[size])
        else:
            refuses_consistency(
                change, old_size=old, old_root=GROWING[old], size=size, root=GROWING[size]
            )


@st.composite
def changes(draw: Callable[..., int], proof: Sequence[bytes]) -> list[bytes]:
    """Change a bit, leave out a hash, add one, or exchange two different ones."""
    place, kind = draw(st.integers(0, len(proof) - 1)), draw(st.integers(0, 3))
    changed = list(proof)
    if kind == 0:
        bit = draw(st.integers(0, 255))
        number = int.from_bytes(proof[place], "big") ^ 1 << bit
        changed[place] = number.to_bytes(32, "big")
    elif kind == 1 or (kind == 3 and len(proof) == 1):
        del changed[place]
    elif kind == 2:
        changed.insert(place, MANY[draw(st.integers(0, len(MANY) - 1))])
    else:
        other = (place + 1) % len(proof)
        changed[place], changed[other] = changed[other], changed[place]
    return changed


def test_a_tree_is_not_taken_for_one_of_another_size() -> None:
    for size in range(1, 40):
        for index in range(size):
            proof = inclusion_proof(MANY[:size], index)
            for other in range(size + 5):
                if other != size:
                    refuses_inclusion(
                        proof, leaf=MANY[index], index=index, size=other, root=GROWING[other]
                    )


def test_a_path_that_ends_too_soon_or_goes_on_past_the_root_is_refused() -> None:
    """Though every hash of it fits: a root that was signed for another size must not pass for this one."""
    refuses_inclusion((), leaf=LEAVES[0], index=0, size=2, root=ROOTS[1])
    beyond = node_hash(LEAVES[1], LEAVES[0])
    refuses_inclusion(LEAVES[1:2], leaf=LEAVES[0], index=0, size=1, root=beyond)
    grown = consistency_proof(LEAVES[:4], 3)
    old, new = (node_hash(LEAVES[7], root) for root in (ROOTS[3], ROOTS[4]))
    refuses_consistency((*grown, LEAVES[7]), old_size=3, old_root=old, size=4, root=new)
    refuses_consistency((), old_size=4, old_root=ROOTS[4], size=5, root=ROOTS[4])


@pytest.mark.parametrize("index", [-1, 3, 4])
def test_there_is_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:3], index)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:3], index if index != 3 else 5)
    refuses_inclusion((), leaf=LEAVES[0], index=index, size=3, root=ROOTS[3])


def test_a_tree_that_shrank_is_refused() -> None:
    refuses_consistency((), old_size=5, old_root=ROOTS[5], size=4, root=ROOTS[4])
    refuses_consistency((), old_size=-1, old_root=ROOTS[5], size=4, root=ROOTS[4])
    refuses_consistency((), old_size=3, old_root=ROOTS[3], size=4, root=ROOTS[4])


def test_nothing_grew_into_anything_only_from_the_root_of_nothing() -> None:
    verify_consistency((), old_size=0, old_root=EMPTY_ROOT, size=4, root=ROOTS[4])
    refuses_consistency((), old_size=0, old_root=ROOTS[1], size=4, root=ROOTS[4])
    refuses_consistency(ROOTS[:1], old_size=0, old_root=EMPTY_ROOT, size=4, root=ROOTS[4])


def test_a_frontier_gives_the_root_of_every_size_and_comes_back_from_its_bytes() -> None:
    frontier = Frontier()
    for size, root in enumerate(GROWING):
        assert (frontier.size, frontier.root) == (size, root)
        assert Frontier.parse(frontier.encode()) == frontier
        assert len(frontier.peaks) == size.bit_count()
        frontier = frontier.append(leaf_hash(bytes([size // 256, size % 256])))


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        bytes(7),
        bytes(9),
        bytes(8) + bytes(32),
        b"\0" * 7 + b"\3" + bytes(32),
        b"\0" * 7 + b"\1" + bytes(33),
        b"\x80" + bytes(7) + bytes(32),
    ],
)
def test_bytes_that_are_no_frontier_are_refused(stored: bytes) -> None:
    with pytest.raises(ProofError):
        Frontier.parse(stored)


def refuses_inclusion(
    proof: Sequence[bytes], *, leaf: bytes, index: int, size: int, root: bytes
) -> None:
    with pytest.raises(ProofError):
        verify_inclusion(proof, leaf=leaf, index=index, size=size, root=root)


def refuses_consistency(
    proof: Sequence[bytes], *, old_size: int, old_root: bytes, size: int, root: bytes
) -> None:
    with pytest.raises(ProofError):
        verify_consistency(proof, old_size=old_size, old_root=old_root, size=size, root=root)
