"""The XML of office documents: what it says of people, machines and earlier versions is taken out.

The parser expands no entity, loads nothing, and a part that brings a document type of its own is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from casework.evidence.cleaning.faults import CannotBeCleaned, CleaningFault

_RELATED = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}",
)
_OF_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_RELATIONS, _TYPES = f"{_OF_PACKAGE}relationships", f"{_OF_PACKAGE}content-types"
OFFICE_DOCUMENT = f"{_RELATED[0].strip('{}')}/officeDocument"


@dataclass(frozen=True, slots=True)
class Relation:
    """A part leads to another, or out of the document. The kind is the last word of its full name."""

    id: str
    full_kind: str
    target: str
    external: bool

    @property
    def kind(self) -> str:
        """The kind in short."""
        return self.full_kind.rpartition("/")[2]


class ContentTypes:
    """Of what type each part is."""

    def __init__(self, by_ending: Mapping[str, str], by_name: Mapping[str, str]) -> None:
        self._by_ending, self._by_name = by_ending, dict(by_name)

    def of(self, name: str) -> str:
        """Give the type of a part, or nothing."""
        ending = name.rpartition(".")[2].lower()
        return self._by_name.get(name) or self._by_ending.get(ending, "")

    def change(self, name: str, kind: str) -> None:
        """Say of what type a part is from now on."""
        self._by_name[name] = kind

    def written(self, names: Collection[str]) -> bytes:
        """Write the types of these parts alone."""
        root = etree.Element(f"{{{_TYPES}}}Types", nsmap={None: _TYPES})
        rels = {"Extension": "rels", "ContentType": f"{_TYPE_BASE}.relationships+xml"}
        etree.SubElement(root, f"{{{_TYPES}}}Default", rels)
        for name in names:
            if kind := "" if name.endswith(".rels") else self.of(name):
                named = {"PartName": f"/{name}", "ContentType": kind}
                etree.SubElement(root, f"{{{_TYPES}}}Override", named)
        return _written(root)


_TYPE_BASE = "application/vnd.openxmlformats-package"


def content_types(part: bytes) -> ContentTypes:
    """Read the list of types."""
    root = _parsed(part)
    ending = {
        one.get("Extension", "").lower(): one.get("ContentType", "")
        for one in root.iter(f"{{{_TYPES}}}Default")
    }
    name = {
        one.get("PartName", "").lstrip("/"): one.get("ContentType", "")
        for one in root.iter(f"{{{_TYPES}}}Override")
    }
    return ContentTypes(ending, name)


def read_relations(part: bytes) -> list[Relation]:
    """Read where a part leads."""
    return [
        Relation(
            one.get("Id", ""),
            one.get("Type", ""),
            one.get("Target", ""),
            one.get("TargetMode") == "External",
        )
        for one in _parsed(part).iter(f"{{{_RELATIONS}}}Relationship")
    ]


def write_relations(relations: Sequence[Relation]) -> bytes:
    """Write where a part leads."""
    root = etree.Element(f"{{{_RELATIONS}}}Relationships", nsmap={None: _RELATIONS})
    for one in relations:
        told = {"Id": one.id, "Type": one.full_kind, "Target": one.target}
        more = {"TargetMode": "External"} if one.external else {}
        etree.SubElement(root, f"{{{_RELATIONS}}}Relationship", told | more)
    return _written(root)


def clean_part(part: bytes, related: Collection[str]) -> bytes:
    """Clean one part; `related` is the ids of relations it still has. Raises XMLSyntaxError for what is no XML."""
    root = _parsed(part)
    for element in [*root.iter()]:
        if element is not root and _is_dropped(element, related):
            _drop(element)
        elif _is_tracked(element) and _name(element) in _UNWRAPPED:
            _unwrap(element)
        else:
            _strip(element, related)
    etree.cleanup_namespaces(root, keep_ns_prefixes=_ignorable(root))
    return _written(root)


def _parsed(part: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(part, parser)
    if root.getroottree().docinfo.doctype:
        raise CannotBeCleaned(CleaningFault.DAMAGED)
    return root


def _written(root: etree._Element) -> bytes:
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _is_dropped(element: etree._Element, related: Collection[str]) -> bool:
    name = _name(element)
    if name in _DROPPED or (_is_tracked(element) and name in _TAKEN_BACK):
        return True
    return name not in _STAYS_UNRELATED and any(
        _is_lost(attribute, value, related) for attribute, value in element.attrib.items()
    )


def _is_tracked(element: etree._Element) -> bool:
    """Whether it could be a mark of a change: in drawings the same words mean something else."""
    return "wordprocessingml" in (etree.QName(element).namespace or "")


def _is_lost(attribute: str, value: str, related: Collection[str]) -> bool:
    """Whether an attribute leads to a part that is not there any more."""
    return attribute.startswith(_RELATED) and bool(value) and value not in related


def _strip(element: etree._Element, related: Collection[str]) -> None:
    for attribute, value in element.attrib.items():
        if _tells(attribute) or _is_lost(attribute, value, related):
            del element.attrib[attribute]
    if _name(element) in _NAMED_BY_PROGRAMS and "name" in element.attrib:
        # Programs call a picture after its file, and say where that lay.
        element.set("name", "object")


def _tells(attribute: str) -> bool:
    """Whether an attribute says who wrote something, or when of several times it was."""
    name = etree.QName(attribute)
    local = name.localname
    if local.startswith("rsid") or local in _DROPPED_ATTRIBUTES:
        return True
    return "revision" in (name.namespace or "")


def _drop(element: etree._Element) -> None:
    """Take an element out with all in it; text behind it stays."""
    parent = element.getparent()
    if parent is not None:
        _keep_tail(element, parent)
        parent.remove(element)


def _unwrap(element: etree._Element) -> None:
    """Take an element out and leave what is in it."""
    parent = element.getparent()
    if parent is not None:
        place = parent.index(element)
        for child in reversed(element):
            parent.insert(place + 1, child)
        _keep_tail(element, parent)
        parent.remove(element)


def _keep_tail(element: etree._Element, parent: etree._Element) -> None:
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    element.tail = None


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _ignorable(root: etree._Element) -> list[str]:
    """Give the prefixes that are named in attributes, and have to stay declared."""
    named = [
        value
        for element in root.iter()
        for attribute, value in element.attrib.items()
        if etree.QName(attribute).localname in {"Ignorable", "Requires", "MustUnderstand"}
    ]
    return " ".join(named).split()


# What was inserted or moved here stays, without the word of who did it.
_UNWRAPPED = frozenset({"ins", "moveTo"})
# Changes that are taken back, and marks of others.
_TAKEN_BACK = frozenset(
    {
        "del", "moveFrom", "delText", "delInstrText", "cellIns", "cellDel", "cellMerge",
        "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd",
        "customXmlInsRangeStart", "customXmlInsRangeEnd", "customXmlDelRangeStart",
        "customXmlDelRangeEnd", "numberingChange", "rPrChange", "pPrChange", "sectPrChange",
        "tblPrChange", "trPrChange", "tcPrChange", "tblGridChange", "tblPrExChange",
    }
)  # fmt: skip
_DROPPED = frozenset(
    {
        # Comments.
        "commentRangeStart", "commentRangeEnd", "commentReference", "annotationRef",
        "legacyDrawing", "cmAuthorLst",
        # How and where it was made.
        "rsids", "attachedTemplate", "docVars", "mailMerge", "dataBinding", "proofState",
        "absPath", "revisionPtr", "fileVersion", "fileSharing", "fileRecoveryPr",
        "customWorkbookViews", "custDataLst", "creationId", "modifyVerifier", "docId",
        "linkedWorkbook", "webPublishing", "OLEObject", "oleObjects", "oleObj", "controls",
        "externalReferences", "externalData", "connections", "customProperties", "smartTagPr",
    }
)  # fmt: skip
_DROPPED_ATTRIBUTES = frozenset(
    {"author", "initials", "lastModifiedBy", "userName", "userId", "providerId", "descr",
     "paraId", "textId", "durableId", "codeName"}
)  # fmt: skip
_NAMED_BY_PROGRAMS = frozenset({"cNvPr", "docPr"})
# These have more to say than where they lead.
_STAYS_UNRELATED = frozenset({"pageSetup", "hyperlink"})
