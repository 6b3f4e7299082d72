"""What a member does to a clock of something they may read. No verb commits or reads the clock.

Why stands twice: as a code, which the clock keeps in clear, and in words, which are sealed to the dossier. Every verb is told the
version of the clock that its page showed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casework.cases.deadlines import is_done
from casework.clocks.agenda import clocks_of, events_of
from casework.clocks.entries import tell
from casework.clocks.errors import NotStoppable
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rows import locked
from casework.clocks.rules import Timekeeping
from casework.clocks.service import (
    explain_clock,
    extend_clock,
    meet_clock,
    pause_clock,
    recount_clock,
    resume_clock,
    stop_clock,
)
from casework.clocks.states import STOPPABLE, ClockAction, Reason, RuleName
from casework.dossiers.models import Dossier
from casework.dossiers.notes import write_note
from casework.dossiers.service import OpenDossier, hold
from casework.dossiers.states import NoteKind
from casework.staff.service import Actor
from portal.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One act on a clock of a dossier: by whom, when, and on which version of it."""

    db: Session
    opened: OpenDossier[Dossier]
    clock_id: str
    seen: int
    timekeeping: Timekeeping
    actor: Actor
    now: datetime

    def hold(self) -> Clock:
        """Hold the dossier and its clock; raises NotFound for another dossier's (F1), StaleClock on an old page (F6)."""
        hold(self.db, self.opened.dossier.id)
        clock = locked(self.db, self.clock_id)
        if clock.subject_id != self.opened.dossier.id:
            raise NotFound
        self.db.refresh(self.opened.dossier)
        return locked(self.db, self.clock_id, self.seen)

    def do(self, verb: Callable[..., ClockEvent], why: str = "", **given: Any) -> None:
        """Do something to the clock, and tell the ledger."""
        who = {"actor_id": self.actor.id, "now": self.now}
        event = verb(self.db, self.clock_id, **who, **given)
        tell(self.db, self.opened.dossier.id, [event], now=self.now, why=why)

    def say_why(self, clock: Clock, action: ClockAction, reason: Reason, words: str) -> None:
        """Seal why it was done to the dossier."""
        content = {"clock": clock.kind, "act": action.value, "code": reason.value, "words": words}
        write_note(self.db, self.opened, NoteKind.REASON, content, actor=self.actor, now=self.now)


def pause(turn: Turn, reason: Reason, words: str) -> None:
    """Let a clock wait; raises what `pause_clock` raises."""
    clock = turn.hold()
    turn.do(pause_clock, words, timekeeping=turn.timekeeping, reason=reason)
    turn.say_why(clock, ClockAction.PAUSE, reason, words)


def resume(turn: Turn) -> None:
    """Let a clock run again; raises IllegalTransition."""
    turn.hold()
    turn.do(resume_clock, timekeeping=turn.timekeeping)


def extend(turn: Turn, amount: int, reason: Reason, words: str) -> None:
    """Give more time, in the unit the clock counts in; raises what `extend_clock` raises."""
    clock, keeping = turn.hold(), turn.timekeeping
    given = {"amount": amount, "reason": reason, "version": turn.seen}
    turn.do(extend_clock, words, timekeeping=keeping, **given)
    turn.say_why(clock, ClockAction.EXTEND, reason, words)


def explain(turn: Turn, reason: Reason, words: str) -> None:
    """Say why something is late; where it is done by now, its clock ends with that. Raises what `explain_clock` raises."""
    clock, subject = turn.hold(), turn.opened.dossier
    if is_done(clock, subject, clocks_of(turn.db, [subject.id])[subject.id]):
        turn.do(meet_clock, words, timekeeping=turn.timekeeping, reason=reason)
    else:
        turn.do(explain_clock, words, reason=reason, version=turn.seen)
    turn.say_why(clock, ClockAction.EXPLAIN, reason, words)


def give_up(turn: Turn, words: str) -> None:
    """Say that what a clock is for will not be done, because it cannot be; raises NotStoppable."""
    clock, reason = turn.hold(), Reason.NOT_APPLICABLE
    if clock.kind not in STOPPABLE:
        raise NotStoppable
    turn.do(stop_clock, words, timekeeping=turn.timekeeping, reason=reason)
    turn.say_why(clock, ClockAction.STOP, reason, words)


def note_danger(turn: Turn, *, danger: bool) -> None:
    """Count a triage anew because somebody may come to harm, or may not after all; raises RuleUnfit for any other clock.

    In hours from when the report was collected: of its receipt only the day is known, and at night it would be over by morning.
    """
    turn.hold()
    (start, *_) = events_of(turn.db, turn.clock_id)
    turn.do(
        recount_clock,
        timekeeping=turn.timekeeping,
        rule=RuleName.TRIAGE_DANGER if danger else RuleName.TRIAGE,
        counted_from=start.at if danger else start.counted_from,
        reason=Reason.DANGER if danger else Reason.NO_DANGER,
        version=turn.seen,
    )
