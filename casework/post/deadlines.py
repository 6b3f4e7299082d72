"""The clocks that the post starts and stops: they run from the day a report came, whoever is at work. No verb commits.

The informant has heard from us when a letter of ours lies in their mailbox, not when it was written.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.clocks.agenda import clocks_of, is_overdue, open_clock
from casework.clocks.entries import tell
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.service import meet_clock, start_clock
from casework.clocks.states import ClockKind
from casework.dossiers.models import Entry, Report
from casework.dossiers.service import hold
from casework.dossiers.triage import note_acknowledged

_FROM_RECEIPT = (ClockKind.ACKNOWLEDGE, ClockKind.TRIAGE)


def start_from_receipt(
    db: Session, entry_ids: Collection[str], *, timekeeping: Timekeeping, now: datetime
) -> None:
    """Start the clocks of reports that these letters are the first of, from the day each came."""
    timed = sa.exists().where(Clock.subject_id == Report.id)
    new = sa.select(Report).join(Entry, Entry.dossier_id == Report.id)
    reports = db.scalars(new.where(Entry.id.in_(entry_ids), ~timed).distinct()).all()
    events = {
        report.id: [
            start_clock(
                db,
                timekeeping=timekeeping,
                subject_id=report.id,
                kind=kind,
                counted_from=timekeeping.beginning_of(report.received_on),
                now=now,
            )
            for kind in _FROM_RECEIPT
        ]
        for report in reports
    }
    for report_id, started in events.items():
        tell(db, report_id, started, now=now)


def note_heard(
    db: Session,
    report_id: str,
    *,
    timekeeping: Timekeeping,
    now: datetime,
    tells_outcome: bool = False,
) -> None:
    """Note that the informant has heard from us: the clock of the acknowledgement ends, that of the feedback begins.

    A letter that tells the outcome is the feedback. What came too late waits for somebody to
    say why.
    """
    hold(db, report_id)
    known = {one.kind for one in clocks_of(db, [report_id])[report_id]}
    events = _met_in_time(db, report_id, ClockKind.ACKNOWLEDGE, timekeeping=timekeeping, now=now)
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
    if tells_outcome:
        events += _met_in_time(db, report_id, ClockKind.FEEDBACK, timekeeping=timekeeping, now=now)
    note_acknowledged(db, report_id, now=now)
    tell(db, report_id, events, now=now)


def _met_in_time(
    db: Session, report_id: str, kind: ClockKind, *, timekeeping: Timekeeping, now: datetime
) -> list[ClockEvent]:
    clock = open_clock(db, report_id, kind)
    if clock is None or (is_overdue(clock, now) and clock.late_reason is None):
        return []
    return [meet_clock(db, clock.id, timekeeping=timekeeping, now=now)]
