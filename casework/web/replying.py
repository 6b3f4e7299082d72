"""A reply on its way: the files that wait for a corrected page, what refuses it, and what stores it."""

from collections.abc import Sequence

from flask import g, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from casework.dossiers import service as dossiers
from casework.dossiers.service import OpenReport
from casework.web.access import actor
from casework.web.forms.reports import ReplyForm
from casework.web.reading import report_language
from casework.web.services import office
from crypto.recipients import Recipient
from portal.drafts import Draft
from portal.filing import Origin, new_submission
from portal.logs import log_event
from portal.mailbox.letters import Attachment, Letter, seal_letter
from portal.sealed_files import SealedFile
from portal.sessions import visit_secret
from portal.uploads import sealed_files
from portal.views.kept import files_are_gone, kept_draft, lost_files
from portal.views.problems import Problem, arrival_problem


def draft_of_reply(fields: MultiDict[str, str], opened: OpenReport) -> Draft | None:
    """Give the files of an earlier try of a reply to this report, less those taken out.

    Files of another report are sealed to its dossier: here nobody could open them.
    """
    draft = kept_draft(fields)
    return draft if draft and draft.dossier.recipient == opened.identity.recipient else None


def draft_with_new_files(opened: OpenReport) -> Draft | None:
    """Give all files that arrived with this page or an earlier one, for the next try."""
    draft, files = draft_of_reply(request.form, opened), sealed_files().files
    if not files:
        return draft
    sealed_files().keep()
    return (draft or Draft(opened.identity, None, ())).with_files(files)


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
    if lost := _lost_files(opened):
        return Problem(lost, 422)
    if valid and not form.text.data and not _files(opened):
        form.text.errors = [_("Write something, or add a file.")]
        valid = False
    return None if valid else Problem("", 422)


def send(db: Session, opened: OpenReport, form: ReplyForm) -> None:
    """Store a reply; the same page sent twice is one reply."""
    here, files = office(), _files(opened)
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


def _lost_files(opened: OpenReport) -> str:
    """Say which files of an earlier try are not here: gone, or another report's. Nothing goes without them unsaid."""
    foreign = kept_draft(request.form) and not draft_of_reply(request.form, opened)
    return files_are_gone() if foreign else lost_files(request.form)


def _files(opened: OpenReport) -> tuple[SealedFile, ...]:
    draft = draft_of_reply(request.form, opened)
    return (*(draft.files if draft else ()), *sealed_files().files)


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
