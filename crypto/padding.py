"""Padmé: lengths that tell little. At most 12 % longer, and far fewer different lengths (E8).

Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019(4),
section 4. Formats: docs/formats-keys.md, section 4.
"""

from collections.abc import Iterator

from crypto.errors import OpenError

_LENGTH_BYTES = 8
_BLOCK = 64 * 1024


def padme_length(length: int) -> int:
    """Round a length in bytes up to the next one with few significant bits."""
    if length < 2:  # noqa: PLR2004 - the logarithm below needs two
        return length
    exponent = length.bit_length() - 1
    spare = exponent - exponent.bit_length()
    mask = (1 << spare) - 1
    return (length + mask) & ~mask


def pad(message: bytes) -> bytes:
    """Give the message's length in 8 bytes, the message, and zeros up to the Padmé length of both."""
    framed = len(message).to_bytes(_LENGTH_BYTES, "big") + message
    return framed + bytes(padme_length(len(framed)) - len(framed))


def unpad(padded: bytes) -> bytes:
    """Give back the message; raises OpenError for anything `pad` would not have made."""
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    message = padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
    if pad(message) != padded:
        raise OpenError
    return message


def tail(length: int) -> Iterator[bytes]:
    """Give the zeros that bring a stream of `length` bytes to its Padmé length, in blocks of at most 64 KiB."""
    left = padme_length(length) - length
    while left:
        block = min(left, _BLOCK)
        yield bytes(block)
        left -= block
