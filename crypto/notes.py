"""Signed notes: a short text and an Ed25519 signature under it.

Source: C2SP signed-note.md; docs/formats-keys.md, section 5.
"""

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import EncodingError

SEED_BYTES = 32
_ED25519 = b"\x01"
_HASH_BYTES = 4
_MARK = "\u2014 "
_FIRST_PRINTABLE = " "
_MAX_NOTE = 1024 * 1024
_MAX_SIGNATURES = 100


def new_signing_key() -> bytes:
    """Make the 32-byte seed of an Ed25519 key."""
    return os.urandom(SEED_BYTES)


def verifier_text(name: str, seed: bytes) -> str:
    """Write the public half: `name+hash+key`."""
    _check_name(name)
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    key = base64.b64encode(_ED25519 + public).decode()
    return f"{name}+{_key_hash(name, public).hex()}+{key}"


def sign_note(text: str, name: str, seed: bytes) -> str:
    """Sign a text, which ends in a line feed. A text or name that no reader would take is a ValueError."""
    _check_name(name)
    if not text.endswith("\n") or not _is_writable(text):
        raise ValueError("a note ends in a line feed and has no other control character")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    hashed = _key_hash(name, private.public_key().public_bytes_raw())
    signature = base64.b64encode(hashed + private.sign(text.encode())).decode()
    return f"{text}\n{_MARK}{name} {signature}\n"


def verify_note(note: str, verifier: str) -> str:
    """Give the text if this verifier's key signed it; raises EncodingError.

    Signatures of other keys are passed over; the first by this key decides.
    """
    known = _read_verifier(verifier)
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or not _is_writable(note):
        raise EncodingError("this is not a signed note")
    lines = signatures[:-1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise EncodingError("a note has too many signatures")
    ours = [s.signature for s in map(_signature, lines) if (s.name, s.hashed) == known.id]
    if not ours:
        raise EncodingError("the expected key did not sign this note")
    try:
        known.public.verify(ours[0], f"{text}\n".encode())
    except InvalidSignature as error:
        raise EncodingError("the signature of a note is wrong") from error
    return f"{text}\n"


@dataclass(frozen=True, slots=True)
class _Verifier:
    id: tuple[str, bytes]
    public: Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class _Signature:
    name: str
    hashed: bytes
    signature: bytes


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_HASH_BYTES]


def _read_verifier(verifier: str) -> _Verifier:
    name, _, rest = verifier.partition("+")
    hash_text, _, key_text = rest.partition("+")
    raw = _decode(key_text)
    if not _is_name(name):
        raise EncodingError("a key name holds neither plus nor space")
    if raw[:1] != _ED25519 or _key_hash(name, raw[1:]).hex() != hash_text:
        raise EncodingError("a verifier key does not fit its own hash")
    try:
        public = Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise EncodingError("a verifier key is no Ed25519 key") from error
    return _Verifier((name, bytes.fromhex(hash_text)), public)


def _signature(line: str) -> _Signature:
    """Take a signature line apart; raises EncodingError for a line that is none, whoever's it is."""
    if not line.startswith(_MARK):
        raise EncodingError("a signature line begins with a dash")
    name, _, encoded = line[len(_MARK) :].partition(" ")
    raw = _decode(encoded)
    if not _is_name(name) or len(raw) <= _HASH_BYTES:
        raise EncodingError("this is not a signature line")
    return _Signature(name, raw[:_HASH_BYTES], raw[_HASH_BYTES:])


def _check_name(name: str) -> None:
    if not _is_name(name):
        raise ValueError("a key name holds neither plus nor space")


def _is_name(name: str) -> bool:
    plain = _is_writable(name) and "+" not in name
    return bool(name) and plain and not any(c.isspace() for c in name)


def _is_writable(text: str) -> bool:
    """Whether a note may hold this: UTF-8, no control character but the line feed, 1 MiB at most."""
    if len(text) > _MAX_NOTE or any(c < _FIRST_PRINTABLE and c != "\n" for c in text):
        return False
    try:
        return len(text.encode()) <= _MAX_NOTE
    except UnicodeEncodeError:
        return False


def _decode(text: str) -> bytes:
    """Decode canonical base64: there is one spelling of the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise EncodingError("this is not base64") from error
    if base64.b64encode(data).decode() != text:
        raise EncodingError("this is not canonical base64")
    return data
