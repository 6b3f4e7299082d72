"""Cleaned copies: nothing of what files say of their makers is left, what is seen in them is, and hostile ones are refused."""

import io
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pikepdf import Name, Pdf
from PIL import Image

from casework.evidence.cleaning import office_files, pictures, process
from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.files import clean
from casework.evidence.cleaning.jpegs import without_segments
from casework.evidence.cleaning.limits import MAX_BYTES
from casework.evidence.cleaning.process import cleaned
from tests.unit.evidence.makers import (
    PLANTED,
    TEXT,
    archive,
    document,
    members,
    picture,
    relations,
    sheet,
    unpacked_pdf,
    word,
)


def fault(data: bytes) -> CleaningFault:
    """Say why something is not cleaned."""
    with pytest.raises(CannotBeCleaned) as refused:
        clean(data)
    return refused.value.fault


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_a_picture_keeps_what_is_seen_the_right_way_up_and_nothing_else(
    kind: str, suffix: str
) -> None:
    """C25."""
    original = picture(kind) + b"PLANTED tail"
    assert original.count(PLANTED) >= 4, kind
    copy = clean(original)
    assert (copy.suffix, copy.content.count(PLANTED)) == (suffix, 0)
    with Image.open(io.BytesIO(copy.content)) as seen:
        assert seen.size == (48, 96)
        assert not seen.getexif()
        shown = seen.convert("RGB")
        upper, lower = shown.getpixel((24, 20)), shown.getpixel((24, 80))
    assert isinstance(upper, tuple)
    assert isinstance(lower, tuple)
    assert upper[0] > 150
    assert upper[2] < 60
    assert lower[2] > 150
    assert lower[0] < 60


def test_a_picture_s_palette_and_transparency_are_shown_as_they_were() -> None:
    image = Image.new("P", (4, 4), 1)
    image.putpalette([9, 9, 9, 10, 200, 30])
    written = io.BytesIO()
    image.save(written, "PNG", transparency=0)
    with Image.open(io.BytesIO(clean(written.getvalue()).content)) as seen:
        assert seen.getpixel((1, 1)) == (10, 200, 30, 255)


def test_a_pdf_keeps_its_pages_and_nothing_beside_them() -> None:
    """C25. E5."""
    original = document()
    assert unpacked_pdf(original).count(PLANTED) >= 9
    copy = clean(original)
    opened = unpacked_pdf(copy.content)
    assert (copy.suffix, opened.count(PLANTED)) == ("pdf", 0)
    assert TEXT.encode() in opened
    assert b"/JavaScript" not in opened
    with Pdf.open(io.BytesIO(copy.content)) as pdf:
        resources = pdf.pages[0].obj.Resources
        # A resource's name is its document's own, whatever it looks like.
        assert Name.AA in resources.Font
        with Image.open(io.BytesIO(resources.XObject.Im0.read_raw_bytes())) as seen:
            assert seen.size == (96, 48)
        assert pdf.trailer.get("/Info") is None
        assert pdf.Root.keys() == {"/Type", "/Pages"}


def test_a_photograph_in_a_pdf_is_not_encoded_anew() -> None:
    plain = io.BytesIO()
    with Image.open(io.BytesIO(picture())) as image:
        expected = image.tobytes()
        image.info = {}
        image.save(plain, "JPEG", progressive=True, restart_marker_rows=1)
    with Image.open(io.BytesIO(without_segments(picture() + b"PLANTED"))) as seen:
        assert seen.tobytes() == expected
    # Several scans, with restarts in them.
    progressive = plain.getvalue()
    assert without_segments(progressive) == progressive


def test_a_word_document_keeps_its_text_and_pictures_and_no_author() -> None:
    """C25. E5."""
    original = word()
    planted = members(original)
    assert sum(part.count(PLANTED) for part in planted.values()) >= 15
    copy = clean(original)
    assert copy.suffix == "docx"
    parts = members(copy.content)
    assert [name for name, part in parts.items() if PLANTED in part + name.encode()] == []
    text = parts["word/document.xml"].decode()
    assert TEXT in text
    assert " and June" in text
    assert " more" in text
    assert "moveTo" in text
    assert "rId6" not in text
    with Image.open(io.BytesIO(parts["word/media/image1.jpg"])) as seen:
        assert seen.size == (48, 96)


def test_what_a_word_document_led_to_and_no_longer_has_is_not_led_to() -> None:
    parts = members(clean(word()).content)
    led = parts["word/_rels/document.xml.rels"] + parts["word/document.xml"]
    assert [gone for gone in (b"vba", b"comment", b"Users", b"embeddings") if gone in led] == []
    assert b"attachedTemplate" not in parts["word/settings.xml"]
    assert b"zoom" in parts["word/settings.xml"]


def test_a_workbook_keeps_its_cells_and_becomes_one_without_macros() -> None:
    """C25."""
    copy = clean(sheet())
    parts = members(copy.content)
    assert copy.suffix == "xlsx"
    assert [name for name, part in parts.items() if PLANTED in part] == []
    assert TEXT.encode() in parts["xl/worksheets/sheet1.xml"]
    assert b'paperSize="9"' in parts["xl/worksheets/sheet1.xml"]
    assert b"legacyDrawing" not in parts["xl/worksheets/sheet1.xml"]
    assert b"macroEnabled" not in parts["[Content_Types].xml"]


def test_the_archive_of_a_copy_tells_no_time() -> None:
    """E5."""
    with zipfile.ZipFile(io.BytesIO(clean(word()).content)) as packed:
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


ENTITY = b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
HOSTILE = {
    "nothing": (b"", "kind"),
    "a text": (b"plain words", "kind"),
    "a film": (b"\x00\x00\x00\x18ftypmp42", "kind"),
    "a picture cut short": (picture()[:400], "damaged"),
    "a picture in name alone": (b"\xff\xd8\xff" + b"\x00" * 500, "damaged"),
    "a pdf in name alone": (b"%PDF-1.7\n" + b"\x00" * 500, "damaged"),
    "a locked pdf": (document(password="secret"), "locked"),
    "an archive": (archive({"a.txt": b"a"}), "kind"),
    "an archive cut short": (word()[:600], "damaged"),
    "an archive of nothing known": (
        archive({"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<Relationships/>"}),
        "kind",
    ),
    "a document with entities": (word(**{"word/document.xml": ENTITY}), "damaged"),
    "a document with a type of its own": (
        word(**{"word/document.xml": b"<!DOCTYPE a><a/>"}),
        "damaged",
    ),
    "a document with broken XML": (word(**{"word/document.xml": b"<a>"}), "damaged"),
    "a document with a picture nobody cleans": (
        word(**{"word/media/PLANTED.jpg": b"\xd7\xcd\xc6\x9a a metafile"}),
        "kind",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_cleaned_is_refused_for_what_it_is(name: str) -> None:
    """C25."""
    data, expected = HOSTILE[name]
    assert fault(data) == expected


def test_a_relation_out_of_the_archive_or_to_itself_leads_nowhere() -> None:
    looped = relations(("header", "document.xml"), ("header", "../../../../etc/passwd"))
    parts = members(clean(word(**{"word/_rels/document.xml.rels": looped})).content)
    assert set(parts) == {
        "[Content_Types].xml", "_rels/.rels", "word/document.xml", "word/_rels/document.xml.rels",
    }  # fmt: skip


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty bytes may claim a billion of them."""
    monkeypatch.setattr(pictures, "MAX_PIXELS", 96 * 48 - 1)
    assert fault(picture()) == CleaningFault.TOO_LARGE
    parts = (b"IHDR\x00\x00\x75\x30\x00\x00\x75\x30\x08\x02\x00\x00\x00", b"IDAT", b"IEND")
    png = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(part) for part in parts)
    assert fault(png) == CleaningFault.TOO_LARGE


def _chunk(named: bytes) -> bytes:
    """Write a part of a PNG."""
    return (len(named) - 4).to_bytes(4, "big") + named + zlib.crc32(named).to_bytes(4, "big")


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked_further(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(office_files, "MAX_UNPACKED", 100_000)
    assert fault(word(bomb=b"\0" * 100_001)) == CleaningFault.TOO_LARGE
    monkeypatch.setattr(office_files, "MAX_MEMBERS", 5)
    assert fault(word()) == CleaningFault.TOO_LARGE


def test_what_is_too_large_is_not_looked_at() -> None:
    assert fault(b"%PDF-" + bytes(MAX_BYTES)) == CleaningFault.TOO_LARGE


@pytest.mark.parametrize("make", [picture, document, word, sheet])
def test_a_process_of_its_own_cleans_without_a_file_to_write_to(make: Callable[[], bytes]) -> None:
    """D7."""
    original = make()
    assert cleaned(original) == clean(original)


def test_it_says_why_it_cannot() -> None:
    with pytest.raises(CannotBeCleaned) as refused:
        cleaned(b"plain words")
    assert refused.value.fault == CleaningFault.KIND


def test_a_process_that_takes_too_much_or_breaks_down_is_a_file_that_cannot_be_cleaned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CannotBeCleaned) as refused:
        process.cleaned(b"x")
    assert refused.value.fault == CleaningFault.DAMAGED


def test_while_it_cleans_nothing_can_be_written_to_any_file(tmp_path: Path) -> None:
    """D7. Plaintext never rests on a disk: the kernel would not take it."""
    trying = (
        "import sys, runpy, pathlib\n"
        "from casework.evidence.cleaning import __main__ as program\n"
        f"program.clean = lambda data: pathlib.Path({str(tmp_path / 'rests')!r}).write_bytes(data)\n"
        "program.main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", trying], input=b"x", check=False)
    assert ended.returncode == 1
    assert (tmp_path / "rests").read_bytes() == b""
