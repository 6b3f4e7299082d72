"""The report form.

Whatever fails on the way, the person gets it back with what they typed and the files that did arrive, under a sentence
that says the report was *not* received.
"""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from crypto.errors import EncodingError, ProofError
from portal.access import public
from portal.drafts import Draft
from portal.filing import new_submission
from portal.forms.intake import ReportForm
from portal.hardening import recovers_csrf
from portal.limits import Busy
from portal.logs import log_event
from portal.roster import NobodyEntitled
from portal.sealed_files import Destination, Fault
from portal.services import services
from portal.uploads import accepts_files, sealed_files
from portal.views.acceptance import (
    Overtaken,
    accept_report,
    draft_of_report,
    filing_of,
    is_already_filed,
)
from portal.views.kept import files_are_gone, lost_files, write_draft
from portal.views.problems import Problem, arrival_problem, fault_problem

bp = Blueprint("intake", __name__)


def recipients_of_report(fields: MultiDict[str, str]) -> Destination:
    """Say to whom the files of this report are sealed, and which it already has from an earlier try."""
    draft = draft_of_report(fields)
    return Destination(filing_of(fields).recipients, draft.files if draft else ())


@bp.route("/<language:language>/report", methods=["GET", "POST"])
@public
@recovers_csrf
@accepts_files(seal_to=recipients_of_report)
def report() -> ResponseReturnValue:
    """Show the form, or take a report."""
    here = services()
    form = ReportForm.of(here.organisation, g.language)
    if request.method != "POST":
        return _page(form)
    try:
        problem = _refusal(form)
        if problem is None:
            accept_report(form)
            return redirect(url_for("receipt.show"), code=303)
    except Busy:
        problem = fault_problem(Fault.BUSY)
    except Overtaken:
        return _anew(form)
    except (OSError, SQLAlchemyError, EncodingError, ProofError, NobodyEntitled) as error:
        log_event("storage", error=error)
        here.database.session_of_request().rollback()
        problem = fault_problem(Fault.STORAGE)
    return _again(form, problem)


def _refusal(form: ReportForm) -> Problem | None:
    """Say why this cannot be taken as it came, if it cannot; what is wrong with a field stands at the field."""
    if problem := arrival_problem(request.form):
        return problem
    valid = form.validate()
    lost = lost_files(request.form)
    if lost and not is_already_filed(request.form):
        return Problem(lost, 422)
    return None if valid else Problem("", 422)


def _again(form: ReportForm, problem: Problem) -> ResponseReturnValue:
    """Show the form with everything typed, and keep the files that did arrive for the next try."""
    draft = draft_of_report(request.form)
    if files := sealed_files().files:
        filing = filing_of(request.form)
        draft = (draft or Draft(filing.dossier, filing.token, ())).with_files(files)
        sealed_files().keep()
    return _page(form, problem.words, draft), problem.status


def _anew(form: ReportForm) -> ResponseReturnValue:
    """Show the form with everything typed, as the beginning of another report: the files went with the first copy."""
    form.submission.data = ""
    return _page(form, files_are_gone()), 422


def _page(form: ReportForm, problem: str = "", draft: Draft | None = None) -> str:
    settings = services().settings
    form.submission.data = form.submission.data or new_submission()
    form.draft.data = write_draft(draft)
    return render_template(
        "portal/report.html",
        form=form,
        problem=problem or None,
        kept_files=draft.files if draft else (),
        limits={"bytes": settings.report_limit, "files": settings.report_files},
    )
