"""Notes of a dossier as a page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from casework.dossiers.notes import ReadNote
from casework.interests.overrides import CONFLICT
from casework.web.dossier_words import finding_words, route_words, set_aside_words
from casework.web.services import office
from portal.clock import local_date


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


def _shown(note: ReadNote, names: Mapping[str, str]) -> ShownNote:
    content = note.content or {}
    return ShownNote(
        author=names.get(note.author_id, ""),
        on=local_date(note.written_at, office().organisation.timezone),
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
    elif CONFLICT in content:
        words = _("Why it goes on in spite of a declared conflict of interest")
    elif "why" in content:
        words = set_aside_words(content["why"])
    elif "route" in content:
        words = route_words(content["route"])
    return words
