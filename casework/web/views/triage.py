"""Triage: each step a report takes before it becomes part of a case, and its way back."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from casework.dossiers import service as dossiers
from casework.dossiers import triage
from casework.dossiers.states import ReportAction, Route, SetAside
from casework.staff.states import Action
from casework.web.access import actor, requires
from casework.web.report_page import ReportPage
from portal.forms.fields import entered

bp = Blueprint("triage", __name__)


@bp.post("/<language:language>/reports/<id:report_id>/triage")
@requires(Action.TRIAGE_REPORT)
def begin(report_id: str) -> ResponseReturnValue:
    """Take a report up."""
    return ReportPage(report_id).decide(triage.begin_triage)


@bp.post("/<language:language>/reports/<id:report_id>/question")
@requires(Action.TRIAGE_REPORT)
def ask(report_id: str) -> ResponseReturnValue:
    """Wait for an answer of the informant."""
    return ReportPage(report_id).decide(triage.ask_informant)


@bp.post("/<language:language>/reports/<id:report_id>/answer")
@requires(Action.TRIAGE_REPORT)
def hear(report_id: str) -> ResponseReturnValue:
    """Wait no longer."""
    return ReportPage(report_id).decide(triage.hear_informant)


@bp.post("/<language:language>/reports/<id:report_id>/acceptance")
@requires(Action.TRIAGE_REPORT)
def accept(report_id: str) -> ResponseReturnValue:
    """Find that a report is ours to follow up."""
    return ReportPage(report_id).decide(triage.accept_report)


@bp.post("/<language:language>/reports/<id:report_id>/setting-aside")
@requires(Action.TRIAGE_REPORT)
def set_aside(report_id: str) -> ResponseReturnValue:
    """Follow a report up no further."""
    page = ReportPage(report_id)
    form = page.forms.set_aside
    if answer := page.refusal(ReportAction.SET_ASIDE, form):
        return answer
    return page.decide(triage.set_aside, SetAside(form.reason.data), entered(form.words))


@bp.post("/<language:language>/reports/<id:report_id>/rerouting")
@requires(Action.TRIAGE_REPORT)
def reroute(report_id: str) -> ResponseReturnValue:
    """Give a report to those whose business it is."""
    page = ReportPage(report_id)
    form = page.forms.reroute
    if answer := page.refusal(ReportAction.REROUTE, form):
        return answer
    return page.decide(triage.reroute, Route(form.route.data), entered(form.handed_over))


@bp.post("/<language:language>/reports/<id:report_id>/merging")
@requires(Action.TRIAGE_REPORT)
def merge(report_id: str) -> ResponseReturnValue:
    """Note that another report said the same before."""
    page = ReportPage(report_id)
    form = page.forms.merge
    if answer := page.refusal(ReportAction.MERGE, form):
        return answer
    return page.decide(
        triage.merge_report, dossiers.open_report(page.db, actor(), entered(form.into))
    )


@bp.post("/<language:language>/reports/<id:report_id>/reopening")
@requires(Action.TRIAGE_REPORT)
def reopen(report_id: str) -> ResponseReturnValue:
    """Take a report up again."""
    page = ReportPage(report_id)
    form = page.forms.reopen
    if answer := page.refusal(ReportAction.REOPEN, form):
        return answer
    return page.decide(triage.reopen_report, entered(form.words))
