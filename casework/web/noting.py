"""Notes of a dossier as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import g
from flask_babel import gettext as _

from casework.dossiers.notes import ReadNote
from casework.dossiers.states import NoteKind
from casework.interests.overrides import CONFLICT
from casework.web.clock_words import clock_action_words, clock_kind_words, reason_words
from casework.web.dossier_words import (
    finding_words,
    hold_words,
    note_kind_words,
    route_words,
    set_aside_words,
)
from casework.web.services import office
from portal.clock import local_date


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNote:
    """A note: who wrote it and when, what it decides if anything, and its words. No words where it is damaged.

    `earlier` is what it said before, the newest first.
    """

    number: int
    version: int
    kind: NoteKind
    author: str
    on: date
    heading: str
    words: str
    damaged: bool
    earlier: Sequence["ShownNote"] = ()


def shown_notes(
    notes: Sequence[ReadNote],
    names: Mapping[str, str],
    earlier: Mapping[int, Sequence[ReadNote]] | None = None,
) -> list[ShownNote]:
    """Show notes in order; `names` by id of member, `earlier` versions by the note's number."""
    before = earlier or {}
    return [_shown(note, names, before.get(note.number, ())) for note in notes]


def summary_facts(summary: Mapping[str, str]) -> list[tuple[str, str]]:
    """Give what a case is about, in the words of the organisation's lists."""
    lists = office().organisation
    category, unit = summary.get("category", ""), summary.get("unit", "")
    said = [
        (_("What it is about"), category and lists.label(lists.categories, category, g.language)),
        (_("Unit"), unit and lists.label(lists.units, unit, g.language)),
    ]
    return [(label, value) for label, value in said if value]


def _shown(note: ReadNote, names: Mapping[str, str], earlier: Sequence[ReadNote] = ()) -> ShownNote:
    content = note.content or {}
    return ShownNote(
        number=note.number,
        version=note.version,
        kind=note.kind,
        author=names.get(note.author_id, ""),
        on=local_date(note.written_at, office().organisation.timezone),
        heading=_heading(note.kind, content),
        words=_words(content),
        damaged=note.content is None,
        earlier=[_shown(one, names) for one in earlier],
    )


def _words(content: Mapping[str, str]) -> str:
    kept = (content.get(name) for name in ("words", "handed_over", "reasons", "title"))
    return next((words for words in kept if words), "")


def _heading(kind: NoteKind, content: Mapping[str, str]) -> str:
    words = note_kind_words(kind) if kind == NoteKind.PARTY else ""
    if "finding" in content:
        before = finding_words(content["finding"])
        words = _(
            "Earlier finding of allegation %(number)s: %(finding)s",
            number=content["allegation"],
            finding=before,
        )
    elif "clock" in content:
        words = _(
            "Time limit: %(kind)s, %(act)s. %(reason)s",
            kind=clock_kind_words(content["clock"]),
            act=clock_action_words(content["act"]),
            reason=reason_words(content["code"]),
        )
    elif CONFLICT in content:
        words = _("Why it goes on in spite of a declared conflict of interest")
    elif "why" in content:
        words = set_aside_words(content["why"])
    elif "hold" in content:
        words = hold_words(content["hold"])
    elif "route" in content:
        words = route_words(content["route"])
    elif kind == NoteKind.SUMMARY:
        words = ", ".join(value for _label, value in summary_facts(content))
    return words
