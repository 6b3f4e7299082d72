"""What leaves the office with evidence: the files, their inventory, and a list of digests that `sha256sum -c` reads."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from flask_babel import gettext as _

from casework.evidence.archive import Member
from casework.evidence.reading import ItemFile, file_of, register_of
from casework.evidence.service import item_of
from casework.staff import service as staff
from casework.web.access import actor
from casework.web.evidence_page import EvidencePage, item_label
from casework.web.evidence_reading import ShownItem, shown_item
from casework.web.services import office
from crypto.errors import OpenError
from portal.blobs import DirectoryBlobs
from portal.filenames import display_name
from portal.i18n import format_moment

Files = Mapping[str, ItemFile]


class Unreadable(Exception):
    """An item's file is damaged, or gone; its words say which."""


def files_of(page: EvidencePage, chosen: Collection[str]) -> Files:
    """Find the files of the chosen items, each begun to be opened; raises Unreadable, NotFound."""
    found = {}
    for item in page.evidence.items:
        if item.id not in chosen or not (item.sha256 or item.damaged):
            continue
        try:
            row = item_of(page.db, page.opened, item.id)
            found[item.id] = file = file_of(page.db, page.opened, row, actor())
            _begun(file)
        except OpenError as error:
            words = _("This file is damaged: %(item)s. Leave it out.", item=item_label(item))
            raise Unreadable(words) from error
    return found


def members_of(page: EvidencePage, chosen: Collection[str], files: Files) -> Sequence[Member]:
    """Give the archive's members: everything but the files' bytes is made now, while there is a transaction to read in."""
    names = staff.names(page.db)
    items = [
        shown_item(item, names) for item in register_of(page.db, page.opened) if item.id in chosen
    ]
    named = {item.id: _file_name(item) for item in items if item.id in files}
    sums = "".join(f"{item.sha256}  {named[item.id]}\n" for item in items if item.id in named)
    inventory, called = _inventory(page.opened.dossier.id, items, named), _("Inventory")
    return [
        (f"{called}.txt", [inventory.encode()]),
        ("SHA256SUMS", [sums.encode()]),
        *((name, _sent(files[item_id])) for item_id, name in named.items()),
    ]


def _begun(file: ItemFile) -> None:
    """See that a file opens."""
    file.chunks(office().post.store_of(file.attachment.blob)).close()


def _sent(file: ItemFile) -> Iterator[bytes]:
    return _read_late(file, office().post.store_of(file.attachment.blob))


def _read_late(file: ItemFile, store: DirectoryBlobs) -> Iterator[bytes]:
    """Open a file when its turn comes, long after the request is over."""
    yield from file.chunks(store)


def _file_name(item: ShownItem) -> str:
    """Name a file so that no two are the same, and none is more than a name, wherever it is unpacked."""
    return display_name(f"{item.number:03} {item.name}")


def _inventory(case_id: str, items: Sequence[ShownItem], named: Mapping[str, str]) -> str:
    here = office()
    head = [
        _("Inventory of evidence"),
        _("Case: %(case)s", case=case_id),
        _("Taken out by: %(name)s", name=actor().name),
        _("On: %(moment)s", moment=format_moment(here.clock(), here.organisation.timezone)),
    ]
    return "\n\n".join(["\n".join(head), *(_paragraph(item, named) for item in items)]) + "\n"


def _paragraph(item: ShownItem, named: Mapping[str, str]) -> str:
    said = [
        (_("Kind"), item.kind),
        (_("Where it came from"), item.source),
        (_("What it is"), item.description),
        (_("File"), named.get(item.id, "")),
        (_("Bytes"), str(item.size) if item.id in named else ""),
        ("SHA-256", item.sha256),
    ]
    lines = [f"{label}: {_on_one_line(value)}" for label, value in said if value]
    history = [f"  {event.when}  {event.what}, {event.who}" for event in item.custody]
    return "\n".join(
        [_("Item %(number)s", number=item.number), *lines, _("Chain of custody:"), *history]
    )


def _on_one_line(text: str) -> str:
    """Nothing that was typed can pass for another line of the inventory."""
    return " ".join(text.split())
