"""Signed notes, as C2SP says and Go writes them."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import EncodingError
from crypto.notes import _key_hash, new_signing_key, sign_note, verifier_text, verify_note

# The example of Go's golang.org/x/mod/sumdb/note.
GO_NAME = "PeterNeumann"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
GO_NOTE = f"{GO_TEXT}\n\u2014 PeterNeumann {GO_SIGNATURE}\n"

NAME = "roster.example/ishonch"
SEED = bytes(range(32))
VERIFIER = verifier_text(NAME, SEED)
TEXT = "first\n\nsecond\n"
NOTE = sign_note(TEXT, NAME, SEED)


def test_go_and_we_write_the_same_key_and_note() -> None:
    assert verifier_text(GO_NAME, GO_SEED) == GO_VERIFIER
    assert sign_note(GO_TEXT, GO_NAME, GO_SEED) == GO_NOTE
    assert verify_note(GO_NOTE, GO_VERIFIER) == GO_TEXT


def test_a_new_key_is_32_new_bytes() -> None:
    assert len({new_signing_key() for _ in range(100)}) == 100
    assert len(new_signing_key()) == 32


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=200)


@given(texts)
def test_what_is_signed_is_read(text: str) -> None:
    """Among others: texts with empty lines, and with lines that look like signatures."""
    assert verify_note(sign_note(f"{text}\n", NAME, SEED), VERIFIER) == f"{text}\n"


@pytest.mark.parametrize("text", ["\n", "\n\n\n", NOTE, "\u2014 a b\n", "\n\n\u2014 a AAAAAAA=\n"])
def test_an_odd_text_is_signed_and_read(text: str) -> None:
    assert verify_note(sign_note(text, NAME, SEED), VERIFIER) == text


@pytest.mark.parametrize("text", ["", "a", "a\r\n", "a\tb\n", "\0\n", "\x1b[2J\n", "\ud800\n"])
def test_a_text_nobody_would_read_is_not_signed(text: str) -> None:
    with pytest.raises(ValueError, match="line feed"):
        sign_note(text, NAME, SEED)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "a\u00a0b", "a\u2003b", "\0", "\ud800"])
def test_a_name_nobody_would_read_signs_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="key name"):
        sign_note(TEXT, name, SEED)
    with pytest.raises(ValueError, match="key name"):
        verifier_text(name, SEED)


def refuses(note: str, verifier: str = VERIFIER) -> None:
    with pytest.raises(EncodingError):
        verify_note(note, verifier)


HASH = VERIFIER.split("+")[1]
SIGNED = NOTE.rsplit(" ", 1)[1].rstrip("\n")
FOREIGN = sign_note(TEXT, "other", bytes(32)).removeprefix(TEXT + "\n")

CHANGES: dict[str, Callable[[str], str]] = {
    "another text": lambda n: n.replace("first", "First"),
    "a line more": lambda n: "\n" + n,
    "a line less": lambda n: n.replace("\n\nsecond", "\nsecond"),
    "no signature": lambda n: n[: n.index("\u2014")],
    "no empty line": lambda n: n.replace("\n\n\u2014", "\n\u2014"),
    "no last line feed": lambda n: n[:-1],
    "two last line feeds": lambda n: n + "\n",
    "carriage returns": lambda n: n.replace("\n", "\r\n"),
    "another dash": lambda n: n.replace("\u2014", "\u2013"),
    "no dash": lambda n: n.replace("\u2014 ", ""),
    "two blanks": lambda n: n.replace(NAME + " ", NAME + "  "),
    "another name": lambda n: n.replace(NAME, "roster.example"),
    "a name with a plus": lambda n: n + "\u2014 a+b AAAAAAA=\n",
    "no name": lambda n: n + "\u2014  AAAAAAA=\n",
    "not base64": lambda n: n.replace(SIGNED, "!" + SIGNED[1:]),
    "letters of another script": lambda n: n.replace(SIGNED, "\u0430" + SIGNED[1:]),
    "no padding": lambda n: n.replace("=", ""),
    "loose last bits": lambda n: n.replace(SIGNED, _loosened(SIGNED)),
    "only a key id": lambda n: n.replace(SIGNED, base64.b64encode(b"abcd").decode()),
    "only another's key id": lambda n: n + "\u2014 other YWJjZA==\n",
    "a short signature": lambda n: n.replace(SIGNED, _cut(SIGNED)),
    "only others' signatures": lambda n: n[: n.index("\u2014")] + FOREIGN,
    "a malformed foreign line": lambda n: n + "\u2014 other ???\n",
    "a wrong one of ours before the right one": lambda n: n.replace(
        "\n\u2014", f"\n\u2014 {NAME} {_flipped(SIGNED)}\n\u2014"
    ),
    "a hundred and one signatures": lambda n: n + FOREIGN * 100,
    "NUL": lambda n: n.replace("second", "sec\0ond"),
    "half a character": lambda n: n.replace("second", "\ud800"),
    "too long": lambda n: "x" * (1024 * 1024) + n,
    "nothing": lambda _: "",
    "two line feeds": lambda _: "\n\n",
}


def _loosened(text: str) -> str:
    """Set a bit that decoders drop: the same bytes, spelled otherwise."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = text.rstrip("=")[-1]
    loose = text.rstrip("=")[:-1] + letters[letters.index(last) + 1]
    padded = loose + "=" * (-len(loose) % 4)
    assert base64.b64decode(padded) == base64.b64decode(text)
    return padded


def _cut(text: str) -> str:
    return base64.b64encode(base64.b64decode(text)[:-1]).decode()


def _flipped(text: str) -> str:
    raw = bytearray(base64.b64decode(text))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_note_is_refused(change: Callable[[str], str]) -> None:
    """F10."""
    assert verify_note(NOTE, VERIFIER) == TEXT
    assert change(NOTE) != NOTE
    refuses(change(NOTE))


def test_signatures_of_others_are_passed_over() -> None:
    head, ours = NOTE[: NOTE.index("\u2014")], NOTE[NOTE.index("\u2014") :]
    for signatures in (FOREIGN + ours, ours + FOREIGN, FOREIGN * 50 + ours + FOREIGN * 49):
        assert verify_note(head + signatures, VERIFIER) == TEXT


def test_a_namesake_with_another_key_is_passed_over_and_proves_nothing() -> None:
    namesake = sign_note(TEXT, NAME, bytes(32))
    refuses(namesake)
    both = namesake + NOTE[NOTE.index("\u2014") :]
    assert verify_note(both, VERIFIER) == TEXT


@pytest.mark.parametrize(
    "verifier",
    [
        "",
        NAME,
        f"{NAME}+{HASH}",
        VERIFIER.replace(NAME, "other"),
        VERIFIER.replace(HASH, HASH.upper()),
        VERIFIER.replace(HASH, "00000000"),
        VERIFIER + "=",
        VERIFIER + " ",
        VERIFIER[:-4],
        VERIFIER.replace(NAME, "a b"),
        "+" + VERIFIER.split("+", 1)[1],
        f"{NAME}+{HASH}+\u0430",
    ],
)
def test_a_verifier_that_does_not_fit_itself_is_refused(verifier: str) -> None:
    refuses(NOTE, verifier)


@pytest.mark.parametrize("name", ["", "a b", "a\nb"])
def test_a_verifier_whose_name_cannot_be_one_is_refused_though_it_fits_itself(name: str) -> None:
    public = base64.b64decode(VERIFIER.split("+", 2)[2])[1:]
    key = base64.b64encode(b"\1" + public).decode()
    with pytest.raises(EncodingError, match="key name"):
        verify_note(NOTE, f"{name}+{_key_hash(name, public).hex()}+{key}")
