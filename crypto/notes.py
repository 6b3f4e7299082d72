"""Signed notes: a short text and an Ed25519 signature under it. Source: C2SP signed-note.md."""

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from crypto.errors import EncodingError

SEED_BYTES = 32
_ED25519 = b"\x01"
_HASH_BYTES = 4
_MARK = "\u2014 "


def new_signing_key() -> bytes:
    """Make the 32-byte seed of an Ed25519 key."""
    return os.urandom(SEED_BYTES)


def verifier_text(name: str, seed: bytes) -> str:
    """Write the public half: `name+hash+key`."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    key = base64.b64encode(_ED25519 + public).decode()
    return f"{name}+{_key_hash(name, public).hex()}+{key}"


def sign_note(text: str, name: str, seed: bytes) -> str:
    """Sign a text, which ends in a line feed."""
    if not text.endswith("\n") or not name or "+" in name or any(c.isspace() for c in name):
        raise ValueError("a note ends in a line feed, and a key name holds neither plus nor space")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    hashed = _key_hash(name, private.public_key().public_bytes_raw())
    signature = base64.b64encode(hashed + private.sign(text.encode())).decode()
    return f"{text}\n{_MARK}{name} {signature}\n"


def verify_note(note: str, verifier: str) -> str:
    """Give the text if this verifier's key signed it; raises EncodingError. Other keys' signatures are passed over."""
    name, hashed, public = _read_verifier(verifier)
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise EncodingError("this is not a signed note")
    signed = f"{text}\n"
    for line in signatures[:-1].split("\n"):
        signature = _signature(line, name, hashed)
        if signature is not None:
            try:
                public.verify(signature, signed.encode())
            except InvalidSignature as error:
                raise EncodingError("the signature of a note is wrong") from error
            return signed
    raise EncodingError("the expected key did not sign this note")


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_HASH_BYTES]


def _read_verifier(verifier: str) -> tuple[str, bytes, Ed25519PublicKey]:
    name, _, rest = verifier.partition("+")
    hash_text, _, key_text = rest.partition("+")
    raw = _decode(key_text)
    if raw[:1] != _ED25519 or _key_hash(name, raw[1:]).hex() != hash_text:
        raise EncodingError("a verifier key does not fit its own hash")
    try:
        return name, bytes.fromhex(hash_text), Ed25519PublicKey.from_public_bytes(raw[1:])
    except ValueError as error:
        raise EncodingError("a verifier key is no Ed25519 key") from error


def _signature(line: str, name: str, hashed: bytes) -> bytes | None:
    """Give the signature bytes if the line is by our key; raises EncodingError for a line that is no signature."""
    if not line.startswith(_MARK):
        raise EncodingError("a signature line begins with a dash")
    signer, _, encoded = line[len(_MARK) :].partition(" ")
    raw = _decode(encoded)
    if len(raw) <= _HASH_BYTES:
        raise EncodingError("a signature line is too short")
    ours = signer == name and raw[:_HASH_BYTES] == hashed
    return raw[_HASH_BYTES:] if ours else None


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise EncodingError("this is not base64") from error
