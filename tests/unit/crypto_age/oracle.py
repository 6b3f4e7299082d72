"""The format once more, written plainly from the specification with bare HMAC and AEAD: what the tests compare with.

It writes whatever it is told to, also what no implementation may write.
"""

import base64
import hmac
from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from crypto.recipients import Identity, Recipient

IDENTITY = Identity(bytes(range(32)))
OTHER = Identity(bytes(range(32, 64)))
FILE_KEY = b"sixteen bytes, k"
NONCE = b"sixteen bytes, n"
VERSION = b"age-encryption.org/v1\n"
TYPE = b"mlkem768x25519"
CHUNK = 64 * 1024
SEALED_CHUNK = CHUNK + 16


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    pseudorandom = hmac.digest(salt or bytes(32), key, "sha256")
    return hmac.digest(pseudorandom, info + b"\x01", "sha256")


def base64_of(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def stanza(arguments: Iterable[bytes], body: bytes) -> bytes:
    text = base64_of(body)
    lines = [text[at : at + 64] for at in range(0, len(text) + 1, 64)]
    return b"\n".join([b"-> " + b" ".join(arguments), *lines, b""])


def stanza_for(recipient: Recipient, file_key: bytes = FILE_KEY) -> bytes:
    enc, body = recipient.wrap(file_key)
    return stanza([TYPE, base64_of(enc)], body)


def header_of(covered: bytes, file_key: bytes = FILE_KEY) -> bytes:
    """End a header with its right MAC, whatever stands in it."""
    mac = hmac.digest(hkdf(file_key, b"", b"header"), covered + b"---", "sha256")
    return covered + b"--- " + base64_of(mac) + b"\n"


def payload_key(file_key: bytes = FILE_KEY, nonce: bytes = NONCE) -> bytes:
    return hkdf(file_key, nonce, b"payload")


def nonce_of(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def seal_chunk(key: bytes, number: int, plaintext: bytes, *, last: bool) -> bytes:
    return ChaCha20Poly1305(key).encrypt(nonce_of(number, last=last), plaintext, None)


def stream_of(plaintext: bytes, key: bytes) -> bytes:
    """Seal a payload as one must."""
    pieces = [plaintext[at : at + CHUNK] for at in range(0, max(1, len(plaintext)), CHUNK)]
    return b"".join(
        seal_chunk(key, number, piece, last=number == len(pieces) - 1)
        for number, piece in enumerate(pieces)
    )


def file_of(stanzas: Sequence[bytes], plaintext: bytes = b"salom") -> bytes:
    """Write a whole file, right but for what the stanzas may be."""
    return header_of(VERSION + b"".join(stanzas)) + NONCE + stream_of(plaintext, payload_key())


def authentic_part(sealed: bytes, key: bytes) -> bytes:
    """Decrypt as far as chunks are authentic, whatever follows them: full ones, and one that is marked as the last."""
    plaintext = b""
    for number, chunk in enumerate(chunks_of(sealed)):
        if len(chunk) == SEALED_CHUNK and (text := open_chunk(key, number, chunk, last=False)):
            plaintext += text
        else:
            return plaintext + (open_chunk(key, number, chunk, last=True) or b"")
    return plaintext


def open_chunk(key: bytes, number: int, sealed: bytes, *, last: bool) -> bytes | None:
    try:
        return ChaCha20Poly1305(key).decrypt(nonce_of(number, last=last), sealed, None)
    except InvalidTag:
        return None


def split(sealed: bytes) -> tuple[bytes, bytes]:
    """Part a file's header from what follows it."""
    end = sealed.index(b"\n", sealed.index(b"\n--- ") + 1) + 1
    return sealed[:end], sealed[end:]


def chunks_of(sealed_payload: bytes) -> list[bytes]:
    return [
        sealed_payload[at : at + SEALED_CHUNK] for at in range(0, len(sealed_payload), SEALED_CHUNK)
    ]
