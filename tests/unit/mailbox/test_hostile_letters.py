"""Letters that were sealed by nobody of ours: whoever knows a dossier's public half can seal anything to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import OpenError
from portal.mailbox.letters import Attachment, Letter, decode_letter, encode_letter

LETTER = Letter(
    kind="report",
    envelope="e" * 32,
    dossier="d" * 32,
    language="uz",
    text="Oʻgʻirlik",
    answers={"place": "Tarozi"},
    attachments=(Attachment(blob="b" * 32, name="хат.pdf", size=3, sha256="0" * 64),),
)


def spelled(**changes: object) -> bytes:
    """Write the letter as we would, with some of its parts replaced."""
    content = json.loads(encode_letter(LETTER)) | changes
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def attachment(**changes: object) -> list[dict[str, object]]:
    return [{"blob": "b" * 32, "name": "n", "size": 3, "sha256": "0" * 64} | changes]


def test_a_letter_of_ours_is_read() -> None:
    assert decode_letter(spelled()) == LETTER


@pytest.mark.parametrize(
    "damaged",
    [
        spelled(text=5),
        spelled(text=None),
        spelled(envelope=["e"]),
        spelled(answers=["x"]),
        spelled(answers={"place": 1}),
        spelled(attachments=attachment(size=-1)),
        spelled(attachments=attachment(size=1.5)),
        spelled(attachments=attachment(size=True)),
        spelled(attachments=attachment(name=None)),
        spelled(attachments=attachment(more="x")),
        spelled(attachments="no"),
        spelled(more="x"),
        spelled(kind="order"),
        spelled(version="ishonch-letter/v2"),
        b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[]",
        b"null",
        b"",
        b"\xff",
    ],
    ids=range(19),
)
def test_a_letter_with_wrong_parts_is_damaged_and_no_fault_of_ours(damaged: bytes) -> None:
    """F10."""
    with pytest.raises(OpenError):
        decode_letter(damaged)


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_what_is_written_is_read_back(text: str, answers: dict[str, str]) -> None:
    letter = Letter(
        kind="message", envelope="e", dossier="d", language="", text=text, answers=answers
    )
    assert decode_letter(encode_letter(letter)) == letter
