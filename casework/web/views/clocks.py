"""Time limits: what a member does with those of a report or a case they may read."""

from collections.abc import Mapping

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from casework.cases import timing
from casework.cases.timing import Turn
from casework.clocks.errors import ClocksError
from casework.clocks.states import ClockAction, Reason
from casework.staff.states import Action
from casework.transitions import IllegalTransition
from casework.web.access import requires
from casework.web.case_page import CasePage
from casework.web.clock_page import ShownClock
from casework.web.clock_words import clock_error_words
from casework.web.report_page import ReportPage, seen
from portal.forms.fields import Form, entered

bp = Blueprint("clocks", __name__)

ACTS: Mapping[str, ClockAction] = {
    "pause": ClockAction.PAUSE,
    "resumption": ClockAction.RESUME,
    "extension": ClockAction.EXTEND,
    "explanation": ClockAction.EXPLAIN,
    "ending": ClockAction.STOP,
}
DANGER = {"danger": True, "safety": False}
_ACT = f"<any({','.join([*ACTS, *DANGER])}):act>"


@bp.post(f"/<language:language>/reports/<id:report_id>/clocks/<id:clock_id>/{_ACT}")
@requires(Action.TRIAGE_REPORT)
def of_report(report_id: str, clock_id: str, act: str) -> ResponseReturnValue:
    """Do something to a time limit of a report."""
    return _change(ReportPage(report_id), clock_id, act)


@bp.post(f"/<language:language>/cases/<id:case_id>/clocks/<id:clock_id>/{_ACT}")
@requires(Action.WORK_CASE)
def of_case(case_id: str, clock_id: str, act: str) -> ResponseReturnValue:
    """Do something to a time limit of a case."""
    return _change(CasePage(case_id), clock_id, act)


def _change(page: ReportPage | CasePage, clock_id: str, act: str) -> ResponseReturnValue:
    clock = page.clocks.find(clock_id)
    form = clock.forms.get(ACTS[act]) if act in ACTS else None
    if clock.version != seen() or not _is_offered(clock, act):
        return page.stale(clock_error_words(ClocksError()))
    if form is not None and not form.validate():
        return page.show(sent=form), 422
    try:
        _do(page.clocks.turn(clock_id, seen()), act, form)
    except IllegalTransition:
        return page.stale(clock_error_words(ClocksError()))
    except ClocksError as error:
        return page.stale(clock_error_words(error))
    page.db.commit()
    return redirect(request.path.partition("/clocks/")[0], code=303)


def _is_offered(clock: ShownClock, act: str) -> bool:
    if act in DANGER:
        return clock.can_be_dangerous and clock.danger != DANGER[act]
    return ACTS[act] in clock.forms


def _do(turn: Turn, act: str, form: Form | None) -> None:
    if act in DANGER:
        timing.note_danger(turn, danger=DANGER[act])
    elif act == "resumption":
        timing.resume(turn)
    else:
        assert form is not None  # noqa: S101 - what is offered and needs words has a form
        _do_with_words(turn, act, form)


def _do_with_words(turn: Turn, act: str, form: Form) -> None:
    if act == "ending":
        timing.give_up(turn, entered(form["words"]))
    elif act == "extension":
        timing.extend(
            turn, form["amount"].data, Reason(form["reason"].data), entered(form["words"])
        )
    else:
        verb = timing.pause if act == "pause" else timing.explain
        verb(turn, Reason(form["reason"].data), entered(form["words"]))
