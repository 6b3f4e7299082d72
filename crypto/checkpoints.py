"""Checkpoints: the size and the root of a log, signed by the log (Ed25519) and cosigned by witnesses (ML-DSA-44).

Source: C2SP tlog-checkpoint, tlog-cosignature, signed-note. Format: docs/formats-logs.md, sections 2 and 3.
Whatever is wrong with one is a ProofError.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from crypto.errors import EncodingError, ProofError
from crypto.merkle import EMPTY_ROOT, HASH_BYTES, MAX_SIZE
from crypto.notes import (
    SignatureLine,
    decode_base64,
    is_key_name,
    key_hash,
    key_text,
    read_key,
    sign_note,
    signature_by,
    split_note,
    verify_note,
)

_MLDSA44 = b"\x06"
_LABEL = b"subtree/v1\n\0"
_MAX_NAME = 255
_NUMBER_BYTES = 8
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, its number of entries, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(checkpoint: Checkpoint, seed: bytes) -> str:
    """Sign with the log's Ed25519 seed, in the name of its origin. What no reader would take is a ValueError."""
    try:
        _read(checkpoint.text)
    except EncodingError as error:
        raise ValueError("no reader would take this checkpoint") from error
    return sign_note(checkpoint.text, checkpoint.origin, seed)


def open_checkpoint(note: str, log: str) -> Checkpoint:
    """Read a checkpoint that the log's verifier key, `origin+hash+key`, signed; raises ProofError."""
    with _opaque():
        checkpoint = _read(verify_note(note, log))
        # Two logs with one key would vouch for each other.
        if log.partition("+")[0] != checkpoint.origin:
            raise ProofError
        return checkpoint


def cosigner_text(name: str, seed: bytes) -> str:
    """Write the public half of a witness's 32-byte ML-DSA-44 seed: `name+hash+key`."""
    _check_cosigner(name)
    return key_text(name, _MLDSA44, _public(seed))


def cosign(note: str, name: str, seed: bytes, moment: int) -> str:
    """Add a witness's cosignature of this moment (POSIX seconds, 1 at least); raises ProofError for no checkpoint.

    A witness says by it that every log it has seen of this origin is a beginning of this one, and that it has seen
    none longer: whoever calls has verified the log's signature and that consistency.
    """
    _check_cosigner(name)
    if not 0 < moment <= MAX_SIZE:
        raise ValueError("a cosignature says when it was made")
    with _opaque():
        text, _ = split_note(note)
        message = _message(name, moment, _read(text))
        signature = MLDSA44PrivateKey.from_seed_bytes(seed).sign(message)
        hashed = key_hash(name, _MLDSA44, _public(seed))
        line = SignatureLine(name, hashed, moment.to_bytes(_NUMBER_BYTES, "big") + signature)
        cosigned = f"{note}{line}"
        split_note(cosigned)
        return cosigned


def open_cosignature(note: str, cosigner: str) -> int:
    """Give the moment (POSIX seconds) at which the witness `name+hash+key` cosigned a checkpoint; raises ProofError."""
    with _opaque():
        key = read_key(cosigner, _MLDSA44)
        text, lines = split_note(note)
        stamped = signature_by(key, lines)
        moment = int.from_bytes(stamped[:_NUMBER_BYTES], "big")
        if not 0 < moment <= MAX_SIZE or len(key.name.encode()) > _MAX_NAME:
            raise ProofError
        message = _message(key.name, moment, _read(text))
        _public_key(key.public).verify(stamped[_NUMBER_BYTES:], message)
        return moment


def parse_number(text: str) -> int:
    """Read a decimal number below 2^63, without zeros in front; raises EncodingError."""
    if not _NUMBER.fullmatch(text) or int(text) > MAX_SIZE:
        raise EncodingError("this is no number as logs write it")
    return int(text)


def parse_hash(text: str) -> bytes:
    """Read 32 bytes of base64; raises EncodingError."""
    raw = decode_base64(text)
    if len(raw) != HASH_BYTES:
        raise EncodingError("a hash has 32 bytes")
    return raw


def _read(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != _LINES + 1 or lines[_LINES]:
        raise EncodingError("a checkpoint has three lines")
    checkpoint = Checkpoint(lines[0], parse_number(lines[1]), parse_hash(lines[2]))
    if not _is_log_name(checkpoint.origin):
        raise EncodingError("this cannot be the name of a log")
    if not checkpoint.size and checkpoint.root != EMPTY_ROOT:
        raise EncodingError("an empty log has one root")
    return checkpoint


def _message(name: str, moment: int, checkpoint: Checkpoint) -> bytes:
    """C2SP's `cosigned_message` of a whole tree."""
    return b"".join(
        (
            _LABEL,
            _short(name),
            moment.to_bytes(_NUMBER_BYTES, "big"),
            _short(checkpoint.origin),
            bytes(_NUMBER_BYTES),
            checkpoint.size.to_bytes(_NUMBER_BYTES, "big"),
            checkpoint.root,
        )
    )


def _short(name: str) -> bytes:
    raw = name.encode()
    return bytes([len(raw)]) + raw


def _check_cosigner(name: str) -> None:
    if not _is_log_name(name):
        raise ValueError("no reader would take this name")


def _is_log_name(name: str) -> bool:
    return is_key_name(name) and len(name.encode()) <= _MAX_NAME


def _public(seed: bytes) -> bytes:
    return MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()


def _public_key(raw: bytes) -> MLDSA44PublicKey:
    try:
        return MLDSA44PublicKey.from_public_bytes(raw)
    except ValueError as error:
        raise EncodingError("this is no ML-DSA-44 key") from error


@contextmanager
def _opaque() -> Iterator[None]:
    try:
        yield
    except (EncodingError, InvalidSignature) as error:
        raise ProofError from error
