"""Keys as text: each is written in exactly one way, and a slip of the hand is found."""

import hashlib
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crypto import bech32
from crypto.errors import EncodingError, OpenError
from crypto.recipients import Identity, Recipient
from tests.unit.crypto_age.oracle import FILE_KEY, IDENTITY, OTHER

LOWER, UPPER = "age1pq", "AGE-SECRET-KEY-PQ-"
LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# The pair the specification prints: its identity, and the SHA-256 of its recipient's text.
PUBLISHED = "AGE-SECRET-KEY-PQ-1XX76JRALNLXDMEW0CRK45QMCCH4X06SE84UN3VPM33W6HWDX0H3SK3ZQFR"
PUBLISHED_RECIPIENT = "a091dd7e0ee9d62b75173dcc98441a0424baa941e66a8776e570a4ae60ff61ea"
KEY = IDENTITY.encode()
PUBLIC = str(IDENTITY.recipient)


def test_the_published_identity_has_the_published_recipient() -> None:
    identity = Identity.parse(PUBLISHED)
    assert identity.encode() == PUBLISHED
    text = str(identity.recipient)
    assert text.startswith("age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg8")
    assert text.endswith("3k2ykx3qheyty7saeq0d3fzv49zc0k")
    assert hashlib.sha256(text.encode()).hexdigest() == PUBLISHED_RECIPIENT


def test_an_identity_is_a_seed_that_shake_spreads_over_both_keys() -> None:
    spread = hashlib.shake_256(IDENTITY.seed).digest(96)
    kem = MLKEM768PrivateKey.from_seed_bytes(spread[:64]).public_key().public_bytes_raw()
    curve = X25519PrivateKey.from_private_bytes(spread[64:]).public_key().public_bytes_raw()
    assert IDENTITY.recipient.raw == kem + curve


@given(st.sampled_from([LOWER, UPPER, "x", "a1b"]), st.binary(max_size=60))
@example(UPPER, bytes(32))
@example("x", b"")
def test_reading_gives_what_was_written(prefix: str, data: bytes) -> None:
    assert bech32.decode(prefix, bech32.encode(prefix, data)) == data


@settings(deadline=None, max_examples=30)
@given(st.binary(min_size=32, max_size=32))
def test_an_identity_and_its_recipient_are_read_as_they_were_written(seed: bytes) -> None:
    identity = Identity(seed)
    assert Identity.parse(identity.encode()) == identity
    recipient = Recipient.parse(str(identity.recipient))
    assert recipient == identity.recipient
    assert (recipient.raw, str(recipient)) == (identity.recipient.raw, str(identity.recipient))


def test_the_published_bech32_texts_are_read() -> None:
    """BIP 173, but each in the case of its prefix only."""
    assert bech32.decode("A", "A12UEL5L") == bech32.decode("a", "a12uel5l") == b""
    text = "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"
    data = bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df")
    assert bech32.decode("abcdef", text) == data
    assert bech32.encode("abcdef", data) == text
    assert bech32.decode("?", "?1ezyfcl") == b""


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("x", "x1b4n0q5v"),  # b is no letter of it
        ("li", "li1dgmt3"),  # a checksum too short
        ("A", "A1G7SGD8"),  # a checksum over the prefix in capitals
        ("", "pzry9x0s0muk"),  # no separator
        ("a", "a12uel5"),
        ("a", "a12uel5l "),
        ("a", ""),
        ("a", "a"),
        ("a", "a1"),
    ],
)
def test_the_published_texts_that_are_not_bech32_are_refused(prefix: str, text: str) -> None:
    with pytest.raises(EncodingError):
        bech32.decode(prefix, text)


def test_every_wrong_letter_of_an_identity_is_found() -> None:
    place = len(UPPER) + 1
    for at in range(place, len(KEY)):
        for letter in set(LETTERS.upper()) - {KEY[at]}:
            with pytest.raises(EncodingError):
                Identity.parse(KEY[:at] + letter + KEY[at + 1 :])


@settings(deadline=None, max_examples=300)
@given(st.integers(len(LOWER) + 1, len(PUBLIC) - 1), st.integers(1, 31))
def test_every_wrong_letter_of_a_recipient_is_found(at: int, step: int) -> None:
    wrong = LETTERS[(LETTERS.index(PUBLIC[at]) + step) % 32]
    with pytest.raises(EncodingError):
        Recipient.parse(PUBLIC[:at] + wrong + PUBLIC[at + 1 :])


def test_letters_exchanged_left_out_or_added_are_found() -> None:
    for at in range(len(UPPER) + 1, len(KEY)):
        exchanged = KEY[: at - 1] + KEY[at] + KEY[at - 1] + KEY[at + 1 :]
        added = [KEY[:at] + letter + KEY[at:] for letter in LETTERS.upper()]
        for wrong in (exchanged, KEY[:at] + KEY[at + 1 :], *added):
            if wrong != KEY:
                with pytest.raises(EncodingError):
                    Identity.parse(wrong)


def other_spellings(text: str) -> dict[str, str]:
    return {
        "the other case": text.swapcase(),
        "mixed case": text[:-1] + text[-1].swapcase(),
        "mixed case in the prefix": text[0].swapcase() + text[1:],
        "a prefix in the other case": text.replace(text[:6], text[:6].swapcase(), 1),
        "a blank before": " " + text,
        "a blank after": text + " ",
        "a line feed after": text + "\n",
        "full-width": text[:-1] + chr(ord(text[-1]) + 0xFEE0),
        "cut": text[:-1],
        "cut to its prefix": text[:7],
        "empty": "",
        "no prefix": text.rpartition("1")[2],
        "Kelvin for K": text.upper().replace("K", "\u212a"),
    }


@pytest.mark.parametrize("wrong", other_spellings(KEY).values(), ids=other_spellings(KEY))
def test_an_identity_has_one_spelling(wrong: str) -> None:
    with pytest.raises(EncodingError):
        Identity.parse(wrong)


@pytest.mark.parametrize("wrong", other_spellings(PUBLIC).values(), ids=other_spellings(PUBLIC))
def test_a_recipient_has_one_spelling(wrong: str) -> None:
    with pytest.raises(EncodingError):
        Recipient.parse(wrong)


def test_a_recipient_is_no_identity_and_the_reverse() -> None:
    for parse, text in ((Identity.parse, PUBLIC), (Recipient.parse, KEY)):
        with pytest.raises(EncodingError):
            parse(text)


@pytest.mark.parametrize("prefix", ["AGE-SECRET-KEY-", "AGE-SECRET-KEY-PQ", "AGE-PLUGIN-X-", "A"])
def test_keys_of_other_kinds_are_refused(prefix: str) -> None:
    with pytest.raises(EncodingError):
        Identity.parse(bech32.encode(prefix, IDENTITY.seed))
    with pytest.raises(EncodingError):
        Recipient.parse(bech32.encode(prefix.lower(), IDENTITY.recipient.raw))


@pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
def test_an_identity_has_32_bytes(length: int) -> None:
    with pytest.raises(EncodingError):
        Identity(bytes(length))
    with pytest.raises(EncodingError):
        Identity.parse(bech32.encode(UPPER, bytes(length)))


@pytest.mark.parametrize("raw", [b"", IDENTITY.recipient.raw[:-1], IDENTITY.recipient.raw + b"x"])
def test_a_recipient_has_1216_bytes(raw: bytes) -> None:
    with pytest.raises(EncodingError):
        Recipient.from_raw(raw)
    with pytest.raises(EncodingError):
        Recipient.parse(bech32.encode(LOWER, raw))


def with_checksum(prefix: str, values: list[int]) -> str:
    """Write letters that mean no bytes, under a right checksum."""
    checksum = bech32._checksum(prefix, values)
    return f"{prefix}1" + "".join(LETTERS[value] for value in values + checksum)


@pytest.mark.parametrize("values", [[0, 1], [31, 31], [0, 0, 0, 1], [0], [0, 0, 0], [0] * 6])
def test_bits_left_over_are_refused(values: list[int]) -> None:
    """Or one key would have two spellings, both with right checksums."""
    with pytest.raises(EncodingError):
        bech32.decode("x", with_checksum("x", values))


X25519 = {
    "zero": bytes(32),
    "one": b"\x01" + bytes(31),
    "p": (2**255 - 19).to_bytes(32, "little"),
    "p minus one": (2**255 - 20).to_bytes(32, "little"),
    "of order eight": bytes.fromhex(
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
    ),
}


@pytest.mark.parametrize("point", X25519.values(), ids=X25519)
def test_a_recipient_nothing_can_be_sealed_to_is_refused_when_it_is_read(point: bytes) -> None:
    """Not when the first report comes in: a roster with it would stop the intake."""
    raw = IDENTITY.recipient.raw[:-32] + point
    with pytest.raises(EncodingError):
        Recipient.from_raw(raw)
    with pytest.raises(EncodingError):
        Recipient.parse(bech32.encode(LOWER, raw))


def test_a_recipient_whose_lattice_half_is_no_key_is_refused() -> None:
    with pytest.raises(EncodingError):
        Recipient.from_raw(b"\xff" * 1184 + IDENTITY.recipient.raw[1184:])


def test_a_recipient_with_a_point_spelled_otherwise_keeps_its_bytes() -> None:
    raw = IDENTITY.recipient.raw[:-1] + bytes([IDENTITY.recipient.raw[-1] | 0x80])
    assert Recipient.from_raw(raw).raw == raw
    assert Recipient.parse(str(Recipient(raw))).raw == raw


def test_new_identities_differ() -> None:
    assert len({Identity.generate().seed for _ in range(100)}) == 100


def test_an_identity_does_not_show_itself() -> None:
    """It would stand in a traceback or a log."""
    shown = f"{IDENTITY} {IDENTITY!r} {[IDENTITY]}"
    assert IDENTITY.encode() not in shown
    assert IDENTITY.seed.hex() not in shown
    assert not re.search(r"\\x0|seed", shown)


def test_recipients_are_equal_if_their_bytes_are() -> None:
    recipient = Recipient(IDENTITY.recipient.raw)
    assert recipient == IDENTITY.recipient
    assert recipient != OTHER.recipient
    assert len({recipient, IDENTITY.recipient}) == 1


def test_a_wrapped_key_opens_for_its_own_identity_only() -> None:
    enc, body = IDENTITY.recipient.wrap(FILE_KEY)
    assert (len(enc), len(body)) == (1120, 32)
    assert IDENTITY.unwrap(enc, body) == FILE_KEY
    for identity, parts in ((OTHER, (enc, body)), (IDENTITY, OTHER.recipient.wrap(FILE_KEY))):
        with pytest.raises(OpenError):
            identity.unwrap(*parts)


@pytest.mark.parametrize("damage", [(0, 0), (500, 1), (1119, 0), (1120, 1), (1151, 0)])
def test_a_wrapped_key_that_was_damaged_does_not_open(damage: tuple[int, int]) -> None:
    """F10."""
    place, bit = damage
    wrapped = bytearray(b"".join(IDENTITY.recipient.wrap(FILE_KEY)))
    wrapped[place] ^= 1 << bit
    with pytest.raises(OpenError):
        IDENTITY.unwrap(bytes(wrapped[:1120]), bytes(wrapped[1120:]))
