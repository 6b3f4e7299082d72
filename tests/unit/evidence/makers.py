"""Files that say too much of their makers, each word of it planted."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

PLANTED = b"PLANTED"
TEXT = "Deliveries of May"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_P = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "application/vnd.openxmlformats-officedocument"


def picture(kind: str = "JPEG", size: tuple[int, int] = (96, 48)) -> bytes:
    """Give a picture with a camera, a place, XMP and a comment; its left half is red, and it is to be turned by 90°."""
    image = Image.new("RGB", size, (20, 20, 200))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=(200, 20, 20))
    exif = image.getexif()
    exif[0x010F], exif[0x0112] = "PLANTED camera", 6
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[29] = "N", (41.0, 18.0, 7.0), "PLANTED:2026"
    written = io.BytesIO()
    text = PngInfo()
    text.add_itxt("Author", "PLANTED writer")
    text.add_text("Software", "PLANTED program")
    more: dict[str, dict[str, Any]] = {
        "JPEG": {"comment": b"PLANTED comment"},
        "PNG": {"pnginfo": text},
    }
    xmp = b"<x>PLANTED xmp</x>"
    image.save(written, kind, exif=exif, xmp=xmp, **more.get(kind, {}))
    return written.getvalue()


def document(*, password: str = "") -> bytes:
    """Give a PDF with a page of text and a photograph, and with Info, XMP, an attachment, a script and a comment."""
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    photograph = pdf.make_stream(b"")
    photograph.write(picture(), filter=Name.DCTDecode)
    for key, value in {"Type": Name.XObject, "Subtype": Name.Image, "ColorSpace": Name.DeviceRGB,
                       "Width": 96, "Height": 48, "BitsPerComponent": 8}.items():  # fmt: skip
        photograph[f"/{key}"] = value
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page = pdf.pages[0].obj
    page.Resources = Dictionary(Font=Dictionary(AA=font), XObject=Dictionary(Im0=photograph))
    content = f"BT /AA 12 Tf 10 100 Td ({TEXT}) Tj ET q 50 0 0 50 0 0 cm /Im0 Do Q"
    page.Contents = pdf.make_stream(content.encode())
    page.PieceInfo = Dictionary(Made=Dictionary(Private="PLANTED piece"))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], T="PLANTED author")
    page.Annots = pdf.make_indirect(Array([note]))
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = ["PLANTED xmp"]
    pdf.docinfo["/Author"] = "PLANTED info"
    pdf.attachments["PLANTED.txt"] = b"PLANTED attachment"
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert('PLANTED')")
    written = io.BytesIO()
    locked = pikepdf.Encryption(owner=password, user=password) if password else None
    pdf.save(written, encryption=locked)
    return written.getvalue()


def unpacked_pdf(data: bytes) -> bytes:
    """Give a PDF with every stream of it open, so that it can be searched."""
    written = io.BytesIO()
    with Pdf.open(io.BytesIO(data)) as pdf:
        pdf.save(
            written,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return written.getvalue()


def word(**changes: bytes) -> bytes:
    """Give a DOCX with a photograph, and with an author, comments, tracked changes, a template, macros and a thumbnail."""
    body = (
        f'<w:document xmlns:w="{_W}" xmlns:r="{_R}" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        '<w:body><w:p w:rsidR="PLANTED1"><w:commentRangeStart w:id="0"/>'
        f'<w:r><w:t>{TEXT}</w:t></w:r><w:commentRangeEnd w:id="0"/>'
        '<w:r><w:commentReference w:id="0"/></w:r>'
        '<w:ins w:author="PLANTED writer" w:date="2026-01-01T00:00:00Z"><w:r><w:t> and June</w:t></w:r></w:ins>'
        '<w:del w:author="PLANTED writer"><w:r><w:delText>PLANTED deleted</w:delText></w:r></w:del>'
        '<w:r><w:drawing><a:moveTo/><a:blip r:embed="rId5"/></w:drawing></w:r>'
        '<w:r><w:object><a:ole r:id="rId6"/></w:object></w:r>'
        '<w:hyperlink r:id="rId7"><w:r><w:t> more</w:t></w:r></w:hyperlink></w:p></w:body></w:document>'
    )
    settings = (
        f'<w:settings xmlns:w="{_W}" xmlns:r="{_R}"><w:attachedTemplate r:id="rId1"/>'
        '<w:rsids><w:rsid w:val="PLANTED2"/></w:rsids><w:zoom w:percent="100"/></w:settings>'
    )
    parts = {
        "[Content_Types].xml": _types(
            {"word/document.xml": f"{_OFFICE}.wordprocessingml.document.main+xml",
             "word/comments.xml": f"{_OFFICE}.wordprocessingml.comments+xml",
             "word/settings.xml": f"{_OFFICE}.wordprocessingml.settings+xml"}
        ),
        "_rels/.rels": relations(
            ("officeDocument", "word/document.xml"), ("core-properties", "docProps/core.xml"),
            ("thumbnail", "docProps/thumbnail.jpeg"),
        ),
        "docProps/core.xml": b"<creator>PLANTED author</creator>",
        "docProps/thumbnail.jpeg": picture(),
        "word/document.xml": body.encode(),
        "word/_rels/document.xml.rels": relations(
            ("comments", "comments.xml"), ("settings", "settings.xml"), ("people", "people.xml"),
            ("vbaProject", "vbaProject.bin"), ("image", "media/PLANTED.jpg"),
            ("oleObject", "embeddings/PLANTED.bin"), ("hyperlink", "file:///C:/Users/PLANTED"),
        ),
        "word/comments.xml": b"<c>PLANTED comment</c>",
        "word/settings.xml": settings.encode(),
        "word/_rels/settings.xml.rels": relations(("attachedTemplate", "file:///PLANTED.dot")),
        "word/people.xml": b"<p>PLANTED people</p>",
        "word/vbaProject.bin": b"PLANTED macro",
        "word/embeddings/PLANTED.bin": b"PLANTED object",
        "word/media/PLANTED.jpg": picture(),
    }  # fmt: skip
    return archive({**parts, **changes})


def sheet() -> bytes:
    """Give an XLSX with one cell, and with the path it lay at, who locked it, a comment and a printer."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    workbook = (
        f'<workbook xmlns="{main}" xmlns:r="{_R}" xmlns:x15ac="http://x/ac">'
        '<fileSharing userName="PLANTED user"/><x15ac:absPath url="C:\\PLANTED\\"/>'
        '<sheets><sheet name="One" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    cells = (
        f'<worksheet xmlns="{main}" xmlns:r="{_R}"><sheetData><row r="1"><c r="A1" t="inlineStr">'
        f'<is><t>{TEXT}</t></is></c></row></sheetData><pageSetup paperSize="9" r:id="rId1"/>'
        '<legacyDrawing r:id="rId2"/></worksheet>'
    )
    return archive(
        {
            "[Content_Types].xml": _types(
                {"xl/workbook.xml": "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}
            ),
            "_rels/.rels": relations(("officeDocument", "/xl/workbook.xml")),
            "xl/workbook.xml": workbook.encode(),
            "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml")),
            "xl/worksheets/sheet1.xml": cells.encode(),
            "xl/worksheets/_rels/sheet1.xml.rels": relations(
                ("printerSettings", "../p.bin"), ("vmlDrawing", "../v.vml")
            ),
            "xl/p.bin": b"PLANTED printer",
            "xl/v.vml": b"<v>PLANTED</v>",
        }
    )


def relations(*all_of_them: tuple[str, str]) -> bytes:
    """Write where a part leads, as rId1, rId2 and so on."""
    written = "".join(
        f'<Relationship Id="rId{number}" Type="{_R}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if ":" in target else "/>")
        for number, (kind, target) in enumerate(all_of_them, start=1)
    )
    return f'<Relationships xmlns="{_P}/relationships">{written}</Relationships>'.encode()


def archive(parts: Mapping[str, bytes]) -> bytes:
    """Pack parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return written.getvalue()


def members(data: bytes) -> dict[str, bytes]:
    """Unpack them."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _types(named: Mapping[str, str]) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in named.items()
    )
    defaults = (
        '<Default Extension="jpg" ContentType="image/jpeg"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'<Types xmlns="{_P}/content-types">{defaults}{overrides}</Types>'.encode()
