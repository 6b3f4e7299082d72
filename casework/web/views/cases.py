"""Cases: the list of those this member may read, one case, and its way from a report to a track."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from casework.cases import service
from casework.cases.deadlines import follow_case
from casework.cases.guard import ReadersDiffer
from casework.cases.states import CaseAction, CaseState, Priority
from casework.dossiers import service as dossiers
from casework.dossiers.states import ReportAction
from casework.staff import service as staff
from casework.staff.states import Action
from casework.transitions import IllegalTransition
from casework.web.access import actor, requires
from casework.web.case_listing import list_cases
from casework.web.case_page import CasePage
from casework.web.clock_page import course
from casework.web.dossier_errors import case_error_words
from casework.web.dossier_words import case_state_words
from casework.web.listing import COUNTED
from casework.web.opening import note_opening, relation_to_case
from casework.web.report_page import ReportPage
from casework.web.services import office
from portal.forms.fields import entered

bp = Blueprint("cases", __name__)

TRACKS = {
    "review": CaseAction.BEGIN_REVIEW,
    "inspection": CaseAction.ORDER_INSPECTION,
    "resolution": CaseAction.RESOLVE,
    "audit": CaseAction.AUDIT,
    "referral": CaseAction.REFER,
}
_TRACK = f"<any({','.join(TRACKS)}):track>"


@bp.get("/<language:language>/cases")
@requires(Action.READ_CASES)
def list() -> ResponseReturnValue:  # noqa: A001 - the page's name, and so its endpoint's
    """List the cases this member may read: those that are open, or those in one state; all, or their own."""
    asked, mine = request.args.get("state", ""), "mine" in request.args
    state = CaseState(asked) if asked in set(CaseState) else None
    page = request.args.get("page", 1, type=int)
    db = office().database.session_of_request()
    return render_template(
        "casework/cases.html",
        listing=list_cases(db, actor(), page, state=state, mine=mine),
        counted=COUNTED,
        states=[case_state_words(one) for one in CaseState],
        state=state or "",
        mine=mine,
        filters={"state": state or None, "mine": "y" if mine else None},
    )


@bp.get("/<language:language>/cases/<id:case_id>")
@requires(Action.READ_CASES)
def show(case_id: str) -> ResponseReturnValue:
    """Show one case."""
    page = CasePage(case_id)
    relation = relation_to_case(page.db, page.opened, actor(), page.standing)
    note_opening(case_id, relation=relation)
    return page.show()


@bp.post("/<language:language>/reports/<id:report_id>/cases")
@requires(Action.WORK_CASE)
def open(report_id: str) -> ResponseReturnValue:  # noqa: A001 - likewise
    """Make a case of a report."""
    page = ReportPage(report_id)
    form = page.forms.open_case
    if answer := page.refusal(ReportAction.LINK, form):
        return answer
    conflict = page.conflict_of(actor().id, entered(form.unit))
    if question := conflict.question(page.address):
        return question
    here = office()
    summary = {name: entered(form[name]) for name in ("title", "category", "unit")}
    try:
        # The domain is told no version here, and the same page sent twice would be two cases (F6).
        page.hold()
        case_id = service.open_case(
            page.db,
            [page.opened],
            summary,
            priority=Priority(form.priority.data),
            danger=bool(form.danger.data),
            actor=actor(),
            now=here.clock(),
            today=here.today(),
        )
        follow_case(course(page.db), service.get_case(page.db, actor(), case_id))
    except IllegalTransition:
        return page.stale()
    conflict.note()
    page.db.commit()
    return redirect(url_for("cases.show", case_id=case_id), code=303)


@bp.post("/<language:language>/reports/<id:report_id>/link")
@requires(Action.WORK_CASE)
def link(report_id: str) -> ResponseReturnValue:
    """Add a report to a case."""
    page = ReportPage(report_id)
    form = page.forms.link
    if answer := page.refusal(ReportAction.LINK, form):
        return answer
    conflict = page.conflict_of(actor().id)
    if question := conflict.question(page.address):
        return question
    here, case = office(), service.get_case(page.db, actor(), entered(form.case))
    try:
        page.hold(case.dossier.id)
        page.db.refresh(case.dossier)
        service.link_report(
            page.db,
            case,
            page.opened,
            seen=case.dossier.version,
            actor=actor(),
            now=here.clock(),
            today=here.today(),
        )
    except IllegalTransition:
        return page.stale()
    except ReadersDiffer as error:
        return page.stale(case_error_words(error, staff.names(page.db)))
    conflict.note()
    page.db.commit()
    return redirect(page.address, code=303)


@bp.post("/<language:language>/cases/<id:case_id>/reports/<id:report_id>/removal")
@requires(Action.WORK_CASE)
def unlink(case_id: str, report_id: str) -> ResponseReturnValue:
    """Take a report out of a case."""
    page = CasePage(case_id)
    return page.act(service.unlink_report, dossiers.open_report(page.db, actor(), report_id))


@bp.post(f"/<language:language>/cases/<id:case_id>/{_TRACK}")
@requires(Action.WORK_CASE)
def move(case_id: str, track: str) -> ResponseReturnValue:
    """Take a case a step on."""
    return CasePage(case_id).act(service.move_case, TRACKS[track])


@bp.post("/<language:language>/cases/<id:case_id>/owner")
@requires(Action.WORK_CASE)
def assign(case_id: str) -> ResponseReturnValue:
    """Give a case to a colleague."""
    page = CasePage(case_id)
    form = page.forms["owner"]
    if answer := page.refusal(CaseAction.ASSIGN, form):
        return answer
    owner = entered(form["owner"])
    conflict = page.conflict_of(owner)
    return conflict.question(page.address) or page.act(
        conflict.answered(service.assign_case), owner
    )
