"""The list of reports a member may read. It is made from opened letters: nothing about a report stands anywhere in clear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from flask import g
from sqlalchemy.orm import Session

from casework.dossiers import service as dossiers
from casework.dossiers.models import Entry
from casework.dossiers.service import OpenReport
from casework.dossiers.states import EntryState
from casework.staff.service import Actor
from casework.web.reading import try_read
from casework.web.services import office
from portal.mailbox.letters import Letter
from portal.organisation import Labelled
from portal.views.words import State, language_name, state_words

PAGE = 25
# More than so many are not counted: nobody needs to know, and it would take the longer the more there are.
COUNTED = 200
# A database cannot leaf further than its numbers reach, whatever an address asks for.
LAST = 1_000_000


class Place(NamedTuple):
    """Which page of a list is shown, of how many; 0 if there are too many to count, and then there may be a next one."""

    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One report in the list. `unread`: the last word is the informant's."""

    id: str
    received_on: date
    category: str
    unit: str
    language: str
    state: State
    unread: bool
    files: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list, or all that was found; how many reports there are, or more than COUNTED; and where it is."""

    rows: Sequence[InboxRow]
    count: int
    place: Place = Place(1, 1)


def list_reports(db: Session, actor: Actor, words: str, page: int) -> Listing:
    """List what the actor may read, the newest first: one page of it, or with `words` all where each of them occurs."""
    if words:
        found = _rows(db, dossiers.open_reports(db, actor), words.casefold().split())
        return Listing(found, len(found))
    count = dossiers.count_reports(db, actor, at_most=COUNTED + 1)
    where = place(count, page, PAGE)
    part = slice((where.page - 1) * PAGE, where.page * PAGE)
    return Listing(_rows(db, dossiers.open_reports(db, actor, part), ()), count, where)


def place(count: int, page: int, size: int) -> Place:
    """Say which page is shown, given how many rows there are, more than COUNTED or exactly `count`."""
    if count > COUNTED:
        return Place(min(max(1, page), LAST), 0)
    pages = max(1, -(-count // size))
    return Place(min(max(1, page), pages), pages)


def categories_of(db: Session, opened: Sequence[OpenReport]) -> dict[str, str]:
    """Say what reports are about, by id; nothing where they do not say, or are damaged."""
    entries = dossiers.correspondence(db, [one.dossier.id for one in opened])
    first = {one.dossier.id: entries[one.dossier.id][:1] for one in opened}
    return {
        one.dossier.id: _label(try_read(one, letter), "category")
        for one in opened
        for letter in first[one.dossier.id]
    }


def _rows(db: Session, opened: Sequence[OpenReport], words: Sequence[str]) -> list[InboxRow]:
    entries = dossiers.correspondence(db, [one.dossier.id for one in opened])
    rows = (_row(one, entries[one.dossier.id], words) for one in opened)
    return [row for row in rows if row]


def _row(opened: OpenReport, entries: Sequence[Entry], words: Sequence[str]) -> InboxRow | None:
    report = try_read(opened, entries[0]) if entries else None
    category, unit = _label(report, "category"), _label(report, "unit")
    if words and not _has(words, opened, entries, category, unit):
        return None
    in_thread = [entry for entry in entries if entry.state != EntryState.HELD]
    return InboxRow(
        id=opened.dossier.id,
        received_on=opened.dossier.received_on,
        category=category,
        unit=unit,
        language=language_name(report.language) if report else "",
        state=state_words(opened.dossier.public_state),
        unread=bool(in_thread) and in_thread[-1].author_id is None,
        files=sum(len(entry.files) for entry in in_thread),
    )


def _has(
    words: Sequence[str], opened: OpenReport, entries: Sequence[Entry], category: str, unit: str
) -> bool:
    """Whether each word occurs somewhere in the report, its letters or the names of their files."""
    letters = [letter for entry in entries if (letter := try_read(opened, entry))]
    said = [part for letter in letters for part in _parts(letter)]
    text = "\n".join([opened.dossier.id, category, unit, *said]).casefold()
    return all(word in text for word in words)


def _parts(letter: Letter) -> list[str]:
    return [letter.text, *letter.answers.values(), *(a.name for a in letter.attachments)]


def _label(report: Letter | None, name: str) -> str:
    organisation = office().organisation
    items: dict[str, Sequence[Labelled]] = {
        "category": organisation.categories,
        "unit": organisation.units,
    }
    chosen = report.answers.get(name, "") if report else ""
    return organisation.label(items[name], chosen, g.language) if chosen else ""
