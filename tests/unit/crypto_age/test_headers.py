"""The header is read strictly: each file here differs from a good one in one thing, and its MAC is right for what it says."""

import io
from collections.abc import Callable

import pytest

from crypto.age import _read_header, unseal, unseal_stream
from crypto.errors import OpenError
from crypto.recipients import Identity
from tests.unit.crypto_age.oracle import (
    FILE_KEY,
    IDENTITY,
    NONCE,
    OTHER,
    TYPE,
    VERSION,
    base64_of,
    file_of,
    header_of,
    payload_key,
    split,
    stanza,
    stanza_for,
    stream_of,
)
from tests.unit.crypto_age.reading import refuses

OURS = stanza_for(IDENTITY.recipient)
ENC, BODY = IDENTITY.recipient.wrap(FILE_KEY)
ENC_TEXT = base64_of(ENC)
GOOD = file_of([OURS])
HEADER, REST = split(GOOD)


def last_line(header: bytes) -> bytes:
    return header.splitlines(keepends=True)[-1]


MAC_LINE = last_line(HEADER)


def last_letter_changed(text: bytes) -> bytes:
    """Set a bit of the last letter that decodes to nothing: another spelling of the same bytes."""
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-1] + letters[letters.index(text[-1:]) + 1 :][:1]


def test_the_good_file_the_others_differ_from_opens() -> None:
    assert unseal(GOOD, IDENTITY) == b"salom"


GREASE = {
    "one argument and no body": stanza([b"x"], b""),
    "many arguments": stanza([b"x", *[b"!~"] * 50], b"body"),
    "every visible character": stanza([bytes(range(0x21, 0x7F))], b""),
    "a body that fills its line but for a letter": stanza([b"x"], bytes(47)),
    "a body of exactly one line": stanza([b"x"], bytes(48)),
    "a body of one line and a letter or two": stanza([b"x"], bytes(49)),
    "a body of exactly ten lines": stanza([b"x"], bytes(480)),
    "our type in capitals": stanza([TYPE.upper(), b"x"], b"y"),
    "our type and a letter": stanza([TYPE + b"x"], b""),
    "our type as second argument": stanza([b"x", TYPE], b""),
    "a stanza for somebody else": stanza_for(OTHER.recipient),
    "a second stanza for us": stanza_for(IDENTITY.recipient),
}


@pytest.mark.parametrize("grease", GREASE.values(), ids=GREASE)
def test_stanzas_that_are_not_for_us_do_not_matter(grease: bytes) -> None:
    assert unseal(file_of([grease, OURS]), IDENTITY) == b"salom"
    assert unseal(file_of([OURS, grease]), IDENTITY) == b"salom"


MALFORMED = {
    "no argument": stanza([TYPE], BODY),
    "two arguments": stanza([TYPE, ENC_TEXT, b"x"], BODY),
    "enc a byte short": stanza([TYPE, base64_of(ENC[:-1])], BODY),
    "enc a byte long": stanza([TYPE, base64_of(ENC + b"x")], BODY),
    "enc padded": stanza([TYPE, ENC_TEXT + b"="], BODY),
    "enc spelled otherwise": stanza([TYPE, last_letter_changed(ENC_TEXT)], BODY),
    "enc not base64": stanza([TYPE, b"-" + ENC_TEXT[1:]], BODY),
    "enc for urls": stanza([TYPE, b"_" + ENC_TEXT[1:]], BODY),
    "no body": stanza([TYPE, ENC_TEXT], b""),
    "a body a byte short": stanza([TYPE, ENC_TEXT], BODY[:-1]),
    "a body a byte long": stanza([TYPE, ENC_TEXT], BODY + b"x"),
    "a file key of 32 bytes": stanza_for(IDENTITY.recipient, FILE_KEY * 2),
    "a passphrase beside us": stanza([b"scrypt", b"c2FsdHNhbHRzYWx0c2FsdA", b"18"], bytes(32)),
}


@pytest.mark.parametrize("malformed", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_stanza_of_our_type_spoils_the_whole_file(malformed: bytes) -> None:
    """It would be a different file for readers that look at the stanzas in another order."""
    assert refuses(file_of([malformed, OURS]), IDENTITY) == b""
    assert refuses(file_of([OURS, malformed]), IDENTITY) == b""


UNGRAMMATICAL_STANZAS = {
    "no type": b"-> \n\n",
    "no type and no space": b"->\n\n",
    "no space after the mark": b"->x\n\n",
    "two spaces": b"-> x  y\n\n",
    "a space at the end": b"-> x \n\n",
    "a space before the type": b"->  x\n\n",
    "a tab": b"-> x\ty\n\n",
    "a letter that is not ASCII": "-> ж\n\n".encode(),
    "DEL": b"-> x\x7f\n\n",
    "NUL": b"-> x\x00\n\n",
    "CR after the arguments": b"-> x\r\n\n",
    "CR after the body": b"-> x\nAAAA\r\n",
    "no body at all": b"-> x\n",
    "a full line and no last one": b"-> x\n" + b"A" * 64 + b"\n",
    "a line of 65": b"-> x\n" + b"A" * 65 + b"\n\n",
    "a line of 68": b"-> x\n" + b"A" * 68 + b"\n\n",
    "a last line of 68": b"-> x\n" + b"A" * 68 + b"\n",
    "a last line of 66 after a full one": b"-> x\n" + b"A" * 64 + b"\n" + b"A" * 66 + b"\n",
    "two short lines": b"-> x\nAAAA\nAAAA\n",
    "an empty line too many": b"-> x\nAAAA\n\n",
    "padding": b"-> x\nAA==\n",
    "padding in the midst": b"-> x\nAA==AAAA\n",
    "a letter too many": b"-> x\nAAAAA\n",
    "another spelling of a byte": b"-> x\nAB\n",
    "another spelling of two bytes": b"-> x\nAAB\n",
    "no base64": b"-> x\nAA.A\n",
    "a space in the body": b"-> x\nAA A\n",
    "another mark": b"=> x\n\n",
    "a line longer than a reader takes": b"-> x " + b"y" * 65536 + b"\n\n",
    "a line whose rest could be a body": b"-> x " + b"A" * (65536 - 5 + 8) + b"\n",
}


@pytest.mark.parametrize("wrong", UNGRAMMATICAL_STANZAS.values(), ids=UNGRAMMATICAL_STANZAS)
def test_a_stanza_of_any_type_keeps_to_the_grammar(wrong: bytes) -> None:
    for stanzas in ([wrong, OURS], [OURS, wrong], [wrong]):
        with pytest.raises(OpenError):
            _read_header(io.BytesIO(file_of(stanzas)))


def with_start(start: bytes) -> bytes:
    return header_of(start + OURS)


ENDS: dict[str, Callable[[bytes], bytes]] = {
    "no MAC": lambda _: b"--- \n",
    "no space": lambda _: b"---\n",
    "no space before the MAC": lambda line: line.replace(b" ", b""),
    "two spaces": lambda line: line.replace(b" ", b"  "),
    "a space at the end": lambda line: line[:-1] + b" \n",
    "a letter short": lambda line: line[:-2] + b"\n",
    "a byte short": lambda _: b"--- " + b"A" * 42 + b"\n",
    "a byte long": lambda _: b"--- " + b"A" * 44 + b"\n",
    "padding": lambda line: line[:-1] + b"=\n",
    "another spelling": lambda line: last_letter_changed(line[:-1]) + b"\n",
    "CR": lambda line: line[:-1] + b"\r\n",
    "no line feed": lambda line: line[:-1],
    "a letter for a line feed": lambda line: line[:-1] + b"A",
    "a longer mark": lambda line: b"-" + line,
    "a shorter mark": lambda line: line[1:],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS)
def test_the_last_line_is_the_mark_one_space_and_43_letters(
    change: Callable[[bytes], bytes],
) -> None:
    changed = HEADER.removesuffix(MAC_LINE) + change(MAC_LINE)
    with pytest.raises(OpenError):
        _read_header(io.BytesIO(changed))
    assert refuses(changed + REST, IDENTITY) == b""


STARTS = {
    "version 2": b"age-encryption.org/v2\n",
    "version 1.0": b"age-encryption.org/v1.0\n",
    "capitals": b"AGE-encryption.org/v1\n",
    "CR": b"age-encryption.org/v1\r\n",
    "a space": b"age-encryption.org/v1 \n",
    "an empty line before": b"\n" + VERSION,
    "an empty line after": VERSION + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + VERSION,
    "no version": b"",
    "the version twice": VERSION + VERSION,
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
def test_the_first_line_is_the_version_and_nothing_else(start: bytes) -> None:
    assert refuses(header_of(start + OURS) + REST, IDENTITY) == b""


def test_a_header_without_stanzas_is_refused() -> None:
    with pytest.raises(OpenError):
        _read_header(io.BytesIO(header_of(VERSION)))


@pytest.mark.parametrize("cut", range(0, len(HEADER), 7))
def test_a_header_that_breaks_off_is_refused(cut: int) -> None:
    """F10."""
    assert refuses(HEADER[:cut], IDENTITY) == b""


NOT_FOR_US = {
    "for somebody else": [stanza_for(OTHER.recipient)],
    "of another type": [stanza([b"X25519", base64_of(bytes(32))], bytes(32))],
    "for us, but with a point of low order": [
        stanza([TYPE, base64_of(ENC[:-32] + bytes(32))], BODY)
    ],
    "of a type nobody knows": [stanza([b"x"], b"")],
    "for a passphrase": [stanza([b"scrypt", b"c2FsdHNhbHRzYWx0c2FsdA", b"18"], bytes(32))],
}


@pytest.mark.parametrize("stanzas", NOT_FOR_US.values(), ids=NOT_FOR_US)
def test_a_file_with_no_stanza_for_us_is_refused(stanzas: list[bytes]) -> None:
    assert len(_read_header(io.BytesIO(file_of(stanzas))).stanzas) == 1
    assert refuses(file_of(stanzas), IDENTITY) == b""


WRONG_MACS = {
    "of another header": last_line(header_of(VERSION + OURS + stanza([b"x"], b""))),
    "under another file key": last_line(header_of(VERSION + OURS, bytes(16))),
    "of zeros": b"--- " + b"A" * 43 + b"\n",
}


@pytest.mark.parametrize("mac_line", WRONG_MACS.values(), ids=WRONG_MACS)
def test_a_wrong_mac_is_found_before_the_payload_is_looked_at(mac_line: bytes) -> None:
    """F10."""
    header = HEADER.removesuffix(MAC_LINE) + mac_line
    source = io.BytesIO(header + REST)
    with pytest.raises(OpenError):
        next(unseal_stream(source, IDENTITY))
    assert source.tell() == len(header)


def test_the_header_is_read_to_its_last_byte_and_no_further() -> None:
    source = io.BytesIO(GOOD)
    _read_header(source)
    assert source.tell() == len(HEADER)


@pytest.mark.parametrize("length", range(16))
def test_a_file_that_ends_within_its_nonce_is_refused(length: int) -> None:
    """F10."""
    assert refuses(HEADER + NONCE[:length], IDENTITY) == b""


def test_what_is_wrong_is_nobodys_business() -> None:
    """One error for a wrong key, damage and truncation: whoever sends files learns nothing from it."""
    sealed = [GOOD[:-1], GOOD[:40], b"", b"garbage", HEADER[:-3] + b"AA\n" + REST]
    said = set()
    for data, identity in [*((data, IDENTITY) for data in sealed), (GOOD, OTHER)]:
        with pytest.raises(OpenError) as caught:
            unseal(data, identity)
        said.add((type(caught.value), str(caught.value)))
    assert said == {(OpenError, "this cannot be opened")}


def test_a_header_longer_than_any_of_ours_is_refused() -> None:
    """Or reading a stored file could be made to take as long as somebody likes."""
    with pytest.raises(OpenError):
        _read_header(io.BytesIO(header_of(VERSION + b"-> x\n\n" * 45_000)))


def test_a_header_for_a_hundred_people_opens() -> None:
    others = [stanza_for(OTHER.recipient)] * 99
    assert unseal(file_of([*others, OURS]), IDENTITY) == b"salom"


def test_a_mac_under_the_payloads_key_is_refused() -> None:
    """Each key has one purpose."""
    header = HEADER.removesuffix(MAC_LINE) + b"--- " + base64_of(payload_key()) + b"\n"
    assert refuses(header + NONCE + stream_of(b"salom", payload_key()), IDENTITY) == b""


def test_a_stanza_moved_to_another_file_does_not_open_it() -> None:
    """F9. F10."""
    other = file_of([stanza_for(OTHER.recipient, bytes(16))])
    moved = other.replace(VERSION, VERSION + OURS)
    assert refuses(moved, IDENTITY) == b""
    assert refuses(moved, Identity(OTHER.seed)) == b""
