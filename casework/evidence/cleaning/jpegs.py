"""JPEG data inside other files: the segments that describe it are taken out, the picture itself is not touched.

Source: ITU-T T.81, annex B.
"""

from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault

_PREFIX = 0xFF
_START, _END, _SCAN, _COMMENT = 0xD8, 0xD9, 0xDA, 0xFE
_APPS = range(0xE0, 0xF0)
# JFIF says how dense it is, Adobe how its colours are to be read; at these lengths, marker and all, without a word more.
_KEPT_APPS = {(0xE0, 18), (0xEE, 16)}


def without_segments(data: bytes) -> bytes:
    """Give the same picture without Exif, XMP, profiles, thumbnails, comments, and whatever stands behind its end."""
    if data[:2] != bytes([_PREFIX, _START]):
        raise CannotBeCleaned(CleaningFault.DAMAGED)
    kept, place = [data[:2]], 2
    while (marker := _marker(data, place)) != _END:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if end < place + 4 or end > len(data):
            raise CannotBeCleaned(CleaningFault.DAMAGED)
        if marker == _SCAN:
            end = _end_of_scan(data, end)
        if not _describes(marker, data[place:end]):
            kept.append(data[place:end])
        place = end
    return b"".join(kept) + bytes([_PREFIX, _END])


def _marker(data: bytes, place: int) -> int:
    """Give the marker at a place. A picture that stops without its end ends there."""
    if place + 1 >= len(data):
        return _END
    if data[place] != _PREFIX:
        raise CannotBeCleaned(CleaningFault.DAMAGED)
    return data[place + 1]


def _describes(marker: int, segment: bytes) -> bool:
    is_app = marker in _APPS and (marker, len(segment)) not in _KEPT_APPS
    return is_app or marker == _COMMENT


def _end_of_scan(data: bytes, place: int) -> int:
    """Find the next marker behind coded data; in it stand only escaped 0xFF and restarts."""
    while (place := data.find(_PREFIX, place)) >= 0:
        if place + 1 < len(data) and data[place + 1] not in _IN_SCAN:
            return place
        place += 1
    return len(data)


_IN_SCAN = frozenset({0x00, _PREFIX, *range(0xD0, 0xD8)})
