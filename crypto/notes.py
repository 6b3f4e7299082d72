"""Signed notes: a short text and an Ed25519 signature under it.

Source: C2SP signed-note.md; docs/formats-keys.md, section 5.
"""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import EncodingError

SEED_BYTES = 32
ED25519 = b"\x01"
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
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return key_text(name, ED25519, public)


def sign_note(text: str, name: str, seed: bytes) -> str:
    """Sign a text, which ends in a line feed. A text or name that no reader would take is a ValueError."""
    _check_name(name)
    if not text.endswith("\n") or not _is_writable(text):
        raise ValueError("a note ends in a line feed and has no other control character")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    hashed = _key_hash(name, private.public_key().public_bytes_raw())
    return f"{text}\n{SignatureLine(name, hashed, private.sign(text.encode()))}"


def verify_note(note: str, verifier: str) -> str:
    """Give the text if this verifier's key signed it; raises EncodingError.

    Signatures of other keys are passed over; the first by this key decides.
    """
    key = read_key(verifier, ED25519)
    try:
        public = Ed25519PublicKey.from_public_bytes(key.public)
    except ValueError as error:
        raise EncodingError("a verifier key is no Ed25519 key") from error
    text, lines = split_note(note)
    try:
        public.verify(signature_by(key, lines), text.encode())
    except InvalidSignature as error:
        raise EncodingError("the signature of a note is wrong") from error
    return text


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as notes name it: its holder, the first 4 bytes of its hash, its bytes."""

    name: str
    hashed: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line under a note: whose, by which key, and the signature's bytes."""

    name: str
    hashed: bytes
    signature: bytes

    def __str__(self) -> str:
        """Write the line, with its line feed."""
        return f"{_MARK}{self.name} {base64.b64encode(self.hashed + self.signature).decode()}\n"


def key_text(name: str, kind: bytes, public: bytes) -> str:
    """Write a public key of one kind (the byte that C2SP gives each): `name+hash+key`."""
    _check_name(name)
    key = base64.b64encode(kind + public).decode()
    return f"{name}+{key_hash(name, kind, public).hex()}+{key}"


def read_key(text: str, kind: bytes) -> Key:
    """Read what `key_text` wrote; raises EncodingError, for a key of another kind as well."""
    name, _, rest = text.partition("+")
    hash_text, _, encoded = rest.partition("+")
    raw = decode_base64(encoded)
    if not is_key_name(name):
        raise EncodingError("a key name holds neither plus nor space")
    hashed = key_hash(name, kind, raw[1:])
    if raw[:1] != kind or hashed.hex() != hash_text:
        raise EncodingError("a verifier key does not fit its own hash")
    return Key(name, hashed, raw[1:])


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """Give the 4 bytes that say which key of a name signed."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:_HASH_BYTES]


def split_note(note: str) -> tuple[str, list[SignatureLine]]:
    """Part a note into its text and the signature lines, none of them verified; raises EncodingError."""
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n") or not _is_writable(note):
        raise EncodingError("this is not a signed note")
    lines = signatures[:-1].split("\n")
    if len(lines) > _MAX_SIGNATURES:
        raise EncodingError("a note has too many signatures")
    return f"{text}\n", [_signature(line) for line in lines]


def signature_by(key: Key, lines: Sequence[SignatureLine]) -> bytes:
    """Give the first signature that says it is this key's; raises EncodingError if none does."""
    for line in lines:
        if (line.name, line.hashed) == (key.name, key.hashed):
            return line.signature
    raise EncodingError("the expected key did not sign this note")


def decode_base64(text: str) -> bytes:
    """Decode canonical base64, padded: there is one spelling of the same bytes; raises EncodingError."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise EncodingError("this is not base64") from error
    if base64.b64encode(data).decode() != text:
        raise EncodingError("this is not canonical base64")
    return data


def is_key_name(name: str) -> bool:
    """Whether a key may have this name: no white space, no control character, no plus, and something."""
    plain = _is_writable(name) and "+" not in name
    return bool(name) and plain and not any(c.isspace() for c in name)


def _key_hash(name: str, public: bytes) -> bytes:
    return key_hash(name, ED25519, public)


def _signature(line: str) -> SignatureLine:
    """Take a signature line apart; raises EncodingError for a line that is none, whoever's it is."""
    if not line.startswith(_MARK):
        raise EncodingError("a signature line begins with a dash")
    name, _, encoded = line[len(_MARK) :].partition(" ")
    raw = decode_base64(encoded)
    if not is_key_name(name) or len(raw) <= _HASH_BYTES:
        raise EncodingError("this is not a signature line")
    return SignatureLine(name, raw[:_HASH_BYTES], raw[_HASH_BYTES:])


def _check_name(name: str) -> None:
    if not is_key_name(name):
        raise ValueError("a key name holds neither plus nor space")


def _is_writable(text: str) -> bool:
    """Whether a note may hold this: UTF-8, no control character but the line feed, 1 MiB at most."""
    if len(text) > _MAX_NOTE or any(c < _FIRST_PRINTABLE and c != "\n" for c in text):
        return False
    try:
        return len(text.encode()) <= _MAX_NOTE
    except UnicodeEncodeError:
        return False
