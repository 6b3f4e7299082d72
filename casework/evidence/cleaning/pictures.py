"""Pictures: what is seen, and nothing else. Decoded and encoded anew, turned as the camera said they should be."""

import io

from PIL import Image, ImageOps

from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault

# A telephone's 50 megapixels; three bytes each are what one decoded picture takes.
MAX_PIXELS = 64_000_000
_SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
_MODES = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "RGB", "RGBA", "I;16"),
    "WEBP": ("RGB", "RGBA"),
}
_OPTIONS: dict[str, dict[str, int | bool]] = {
    "JPEG": {"quality": 92, "optimize": True},
    "PNG": {"optimize": False},
    "WEBP": {"quality": 92, "method": 4},
}


def is_picture(data: bytes) -> bool:
    """Whether the bytes begin as a JPEG, PNG or WebP does."""
    return (
        data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or data[:4] + data[8:12] == b"RIFFWEBP"
    )


def clean_picture(data: bytes) -> tuple[str, bytes]:
    """Give a picture's ending, and it, without Exif, XMP, comments, thumbnails, profiles or anything behind its end.

    Of an animation its first frame stays. Raises CannotBeCleaned for too many pixels, and what Pillow raises for damage.
    """
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_SUFFIXES)) as picture:
            return _written_anew(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE) from error


def _written_anew(picture: Image.Image) -> tuple[str, bytes]:
    if picture.width * picture.height > MAX_PIXELS:
        raise CannotBeCleaned(CleaningFault.TOO_LARGE)
    kind = str(picture.format)
    turned = ImageOps.exif_transpose(picture)
    bare = _in_mode(turned, kind)
    # Pillow's writers take more from it than one would think.
    bare.info = {}
    written = io.BytesIO()
    bare.save(written, kind, **_OPTIONS[kind])
    return _SUFFIXES[kind], written.getvalue()


def _in_mode(picture: Image.Image, kind: str) -> Image.Image:
    """Give the picture in a mode its format can hold without a palette: a colour nobody sees could stand in one."""
    if picture.mode in _MODES[kind]:
        return picture
    clear = "A" in picture.mode or "transparency" in picture.info
    return picture.convert("RGBA" if clear and kind != "JPEG" else "RGB")
