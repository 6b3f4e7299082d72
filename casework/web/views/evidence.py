"""The evidence of a case: its register, what comes into it, and cleaned copies."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from casework.cases.service import get_case
from casework.cases.states import CaseAction
from casework.dossiers import service as dossiers
from casework.evidence import registering, service
from casework.evidence.cleaning.faults import CannotBeCleaned
from casework.evidence.reading import file_of
from casework.staff.states import Action
from casework.web.access import actor, requires
from casework.web.cleaned_copy import cleaned_copy
from casework.web.evidence_page import EvidencePage
from casework.web.evidence_words import cleaning_fault_words
from casework.web.kept_files import draft_for, files_for, lost_files_of
from casework.web.opening import note_opening
from casework.web.services import office
from portal.downloads import send_attachment
from portal.forms.fields import entered
from portal.hardening import recovers_csrf
from portal.logs import log_event
from portal.sealed_files import Destination, Fault
from portal.uploads import accepts_files
from portal.views.problems import Problem, arrival_problem, fault_problem

bp = Blueprint("evidence", __name__)


@bp.get("/<language:language>/cases/<id:case_id>/evidence")
@requires(Action.READ_CASES)
def show(case_id: str) -> ResponseReturnValue:
    """Show the register."""
    page = EvidencePage(case_id)
    note_opening(case_id)
    return page.show()


def recipient_of_case(fields: MultiDict[str, str]) -> Destination | None:
    """Say to whom the files are sealed: the case; on a connection of its own, for an upload may last."""
    with office().database.reading() as db:
        opened = get_case(db, actor(), (request.view_args or {})["case_id"])
    draft = draft_for(fields, opened)
    return Destination([opened.identity.recipient], draft.files if draft else ())


@bp.post("/<language:language>/cases/<id:case_id>/evidence")
@requires(Action.WORK_CASE)
@recovers_csrf
@accepts_files(seal_to=recipient_of_case)
def register(case_id: str) -> ResponseReturnValue:
    """Register files, each as an item of its own, or a paper or a thing without any."""
    page = EvidencePage(case_id)
    form = page.forms["register"]
    if problem := _arrival_problem(page):
        return page.show(sent=form, problem=problem.words), problem.status
    if answer := page.refusal(CaseAction.REGISTER_EVIDENCE, form):
        return answer
    files = files_for(page.opened)
    content = {name: entered(form[name]) for name in ("source", "description")}
    try:
        return page.take_over(registering.register, files, files, content)
    except (OSError, SQLAlchemyError) as error:
        log_event("storage", error=error)
        page.db.rollback()
        problem = fault_problem(Fault.STORAGE)
        return EvidencePage(case_id).show(sent=form, problem=problem.words), problem.status


@bp.post("/<language:language>/cases/<id:case_id>/evidence/<id:report_id>/<id:blob_id>")
@requires(Action.WORK_CASE)
def attach(case_id: str, report_id: str, blob_id: str) -> ResponseReturnValue:
    """Register a file an informant sent."""
    page = EvidencePage(case_id)
    report = dossiers.open_report(page.db, actor(), report_id)
    return page.act(registering.register_attached, report, blob_id)


@bp.get("/<language:language>/cases/<id:case_id>/evidence/<id:item_id>/file")
@requires(Action.READ_CASES)
def download(case_id: str, item_id: str) -> ResponseReturnValue:
    """Give an item's file, always as an attachment, inert; that it was opened stands in its custody before."""
    here = office()
    with here.database.transaction() as db:
        opened = get_case(db, actor(), case_id)
        file = file_of(db, opened, service.item_of(db, opened, item_id), actor())
        service.note_viewed(db, opened, item_id, actor=actor(), now=here.clock())
    store = here.post.store_of(file.attachment.blob)
    return send_attachment(store, file.attachment, file.identity)


@bp.post("/<language:language>/cases/<id:case_id>/evidence/<id:item_id>/copy")
@requires(Action.WORK_CASE)
def copy(case_id: str, item_id: str) -> ResponseReturnValue:
    """Make a cleaned copy of an item."""
    try:
        made = cleaned_copy(case_id, item_id)
    except CannotBeCleaned as error:
        problem = cleaning_fault_words(error.fault)
        return EvidencePage(case_id).show(problem=problem), 422
    page = EvidencePage(case_id)
    return page.take_over(registering.register_copy, [made], item_id, made)


def _arrival_problem(page: EvidencePage) -> Problem | None:
    if problem := arrival_problem(request.form):
        return problem
    lost = lost_files_of(page.opened)
    return Problem(lost, 422) if lost else None
