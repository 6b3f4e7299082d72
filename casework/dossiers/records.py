"""What the service itself writes into a dossier, as bytes: canonical JSON that says where it belongs, padded."""

import json
import unicodedata
from collections.abc import Mapping

from crypto.errors import OpenError
from crypto.padding import pad, unpad

_PLACE = "in"


def record_bytes(content: Mapping[str, str], place: str) -> bytes:
    """Write fields of text as they are sealed; a record opens only in the place it was written for (F9)."""
    fields = {name: unicodedata.normalize("NFC", text) for name, text in content.items()}
    if _PLACE in fields:
        raise ValueError("a field of this name says where a record belongs")
    return pad(_canonical(fields | {_PLACE: place}))


def open_record(padded: bytes, place: str) -> dict[str, str]:
    """Read the fields; raises OpenError for what belongs elsewhere, or was not written here."""
    written = unpad(padded)
    try:
        fields: dict[str, str] = json.loads(written)
        fields.pop(_PLACE, None)
    except (ValueError, AttributeError) as error:
        raise OpenError from error
    # Whatever it says of its place: only what `record_bytes` makes for this one is the same byte for byte.
    if _canonical(fields | {_PLACE: place}) != written:
        raise OpenError
    return fields


def _canonical(fields: Mapping[str, str]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
