"""A later message into an open mailbox. It is refused like a report: with everything typed, and the files that did arrive."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import MultiDict

from portal.access import Access, informant
from portal.drafts import Draft
from portal.errors import Unavailable
from portal.filing import Origin, new_submission
from portal.forms.mailbox import MessageForm, ReturnForm
from portal.hardening import recovers_csrf
from portal.logs import log_event
from portal.mailbox.service import has_letter
from portal.sealed_files import Destination, Fault, SealedFile
from portal.services import services
from portal.sessions import session_is_unreachable, visit_secret
from portal.uploads import accepts_files, sealed_files
from portal.views.kept import kept_draft, lost_files
from portal.views.posting import opened_letters, post_further, post_later_files, recipients_of
from portal.views.problems import Problem, arrival_problem, fault_problem
from portal.views.thread_page import open_mailbox, own_identity, thread_page

bp = Blueprint("message", __name__)


def recipients_of_message(fields: MultiDict[str, str]) -> Destination | None:
    """Say to whom files of a later message are sealed: to this mailbox's dossier, and to the mailbox."""
    if "mailbox" not in session:
        return None
    # A session of its own, closed at once: the upload may take hours, and no lock may wait for its end (D15).
    with services().database.reading() as db:
        mailbox = open_mailbox(db)
    draft = _draft(fields)
    return Destination(recipients_of(mailbox), draft.files if draft else ())


def _informant_or_their_words() -> ResponseReturnValue | None:
    """Let an informant pass; whoever was writing for longer than a session lives gets their words back, not a log-in."""
    if "mailbox" in session or not MessageForm().text.data:
        if session_is_unreachable():
            raise Unavailable
        return informant.check()
    if session_is_unreachable():
        return _words_back(fault_problem(Fault.STORAGE))
    return _words_back(Problem(_closed(), 403))


def _closed() -> str:
    return str(
        _(
            "This was NOT received: your messages were closed, because for a while nothing happened. "
            "What you typed is still here. Enter your code, then send it again."
        )
    )


writer = Access("informant", _informant_or_their_words, needs_session=False)


@bp.post("/<language:language>/mailbox/messages")
@writer
@recovers_csrf
@accepts_files(seal_to=recipients_of_message)
def post() -> ResponseReturnValue:
    """Take a later message."""
    form = MessageForm()
    try:
        problem = _refusal(form)
        if problem is None:
            _store(form)
            return redirect(url_for("mailbox.show"), code=303)
    except (OSError, SQLAlchemyError) as error:
        log_event("storage", error=error)
        services().database.session_of_request().rollback()
        problem = fault_problem(Fault.STORAGE)
    return _again(form, problem)


def _refusal(form: MessageForm) -> Problem | None:
    if problem := arrival_problem(request.form):
        return problem
    valid = form.validate()
    lost = lost_files(request.form)
    if lost and not _is_sent_already(form):
        return Problem(lost, 422)
    if valid and not form.text.data and not _files() and not lost:
        form.text.errors = [_("Write something, or add a file.")]
        valid = False
    return None if valid else Problem("", 422)


def _is_sent_already(form: MessageForm) -> bool:
    """Say whether an earlier copy of this page was stored, and took its kept files with it."""
    with services().database.reading() as db:
        return has_letter(
            db, mailbox_id=session["mailbox"], envelope_id=_origin(form).envelope_id(_typed(form))
        )


def _store(form: MessageForm) -> None:
    """Store the message; where an earlier copy of this same page was stored, only files which that one lacks."""
    here, files, origin = services(), _files(), _origin(form)
    db = here.database.session_of_request()
    mailbox = open_mailbox(db)
    envelope = origin.envelope_id(_typed(form))
    if not post_further(db, mailbox, envelope, form.text.data or "", files):
        letters = opened_letters(db, mailbox, own_identity())
        files = post_later_files(db, mailbox, origin, letters, files)
    if files:
        sealed_files().keep()
    db.commit()
    here.blobs.publish([file.blob.id for file in files])


def _typed(form: MessageForm) -> list[tuple[str, str]]:
    return [("text", form.text.data or "")]


def _origin(form: MessageForm) -> Origin:
    secret = services().settings.secret
    return Origin(secret, visit_secret(), form.submission.data or new_submission())


def _again(form: MessageForm, problem: Problem) -> ResponseReturnValue:
    """Show the thread with everything typed, and keep the files that did arrive for the next try."""
    draft = _draft(request.form)
    if files := sealed_files().files:
        draft = (draft or Draft(own_identity(), None, ())).with_files(files)
        sealed_files().keep()
    try:
        return thread_page(form, problem.words, draft), problem.status
    except SQLAlchemyError as error:
        log_event("storage", error=error)
        return _words_back(problem)


def _words_back(problem: Problem) -> ResponseReturnValue:
    """Show what was typed where the thread cannot be shown: it waits beside the way in."""
    page = render_template("portal/return.html", form=ReturnForm(), problem=problem.words)
    return page, problem.status


def _files() -> tuple[SealedFile, ...]:
    draft = _draft(request.form)
    return (*(draft.files if draft else ()), *sealed_files().files)


def _draft(fields: MultiDict[str, str]) -> Draft | None:
    """Give the files kept for this mailbox; a draft of the report form is none of them."""
    draft = kept_draft(fields)
    return draft if draft and draft.token is None else None
