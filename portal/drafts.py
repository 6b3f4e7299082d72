"""A refused form keeps its files: what was received waits, sealed, for the corrected page.

When a form comes back with something to correct, its files must not be sent a second time: over Tor
that takes hours. They stay staged, and the page carries a draft: the dossier identity and the case
token they are sealed for, and the list of them. The draft is itself sealed under a key made from
the server's secret and the session cookie, so it opens only here and only in the browser it was
made for, and this machine keeps nothing of it: neither the page alone nor the disk alone opens a
file.

A draft that is foreign, damaged or too old is simply None: the person attaches the files again. A
file swept away meanwhile is missing from `files` and named in `missing`. Files taken out of a draft
are left to the sweep: it alone knows what rows name.
"""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from crypto.boxes import open_box, seal_box, subkey
from crypto.errors import OpenError
from crypto.recipients import Identity
from crypto.tokens import CaseToken
from portal.blobs import DirectoryBlobs, StoredBlob
from portal.sealed_files import SealedFile

CONTEXT = b"ishonch/v1 draft"
# Twenty names of 255 bytes and what belongs to them stay far below; anything longer is not ours.
MAX_LENGTH = 64 * 1024


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A form's files and the keys they are sealed for; `token` is None where none belongs to it."""

    dossier: Identity
    token: CaseToken | None
    files: tuple[SealedFile, ...]
    missing: tuple[str, ...] = ()

    def without(self, blob_ids: Collection[str]) -> Self:
        """Leave out the files a person removed."""
        return replace(self, files=tuple(f for f in self.files if f.blob.id not in blob_ids))

    def with_files(self, files: Collection[SealedFile]) -> Self:
        """Add the files of this request."""
        return replace(self, files=(*self.files, *files))


def draft_key(secret: bytes, cookie: bytes) -> bytes:
    """Derive the key of one browser's drafts from the server's secret and its session cookie."""
    return subkey(subkey(secret, "draft") + cookie, "draft of one session")


def seal_draft(draft: Draft, key: bytes, *, now: datetime) -> str:
    """Write a draft for a hidden field of the page (URL-safe base64). Its lifetime begins now."""
    content = {
        "at": int(now.timestamp()),
        "dossier": draft.dossier.encode(),
        "token": None if draft.token is None else str(draft.token.number),
        "files": [[f.name, f.size, f.sha256, f.blob.id, f.blob.sealed_size] for f in draft.files],
    }
    box = seal_box(key, json.dumps(content, ensure_ascii=False).encode(), CONTEXT)
    return base64.urlsafe_b64encode(box).decode()


def restore_draft(
    text: str, key: bytes, *, blobs: DirectoryBlobs, now: datetime, lifetime: timedelta
) -> Draft | None:
    """Read a draft back if it is ours, this session's and in time; its files live on in staging."""
    content = _opened(text, key)
    if content is None or not 0 <= now.timestamp() - content["at"] < lifetime.total_seconds():
        return None
    files = tuple(
        SealedFile(n, size, digest, StoredBlob(i, s)) for n, size, digest, i, s in content["files"]
    )
    here = tuple(file for file in files if blobs.renew(file.blob.id))
    return Draft(
        dossier=Identity.parse(content["dossier"]),
        token=None if content["token"] is None else CaseToken(int(content["token"])),
        files=here,
        missing=tuple(file.name for file in files if file not in here),
    )


def _opened(text: str, key: bytes) -> dict[str, Any] | None:
    """Open the box; what it holds is our own writing, and needs no further check."""
    if not text or len(text) > MAX_LENGTH:
        return None
    try:
        box = base64.b64decode(text, altchars=b"-_", validate=True)
        content: dict[str, Any] = json.loads(open_box(key, box, CONTEXT))
    except (binascii.Error, ValueError, OpenError):
        return None
    return content
