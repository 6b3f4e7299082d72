"""Reports: the list of those this member may read, one report with its correspondence, replies and their approval."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from casework.dossiers import service as dossiers
from casework.dossiers.service import OpenReport, OwnReply
from casework.staff.states import Action, Role
from casework.transitions import IllegalTransition
from casework.web.access import actor, member, requires
from casework.web.exchange import claim, exchange
from casework.web.filed import filing_alarm
from casework.web.forms.reports import ReplyForm, SearchForm
from casework.web.kept_files import draft_for, draft_with_new_files
from casework.web.listing import COUNTED, list_reports
from casework.web.opening import note_opening, relation_to_report
from casework.web.replying import begin_letter, refusal, reply_form, send
from casework.web.report_page import ReportPage
from casework.web.services import office
from portal.access import public
from portal.downloads import send_attachment
from portal.errors import NotFound
from portal.hardening import recovers_csrf
from portal.logs import log_event
from portal.sealed_files import Destination, Fault
from portal.uploads import accepts_files
from portal.views.kept import write_draft
from portal.views.problems import Problem, fault_problem

bp = Blueprint("inbox", __name__)


@bp.get("/<language:language>/")
@public
def start() -> ResponseReturnValue:
    """Lead to what this member is here for; whoever is not signed in is asked to by the page they come to."""
    return redirect(url_for("inbox.home"), code=303)


@bp.get("/<language:language>/home")
@member
def home() -> ResponseReturnValue:
    """Lead readers to what they have to do, auditors to the ledger and administrators to the accounts."""
    role = actor().role
    first = {Role.ADMINISTRATOR: "staff.list", Role.AUDITOR: "audit.show"}
    return redirect(url_for(first.get(role, "week.show")), code=303)


@bp.get("/<language:language>/reports")
@requires(Action.READ_REPORTS)
def show() -> ResponseReturnValue:
    """List the reports this member may read."""
    return _list(SearchForm())


@bp.post("/<language:language>/reports/search")
@requires(Action.READ_REPORTS)
def search() -> ResponseReturnValue:
    """Look for words in them. A form that is sent, so that what was looked for stands in no address and no history (B14)."""
    form = SearchForm()
    return _list(form) if form.validate() else (_list(SearchForm(formdata=None)), 422)


@bp.post("/<language:language>/reports/collection")
@requires(Action.COLLECT_POST)
def collect() -> ResponseReturnValue:
    """Collect what came, and deliver what waits."""
    reached = exchange()
    claim(actor())
    if not reached:
        return _list(SearchForm(formdata=None), _unreached()), 503
    return redirect(url_for("inbox.show"), code=303)


@bp.get("/<language:language>/reports/<id:report_id>")
@requires(Action.READ_REPORTS)
def report(report_id: str) -> ResponseReturnValue:
    """Show one report and its correspondence."""
    page = ReportPage(report_id)
    note_opening(report_id, relation=relation_to_report(page.opened, actor()))
    return page.show()


@bp.get("/<language:language>/reports/<id:report_id>/files/<id:blob_id>")
@requires(Action.READ_REPORTS)
def download(report_id: str, blob_id: str) -> ResponseReturnValue:
    """Give a file of the correspondence, always as an attachment, inert."""
    opened = _open(report_id)
    letter = opened.read(dossiers.entry_of_file(_db(), opened, blob_id))
    found = [a for a in letter.attachments if a.blob == blob_id]
    if not found:
        raise NotFound
    note_opening(report_id, file=blob_id)
    return send_attachment(office().post.store_of(blob_id), found[0], opened.identity)


def recipients_of_reply(fields: MultiDict[str, str]) -> Destination | None:
    """Say to whom the files of a reply are sealed; on a connection of its own, for an upload may last."""
    with office().database.reading() as db:
        opened = dossiers.open_report(db, actor(), (request.view_args or {})["report_id"])
    draft = draft_for(fields, opened)
    return Destination(dossiers.correspondents(opened.dossier), draft.files if draft else ())


@bp.post("/<language:language>/reports/<id:report_id>/replies")
@requires(Action.REPLY)
@recovers_csrf
@accepts_files(seal_to=recipients_of_reply)
def reply(report_id: str) -> ResponseReturnValue:
    """Write to the informant: text goes at once, files wait for a second person."""
    opened, form = _open(report_id), reply_form()
    if "begin" in request.form:
        return _again(opened, form, begin_letter(_db(), form, opened))
    problem = refusal(form, opened)
    if problem is not None:
        return _again(opened, form, problem)
    try:
        send(_db(), opened, form)
    except (OSError, SQLAlchemyError) as error:
        log_event("storage", error=error)
        _db().rollback()
        return _again(_open(report_id), form, fault_problem(Fault.STORAGE))
    exchange()
    return redirect(url_for("inbox.report", report_id=report_id), code=303)


@bp.post("/<language:language>/reports/<id:report_id>/replies/<id:reply_id>/approval")
@requires(Action.APPROVE_REPLY)
def approve(report_id: str, reply_id: str) -> ResponseReturnValue:
    """Let a colleague's reply with files go."""
    opened = _open(report_id)
    try:
        dossiers.approve_reply(_db(), opened, entry_id=reply_id, actor=actor())
    except OwnReply:
        return _stale(report_id, _("You wrote this. Someone else has to approve it."))
    except IllegalTransition:
        return _stale(
            report_id, _("This reply was sent or dropped meanwhile. Below you see how it stands.")
        )
    _db().commit()
    exchange()
    return redirect(url_for("inbox.report", report_id=report_id), code=303)


@bp.post("/<language:language>/reports/<id:report_id>/replies/<id:reply_id>/discarding")
@requires(Action.APPROVE_REPLY)
def discard(report_id: str, reply_id: str) -> ResponseReturnValue:
    """Drop a reply that waits for approval, with its files."""
    try:
        files = dossiers.discard_reply(_db(), _open(report_id), entry_id=reply_id)
    except IllegalTransition:
        return _stale(
            report_id, _("This reply was sent or dropped meanwhile. Below you see how it stands.")
        )
    _db().commit()
    office().blobs.delete(files)
    return redirect(url_for("inbox.report", report_id=report_id), code=303)


def _again(opened: OpenReport, form: ReplyForm, problem: Problem) -> ResponseReturnValue:
    """Show the page with everything typed, and keep the files that did arrive for the next try."""
    draft = draft_with_new_files(opened)
    form.draft.data = write_draft(draft)
    page, files = ReportPage(opened.dossier.id), draft.files if draft else ()
    return page.show(reply=form, problem=problem.words, files=files), problem.status


def _stale(report_id: str, problem: str) -> ResponseReturnValue:
    """Refuse what was done on an old page, and show how things stand."""
    _db().rollback()
    return ReportPage(report_id).show(problem=problem), 409


def _list(form: SearchForm, problem: str = "") -> str:
    words = form.q.data or ""
    # Not the request's own session: a search is sent, but writes nothing, and takes its time (D15).
    with office().database.reading() as db:
        listing = list_reports(db, actor(), words, request.args.get("page", 1, type=int))
    return render_template(
        "casework/inbox.html",
        form=form,
        problem=problem,
        alarm=filing_alarm(),
        q=words,
        count=listing.count,
        rows=listing.rows,
        place=listing.place,
        counted=COUNTED,
    )


def _open(report_id: str) -> OpenReport:
    return dossiers.open_report(_db(), actor(), report_id)


def _unreached() -> str:
    words: str = _("The mailbox cannot be reached now. What you see is what was collected before.")
    return words


def _db() -> Session:
    return office().database.session_of_request()
