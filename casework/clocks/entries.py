"""What happened to clocks, as the ledger tells it: ids, moments and codes; what somebody typed is sealed to auditors."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from casework.clocks.models import ClockEvent
from casework.clocks.states import ClockAction
from casework.ledger.service import record
from casework.ledger.states import Act

ACTS: Mapping[ClockAction, Act] = {
    ClockAction.START: Act.CLOCK_STARTED,
    ClockAction.PAUSE: Act.CLOCK_PAUSED,
    ClockAction.RESUME: Act.CLOCK_RESUMED,
    ClockAction.EXTEND: Act.CLOCK_EXTENDED,
    ClockAction.RECOUNT: Act.CLOCK_RECOUNTED,
    ClockAction.EXPLAIN: Act.CLOCK_EXPLAINED,
    ClockAction.MEET: Act.CLOCK_MET,
    ClockAction.STOP: Act.CLOCK_STOPPED,
}


def tell(
    db: Session, subject_id: str, events: Iterable[ClockEvent], *, now: datetime, why: str = ""
) -> None:
    """Write what happened to a subject's clocks into the ledger; its dossier and the clocks' rows are held by then."""
    for event in events:
        change = {"clock": event.clock_id, "due": event.due_at.isoformat()}
        if event.reason is not None:
            change["reason"] = str(event.reason)
        record(
            db,
            act=ACTS[ClockAction(event.action)],
            actor_id=event.actor_id,
            subject=subject_id,
            now=now,
            change=change,
            detail=why,
        )
