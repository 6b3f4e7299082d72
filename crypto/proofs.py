"""Proofs that an entry is in a log, in one small text file that is checked offline: C2SP tlog-proof.

Format: docs/formats-logs.md, sections 4 and 5. Whatever is wrong with one is a ProofError.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from crypto.checkpoints import (
    Checkpoint,
    open_checkpoint,
    open_cosignature,
    parse_hash,
    parse_number,
)
from crypto.errors import EncodingError, ProofError
from crypto.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from crypto.notes import decode_base64

_VERSION = "c2sp.org/tlog-proof@v1"
_EXTRA, _INDEX = "extra ", "index "
# A path through the largest tree there can be.
_MAX_PATH = 63
_MAX_TEXT = 1024 * 1024
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof as it is written; nothing of it is believed yet. `extra` is None or bytes that no signature covers."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has shown: where the entry stands, in which log, and when each witness saw it (POSIX seconds)."""

    index: int
    checkpoint: Checkpoint
    seen: tuple[int, ...]


def filing_entry(salt: bytes, sealed: bytes) -> bytes:
    """Give a sealed report's entry in the filing log, 32 bytes.

    Without the salt (32 bytes), which stands in the report itself, nobody can try which sealed report an entry is of.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("a salt has 32 bytes")
    return hashlib.sha256(salt + sealed).digest()


def format_proof(proof: LogProof) -> str:
    """Write the file's text."""
    extra = "" if proof.extra is None else f"{_EXTRA}{_base64(proof.extra)}\n"
    path = "".join(f"{_base64(beside)}\n" for beside in proof.path)
    return f"{_VERSION}\n{extra}{_INDEX}{proof.index}\n{path}\n{proof.checkpoint}"


def parse_proof(text: str) -> LogProof:
    """Read a file's text; raises ProofError for anything `format_proof` would not write."""
    head, _, checkpoint = text[:_MAX_TEXT].partition("\n\n")
    try:
        proof = _read(head.split("\n"), checkpoint)
    except EncodingError as error:
        raise ProofError from error
    if format_proof(proof) != text:
        raise ProofError
    return proof


def verify_proof(
    proof: LogProof, *, leaf: bytes, log: str, witnesses: Sequence[str] = ()
) -> Proven:
    """Verify that a leaf is in the log whose verifier key is given, and that every one of the witnesses cosigned.

    Raises ProofError.
    """
    checkpoint = open_checkpoint(proof.checkpoint, log)
    verify_inclusion(
        proof.path, leaf=leaf, index=proof.index, size=checkpoint.size, root=checkpoint.root
    )
    seen = tuple(open_cosignature(proof.checkpoint, witness) for witness in witnesses)
    return Proven(proof.index, checkpoint, seen)


def verify_certificate(text: str, *, log: str, witnesses: Sequence[str] = ()) -> Proven:
    """Verify a filing certificate: a proof whose extra data are the entry, 32 bytes; raises ProofError.

    The inclusion proof vouches for the entry, as nothing does for extra data otherwise.
    """
    proof = parse_proof(text)
    if proof.extra is None or len(proof.extra) != HASH_BYTES:
        raise ProofError
    return verify_proof(proof, leaf=leaf_hash(proof.extra), log=log, witnesses=witnesses)


def _read(lines: list[str], checkpoint: str) -> LogProof:
    extra = None
    version, *rest = lines
    if rest and rest[0].startswith(_EXTRA):
        extra = decode_base64(rest.pop(0).removeprefix(_EXTRA))
    if version != _VERSION or not rest or not rest[0].startswith(_INDEX):
        raise EncodingError("this is no proof")
    index, *path = rest
    if len(path) > _MAX_PATH:
        raise EncodingError("there is no tree so high")
    hashes = tuple(parse_hash(line) for line in path)
    return LogProof(parse_number(index.removeprefix(_INDEX)), hashes, checkpoint, extra)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
