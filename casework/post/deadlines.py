"""The clocks that the post starts and stops: they run from the day a report came, whoever is at work. No verb commits.

The informant has heard from us when a letter of ours lies in their mailbox, not when it was written.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.clocks.agenda import clocks_of, is_overdue, open_clock
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.service import meet_clock, start_clock
from casework.clocks.states import ClockAction, ClockKind
from casework.dossiers.models import Entry, Report
from casework.dossiers.service import hold
from casework.dossiers.triage import note_acknowledged
from casework.ledger.service import record
from casework.ledger.states import Act

_FROM_RECEIPT = (ClockKind.ACKNOWLEDGE, ClockKind.TRIAGE)
_ACTS: Mapping[ClockAction, Act] = {
    ClockAction.START: Act.CLOCK_STARTED,
    ClockAction.MEET: Act.CLOCK_MET,
}


def start_from_receipt(
    db: Session, entry_ids: Collection[str], *, timekeeping: Timekeeping, now: datetime
) -> None:
    """Start the clocks of reports that these letters are the first of, from the day each came."""
    timed = sa.exists().where(Clock.subject_id == Report.id)
    new = sa.select(Report).join(Entry, Entry.dossier_id == Report.id)
    reports = db.scalars(new.where(Entry.id.in_(entry_ids), ~timed).distinct()).all()
    events = [
        (
            report.id,
            start_clock(
                db,
                timekeeping=timekeeping,
                subject_id=report.id,
                kind=kind,
                counted_from=timekeeping.beginning_of(report.received_on),
                now=now,
            ),
        )
        for report in reports
        for kind in _FROM_RECEIPT
    ]
    _note(db, events, now=now)


def note_heard(db: Session, report_id: str, *, timekeeping: Timekeeping, now: datetime) -> None:
    """Note that the informant has heard from us: the clock of the acknowledgement ends, that of the feedback begins.

    An acknowledgement that came too late waits for somebody to say why.
    """
    hold(db, report_id)
    clock, events = open_clock(db, report_id, ClockKind.ACKNOWLEDGE), list[ClockEvent]()
    if clock is not None and not is_overdue(clock, now):
        events.append(meet_clock(db, clock.id, timekeeping=timekeeping, now=now))
    known = {one.kind for one in clocks_of(db, [report_id])[report_id]}
    if ClockKind.FEEDBACK not in known:
        events.append(
            start_clock(
                db,
                timekeeping=timekeeping,
                subject_id=report_id,
                kind=ClockKind.FEEDBACK,
                counted_from=now,
                now=now,
            )
        )
    note_acknowledged(db, report_id, now=now)
    _note(db, [(report_id, event) for event in events], now=now)


def _note(db: Session, events: Sequence[tuple[str, ClockEvent]], *, now: datetime) -> None:
    """Write what happened to clocks into the ledger, after all of their rows are locked."""
    for subject, event in events:
        record(
            db,
            act=_ACTS[ClockAction(event.action)],
            actor_id=None,
            subject=subject,
            now=now,
            change={"clock": event.clock_id, "due": event.due_at.isoformat()},
        )
