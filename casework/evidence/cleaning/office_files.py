"""Word, Excel and PowerPoint documents: an archive of parts that refer to one another (ECMA-376, part 2).

Only parts that are known, and that the document leads to, go into the copy; all XML is read and written anew by a parser that
follows nothing outside the part. Each picture is cleaned as any other.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from casework.evidence.cleaning import office_xml, pictures
from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault
from casework.evidence.cleaning.office_xml import ContentTypes, Relation

MAX_MEMBERS = 5_000
MAX_UNPACKED = 256 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TYPES, _ROOT = "[Content_Types].xml", ""
_ENCRYPTED = 0x1
# A document with macros becomes one without.
_MAIN_TYPES = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": "docx",
    "application/vnd.ms-word.document.macroEnabled.main+xml": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": "xlsx",
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": "xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
    "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": "pptx",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow.main+xml": "pptx",
}
_PLAIN_TYPE = {
    suffix: kind for kind, suffix in reversed(_MAIN_TYPES.items()) if "macroEnabled" not in kind
}


def clean_office_file(data: bytes) -> tuple[str, bytes]:
    """Give the document's ending, and it, without properties, authors, comments, tracked changes, macros and objects.

    Raises CannotBeCleaned, and what the parsers raise for damage.
    """
    parts = _unpacked(data)
    types = office_xml.content_types(parts[_TYPES])
    main = _main_part(parts)
    suffix = _MAIN_TYPES.get(types.of(main))
    if suffix is None:
        raise CannotBeCleaned(CleaningFault.KIND)
    kept = _cleaned_parts(parts, main, types)
    types.change(main, _PLAIN_TYPE[suffix])
    return suffix, _packed({_TYPES: types.written(kept), **kept})


def _unpacked(data: bytes) -> dict[str, bytes]:
    """Read all members; what they claim to measure is not believed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > MAX_MEMBERS:
            raise CannotBeCleaned(CleaningFault.TOO_LARGE)
        if any(one.flag_bits & _ENCRYPTED for one in members):
            raise CannotBeCleaned(CleaningFault.LOCKED)
        parts, room = {}, MAX_UNPACKED
        for member in members:
            with archive.open(member) as packed:
                parts[member.filename] = part = packed.read(room + 1)
            room -= len(part)
            if room < 0:
                raise CannotBeCleaned(CleaningFault.TOO_LARGE)
    if _TYPES not in parts:
        raise CannotBeCleaned(CleaningFault.KIND)
    return parts


def _main_part(parts: dict[str, bytes]) -> str:
    found = [one for one in _relations(parts, _ROOT) if one.kind == "officeDocument"]
    if not found:
        raise CannotBeCleaned(CleaningFault.KIND)
    return _target(_ROOT, found[0])


def _cleaned_parts(parts: dict[str, bytes], main: str, types: ContentTypes) -> dict[str, bytes]:
    """Follow the document from its main part, and clean each part it leads to."""
    first = Relation("rId1", office_xml.OFFICE_DOCUMENT, f"/{main}", external=False)
    kept = {_rels_of(_ROOT): office_xml.write_relations([first])}
    waiting, named = [main], dict[str, str]()
    while waiting:
        name = waiting.pop()
        relations = list(_known(parts, name))
        kept[name] = office_xml.clean_part(parts[name], {one.id for one in relations})
        for one in relations:
            target = _target(name, one)
            if one.kind == "image" and target not in named:
                suffix, content = _cleaned_picture(parts[target])
                # Programs call a picture after its file.
                named[target] = f"{posixpath.dirname(target)}/image{len(named) + 1}.{suffix}"
                kept[named[target]] = content
                types.change(named[target], pictures.TYPES[suffix])
            elif not one.external and one.kind != "image" and target not in kept:
                waiting.append(target)
        if relations:
            led = [_renamed(one, named.get(_target(name, one))) for one in relations]
            kept[_rels_of(name)] = office_xml.write_relations(led)
    return kept


def _known(parts: dict[str, bytes], name: str) -> Iterator[Relation]:
    """Give the relations of a part that may stay: to parts of a known kind that are there, and to pages of the web."""
    for one in _relations(parts, name):
        if one.external and one.kind == "hyperlink" and one.target.startswith(("http:", "https:")):
            yield one
        if not one.external and one.kind in _KEPT_KINDS and _target(name, one) in parts:
            yield one


def _cleaned_picture(part: bytes) -> tuple[str, bytes]:
    """Clean a picture; what a drawing of Windows or another format says of anybody is not known."""
    if not pictures.is_picture(part):
        raise CannotBeCleaned(CleaningFault.KIND)
    return pictures.clean_picture(part)


def _renamed(relation: Relation, target: str | None) -> Relation:
    return replace(relation, target=f"/{target}") if target else relation


def _relations(parts: dict[str, bytes], name: str) -> list[Relation]:
    written = parts.get(_rels_of(name))
    return office_xml.read_relations(written) if written else []


def _rels_of(name: str) -> str:
    folder, file = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def _target(name: str, relation: Relation) -> str:
    """Give the member a relation leads to."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(name), relation.target)).lstrip(
        "/"
    )


def _packed(parts: dict[str, bytes]) -> bytes:
    """Write an archive that tells no time and no system (E5)."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type, member.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(member, part)
    return written.getvalue()


# Left out are, among others: properties, comments and their people, thumbnails, macros, embedded objects and fonts, printer
# settings, data from elsewhere, sound and film, and the author's own XML.
_KEPT_KINDS = frozenset(
    {
        "chart",
        "chartColorStyle",
        "chartStyle",
        "chartUserShapes",
        "chartsheet",
        "diagramColors",
        "diagramData",
        "diagramDrawing",
        "diagramLayout",
        "diagramQuickStyle",
        "drawing",
        "endnotes",
        "fontTable",
        "footer",
        "footnotes",
        "header",
        "image",
        "notesMaster",
        "notesSlide",
        "numbering",
        "presProps",
        "settings",
        "sharedStrings",
        "slide",
        "slideLayout",
        "slideMaster",
        "styles",
        "stylesWithEffects",
        "table",
        "tableStyles",
        "theme",
        "themeOverride",
        "viewProps",
        "webSettings",
        "worksheet",
    }
)
