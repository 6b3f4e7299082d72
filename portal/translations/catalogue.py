"""Extract, update, derive and compile the catalogues; the same inputs give the same bytes.

`ru` and `uz` are translated by people. `uz_Cyrl` is derived from `uz` and never edited. English is
the source and has no catalogue. No dates, no source lines and no tool versions are written, so a
catalogue changes only when a sentence does.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from portal.cyrillic import to_cyrillic

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = Path(__file__).resolve().parent
TRANSLATED = ("ru", "uz")
DERIVED = "uz_Cyrl"
DERIVED_FROM = "uz"
SOURCES = (
    ("portal", "*.py", "python"),
    ("casework", "*.py", "python"),
    ("templates", "*", "jinja2"),
)
KEYWORDS = DEFAULT_KEYWORDS | {
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
JINJA = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}

Key = tuple[str | tuple[str, str], str | None]  # msgid (or singular and plural), context


class PlainCatalog(Catalog):
    """A Babel catalogue whose header holds only what a reader needs: language and plural rule."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """Name and value of each header line."""
        plural = get_plural(str(self.locale))
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", f"nplurals={plural.num_plurals}; plural={plural.plural_expr};"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]

    @mime_headers.setter
    def mime_headers(self, headers: object) -> None:
        """Ignore what a file says: the header follows from the language."""


@dataclass(frozen=True, slots=True)
class Update:
    """What bringing one catalogue up to date gives: its two files, and what was dropped."""

    catalog: Catalog
    po: bytes
    mo: bytes
    dropped: tuple[str, ...]


def po_path(locale: str, catalogues: Path = CATALOGUES) -> Path:
    """Return where the catalogue of `locale` lies; the compiled one is beside it."""
    return catalogues / locale / "LC_MESSAGES" / "messages.po"


def extract(root: Path = ROOT) -> list[Key]:
    """Return every string to translate under `root`, sorted, each once."""
    found = {_key(message.id, message.context) for message in _messages(root)}
    return sorted(found, key=_order)


def _messages(root: Path) -> Iterator[Message]:
    for folder, pattern, method in SOURCES:
        options = JINJA if method == "jinja2" else {}
        for path in sorted((root / folder).rglob(pattern)):
            if path.is_file() and not path.name.startswith("."):
                for _, msgid, _, context in extract_from_file(
                    method, path, keywords=KEYWORDS, options=options, strip_comment_tags=True
                ):
                    yield Message(msgid, context=context)


def _key(msgid: object, context: str | None) -> Key:
    if isinstance(msgid, list | tuple):
        return (str(msgid[0]), str(msgid[1])), context
    return str(msgid), context


def _order(key: Key) -> tuple[str, str]:
    msgid, context = key
    return (msgid if isinstance(msgid, str) else msgid[0], context or "")


def read(locale: str, catalogues: Path = CATALOGUES) -> Catalog:
    """Return the catalogue of `locale` as it lies on the disk; an empty one if there is none."""
    path = po_path(locale, catalogues)
    if not path.exists():
        return PlainCatalog(locale=locale, fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def update(locale: str, keys: list[Key], catalogues: Path = CATALOGUES) -> Update:
    """Bring a translated catalogue to `keys`: what is translated stays, what is gone is dropped."""
    old = read(locale, catalogues)
    new = PlainCatalog(locale=locale, fuzzy=False)
    for msgid, context in keys:
        known = old.get(msgid if isinstance(msgid, str) else msgid[0], context)
        same = known is not None and _key(known.id, known.context) == (msgid, context)
        new.add(
            msgid,
            known.string or "" if known is not None and same else "",
            context=context,
            flags=known.flags & {"fuzzy"} if known is not None else (),
            user_comments=known.user_comments if known is not None else (),
        )
    wanted = set(keys)
    gone = (key for key in (_key(m.id, m.context) for m in old if m.id) if key not in wanted)
    return _written(new, tuple(_order(key)[0] for key in gone))


def derive(source: Catalog) -> Update:
    """Return the Cyrillic catalogue that `source`, in Uzbek Latin, gives."""
    derived = PlainCatalog(locale=DERIVED, fuzzy=False)
    for message in source:
        if message.id:
            cyrillic = tuple(to_cyrillic(form) for form in forms(message))
            derived.add(
                message.id,
                cyrillic if message.pluralizable else cyrillic[0],
                context=message.context,
                flags=message.flags,
            )
    return _written(derived, ())


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of `message`: one, or one for each plural form."""
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def _written(catalog: Catalog, dropped: tuple[str, ...]) -> Update:
    catalog.header_comment = (
        f"# Ishonch, {catalog.locale}. Made by `python -m portal.translations`."
    )
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=100, no_location=True, sort_output=False)
    write_mo(mo, catalog)
    return Update(catalog, po.getvalue(), mo.getvalue(), dropped)


def everything(root: Path = ROOT, catalogues: Path = CATALOGUES) -> dict[str, Update]:
    """Return what each catalogue should be, by locale, for the sources under `root`."""
    keys = extract(root)
    updates = {locale: update(locale, keys, catalogues) for locale in TRANSLATED}
    return updates | {DERIVED: derive(updates[DERIVED_FROM].catalog)}


def write(updates: dict[str, Update], catalogues: Path = CATALOGUES) -> None:
    """Write both files of each catalogue."""
    for locale, done in updates.items():
        path = po_path(locale, catalogues)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(done.po)
        path.with_suffix(".mo").write_bytes(done.mo)
