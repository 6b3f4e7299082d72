"""Bech32 (BIP 173) without its length limit, as age writes its keys: each in one case, that of its prefix."""

from crypto.errors import EncodingError

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM = 6


def encode(prefix: str, data: bytes) -> str:
    """Write `data` under the human-readable `prefix`, in the prefix's case."""
    values = _to_fives(data)
    text = "1" + "".join(_ALPHABET[v] for v in values + _checksum(prefix, values))
    return prefix + (text.upper() if prefix.isupper() else text)


def decode(prefix: str, text: str) -> bytes:
    """Read what `encode` wrote under the same prefix, and nothing else: raises EncodingError."""
    head, _, tail = text.rpartition("1")
    alphabet = _ALPHABET.upper() if prefix.isupper() else _ALPHABET
    if head != prefix or len(tail) < _CHECKSUM or not set(tail) <= set(alphabet):
        raise EncodingError("this is not a key of the expected kind")
    values = [alphabet.index(letter) for letter in tail]
    if _polymod(_expanded(prefix) + values) != 1:
        raise EncodingError("the checksum of a key is wrong")
    return _to_bytes(values[:-_CHECKSUM])


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(_GENERATOR):
            check ^= term if top >> bit & 1 else 0
    return check


def _expanded(prefix: str) -> list[int]:
    letters = prefix.lower().encode("ascii")
    return [c >> 5 for c in letters] + [0] + [c & 31 for c in letters]


def _checksum(prefix: str, values: list[int]) -> list[int]:
    check = _polymod(_expanded(prefix) + values + [0] * _CHECKSUM) ^ 1
    return [check >> 5 * (5 - i) & 31 for i in range(_CHECKSUM)]


def _to_fives(data: bytes) -> list[int]:
    """Regroup eights into fives, padded with zero bits."""
    bits = len(data) * 8
    padding = -bits % 5
    number = int.from_bytes(data, "big") << padding
    count = (bits + padding) // 5
    return [number >> 5 * (count - 1 - i) & 31 for i in range(count)]


def _to_bytes(values: list[int]) -> bytes:
    """Regroup fives into eights; the padding must be short and zero, or two texts would be one key."""
    number = int("".join(f"{value:05b}" for value in values) or "0", 2)
    spare = len(values) * 5 % 8
    if spare > 4 or number & ((1 << spare) - 1):  # noqa: PLR2004 - five bits of padding would be a whole letter
        raise EncodingError("a key ends in stray bits")
    return (number >> spare).to_bytes(len(values) * 5 // 8, "big")
