"""Reports: the list of those this member may read, one report with its correspondence, replies and their approval."""

from collections.abc import Sequence

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from casework.dossiers import service as dossiers
from casework.dossiers.service import OpenDossier, OwnReply
from casework.records import new_id
from casework.staff.states import READERS, Action
from casework.transitions import IllegalTransition
from casework.web import drafts
from casework.web.access import actor, member, requires
from casework.web.exchange import claim, exchange
from casework.web.forms.reports import ReplyForm, SearchForm
from casework.web.listing import inbox_rows
from casework.web.reading import correspondence, report_language
from casework.web.services import office
from crypto.recipients import Recipient
from portal.access import public
from portal.downloads import send_attachment
from portal.errors import NotFound
from portal.hardening import recovers_csrf
from portal.mailbox.letters import Attachment, Letter, seal_letter
from portal.sealed_files import Destination, Fault, SealedFile
from portal.uploads import accepts_files, sealed_files
from portal.views.problems import FAULT_STATUS, fault_words

bp = Blueprint("inbox", __name__)

PAGE = 50


@bp.get("/<language:language>/")
@public
def start() -> ResponseReturnValue:
    """Lead to what this member is here for; whoever is not signed in is asked to by the page they come to."""
    return redirect(url_for("inbox.home"), code=303)


@bp.get("/<language:language>/home")
@member
def home() -> ResponseReturnValue:
    """Lead readers to the reports and administrators to the accounts."""
    reads = actor().role in READERS
    return redirect(url_for("inbox.show" if reads else "staff.list"), code=303)


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


@bp.get("/<language:language>/reports/<report_id>")
@requires(Action.READ_REPORTS)
def report(report_id: str) -> ResponseReturnValue:
    """Show one report and its correspondence."""
    return _page(_open(report_id), ReplyForm.of())


@bp.get("/<language:language>/reports/<report_id>/files/<blob_id>")
@requires(Action.READ_REPORTS)
def download(report_id: str, blob_id: str) -> ResponseReturnValue:
    """Give a file of the correspondence, always as an attachment, inert."""
    opened = _open(report_id)
    letter = opened.read(dossiers.entry_of_file(_db(), opened, blob_id))
    found = [a for a in letter.attachments if a.blob == blob_id]
    if not found:
        raise NotFound
    return send_attachment(office().blobs, found[0], opened.identity)


def recipients_of_reply(fields: MultiDict[str, str]) -> Destination | None:
    """Say to whom the files of a reply are sealed; on a connection of its own, for an upload may last."""
    with office().database.reading() as db:
        opened = dossiers.open_dossier(db, actor(), (request.view_args or {})["report_id"])
    return Destination(opened.recipients, drafts.kept_files(fields, opened))


@bp.post("/<language:language>/reports/<report_id>/replies")
@requires(Action.REPLY)
@recovers_csrf
@accepts_files(seal_to=recipients_of_reply)
def reply(report_id: str) -> ResponseReturnValue:
    """Write to the informant: text goes at once, files wait for a second person."""
    opened, form = _open(report_id), ReplyForm.of()
    files = (*drafts.kept_files(request.form, opened), *sealed_files().files)
    problem, status = _refusal(form, files)
    if problem is not None:
        return _again(opened, form, files, problem, status)
    try:
        _send(opened, form, files)
    except (OSError, SQLAlchemyError):
        _db().rollback()
        return _again(
            _open(report_id), form, files, fault_words(Fault.STORAGE), FAULT_STATUS[Fault.STORAGE]
        )
    exchange()
    return redirect(url_for("inbox.report", report_id=report_id), code=303)


@bp.post("/<language:language>/reports/<report_id>/replies/<reply_id>/approval")
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


@bp.post("/<language:language>/reports/<report_id>/replies/<reply_id>/discarding")
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


def _refusal(form: ReplyForm, files: Sequence[SealedFile]) -> tuple[str | None, int]:
    """Give the sentence and the status if this cannot be sent as it came; the sentence may be empty."""
    if g.get("csrf_problem"):
        return _("This was NOT sent: the page was open for too long. Please send it again."), 400
    if fault := sealed_files().fault:
        return fault_words(fault), FAULT_STATUS[fault]
    if not form.validate():
        return "", 422
    if not form.text.data and not files:
        form.text.errors = [_("Write something, or add a file.")]
        return "", 422
    return None, 200


def _send(opened: OpenDossier, form: ReplyForm, files: Sequence[SealedFile]) -> None:
    here, entry_id = office(), new_id()
    letter = Letter(
        kind="reply",
        envelope=entry_id,
        dossier=opened.dossier.id,
        language=report_language(_db(), opened),
        text=form.text.data or "",
        attachments=tuple(Attachment(f.blob.id, f.name, f.size, f.sha256) for f in files),
    )

    def sealed(recipients: Sequence[Recipient]) -> bytes:
        return seal_letter(letter, recipients)

    sealed_files().keep()
    dossiers.write_reply(
        _db(),
        opened,
        actor=actor(),
        entry_id=entry_id,
        seal_letter=sealed,
        files=files,
        public_state=form.state,
        today=here.today(),
    )
    _db().commit()
    here.blobs.publish([file.blob.id for file in files])


def _again(
    opened: OpenDossier,
    form: ReplyForm,
    files: Sequence[SealedFile],
    problem: str,
    status: int,
) -> ResponseReturnValue:
    """Show the page with everything typed, and keep the files that did arrive for the next try."""
    sealed_files().keep()
    form.draft.data = drafts.keep_files(opened, files) if files else ""
    return _page(opened, form, problem, files), status


def _stale(report_id: str, problem: str) -> ResponseReturnValue:
    """Refuse what was done on an old page, and show how things stand."""
    _db().rollback()
    return _page(_open(report_id), ReplyForm.of(empty=True), problem), 409


def _list(form: SearchForm, problem: str = "") -> str:
    words = form.q.data or ""
    rows = inbox_rows(_db(), actor(), words)
    page = max(1, request.args.get("page", 1, type=int))
    return render_template(
        "casework/inbox.html",
        form=form,
        problem=problem,
        q=words,
        count=len(rows),
        rows=rows if words else rows[(page - 1) * PAGE : page * PAGE],
        page=page,
        pages_count=1 if words else max(1, -(-len(rows) // PAGE)),
    )


def _page(
    opened: OpenDossier,
    form: ReplyForm,
    problem: str = "",
    files: Sequence[SealedFile] = (),
) -> str:
    here = office()
    view = correspondence(_db(), opened, actor())
    return render_template(
        "casework/report.html",
        form=form,
        problem=problem,
        report=view.report,
        items=view.items,
        pending=view.pending,
        kept_files=files,
        limits={"bytes": here.settings.report_limit, "files": here.settings.report_files},
    )


def _open(report_id: str) -> OpenDossier:
    return dossiers.open_dossier(_db(), actor(), report_id)


def _unreached() -> str:
    words: str = _("The mailbox cannot be reached now. What you see is what was collected before.")
    return words


def _db() -> Session:
    return office().database.session_of_request()
