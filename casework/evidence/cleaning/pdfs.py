"""PDF documents: their pages, put into a new document. What is beside the pages stays behind."""

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.jpegs import without_segments

# All of a page that is needed to show it.
_OF_PAGE = frozenset(
    {
        "/Type",
        "/Parent",
        "/Contents",
        "/Resources",
        "/MediaBox",
        "/CropBox",
        "/BleedBox",
        "/TrimBox",
        "/ArtBox",
        "/Rotate",
        "/UserUnit",
        "/Group",
    }
)
# All that a page's contents may name. Left out are marked contents: their properties name layers, and whoever drew them.
_OF_RESOURCES = frozenset(
    {"/ColorSpace", "/ExtGState", "/Font", "/Pattern", "/ProcSet", "/Shading", "/XObject"}
)
# What anything on a page may say of its making, or carry along.
_DROPPED = frozenset(
    {
        "/Metadata",
        "/PieceInfo",
        "/LastModified",
        "/AF",
        "/Alternates",
        "/OPI",
        "/Measure",
        "/PtData",
        "/StructParent",
        "/StructParents",
        "/OC",
    }
)
# Pictures whose own container has a place for metadata that is not opened here.
_UNOPENED = frozenset({"/JPXDecode"})
MAX_PAGES = 5_000


def clean_pdf(data: bytes) -> bytes:
    """Give the pages of a document without Info, XMP, attachments, scripts, forms, links and comments; text stays text.

    What a form field or a stamp shows becomes part of the page. Raises CannotBeCleaned.
    """
    try:
        with Pdf.open(io.BytesIO(data)) as document, Pdf.new() as bare:
            if not 0 < len(document.pages) <= MAX_PAGES:
                raise CannotBeCleaned(CleaningFault.TOO_LARGE)
            document.flatten_annotations("screen")
            bare.pages.extend(document.pages)
            return _written(bare)
    except pikepdf.PasswordError as error:
        raise CannotBeCleaned(CleaningFault.LOCKED) from error


def _written(bare: Pdf) -> bytes:
    for page in bare.pages:
        _keep(page.obj, _OF_PAGE)
    for found in bare.objects:
        _strip(found)
    written = io.BytesIO()
    bare.save(written, deterministic_id=True, fix_metadata_version=False)
    return written.getvalue()


def _keep(found: Object, names: frozenset[str]) -> None:
    for key in set(found.keys()) - names:
        del found[key]


def _strip(found: Object) -> None:
    """Take out of one object, and of what lies directly in it, whatever is no part of what is seen."""
    if isinstance(found, Stream):
        _strip_stream(found)
    if isinstance(found, Dictionary | Stream):
        for key in set(found.keys()):
            if key in _DROPPED:
                del found[key]
            elif key == "/Resources" and isinstance(found[key], Dictionary):
                _keep(found[key], _OF_RESOURCES)
                _strip_direct(found[key])
            else:
                _strip_direct(found[key])
    elif isinstance(found, Array):
        for one in found:
            _strip_direct(one)


def _strip_direct(found: object) -> None:
    """Likewise what lies in it; what it only refers to has its own turn."""
    if isinstance(found, Object) and not found.is_indirect:
        _strip(found)


def _strip_stream(found: Stream) -> None:
    filters = _filters(found)
    if _UNOPENED & set(filters):
        raise CannotBeCleaned(CleaningFault.KIND)
    if filters == ["/DCTDecode"]:
        bare = without_segments(found.read_raw_bytes())
        found.write(bare, filter=Name.DCTDecode, decode_parms=_parameters(found))


def _parameters(found: Stream) -> Dictionary | Array | None:
    told = found.get(Name.DecodeParms)
    return told if isinstance(told, Dictionary | Array) else None


def _filters(found: Stream) -> list[str]:
    named = found.get(Name.Filter, Array())
    return [str(one) for one in (named if isinstance(named, Array) else [named])]
