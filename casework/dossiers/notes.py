"""Notes of the service in a dossier: versioned, sealed, nothing overwritten. None of these verbs commits or reads the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.dossiers.models import Dossier, Note
from casework.dossiers.service import OpenDossier, hold
from casework.dossiers.states import REWRITABLE, NoteKind
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.transitions import IllegalTransition
from crypto.errors import OpenError
from portal.errors import NotFound


class NoteChanged(IllegalTransition):
    """Somebody wrote this note anew meanwhile."""


class Place(NamedTuple):
    """Where a version of a note stands in its dossier; it opens nowhere else (F9)."""

    number: int
    version: int
    kind: NoteKind

    def __str__(self) -> str:
        """Write it as it is sealed with the note."""
        return f"note {self.number}.{self.version} {self.kind}"


@dataclass(frozen=True, slots=True, repr=False)
class ReadNote:
    """A note as it stands: its newest version, opened; no content where it is damaged (F10)."""

    number: int
    version: int
    kind: NoteKind
    author_id: str
    written_at: datetime
    content: Mapping[str, str] | None


def write_note(
    db: Session,
    opened: OpenDossier[Dossier],
    kind: NoteKind,
    content: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Write a new note; give its number."""
    hold(db, opened.dossier.id)
    last = sa.select(sa.func.max(Note.number)).where(Note.dossier_id == opened.dossier.id)
    number = (db.scalar(last) or 0) + 1
    _add(db, opened, Place(number, 1, kind), content, actor=actor, now=now)
    return number


def rewrite_note(
    db: Session,
    opened: OpenDossier[Dossier],
    number: int,
    content: Mapping[str, str],
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Write the next version of a note; raises NotFound, NoteChanged if `seen` is not its newest version any more.

    Why something was done stands as it was given: raises IllegalTransition.
    """
    hold(db, opened.dossier.id)
    versions = sa.select(Note.version, Note.kind).where(
        Note.dossier_id == opened.dossier.id, Note.number == number
    )
    newest = db.execute(versions.order_by(Note.version.desc()).limit(1)).one_or_none()
    if newest is None:
        raise NotFound
    if newest.kind not in REWRITABLE:
        raise IllegalTransition("a reason stands as it was given")
    if newest.version != seen:
        raise NoteChanged("this note was changed meanwhile")
    place = Place(number, seen + 1, NoteKind(newest.kind))
    _add(db, opened, place, content, actor=actor, now=now)


def read_notes(db: Session, opened: OpenDossier[Dossier]) -> Sequence[ReadNote]:
    """Open the newest version of each note, in order."""
    return [_read(opened, note) for note in db.scalars(_newest([opened.dossier.id]))]


def summaries(db: Session, opened: Sequence[OpenDossier[Dossier]]) -> dict[str, Mapping[str, str]]:
    """Give the summary of each of these dossiers that has one which opens, by id; in one query."""
    by_id = {one.dossier.id: one for one in opened}
    notes = db.scalars(_newest(by_id).where(Note.kind == NoteKind.SUMMARY))
    read = {note.dossier_id: _read(by_id[note.dossier_id], note).content for note in notes}
    return {dossier_id: content for dossier_id, content in read.items() if content}


def earlier_versions(db: Session, opened: OpenDossier[Dossier]) -> Mapping[int, Sequence[ReadNote]]:
    """Open the versions of notes that later ones took the place of, by the note's number, the newest first; in one query."""
    mine = sa.select(Note).where(Note.dossier_id == opened.dossier.id, _is_superseded())
    found: dict[int, list[ReadNote]] = {}
    for note in db.scalars(mine.order_by(Note.number, Note.version.desc())):
        found.setdefault(note.number, []).append(_read(opened, note))
    return found


def _add(
    db: Session,
    opened: OpenDossier[Dossier],
    place: "Place",
    content: Mapping[str, str],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    note = Note(
        dossier_id=opened.dossier.id,
        number=place.number,
        version=place.version,
        kind=place.kind,
        sealed=opened.seal_record(content, str(place)),
        author_id=actor.id,
        written_at=now,
    )
    db.add(note)
    db.flush()
    change = {"note": str(place.number), "version": str(place.version), "kind": place.kind.value}
    record(
        db,
        act=Act.NOTE_WRITTEN,
        actor_id=actor.id,
        subject=opened.dossier.id,
        now=now,
        change=change,
    )


def _newest(dossier_ids: Sequence[str] | Mapping[str, object]) -> sa.Select[Note]:
    return (
        sa.select(Note)
        .where(Note.dossier_id.in_(dossier_ids), ~_is_superseded())
        .order_by(Note.dossier_id, Note.number)
    )


def _is_superseded() -> sa.ColumnElement[bool]:
    later = sa.orm.aliased(Note)
    return sa.exists().where(
        later.dossier_id == Note.dossier_id,
        later.number == Note.number,
        later.version > Note.version,
    )


def _read(opened: OpenDossier[Dossier], note: Note) -> ReadNote:
    place = Place(note.number, note.version, NoteKind(note.kind))
    try:
        content: Mapping[str, str] | None = opened.read_record(note.sealed, str(place))
    except OpenError:
        content = None
    return ReadNote(*place, note.author_id, note.written_at, content)
