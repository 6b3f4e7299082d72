"""The time limits of a report or a case, as its page shows them and lets somebody act on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from casework.cases.deadlines import Course, is_done
from casework.cases.timing import Turn
from casework.clocks.agenda import clocks_of, is_overdue, last_pauses
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import offered
from casework.clocks.states import (
    OPEN,
    STOPPABLE,
    ClockAction,
    ClockKind,
    ClockState,
    RuleName,
)
from casework.dossiers.models import Dossier
from casework.dossiers.service import OpenDossier
from casework.web.access import actor
from casework.web.clock_words import clock_kind_words, due_words, reason_words
from casework.web.forms.clocks import form_for
from casework.web.services import office
from portal.clock import local_date
from portal.errors import NotFound

# What a person does by a form of the page; the rest the work does.
_BY_HAND = frozenset(
    {
        ClockAction.PAUSE,
        ClockAction.RESUME,
        ClockAction.EXTEND,
        ClockAction.EXPLAIN,
        ClockAction.STOP,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClock:
    """A time limit on a page: how it stands, and the forms of what this member may do with it now."""

    id: str
    version: int
    kind: str
    state: ClockState
    due: str
    late: bool
    done: bool
    reason: str
    since: Any
    danger: bool
    can_be_dangerous: bool
    forms: Mapping[ClockAction, Any]


def course(db: Session) -> Course:
    """Say whose act this request is and when, for the clocks that follow it."""
    here = office()
    return Course(db=db, timekeeping=here.post.timekeeping, actor_id=actor().id, now=here.clock())


class ClockPanel:
    """All clocks of one dossier in the hands of the member at work."""

    def __init__(self, db: Session, opened: OpenDossier[Any]) -> None:
        self._db, self._opened = db, opened

    @cached_property
    def _clocks(self) -> Sequence[Clock]:
        subject: Dossier = self._opened.dossier
        return clocks_of(self._db, [subject.id])[subject.id]

    @cached_property
    def shown(self) -> Sequence[ShownClock]:
        """All of them, those that are not over first."""
        in_order = sorted(self._clocks, key=lambda one: ClockState(one.state) not in OPEN)
        pauses = last_pauses(self._db, [one.id for one in self._clocks])
        return [self._shown(clock, pauses.get(clock.id)) for clock in in_order]

    @property
    def is_dangerous(self) -> bool:
        """Whether somebody found in triage that somebody may come to harm."""
        return any(one.rule == RuleName.TRIAGE_DANGER for one in self._clocks)

    def turn(self, clock_id: str, seen: int) -> Turn:
        """Say what is about to be acted on, by whom and when."""
        return Turn(
            db=self._db,
            opened=self._opened,
            clock_id=clock_id,
            seen=seen,
            timekeeping=office().post.timekeeping,
            actor=actor(),
            now=office().clock(),
        )

    def find(self, clock_id: str) -> ShownClock:
        """Give one of them; raises NotFound for another dossier's (F1)."""
        found = [one for one in self.shown if one.id == clock_id]
        if not found:
            raise NotFound
        return found[0]

    def _shown(self, clock: Clock, pause: ClockEvent | None) -> ShownClock:
        state = ClockState(clock.state)
        late = is_overdue(clock, office().clock())
        done = is_done(clock, self._opened.dossier, self._clocks)
        return ShownClock(
            id=clock.id,
            version=clock.version,
            kind=clock_kind_words(clock.kind),
            state=state,
            due=due_words(clock),
            late=late,
            done=done,
            reason=_reason(clock, pause),
            since=_since(clock),
            danger=clock.rule == RuleName.TRIAGE_DANGER,
            can_be_dangerous=state in OPEN and clock.kind == ClockKind.TRIAGE and not done,
            forms={one: form_for(one, clock) for one in _offered(clock, late=late)},
        )


def _offered(clock: Clock, *, late: bool) -> Sequence[ClockAction]:
    kind = ClockKind(clock.kind)
    found = offered(kind, ClockState(clock.state), actor().role, late=late) & _BY_HAND
    if kind not in STOPPABLE:
        found -= {ClockAction.STOP}
    return [one for one in ClockAction if one in found]


def _reason(clock: Clock, pause: ClockEvent | None) -> str:
    """Say why it is late, or why it waits."""
    if clock.late_reason:
        return reason_words(clock.late_reason)
    waits = clock.state == ClockState.PAUSED and pause is not None and pause.reason
    return reason_words(pause.reason) if waits and pause and pause.reason else ""


def _since(clock: Clock) -> Any:
    """Give the day since when it waits, or on which it was met."""
    moment = clock.paused_at or clock.met_at
    return local_date(moment, office().organisation.timezone) if moment else None
