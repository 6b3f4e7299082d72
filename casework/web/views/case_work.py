"""What is worked on in a case: allegations and their findings, tasks, notes."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from casework.cases import work
from casework.cases.states import CaseAction, Finding, TaskAction
from casework.dossiers.notes import write_note
from casework.dossiers.states import NoteKind
from casework.staff.states import Action
from casework.web.access import requires
from casework.web.case_page import CasePage
from casework.web.services import office
from portal.errors import NotFound
from portal.forms.fields import entered

bp = Blueprint("case_work", __name__)


@bp.post("/<language:language>/cases/<id:case_id>/allegations")
@requires(Action.WORK_CASE)
def state(case_id: str) -> ResponseReturnValue:
    """State an allegation."""
    page = CasePage(case_id)
    form = page.forms["allegation"]
    if answer := page.refusal(CaseAction.STATE_ALLEGATION, form):
        return answer
    content = {name: entered(form[name]) for name in ("statement", "norm", "period")}
    if since := form["since"].data:
        content |= {"since": since.isoformat(), "audit": "yes" if form["audit"].data else ""}
    return page.act(work.state_allegation, content, today=office().today())


@bp.post("/<language:language>/cases/<id:case_id>/allegations/<id:allegation_id>/finding")
@requires(Action.WORK_CASE)
def find(case_id: str, allegation_id: str) -> ResponseReturnValue:
    """Say what became of an allegation."""
    page = CasePage(case_id)
    form = page.finding(allegation_id)
    if answer := page.refusal(CaseAction.FIND, form):
        return answer
    given = allegation_id, Finding(form.finding.data), entered(form.reasons)
    return page.act(work.find, *given, today=office().today())


@bp.post("/<language:language>/cases/<id:case_id>/tasks")
@requires(Action.WORK_CASE)
def set_task(case_id: str) -> ResponseReturnValue:
    """Give somebody something to do."""
    page = CasePage(case_id)
    form = page.forms["task"]
    if answer := page.refusal(CaseAction.SET_TASK, form):
        return answer
    more = {"owner_id": entered(form["owner"]), "due_on": form["due_on"].data}
    return page.act(work.set_task, entered(form["title"]), **more)


@bp.post("/<language:language>/cases/<id:case_id>/tasks/<id:task_id>/finishing")
@requires(Action.WORK_CASE)
def finish(case_id: str, task_id: str) -> ResponseReturnValue:
    """Say that a task is done."""
    today = office().today()
    return CasePage(case_id).act(work.end_task, task_id, TaskAction.FINISH, today=today)


@bp.post("/<language:language>/cases/<id:case_id>/tasks/<id:task_id>/cancelling")
@requires(Action.WORK_CASE)
def cancel(case_id: str, task_id: str) -> ResponseReturnValue:
    """Say that a task need not be done."""
    today = office().today()
    return CasePage(case_id).act(work.end_task, task_id, TaskAction.CANCEL, today=today)


@bp.post("/<language:language>/cases/<id:case_id>/notes")
@requires(Action.WORK_CASE)
def note(case_id: str) -> ResponseReturnValue:
    """Write a note: it changes nothing that a page shows, so no page is too old for it."""
    page = CasePage(case_id)
    form = page.forms["note"]
    if not form.validate():
        return page.show(sent=form), 422
    words = {"words": entered(form["words"])}
    return page.share(write_note, NoteKind(entered(form["kind"])), words)


@bp.post("/<language:language>/cases/<id:case_id>/notes/<int:number>")
@requires(Action.WORK_CASE)
def rewrite(case_id: str, number: int) -> ResponseReturnValue:
    """Write a note anew; what it said stays readable under it."""
    page = CasePage(case_id)
    form = page.rewriting(number)
    if not form.validate():
        return page.show(sent=form), 422
    return page.act(work.rewrite, number, {"words": entered(form.words)})


@bp.post("/<language:language>/cases/<id:case_id>/summary")
@requires(Action.WORK_CASE)
def summarise(case_id: str) -> ResponseReturnValue:
    """Say anew what a case is called and where it belongs."""
    page = CasePage(case_id)
    form, summary = page.forms["summary"], page.view.summary
    if summary is None:
        raise NotFound
    if not form.validate():
        return page.show(sent=form), 422
    content = {name: entered(form[name]) for name in ("title", "category", "unit")}
    return page.act(work.rewrite, summary.number, content)
