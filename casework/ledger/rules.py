"""The body of an entry: one way to write it. Format: docs/formats-logs.md, section 6."""

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crypto.padding import pad, unpad

SALT_BYTES = 32
MAX_ID = 64
_VERSION = 1
_MAX_VALUE = 200
_AT = "%Y-%m-%dT%H:%M:%SZ"
_ACT = re.compile(r"[a-z]+(\.[a-z_]+)+")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What an entry says in clear: ids, states and codes, never free text. `at` is in whole seconds of UTC."""

    number: int
    act: str
    actor: str | None
    subject: str
    at: datetime
    change: Mapping[str, str] = field(default_factory=dict)
    detail: str | None = None


def write_body(body: Body) -> bytes:
    """Write the canonical JSON; raises ValueError for what may not stand in clear or cannot be read back."""
    _check(body)
    values: dict[str, Any] = {
        "v": _VERSION,
        "n": body.number,
        "act": str(body.act),
        "actor": body.actor,
        "subject": body.subject,
        "at": body.at.strftime(_AT),
        "change": dict(body.change),
    }
    if body.detail is not None:
        values["detail"] = body.detail
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return normal(text).encode()


def read_body(raw: bytes) -> Body:
    """Read a body; raises ValueError for anything `write_body` would not write."""
    try:
        values = json.loads(raw.decode())
        body = Body(
            number=values["n"],
            act=values["act"],
            actor=values["actor"],
            subject=values["subject"],
            at=datetime.strptime(values["at"], _AT).replace(tzinfo=UTC),
            change=values["change"],
            detail=values.get("detail"),
        )
        written = write_body(body)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("a body lacks something") from error
    if written != raw:
        raise ValueError("a body is not written as it must be")
    return body


def normal(text: str) -> str:
    """Give a text in the one spelling that Unicode calls NFC."""
    return unicodedata.normalize("NFC", text)


def moment(now: datetime) -> datetime:
    """Give a moment in whole seconds of UTC; raises ValueError for one without a time zone."""
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return now.astimezone(UTC).replace(microsecond=0)


def salted(detail: str) -> bytes:
    """Make what is sealed of a detail: a short text cannot be guessed from the digest of this."""
    return pad(secrets.token_bytes(SALT_BYTES) + normal(detail).encode())


def digest_of(padded: bytes) -> str:
    """Give what stands in clear of a detail: SHA-256 in hex of what `salted` made."""
    return hashlib.sha256(padded).hexdigest()


def detail_in(padded: bytes) -> str:
    """Give the text that `salted` was given; raises OpenError for damage."""
    return unpad(padded)[SALT_BYTES:].decode()


def _check(body: Body) -> None:
    """Refuse what a body may not say. It is a fault of the caller: nobody types any of this."""
    names = (body.subject,) if body.actor is None else (body.subject, body.actor)
    if type(body.number) is not int or body.number < 0 or not _ACT.fullmatch(body.act):
        raise ValueError("an entry has a number, and an act with a name")
    if not all(_is_word(name) and 0 < len(name) <= MAX_ID for name in names):
        raise ValueError("actor and subject are ids")
    if not all(_KEY.fullmatch(key) and _is_word(value) for key, value in body.change.items()):
        raise ValueError("a change is ids, states and codes, not text")
    if body.detail is not None and not _DIGEST.fullmatch(body.detail):
        raise ValueError("of a detail its digest stands here")


def _is_word(text: str) -> bool:
    return len(text) <= _MAX_VALUE and text.isprintable() and not any(c.isspace() for c in text)
