"""A reply on its way: what refuses it, and what stores it."""

from collections.abc import Sequence

from flask import g, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.dossiers import service as dossiers
from casework.dossiers.service import OpenReport
from casework.web.access import actor
from casework.web.forms.reports import ReplyForm
from casework.web.kept_files import files_for, lost_files_of
from casework.web.reading import report_language
from casework.web.services import office
from crypto.recipients import Recipient
from portal.filing import Origin, new_submission
from portal.logs import log_event
from portal.mailbox.letters import Attachment, Letter, seal_letter
from portal.sealed_files import SealedFile
from portal.sessions import visit_secret
from portal.uploads import sealed_files
from portal.views.problems import Problem, arrival_problem


def reply_form(*, empty: bool = False) -> ReplyForm:
    """Make the form of a reply with the organisation's letters, named in the language of whoever writes."""
    lists = office().organisation
    return ReplyForm.of(lists.choices(lists.letters, g.language), empty=empty)


def begin_letter(db: Session, form: ReplyForm, opened: OpenReport) -> Problem:
    """Put the chosen letter into the reply, in the informant's language; say what the page is to tell."""
    if problem := arrival_problem(request.form):
        return problem
    language = report_language(db, opened)
    letter = office().organisation.letter(form.letter.data or "", language)
    if not letter:
        form.letter.errors = [_("Choose from the list.")]
        return Problem("", 422)
    form.begin_with(letter)
    return Problem("", 200)


def refusal(form: ReplyForm, opened: OpenReport) -> Problem | None:
    """Say why this cannot be sent as it came, if it cannot; what is wrong with a field stands at the field."""
    if problem := arrival_problem(request.form):
        return problem
    valid = form.validate()
    if lost := lost_files_of(opened):
        return Problem(lost, 422)
    if valid and not form.text.data and not files_for(opened):
        form.text.errors = [_("Write something, or add a file.")]
        valid = False
    return None if valid else Problem("", 422)


def send(db: Session, opened: OpenReport, form: ReplyForm) -> None:
    """Store a reply; the same page sent twice is one reply."""
    here, files = office(), files_for(opened)
    entry_id = _entry_id(opened, form, files)
    letter = Letter(
        kind="reply",
        envelope=entry_id,
        dossier=opened.dossier.id,
        language=report_language(db, opened),
        text=form.text.data or "",
        attachments=tuple(Attachment(f.blob.id, f.name, f.size, f.sha256) for f in files),
    )

    def sealed(recipients: Sequence[Recipient]) -> bytes:
        return seal_letter(letter, recipients)

    is_new = dossiers.write_reply(
        db,
        opened,
        actor=actor(),
        entry_id=entry_id,
        seal_letter=sealed,
        files=files,
        purpose=form.told,
        today=here.today(),
    )
    if is_new:
        sealed_files().keep()
    db.commit()
    if is_new:
        _publish(files)


def _publish(files: Sequence[SealedFile]) -> None:
    """Put the files of a stored reply in their place; what fails now, the sweep does later: it is stored all the same."""
    try:
        office().blobs.publish([file.blob.id for file in files])
    except OSError as error:
        log_event("storage", error=error)


def _entry_id(opened: OpenReport, form: ReplyForm, files: Sequence[SealedFile]) -> str:
    """Derive the reply's id from its page and all it says, so that a double click is no second reply (F6)."""
    origin = Origin(
        office().settings.secret, visit_secret(), form.submission.data or new_submission()
    )
    said = [
        ("report", opened.dossier.id),
        ("text", form.text.data or ""),
        ("purpose", form.purpose.data or ""),
    ]
    return origin.envelope_id([*said, *sorted((file.name, file.sha256) for file in files)])
