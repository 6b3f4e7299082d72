"""Notes of a dossier as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from casework.dossiers.notes import ReadNote
from casework.web.dossier_words import finding_words, route_words, set_aside_words
from casework.web.services import office


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note: who wrote it and when, what it decides if anything, and its words. No words where it is damaged."""

    author: str
    on: date
    heading: str
    words: str
    damaged: bool


def shown_notes(notes: Sequence[ReadNote], names: Mapping[str, str]) -> list[ShownNote]:
    """Show notes in order; `names` by id of member."""
    return [_shown(note, names) for note in notes]


def local_day(moment: datetime) -> date:
    """Give the day of a moment where the organisation is."""
    return moment.astimezone(ZoneInfo(office().organisation.timezone)).date()


def _shown(note: ReadNote, names: Mapping[str, str]) -> ShownNote:
    content = note.content or {}
    return ShownNote(
        author=names.get(note.author_id, ""),
        on=local_day(note.written_at),
        heading=_heading(content),
        words=content.get("words") or content.get("handed_over") or content.get("reasons") or "",
        damaged=note.content is None,
    )


def _heading(content: Mapping[str, str]) -> str:
    words: str = ""
    if "finding" in content:
        before = finding_words(content["finding"])
        words = _(
            "Earlier finding of allegation %(number)s: %(finding)s",
            number=content["allegation"],
            finding=before,
        )
    elif "why" in content:
        words = set_aside_words(content["why"])
    elif "route" in content:
        words = route_words(content["route"])
    return words
