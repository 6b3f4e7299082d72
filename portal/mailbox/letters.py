"""What is sealed in an envelope: one letter, as canonical JSON, padded, sealed to the dossier and to the mailbox.

A letter names its envelope and its dossier, and whoever opens it says where it lay: a sealed letter that
was moved to another row is refused (F9).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from crypto.age import seal, unseal
from crypto.errors import OpenError
from crypto.padding import pad, unpad
from crypto.proofs import filing_entry
from crypto.recipients import Identity, Recipient

VERSION = "ishonch-letter/v1"
KINDS = ("report", "message", "reply")
_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a letter: its blob, its name as shown, its size in bytes and SHA-256 (hex) before sealing."""

    blob: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter of a thread. `answers` holds the report form's other fields, by name.

    `salt` (64 hex digits) is a report's own: with it, its entry in the filing log is found. Reports from before have none.
    """

    kind: str
    envelope: str
    dossier: str
    language: str
    text: str
    answers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    salt: str = ""


def seal_letter(letter: Letter, recipients: Sequence[Recipient]) -> bytes:
    """Seal a letter; its length tells little (E8)."""
    return seal(pad(encode_letter(letter)), recipients)


def open_letter(sealed: bytes, identity: Identity, *, envelope: str, dossier: str) -> Letter:
    """Open the letter that lies in this envelope of this dossier; raises OpenError for anything else."""
    letter = decode_letter(unpad(unseal(sealed, identity)))
    if (letter.envelope, letter.dossier) != (envelope, dossier):
        raise OpenError
    return letter


def entry_of(letter: Letter, sealed: bytes) -> bytes | None:
    """Give the entry by which a report stands in the filing log; None for a letter that has none there."""
    return filing_entry(bytes.fromhex(letter.salt), sealed) if letter.salt else None


def encode_letter(letter: Letter) -> bytes:
    """Write a letter the one way it is written."""
    content = {"version": VERSION, **asdict(letter)}
    if not letter.salt:
        del content["salt"]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def decode_letter(data: bytes) -> Letter:
    """Read a letter; raises OpenError for unknown or missing parts, wrong kinds of them, and any other spelling.

    Whoever knows a dossier's public half can seal anything to it.
    """
    try:
        content: dict[str, Any] = json.loads(data.decode("utf-8", "surrogatepass"))
        if content.pop("version") != VERSION or content["kind"] not in KINDS:
            raise OpenError
        attachments = tuple(Attachment(**a) for a in content.pop("attachments"))
        letter = Letter(**content, attachments=attachments)
        if not _is_well_formed(letter) or encode_letter(letter) != data:
            raise OpenError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OpenError from error
    return letter


def _is_well_formed(letter: Letter) -> bool:
    texts = [letter.envelope, letter.dossier, letter.language, letter.text]
    texts += [part for answer in letter.answers.items() for part in answer]
    texts += [part for a in letter.attachments for part in (a.blob, a.name, a.sha256)]
    sizes = [a.size for a in letter.attachments]
    return (
        all(type(text) is str for text in texts)
        and all(type(size) is int and size >= 0 for size in sizes)
        and _is_salted_rightly(letter)
    )


def _is_salted_rightly(letter: Letter) -> bool:
    """Whether a salt, where there is one, is a report's and spelled the one way it can be."""
    if type(letter.salt) is not str:
        return False
    return not letter.salt or (letter.kind == "report" and bool(_SALT.fullmatch(letter.salt)))
