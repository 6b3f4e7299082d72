"""Whom something is sealed to, and who can open it: age's native post-quantum recipient, mlkem768x25519.

Source: C2SP age.md; the KEM is X-Wing (ML-KEM-768 with X25519) through HPKE.
"""

import os
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHAKE256, Hash
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from crypto import bech32
from crypto.errors import EncodingError, OpenError

SEED_BYTES = 32
RECIPIENT_BYTES = 1216
ENCAPSULATED_BYTES = 1120
WRAPPED_KEY_BYTES = 32

_MLKEM_PUBLIC_BYTES = 1184
_MLKEM_SEED_BYTES = 64
_EXPANDED_BYTES = 96
_FILE_KEY_BYTES = 16
_RECIPIENT_PREFIX = "age1pq"
_IDENTITY_PREFIX = "AGE-SECRET-KEY-PQ-"
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_INFO = b"age-encryption.org/mlkem768x25519"


@dataclass(frozen=True)
class Recipient:
    """A public key: 1216 bytes, ML-KEM-768 then X25519. Whoever holds it can seal, and open nothing."""

    raw: bytes

    @classmethod
    def from_raw(cls, raw: bytes) -> "Recipient":
        """Read the 1216 bytes; raises EncodingError unless both halves are keys that can be sealed to."""
        if len(raw) != RECIPIENT_BYTES:
            raise EncodingError("a recipient has 1216 bytes")
        recipient = cls(bytes(raw))
        try:
            # A point of low order shows only when it is used: better here than when a report comes in.
            recipient.wrap(bytes(_FILE_KEY_BYTES))
        except ValueError as error:
            raise EncodingError("these bytes are no recipient") from error
        return recipient

    @classmethod
    def parse(cls, text: str) -> "Recipient":
        """Read `age1pq1…`; raises EncodingError."""
        return cls.from_raw(bech32.decode(_RECIPIENT_PREFIX, text))

    def __str__(self) -> str:
        """Write `age1pq1…`."""
        return bech32.encode(_RECIPIENT_PREFIX, self.raw)

    def wrap(self, file_key: bytes) -> tuple[bytes, bytes]:
        """Encrypt a file key to this recipient: (1120 encapsulated bytes, 32 bytes of ciphertext)."""
        sealed = _SUITE.encrypt(file_key, self._key, info=_INFO)
        return sealed[:ENCAPSULATED_BYTES], sealed[ENCAPSULATED_BYTES:]

    @cached_property
    def _key(self) -> MLKEM768X25519PublicKey:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(self.raw[:_MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(self.raw[_MLKEM_PUBLIC_BYTES:]),
        )


@dataclass(frozen=True, repr=False)
class Identity:
    """A private key: the 32-byte seed both halves are expanded from."""

    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != SEED_BYTES:
            raise EncodingError("an identity has 32 bytes")

    @classmethod
    def generate(cls) -> "Identity":
        """Make a new one from the system's generator."""
        return cls(os.urandom(SEED_BYTES))

    @classmethod
    def parse(cls, text: str) -> "Identity":
        """Read `AGE-SECRET-KEY-PQ-1…`; raises EncodingError."""
        return cls(bech32.decode(_IDENTITY_PREFIX, text))

    def encode(self) -> str:
        """Write `AGE-SECRET-KEY-PQ-1…`."""
        return bech32.encode(_IDENTITY_PREFIX, self.seed)

    @cached_property
    def recipient(self) -> Recipient:
        """The public half."""
        kem, curve = self._halves
        return Recipient(
            kem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        )

    def unwrap(self, encapsulated: bytes, wrapped: bytes) -> bytes:
        """Decrypt what `Recipient.wrap` made; raises OpenError if it was made for somebody else."""
        try:
            return _SUITE.decrypt(
                encapsulated + wrapped, MLKEM768X25519PrivateKey(*self._halves), info=_INFO
            )
        except InvalidTag as error:
            raise OpenError from error

    @cached_property
    def _halves(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        digest = Hash(SHAKE256(_EXPANDED_BYTES))
        digest.update(self.seed)
        expanded = digest.finalize()
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED_BYTES]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED_BYTES:]),
        )
