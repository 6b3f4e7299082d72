"""A letter in its envelope: one spelling, opened only by those it is for and only where it lies."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.age import seal
from crypto.errors import OpenError
from crypto.padding import pad
from crypto.recipients import Identity
from portal.mailbox.letters import (
    KINDS,
    Attachment,
    Letter,
    decode_letter,
    encode_letter,
    open_letter,
    seal_letter,
)

DOSSIER, MAILBOX, NOBODY = (Identity.generate() for _ in range(3))
RECIPIENTS = [DOSSIER.recipient, MAILBOX.recipient]
LETTER = Letter(
    kind="report",
    envelope="ab" * 16,
    dossier="cd" * 16,
    language="uz",
    text="Nima boʻldi?\nИккита юк машинаси",
    answers={"unit": "railway", "place": "Цех 4"},
    attachments=(Attachment("ef" * 16, "накладная.pdf", 70_000, "01" * 32),),
)

anything = st.text(st.characters(exclude_categories=()), max_size=60)
letters = st.builds(
    Letter,
    kind=st.sampled_from(KINDS),
    envelope=anything,
    dossier=anything,
    language=anything,
    text=anything,
    answers=st.dictionaries(anything, anything, max_size=3),
    attachments=st.lists(
        st.builds(Attachment, anything, anything, st.integers(0, 2**40), anything), max_size=3
    ).map(tuple),
) | st.builds(lambda salt: replace(LETTER, salt=salt.hex()), st.binary(min_size=32, max_size=32))


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    """The letter's own spelling, with one thing in it changed."""
    content = json.loads(encode_letter(LETTER))
    change(content)
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


@given(letters)
def test_a_letter_comes_back_as_it_was_written(letter: Letter) -> None:
    assert decode_letter(encode_letter(letter)) == letter


@given(st.binary(max_size=200))
def test_other_bytes_are_no_letter(data: bytes) -> None:
    """F10."""
    with pytest.raises(OpenError):
        decode_letter(data)


PARTS = ["version", "kind", "envelope", "dossier", "language", "text", "answers", "attachments"]


@pytest.mark.parametrize("part", PARTS)
def test_a_letter_lacks_nothing(part: str) -> None:
    """F10."""
    with pytest.raises(OpenError):
        decode_letter(changed(lambda content: content.pop(part)))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", [None, 7, ["x"], {"x": 1}, True], ids=str)
def test_each_part_of_a_letter_is_of_its_kind(part: str, value: object) -> None:
    """F10. Whoever knows a dossier's public half can seal anything to it."""
    with pytest.raises(OpenError):
        decode_letter(changed(lambda content: content.update({part: value})))


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(version="ishonch-letter/v2"),
        lambda content: content.update(kind="order"),
        lambda content: content.update(extra="x"),
        lambda content: content["attachments"][0].update(size=-1),
        lambda content: content["attachments"][0].update(size=True),
        lambda content: content["attachments"][0].update(path="/etc/passwd"),
        lambda content: content["attachments"][0].pop("sha256"),
        lambda content: content["answers"].update(place=4),
        lambda content: content.update(salt=""),
        lambda content: content.update(salt=7),
        lambda content: content.update(salt="ab" * 31),
        lambda content: content.update(salt="AB" * 32),
        lambda content: content.update(kind="message", salt="ab" * 32),
    ],
    ids=[
        *("version", "kind", "more", "negative", "bool", "field", "digest", "answer"),
        *("no salt", "a number", "a short salt", "capitals", "a message's salt"),
    ],
)
def test_nothing_unknown_stands_in_a_letter(change: Callable[[dict[str, Any]], object]) -> None:
    """F5. F10."""
    with pytest.raises(OpenError):
        decode_letter(changed(change))


@pytest.mark.parametrize(
    "respell",
    [
        lambda data: b" " + data,
        lambda data: data + b"\n",
        lambda data: data.replace(b'":"', b'": "', 1),
        lambda data: json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode(),
        lambda data: json.dumps(
            dict(reversed(json.loads(data).items())), ensure_ascii=False
        ).encode(),
        lambda data: data.replace(b'"kind":"report"', b'"kind":"reply","kind":"report"'),
        lambda data: data.replace(b"70000", b"7e4"),
        lambda data: b"\xef\xbb\xbf" + data,
    ],
    ids=["blank", "line end", "spaced", "escaped", "order", "twice", "number", "mark"],
)
def test_a_letter_has_one_spelling(respell: Callable[[bytes], bytes]) -> None:
    data = respell(encode_letter(LETTER))
    assert data != encode_letter(LETTER)
    with pytest.raises(OpenError):
        decode_letter(data)


@pytest.mark.parametrize("identity", [DOSSIER, MAILBOX], ids=["office", "informant"])
def test_both_sides_open_one_sealed_copy(identity: Identity) -> None:
    sealed = seal_letter(LETTER, RECIPIENTS)
    opened = open_letter(sealed, identity, envelope=LETTER.envelope, dossier=LETTER.dossier)
    assert opened == LETTER


def test_nobody_else_opens_it() -> None:
    """F9."""
    sealed = seal_letter(LETTER, RECIPIENTS)
    with pytest.raises(OpenError):
        open_letter(sealed, NOBODY, envelope=LETTER.envelope, dossier=LETTER.dossier)


@pytest.mark.parametrize("moved", ["envelope", "dossier"])
def test_a_letter_that_was_moved_does_not_open_where_it_lies(moved: str) -> None:
    """F9."""
    sealed = seal_letter(LETTER, RECIPIENTS)
    where = {"envelope": LETTER.envelope, "dossier": LETTER.dossier, moved: "00" * 16}
    with pytest.raises(OpenError):
        open_letter(sealed, DOSSIER, **where)


def test_a_bit_flipped_anywhere_or_a_byte_cut_off_is_noticed() -> None:
    """F10."""
    sealed = seal_letter(LETTER, RECIPIENTS)
    where = {"envelope": LETTER.envelope, "dossier": LETTER.dossier}
    broken = [sealed[:-1], sealed[1:], sealed + b"\0", b""]
    for place in range(0, len(sealed), 97):
        flipped = bytearray(sealed)
        flipped[place] ^= 1
        broken.append(bytes(flipped))
    for bytes_ in broken:
        with pytest.raises(OpenError):
            open_letter(bytes_, DOSSIER, **where)


def test_what_is_sealed_properly_but_is_no_letter_does_not_open() -> None:
    """F10."""
    for content in (b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b"1" * 5000):
        sealed = seal(pad(content), RECIPIENTS)
        with pytest.raises(OpenError):
            open_letter(sealed, DOSSIER, envelope="ab" * 16, dossier="cd" * 16)


@settings(max_examples=30)
@given(st.integers(0, 3000))
def test_the_length_of_a_sealed_letter_tells_little(length: int) -> None:
    """E8. A text and one a few characters longer look alike, most of the time: lengths come in few steps."""
    base = len(encode_letter(replace(LETTER, text="")))
    sealed = len(seal_letter(replace(LETTER, text="x" * length), RECIPIENTS))
    overhead = len(seal(pad(b""), RECIPIENTS))
    assert sealed >= overhead + base + length - 64
    assert sealed <= overhead + (base + length) * 1.13 + 64


def test_letters_of_a_hundred_lengths_have_a_few_sealed_lengths() -> None:
    """E8."""
    texts = ("x" * length for length in range(1000, 1100))
    assert len({len(seal_letter(replace(LETTER, text=t), RECIPIENTS)) for t in texts}) <= 4


def test_the_same_letter_sealed_twice_shares_nothing() -> None:
    """F11."""
    one, two = (seal_letter(LETTER, RECIPIENTS) for _ in range(2))
    assert one[-64:] != two[-64:]
    assert b"Nima" not in one
