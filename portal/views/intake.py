"""The report form, and what happens to a report in the request that brings it.

Nothing acknowledged is lost, and nothing half-stored is acknowledged: blobs are durable first, then one transaction
holds the mailbox, its grants, the letter and the session that will show the token. Whatever fails on the way, the person
gets the form back with what they typed, under a sentence that says the report was *not* received.
"""

from collections.abc import Sequence

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from crypto.errors import EncodingError
from crypto.recipients import Identity
from crypto.tokens import CaseToken
from portal import filing as filings
from portal.access import public
from portal.drafts import Draft, draft_key, restore_draft, seal_draft
from portal.filing import Filing, Origin, begin_filing
from portal.forms.intake import ReportForm
from portal.hardening import recovers_csrf
from portal.limits import Busy
from portal.mailbox.letters import Attachment, Letter, seal_letter
from portal.mailbox.models import new_id
from portal.mailbox.service import AlreadyFiled, SealedLetter, file_report
from portal.roster import NobodyEntitled, Receiver, entitled, seal_grants
from portal.sealed_files import Destination, Fault, SealedFile
from portal.services import services
from portal.sessions import establish, visit_secret
from portal.uploads import accepts_files, sealed_files
from portal.views.problems import FAULT_STATUS, fault_words

bp = Blueprint("intake", __name__)


def recipients_of_report(fields: MultiDict[str, str]) -> Destination:
    """Say to whom the files of this report are sealed, and which it already has from an earlier try."""
    draft = _draft(fields)
    return Destination(_filing(fields).recipients, draft.files if draft else ())


@bp.route("/<language:language>/report", methods=["GET", "POST"])
@public
@recovers_csrf
@accepts_files(seal_to=recipients_of_report)
def report() -> ResponseReturnValue:
    """Show the form, or take a report."""
    here = services()
    form = ReportForm.of(here.organisation, g.language)
    if request.method == "GET":
        form.submission.data = filings.new_submission()
        return _page(form)
    problem, status = _refusal(form)
    if problem is not None:
        return _again(form, problem, status)
    try:
        _receive(form)
    except Busy:
        return _again(form, fault_words(Fault.BUSY), FAULT_STATUS[Fault.BUSY])
    except (OSError, SQLAlchemyError, EncodingError, NobodyEntitled):
        here.database.session_of_request().rollback()
        return _again(form, fault_words(Fault.STORAGE), FAULT_STATUS[Fault.STORAGE])
    return redirect(url_for("receipt.show"), code=303)


def _refusal(form: ReportForm) -> tuple[str | None, int]:
    """Give the sentence and the status if this cannot be taken as it came; the sentence may be empty."""
    if g.get("csrf_problem"):
        return _(
            "Your report was NOT received: the page was open for too long. Please send it again."
        ), 400
    if fault := sealed_files().fault:
        return fault_words(fault), FAULT_STATUS[fault]
    if not form.validate():
        return "", 422
    return None, 200


def _receive(form: ReportForm) -> None:
    """Store the report; give the browser the session that shows its token."""
    here = services()
    db = here.database.session_of_request()
    filing = _filing(request.form)
    draft = _draft(request.form)
    files = (*(draft.files if draft else ()), *sealed_files().files)
    sealed_files().keep()
    envelope = new_id()
    try:
        file_report(
            db,
            mailbox_id=filing.mailbox_id,
            dossier_id=filing.dossier_id,
            locator=filing.key.locator,
            key_recipient=filing.key.identity.recipient,
            dossier=filing.dossier.recipient,
            grants=seal_grants(filing.dossier, _receivers(form)),
            letter=SealedLetter(
                envelope_id=envelope,
                sealed=seal_letter(_letter(form, filing, envelope, files), filing.recipients),
                blobs=[file.blob for file in files],
            ),
            today=here.today(),
        )
    except AlreadyFiled:
        # The same page, sent twice: the first copy stands, and this answer shows its token.
        db.rollback()
    _establish(db, filing)
    db.commit()
    here.blobs.publish([file.blob.id for file in files])


def _letter(form: ReportForm, filing: Filing, envelope: str, files: Sequence[SealedFile]) -> Letter:
    return Letter(
        kind="report",
        envelope=envelope,
        dossier=filing.dossier_id,
        language=form.language.data,
        text=form.text.data or "",
        answers=form.answers(),
        attachments=tuple(Attachment(f.blob.id, f.name, f.size, f.sha256) for f in files),
    )


def _receivers(form: ReportForm) -> tuple[Receiver, ...]:
    """Those of the signed roster who may read this report: never one it concerns (F2)."""
    return entitled(services().roster(), form.concerned.data or ())


def _filing(fields: MultiDict[str, str]) -> Filing:
    """Make this request's keys, once: at its first file, or when the report itself is sealed."""
    if "filing" not in g:
        here = services()
        origin = Origin(here.settings.secret, visit_secret(), fields.get("submission", ""))
        draft = _draft(fields)
        token = draft.token if draft else None
        with here.kdf_slots.slot():
            g.filing = begin_filing(
                origin,
                token or CaseToken(origin.number(_typed(fields))),
                draft.dossier if draft else Identity.generate(),
                salt=here.settings.kdf_salt,
                profile=here.settings.token_profile,
            )
    filing: Filing = g.filing
    return filing


def _draft(fields: MultiDict[str, str]) -> Draft | None:
    """Restore, once a request, the files of an earlier try, less those the person took out."""
    if "draft" not in g:
        here = services()
        g.draft = restore_draft(
            fields.get("draft", ""),
            draft_key(here.settings.secret, visit_secret()),
            blobs=here.blobs,
            now=here.clock(),
            lifetime=here.settings.draft_lifetime,
        )
    draft: Draft | None = g.draft
    return draft.without(fields.getlist("remove_kept")) if draft else None


def _typed(fields: MultiDict[str, str]) -> list[tuple[str, str]]:
    return sorted((n, v) for n, v in fields.items(multi=True) if n not in {"csrf_token", "draft"})


def _again(form: ReportForm, problem: str, status: int) -> ResponseReturnValue:
    """Show the form with everything typed, and keep the files that did arrive for the next try."""
    files = sealed_files().files
    draft = _draft(request.form)
    if files:
        filing = _filing(request.form)
        draft = (draft or Draft(filing.dossier, filing.token, ())).with_files(files)
        sealed_files().keep()
    form.submission.data = form.submission.data or filings.new_submission()
    form.draft.data = ""
    if draft and draft.files:
        here = services()
        key = draft_key(here.settings.secret, visit_secret())
        form.draft.data = seal_draft(draft, key, now=here.clock())
    return _page(form, problem, draft), status


def _page(form: ReportForm, problem: str = "", draft: Draft | None = None) -> str:
    settings = services().settings
    return render_template(
        "portal/report.html",
        form=form,
        problem=problem or None,
        kept_files=draft.files if draft else (),
        limits={"bytes": settings.report_limit, "files": settings.report_files},
    )


def _establish(db: Session, filing: Filing) -> None:
    """Open the session in which the token is shown until it has been typed back."""
    establish(
        db,
        {
            "mailbox": filing.mailbox_id,
            "identity": filing.key.identity.encode(),
            "token": str(filing.token.number),
        },
    )
