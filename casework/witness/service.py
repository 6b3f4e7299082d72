"""The verbs of the office as witness of the portal's filing log. None commits or reads the clock."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.ledger.service import record
from casework.ledger.states import Act
from casework.witness.models import WitnessState
from casework.witness.rules import LogRefused, grown, moment_of
from casework.witness.states import LogFault
from crypto.checkpoints import cosign
from crypto.errors import ProofError
from crypto.merkle import Frontier
from portal.log_keys import LogKey
from portal.mailbox.filing_log import LogView

SUBJECT = "filing-log"


def standing(db: Session) -> WitnessState:
    """Give what the witness knows."""
    return db.scalars(sa.select(WitnessState)).one()


def fault(db: Session) -> LogFault | None:
    """Say what was wrong with the filing log when the witness last looked."""
    found = db.scalar(sa.select(WitnessState.fault))
    return LogFault(found) if found else None


def has_witnessed(db: Session, position: int) -> bool:
    """Say whether the entry at a position was in the log when it was last cosigned."""
    return position < tree_of(standing(db)).size


def tree_of(state: WitnessState) -> Frontier:
    """Read the tree that was cosigned last; raises ProofError."""
    return Frontier.parse(state.frontier)


def is_news(state: WitnessState, note: str | None) -> bool:
    """Say whether a checkpoint says something else than the one cosigned last, or something was wrong."""
    if state.note is None:
        return note is not None
    return state.fault is not None or note is None or not state.note.startswith(note)


def hold(db: Session) -> None:
    """Let no other round look before this transaction ends."""
    db.execute(sa.select(WitnessState.id).with_for_update())


def witness(
    db: Session, view: LogView, *, log: str, key: LogKey, today: date, now: datetime
) -> None:
    """Cosign the filing log as it was seen, or refuse to; both stand in the ledger.

    The same fault is recorded once, however often it is seen. What is cosigned is kept before anybody gets it: a witness that
    forgot could be shown another log.
    """
    hold(db)
    state = standing(db)
    if not is_news(state, view.note):
        # Another round was faster.
        return
    try:
        checkpoint, tree = grown(_kept(state), view, log)
    except LogRefused as refused:
        _refuse(db, state, refused.fault, now)
        return
    state.note = cosign(view.note or "", key.name, key.seed, moment_of(today))
    state.frontier, state.fault = tree.encode(), None
    db.flush()
    change = {"size": str(checkpoint.size), "root": checkpoint.root.hex()}
    record(db, act=Act.LOG_COSIGNED, actor_id=None, subject=SUBJECT, now=now, change=change)


def _refuse(db: Session, state: WitnessState, found: LogFault, now: datetime) -> None:
    if state.fault == found:
        return
    state.fault = found
    db.flush()
    change = {"fault": found.value}
    record(db, act=Act.LOG_REFUSED, actor_id=None, subject=SUBJECT, now=now, change=change)


def _kept(state: WitnessState) -> Frontier:
    """Read the tree that was cosigned last; what cannot be read is as good as another tree."""
    try:
        return tree_of(state)
    except ProofError as error:
        raise LogRefused(LogFault.FORKED) from error
