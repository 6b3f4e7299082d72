"""A canary: marked words that must not be heard in any file, however they are spelled there."""

import base64
import json
import quopri
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

# How deep packed things lie in packed things, and how much of one is unpacked.
DEPTH = 2
UNPACKED_BYTES = 8 * 1024 * 1024
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
# A line of letters, as base64 and hex are broken into.
_WRAPPED = re.compile(rb"([\w+/=-]{8,})\r?\n")
_EITHER_HEADER = 32 + zlib.MAX_WBITS


class Canary:
    """Marks by name, each a text or bytes, and all the spellings in which they would be recognised."""

    def __init__(self, marks: Mapping[str, str | bytes]) -> None:
        self.needles = {
            needle: (name, spelling)
            for name, mark in marks.items()
            for spelling, needle in spellings(mark).items()
        }

    def heard_in(self, data: bytes, depth: int = DEPTH) -> set[tuple[str, str]]:
        """Name each mark that is in these bytes, and its spelling; what is packed in them is unpacked."""
        heard = {said for needle, said in self.needles.items() if needle in data}
        unwrapped = _WRAPPED.sub(rb"\1", data)
        if unwrapped != data:
            heard |= {said for needle, said in self.needles.items() if needle in unwrapped}
        if depth:
            for unpacked in _unpacked(data):
                heard |= {
                    (name, f"{spelling}, packed")
                    for name, spelling in self.heard_in(unpacked, depth - 1)
                }
        return heard

    def heard_below(self, *places: Path) -> dict[str, set[tuple[str, str]]]:
        """Say what is heard in each file below some folders, in its name included; silent files are left out."""
        found = {}
        for path in _files(places):
            # A file may go while we look: what is gone says nothing.
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            if heard := self.heard_in(str(path).encode() + b"\0" + content):
                found[str(path)] = heard
        return found


def spellings(mark: str | bytes) -> dict[str, bytes]:
    """Give every spelling of a mark, by its name; of two that look the same, the first."""
    named = {needle: name for name, needle in reversed(_all_spellings(mark).items())}
    return {name: needle for needle, name in reversed(named.items())}


def _all_spellings(mark: str | bytes) -> dict[str, bytes]:
    if isinstance(mark, bytes):
        return _of_bytes("bytes", mark)
    eight, sixteen = mark.encode(), mark.encode("utf-16-le")
    return {
        **_of_bytes("utf-8", eight),
        **_of_bytes("utf-16", sixteen),
        "utf-16, big end first": mark.encode("utf-16-be"),
        "an address": quote(mark).encode(),
        "JSON": json.dumps(mark)[1:-1].encode(),
        "HTML": escape(mark).encode("ascii", "xmlcharrefreplace"),
        "Python": repr(eight)[2:-1].encode(),
        "mail": quopri.encodestring(eight).replace(b"=\n", b""),
    }


def _of_bytes(name: str, data: bytes) -> dict[str, bytes]:
    percents = "".join(f"%{byte:02x}" for byte in data)
    return {
        name: data,
        f"{name} in hex": data.hex().encode(),
        f"{name} in capital hex": data.hex().upper().encode(),
        f"{name} in percents": percents.encode(),
        f"{name} in capital percents": percents.upper().encode(),
        **{f"{name} in base64, {shift} over": _inside_base64(data, shift) for shift in range(3)},
        **{
            f"{name} in base64 for addresses, {shift} over": _inside_base64(data, shift, b"-_")
            for shift in range(3)
        },
    }


def _inside_base64(data: bytes, shift: int, letters: bytes = b"+/") -> bytes:
    """Give the letters that stand for these bytes and nothing else, wherever in threes they begin."""
    encoded = base64.b64encode(bytes(shift) + data, letters)
    return encoded[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Unpack whatever in these bytes begins as gzip or zlib does, as far as it goes."""
    whole = memoryview(data)
    for begin in _PACKED.finditer(data):
        unpacker = zlib.decompressobj(_EITHER_HEADER)
        try:
            unpacked = unpacker.decompress(whole[begin.start() :][:UNPACKED_BYTES], UNPACKED_BYTES)
        except zlib.error:
            continue
        if unpacked:
            yield unpacked


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from (path for path in sorted(place.rglob("*")) if path.is_file())
