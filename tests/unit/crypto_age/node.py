"""The other implementation of age, typage, and the public test vectors: both npm packages, under Node."""

import base64
import json
import subprocess
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
VECTORS_SCRIPT = HERE / "vectors.mjs"
TYPAGE_SCRIPT = HERE / "typage.mjs"


@dataclass(frozen=True, slots=True)
class Vector:
    """One test vector: the file, and what its reader must find."""

    expect: str
    identities: tuple[str, ...]
    file_key: bytes
    payload: str | None
    armored: bool
    file: bytes


def run(script: Path, request: Any = None) -> Any:
    """Run one of our scripts: JSON in, JSON out."""
    ran = subprocess.run(
        ["node", script], input=json.dumps(request).encode(), capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def vectors() -> dict[str, Vector]:
    """Read all vectors of the package."""
    return {name: _vector(base64.b64decode(text)) for name, text in run(VECTORS_SCRIPT).items()}


def _vector(data: bytes) -> Vector:
    head, _, file = data.partition(b"\n\n")
    fields = [line.split(": ", 1) for line in head.decode().split("\n")]
    unknown = {key for key, _ in fields} - _FIELDS
    assert not unknown
    one = dict(fields)
    return Vector(
        expect=one["expect"],
        identities=tuple(value for key, value in fields if key == "identity"),
        file_key=bytes.fromhex(one["file key"]),
        payload=one.get("payload"),
        armored="armored" in one,
        file=zlib.decompress(file) if "compressed" in one else file,
    )


_FIELDS = {
    *("expect", "payload", "identity", "passphrase", "armored", "file key", "comment"),
    "compressed",
}


def typage_seals(plaintext: bytes, recipients: Sequence[str]) -> bytes:
    """Let typage seal."""
    return _typage({"recipients": [*recipients], "data": _text(plaintext)})


def typage_opens(sealed: bytes, identity: str) -> bytes:
    """Let typage open."""
    return _typage({"identity": identity, "data": _text(sealed)})


def typage_recipient(identity: str) -> str:
    """Let typage compute an identity's recipient."""
    return _typage({"identity": identity}).decode()


def _typage(request: dict[str, Any]) -> bytes:
    return base64.b64decode(run(TYPAGE_SCRIPT, request))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
