"""What we seal opens in typage, the other implementation; what it seals opens here."""

import pytest

from crypto.age import seal, unseal
from crypto.recipients import Identity
from tests.unit.crypto_age.node import typage_opens, typage_recipient, typage_seals

pytestmark = pytest.mark.node

SIZES = [0, 1, 65535, 65536, 65537, 200_000]
PEOPLE = [Identity(bytes([number]) * 32) for number in range(1, 4)]
TEXT = bytes(range(251)) * 800


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("people", [1, 3])
def test_what_we_seal_opens_there(size: int, people: int) -> None:
    sealed = seal(TEXT[:size], [person.recipient for person in PEOPLE[:people]])
    assert typage_opens(sealed, PEOPLE[people - 1].encode()) == TEXT[:size]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("people", [1, 3])
def test_what_is_sealed_there_opens_here(size: int, people: int) -> None:
    sealed = typage_seals(TEXT[:size], [str(person.recipient) for person in PEOPLE[:people]])
    for person in PEOPLE[:people]:
        assert unseal(sealed, person) == TEXT[:size]


def test_both_compute_the_same_recipient() -> None:
    for person in PEOPLE:
        assert typage_recipient(person.encode()) == str(person.recipient)
