"""One report as its page shows it: the letters opened one by one, a damaged one named and not fatal (F10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.dossiers import service as dossiers
from casework.dossiers.models import Entry
from casework.dossiers.service import OpenReport
from casework.dossiers.states import PERMITTED, TRANSITIONS, EntryAction, EntryState
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.transitions import possible_actions
from casework.web.filed import Filed, filed
from casework.web.services import office
from crypto.errors import OpenError
from portal.i18n import format_date
from portal.mailbox.letters import Letter
from portal.views.thread import ShownLetter
from portal.views.words import State, answer_list, language_name, state_words


@dataclass(frozen=True, slots=True)
class ReportHead:
    """What stands above the correspondence."""

    id: str
    received_on: date
    language: str
    state: State
    filed: Filed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry(ShownLetter):
    """A letter in the office: with a note on what became of it, and what may be done with it."""

    note: str = ""
    can_approve: bool = False
    can_discard: bool = False


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A report's page: its head, the letters in order, and the replies that wait for a second person."""

    report: ReportHead
    items: Sequence[ShownEntry]
    pending: Sequence[ShownEntry]


def correspondence(db: Session, opened: OpenReport, actor: Actor) -> Correspondence:
    """Open all letters of a report for the member at work."""
    entries = dossiers.correspondence(db, [opened.dossier.id])[opened.dossier.id]
    names = staff.names(db)
    shown = [(entry, _shown(opened, entry, actor, names)) for entry in entries]
    return Correspondence(
        _head(opened, entries),
        [item for entry, item in shown if entry.state != EntryState.HELD],
        [item for entry, item in shown if entry.state == EntryState.HELD],
    )


def report_language(db: Session, opened: OpenReport) -> str:
    """Give the language the informant wants to be answered in; nothing if their report is damaged."""
    entries = dossiers.correspondence(db, [opened.dossier.id])[opened.dossier.id]
    letter = try_read(opened, entries[0]) if entries else None
    return letter.language if letter else ""


def report_answers(db: Session, opened: OpenReport) -> Mapping[str, str]:
    """Give what the informant answered in the form; nothing if their report is damaged."""
    entries = dossiers.correspondence(db, [opened.dossier.id])[opened.dossier.id]
    letter = try_read(opened, entries[0]) if entries else None
    return letter.answers if letter else {}


def try_read(opened: OpenReport, entry: Entry) -> Letter | None:
    """Open a letter, or give None if it does not open."""
    try:
        return opened.read(entry)
    except OpenError:
        return None


def _head(opened: OpenReport, entries: Sequence[Entry]) -> ReportHead:
    letter = try_read(opened, entries[0]) if entries else None
    return ReportHead(
        opened.dossier.id,
        opened.dossier.received_on,
        language_name(letter.language) if letter else "",
        state_words(opened.dossier.public_state),
        filed(letter, entries[0]) if entries else None,
    )


def _shown(opened: OpenReport, entry: Entry, actor: Actor, names: Mapping[str, str]) -> ShownEntry:
    letter = try_read(opened, entry)
    actions = possible_actions(TRANSITIONS, PERMITTED, EntryState(entry.state), actor.role)
    return ShownEntry(
        id=entry.id,
        mine=entry.author_id is not None,
        on=entry.written_on,
        letter=letter,
        answers=answer_list(letter.answers, office().organisation) if letter else (),
        author=names.get(entry.author_id, "") if entry.author_id else _("Informant"),
        note=_note(entry),
        can_approve=EntryAction.APPROVE in actions and entry.author_id != actor.id,
        can_discard=EntryAction.DISCARD in actions,
    )


def _note(entry: Entry) -> str:
    words: str = ""
    if entry.state == EntryState.QUEUED:
        words = _("On its way: it goes as soon as the mailbox can be reached.")
    elif entry.withdrawn_on is not None:
        words = _(
            "The informant deleted their copy; we saw it on %(day)s.",
            day=format_date(entry.withdrawn_on),
        )
    return words
