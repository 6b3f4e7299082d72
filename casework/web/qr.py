"""QR codes as one path of an inline SVG: no picture to fetch, no style attribute."""

from dataclasses import dataclass

import segno

QUIET_ZONE = 4


@dataclass(frozen=True, slots=True)
class QrCode:
    """The side's length in modules, and the dark ones as a path."""

    size: int
    path: str


def qr_code(content: str) -> QrCode:
    """Draw a text."""
    rows = [list(row) for row in segno.make(content, error="m").matrix_iter(border=QUIET_ZONE)]
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return QrCode(len(rows), path)
