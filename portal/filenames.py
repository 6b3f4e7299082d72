"""File names: text somebody typed, made safe to show and to save, and never a path.

A name is sealed with the letter and never touches our disk (C11); it is shown, and offered when the
file is saved. So it keeps its script (C14) and its extension, and loses what deceives a reader or
trips a file system (C10, C13, C15).
"""

import re
import unicodedata
from urllib.parse import quote

MAX_BYTES = 255
FALLBACK = "file"

# What Windows refuses in a name. Path separators are cut away before.
_REFUSED = frozenset('<>:"|?*\\/')
# Embeddings, overrides, isolates and marks: they make `gpj.exe` read as `exe.jpg` (C15).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Joiners spell words in Persian and in emoji: they stay, other invisible characters go.
_JOINERS = frozenset("\u200c\u200d")
_DEVICE = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE
)
_LONGEST_EXTENSION = 32
# attr-char of RFC 5987 beyond letters and digits.
_UNQUOTED = "!#$&+-.^_`|~"


def display_name(raw: str) -> str:
    """Make any text a name to show and save: 1 to 255 bytes of UTF-8, its extension kept.

    Total and idempotent: there is no text it refuses.
    """
    last = re.split(r"[/\\]", raw)[-1]
    seen = unicodedata.normalize("NFC", "".join(_shown(character) for character in last))
    spaced = " ".join(seen.split()).rstrip(". ")
    if spaced.startswith(".") or _DEVICE.match(spaced):
        spaced = "_" + spaced
    return _shortened(spaced) or FALLBACK


def extension(name: str) -> str:
    """Give the real extension, without the dot, or nothing."""
    stem, dot, suffix = name.rpartition(".")
    return suffix if stem and dot and len(suffix.encode()) <= _LONGEST_EXTENSION else ""


def download_headers(name: str) -> dict[str, str]:
    """Give the headers of a download that no browser opens, runs or renames wrongly (C8, C10, C14).

    Never raises, whatever the name: it goes through `display_name` once more, and an ASCII spelling
    stands beside it for readers without RFC 5987.
    """
    shown = display_name(name)
    ascii_name = "".join(c if " " <= c <= "~" and c != "%" else "_" for c in shown)
    return {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": (
            f'attachment; filename="{ascii_name}"; '
            f"filename*=UTF-8''{quote(shown, safe=_UNQUOTED)}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }


def _shown(character: str) -> str:
    """Give what stands for one character: itself, a blank, a visible mark, or nothing."""
    category = unicodedata.category(character)
    if character in _BIDI or character in _REFUSED or category == "Cs":
        return "_"
    if category.startswith("Z"):
        return " "
    if category == "Cc" or (category == "Cf" and character not in _JOINERS):
        return ""
    return character


def _shortened(name: str) -> str:
    """Cut by bytes, between characters, in front of the extension (C13)."""
    if len(name.encode()) <= MAX_BYTES:
        return name
    suffix = "." + end if (end := extension(name)) else ""
    stem = name.removesuffix(suffix).encode()[: MAX_BYTES - len(suffix.encode())]
    return stem.decode(errors="ignore").rstrip(". ") + suffix
