"""Small things sealed under a key both ends already have: session rows, drafts, wrapped identities.

A box is 32 random bytes and ChaCha20-Poly1305 under a key made from them, so no nonce can ever repeat (F11).
Format: docs/formats-keys.md, section 2.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from crypto.errors import OpenError

KEY_BYTES = 32
OVERHEAD = 32 + 16
_SALT_BYTES = 32
_ZERO_NONCE = bytes(12)


def subkey(key: bytes, label: str, salt: bytes | None = None) -> bytes:
    """Derive a 32-byte key for one purpose (HKDF-SHA-256)."""
    return HKDF(SHA256(), KEY_BYTES, salt, label.encode()).derive(key)


def seal_box(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Seal under a 32-byte `key`; it opens only with the same `context`, which is not part of the box (F9)."""
    salt = os.urandom(_SALT_BYTES)
    return salt + _cipher(key, salt).encrypt(_ZERO_NONCE, plaintext, context)


def open_box(key: bytes, box: bytes, context: bytes) -> bytes:
    """Open what `seal_box` made; raises OpenError for another key, another context, or damage."""
    salt, sealed = box[:_SALT_BYTES], box[_SALT_BYTES:]
    try:
        return _cipher(key, salt).decrypt(_ZERO_NONCE, sealed, context)
    except InvalidTag as error:
        raise OpenError from error


def _cipher(key: bytes, salt: bytes) -> ChaCha20Poly1305:
    if len(key) != KEY_BYTES:
        raise ValueError("a box is sealed under a key of 32 bytes")
    return ChaCha20Poly1305(subkey(key, "ishonch/v1 box", salt))
