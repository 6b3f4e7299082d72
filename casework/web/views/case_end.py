"""The end of a case: asked for by one person, agreed to or sent back by another; and its way back."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from casework.cases import closing
from casework.cases.guard import report_ids
from casework.cases.states import CaseAction
from casework.dossiers import service as dossiers
from casework.staff.states import Action
from casework.web.access import requires
from casework.web.case_page import CasePage
from casework.web.services import office
from portal.forms.fields import entered

bp = Blueprint("case_end", __name__)


@bp.post("/<language:language>/cases/<id:case_id>/closure")
@requires(Action.END_CASE)
def propose(case_id: str) -> ResponseReturnValue:
    """Ask that a case be closed."""
    page = CasePage(case_id)
    if answer := page.refusal(CaseAction.PROPOSE_CLOSURE, page.closing):
        return answer
    return page.act(closing.propose_closure, page.closing.proposal(), today=office().today())


@bp.post("/<language:language>/cases/<id:case_id>/closure/return")
@requires(Action.END_CASE)
def send_back(case_id: str) -> ResponseReturnValue:
    """Send a case back to be worked on."""
    page = CasePage(case_id)
    form = page.forms["return"]
    if answer := page.refusal(CaseAction.RETURN_CLOSURE, form):
        return answer
    return page.act(closing.return_closure, entered(form["words"]), today=office().today())


@bp.post("/<language:language>/cases/<id:case_id>/closure/approval")
@requires(Action.END_CASE)
def approve(case_id: str) -> ResponseReturnValue:
    """Agree that a case is closed."""
    return CasePage(case_id).act(closing.close_case, today=office().today())


@bp.post("/<language:language>/cases/<id:case_id>/reopening")
@requires(Action.END_CASE)
def reopen(case_id: str) -> ResponseReturnValue:
    """Take a closed case up again."""
    page = CasePage(case_id)
    form = page.forms["reopen"]
    if answer := page.refusal(CaseAction.REOPEN, form):
        return answer
    # The informants are to hear again: their reports' clocks begin anew with the case's.
    dossiers.hold(page.db, case_id, *report_ids(page.db, case_id))
    return page.act(closing.reopen_case, entered(form["words"]))
