"""The verbs of destruction. None commits, reads the clock, or knows a web framework.

Two people: one asks and says why, another agrees; then the dossier goes with its grants, letters, notes, clocks and all that is
worked on in it, and its key with them. What remains is ids: in the ledger, and here, so that nothing brings it back.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase, case_ids, report_ids
from casework.cases.models import Case
from casework.cases.states import CaseState
from casework.clocks.models import Clock
from casework.destruction import rules
from casework.destruction.models import Destruction, LegalHold
from casework.destruction.states import DestructionReason, Obstacle
from casework.dossiers.models import Dossier, Entry, EntryFile, Report
from casework.dossiers.notes import write_note
from casework.dossiers.service import OpenDossier, OpenReport, hold
from casework.dossiers.states import EntryState, NoteKind, ReportState
from casework.dossiers.triage import note_concluded
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor
from casework.transitions import IllegalTransition


class DestructionError(Exception):
    """A dossier is not destroyed; the subclass says why."""


class Kept(DestructionError):
    """Something stands against it: `obstacle` says what."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle)
        self.obstacle = obstacle


class OwnDestruction(DestructionError):
    """Whoever asked for it does not agree to it as well."""


def obstacle(db: Session, dossier: Dossier) -> Obstacle | None:
    """Say what stands against destroying a dossier now, if anything does."""
    on_hold = db.get(LegalHold, dossier.id) is not None
    if isinstance(dossier, Case):
        return rules.against_case(CaseState(dossier.state), on_hold=on_hold)
    assert isinstance(dossier, Report)  # noqa: S101 - there are these two kinds
    return rules.against_report(
        ReportState(dossier.state),
        on_hold=on_hold,
        repeated=_is_there(db, Report.duplicate_of == dossier.id),
        letters_wait=_is_there(
            db, Entry.dossier_id == dossier.id, Entry.state == EntryState.QUEUED
        ),
    )


def asked_destruction(db: Session, dossier_id: str) -> Destruction | None:
    """Give the request that a dossier be destroyed, if somebody has asked."""
    return db.get(Destruction, dossier_id)


def ask_destruction(
    db: Session,
    opened: OpenDossier[Any],
    reason: DestructionReason,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Ask that a dossier be destroyed. Raises Kept, and IllegalTransition on an old page or if somebody has asked already."""
    dossier = _held(db, opened, seen)
    _refuse_kept(db, dossier)
    if asked_destruction(db, dossier.id) is not None:
        raise IllegalTransition("somebody has asked already")
    asked = Destruction(
        dossier_id=dossier.id,
        kind=dossier.kind,
        reason=reason,
        asked_by=actor.id,
        asked_on=today,
    )
    db.add(asked)
    db.flush()
    _note(db, Act.DESTRUCTION_ASKED, dossier.id, {"reason": reason.value}, actor=actor, now=now)


def refuse_destruction(
    db: Session, opened: OpenDossier[Any], *, seen: int, actor: Actor, now: datetime
) -> None:
    """Do not agree; or, of whoever asked, take it back. Raises IllegalTransition if nobody asks any more."""
    dossier = _held(db, opened, seen)
    db.delete(_asked(db, dossier.id))
    db.flush()
    _note(db, Act.DESTRUCTION_REFUSED, dossier.id, {}, actor=actor, now=now)


def destroy_case(
    db: Session, opened: OpenCase, *, seen: int, actor: Actor, now: datetime, today: date
) -> None:
    """Destroy a case, as somebody else has asked; its reports that are in no other end with it. Raises what `_agreed` raises."""
    reports = report_ids(db, opened.dossier.id)
    hold(db, opened.dossier.id, *reports)
    if reports != report_ids(db, opened.dossier.id):
        raise IllegalTransition("this case was changed meanwhile")
    case, asked = _agreed(db, opened, seen=seen, actor=actor, today=today)
    clocks = _held_clocks(db, case.id)
    for report_id in reports:
        if case_ids(db, report_id) == [case.id]:
            note_concluded(db, report_id, case.id, actor=actor, now=now)
    _destroy(db, case.id, clocks, asked, actor=actor, now=now)


def destroy_report(
    db: Session, opened: OpenReport, *, seen: int, actor: Actor, now: datetime, today: date
) -> list[str]:
    """Destroy a report, as somebody else has asked; give the ids of its files, to be deleted after the commit.

    The post then takes its mailbox out of the mailbox store. Raises what `_agreed` raises.
    """
    report, asked = _agreed(db, opened, seen=seen, actor=actor, today=today)
    files = sa.select(EntryFile.id).join(Entry, Entry.id == EntryFile.entry_id)
    found = list(db.scalars(files.where(Entry.dossier_id == report.id)))
    asked.mailbox_id = report.mailbox_id
    clocks = _held_clocks(db, report.id)
    _destroy(db, report.id, clocks, asked, actor=actor, now=now)
    return found


def set_hold(
    db: Session,
    opened: OpenDossier[Any],
    words: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Keep a dossier until somebody says otherwise, and say why. Raises IllegalTransition on an old page, or if it is kept."""
    dossier = _held(db, opened, seen)
    if db.get(LegalHold, dossier.id) is not None:
        raise IllegalTransition("it is kept already")
    db.add(LegalHold(dossier_id=dossier.id, set_by=actor.id, set_on=today))
    db.flush()
    _note(db, Act.HOLD_SET, dossier.id, {}, actor=actor, now=now, why=words)
    _give_reason(db, opened, "set", words, actor=actor, now=now)


def lift_hold(
    db: Session, opened: OpenDossier[Any], words: str, *, seen: int, actor: Actor, now: datetime
) -> None:
    """Keep a dossier no longer than others, and say why. Raises IllegalTransition on an old page or if nothing keeps it."""
    dossier = _held(db, opened, seen)
    kept = db.get(LegalHold, dossier.id)
    if kept is None:
        raise IllegalTransition("nothing keeps it")
    db.delete(kept)
    db.flush()
    _note(db, Act.HOLD_LIFTED, dossier.id, {}, actor=actor, now=now, why=words)
    _give_reason(db, opened, "lifted", words, actor=actor, now=now)


def mailboxes_to_remove(db: Session) -> Sequence[tuple[str, str]]:
    """Give the mailboxes of destroyed reports that the mailbox store still has, each with the report's id."""
    waiting = sa.select(Destruction.dossier_id, Destruction.mailbox_id)
    rows = db.execute(waiting.where(Destruction.mailbox_id.is_not(None)))
    return [(dossier_id, mailbox_id) for dossier_id, mailbox_id in rows if mailbox_id]


def note_mailbox_removed(db: Session, dossier_id: str) -> None:
    """Note that nothing of a destroyed report is in the mailbox store any more."""
    gone = sa.update(Destruction).where(Destruction.dossier_id == dossier_id)
    db.execute(gone.values(mailbox_id=None))


def _agreed(
    db: Session, opened: OpenDossier[Any], *, seen: int, actor: Actor, today: date
) -> tuple[Any, Destruction]:
    """Agree, as somebody who did not ask, that a held dossier is destroyed.

    Raises IllegalTransition on an old page or if nobody asks any more, OwnDestruction, and Kept for what came up since.
    """
    dossier = _held(db, opened, seen)
    asked = _asked(db, dossier.id)
    if asked.asked_by == actor.id:
        raise OwnDestruction
    _refuse_kept(db, dossier)
    asked.confirmed_by, asked.destroyed_on = actor.id, today
    return dossier, asked


def _held(db: Session, opened: OpenDossier[Any], seen: int) -> Any:
    """Hold a dossier as it is now; raises IllegalTransition if that is not what the page showed."""
    hold(db, opened.dossier.id)
    db.refresh(opened.dossier)
    if opened.dossier.version != seen:
        raise IllegalTransition("this was changed meanwhile")
    return opened.dossier


def _asked(db: Session, dossier_id: str) -> Destruction:
    asked = db.get(Destruction, dossier_id, populate_existing=True)
    if asked is None:
        raise IllegalTransition("nobody asks that it be destroyed any more")
    return asked


def _refuse_kept(db: Session, dossier: Dossier) -> None:
    found = obstacle(db, dossier)
    if found is not None:
        raise Kept(found)


def _held_clocks(db: Session, dossier_id: str) -> Sequence[str]:
    """Hold a dossier's clocks, which no foreign key ties to it, before the ledger."""
    clocks = sa.select(Clock.id).where(Clock.subject_id == dossier_id).order_by(Clock.id)
    return db.scalars(clocks.with_for_update()).all()


def _destroy(
    db: Session,
    dossier_id: str,
    clocks: Sequence[str],
    asked: Destruction,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Delete a dossier's row, with which the database deletes all that hangs on it."""
    db.flush()
    db.execute(sa.delete(Clock).where(Clock.id.in_(clocks)))
    gone = sa.delete(Dossier).where(Dossier.id == dossier_id)
    db.execute(gone.execution_options(synchronize_session=False))
    change = {"kind": asked.kind, "reason": asked.reason, "asked_by": asked.asked_by}
    _note(db, Act.DOSSIER_DESTROYED, dossier_id, change, actor=actor, now=now)


def _is_there(db: Session, *wanted: sa.ColumnElement[bool]) -> bool:
    return bool(db.scalar(sa.select(sa.exists().where(*wanted))))


def _give_reason(
    db: Session, opened: OpenDossier[Any], kept: str, words: str, *, actor: Actor, now: datetime
) -> None:
    content = {"hold": kept, "words": words}
    write_note(db, opened, NoteKind.REASON, content, actor=actor, now=now)


def _note(
    db: Session,
    act: Act,
    dossier_id: str,
    change: dict[str, str],
    *,
    actor: Actor,
    now: datetime,
    why: str = "",
) -> None:
    record(db, act=act, actor_id=actor.id, subject=dossier_id, now=now, change=change, detail=why)
