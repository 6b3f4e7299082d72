"""docs/formats.md says what the code does: its numbers, its vectors and its file are those of the code."""

import hashlib
import io
import re
from pathlib import Path

import pytest

from crypto.age import _MAX_HEADER, _begin, sealed_length, unseal
from crypto.recipients import ENCAPSULATED_BYTES, RECIPIENT_BYTES, Identity
from portal.mailbox.letters import Attachment, Letter, decode_letter, encode_letter
from tests.unit.crypto_age.oracle import (
    CHUNK,
    FILE_KEY,
    IDENTITY,
    NONCE,
    hkdf,
    payload_key,
    split,
    stream_of,
)

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats.md").read_text("utf-8")
VECTORS = dict(re.findall(r"^\| (.+?) \| `(.+)` \|$", PAGE.split("## 6.")[1], re.MULTILINE))
SAMPLE = (Path(__file__).parent / "sample.age").read_bytes()
LETTER = Letter(
    kind="report",
    envelope="e1",
    dossier="d1",
    language="uz",
    text="“Salom”\n\\ \x01",
    answers={"where": "Зарафшон"},
    attachments=(
        Attachment("00112233445566778899aabbccddeeff", "акт.pdf", 0, hashlib.sha256().hexdigest()),
    ),
)


def recipient_digest(identity: Identity) -> str:
    return hashlib.sha256(str(identity.recipient).encode()).hexdigest()


def test_the_vectors_of_the_page_are_those_of_the_code() -> None:
    published = Identity.parse(VECTORS["published identity"])
    assert {
        "published identity": published.encode(),
        "SHA-256 of its recipient's text": recipient_digest(published),
        "seed": IDENTITY.seed.hex(),
        "identity": IDENTITY.encode(),
        "SHA-256 of its recipient's text, again": recipient_digest(IDENTITY),
        "file key": FILE_KEY.hex(),
        "nonce": NONCE.hex(),
        "HMAC key": hkdf(FILE_KEY, b"", b"header").hex(),
        "payload key": payload_key().hex(),
        "payload of `salom`": payload_of(b"salom").hex(),
        "payload of nothing": payload_of(b"").hex(),
        "letter": encode_letter(LETTER).decode(),
    } == VECTORS
    assert decode_letter(VECTORS["letter"].encode()) == LETTER


def payload_of(plaintext: bytes) -> bytes:
    """Seal with the keys of the page, in the code and in the oracle."""
    sink = io.BytesIO()
    sealer = _begin([IDENTITY.recipient], sink, file_key=FILE_KEY, nonce=NONCE)
    sealer.write(plaintext)
    sealer.close()
    assert split(sink.getvalue())[1] == NONCE + stream_of(plaintext, payload_key())
    return split(sink.getvalue())[1][16:]


def test_a_file_sealed_long_ago_still_opens() -> None:
    """When this fails, every report that was ever sealed is lost."""
    assert unseal(SAMPLE, Identity.parse(VECTORS["identity"])) == b"salom"


@pytest.mark.parametrize("people", [1, 2, 20])
@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_the_pages_formula_gives_the_length_of_a_file(size: int, people: int) -> None:
    found = re.search(r"`70 \+ (\d+)·r \+ 16 \+ n \+ 16·max\(1, ⌈n / (\d+)⌉\)`", PAGE)
    assert found is not None
    stanza, chunk = map(int, found.groups())
    said = 70 + stanza * people + 16 + size + 16 * max(1, -(-size // chunk))
    assert said == sealed_length(size, people)


def test_the_sizes_of_the_page_are_those_of_the_code() -> None:
    assert f"`enc` ({ENCAPSULATED_BYTES} bytes" in PAGE
    assert f"{RECIPIENT_BYTES} bytes." in PAGE
    assert f"headers of up to {_MAX_HEADER // 1024} KiB" in PAGE
    assert f"chunks of {CHUNK} bytes" in PAGE
    rows = dict(re.findall(r"^\| (identity|recipient) \| .* \| (\d+) \|$", PAGE, re.MULTILINE))
    assert rows == {
        "identity": str(len(IDENTITY.encode())),
        "recipient": str(len(str(IDENTITY.recipient))),
    }


def test_the_page_names_sections_of_the_other_that_exist() -> None:
    other = (Path(__file__).resolve().parents[3] / "docs" / "formats-keys.md").read_text("utf-8")
    titles = dict(re.findall(r"^## (\d)\. (.+)$", other, re.MULTILINE))
    assert (titles["2"], titles["3"]) == ("Boxes", "Passwords and recovery codes")
    assert (titles["4"], titles["7"]) == ("Padding", "Grants")
