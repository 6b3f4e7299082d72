"""What happens to a report in the request that brings it: its keys, its letter, one transaction, and the token's session.

Nothing acknowledged is lost, and nothing half-stored is acknowledged: blobs are durable first, then one transaction
holds the mailbox, its grants, the letter, the session that will show the token, and the report's entry in the filing log.
"""

import secrets
from collections.abc import Sequence

from flask import g, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from crypto.proofs import SALT_BYTES
from crypto.tokens import CaseToken
from portal.drafts import Draft
from portal.filing import Filing, Origin, begin_filing
from portal.forms.intake import ReportForm
from portal.mailbox import filing_log
from portal.mailbox.letters import Letter, entry_of
from portal.mailbox.models import new_id
from portal.mailbox.service import AlreadyFiled, file_report, get_mailbox
from portal.roster import entitled, seal_grants
from portal.sealed_files import SealedFile
from portal.services import services
from portal.sessions import establish, visit_secret
from portal.uploads import sealed_files
from portal.views.kept import kept_draft
from portal.views.posting import attached, opened_letters, post_later_files, sealed_letter


class Overtaken(Exception):
    """An earlier copy of this page was stored with its files, and this one says something else."""


def draft_of_report(fields: MultiDict[str, str]) -> Draft | None:
    """Give the files this report has from an earlier try; a draft without a token belongs to another form."""
    draft = kept_draft(fields)
    return draft if draft and draft.token else None


def filing_of(fields: MultiDict[str, str]) -> Filing:
    """Make this request's keys, once: at its first file, or when the report itself is sealed."""
    if "filing" not in g:
        here = services()
        draft, origin = draft_of_report(fields), _origin(fields)
        with here.kdf_slots.slot():
            g.filing = begin_filing(
                origin,
                _token(draft) or CaseToken(origin.number(_typed(fields))),
                draft.dossier if draft else origin.dossier(_typed(fields)),
                salt=here.settings.kdf_salt,
                profile=here.settings.token_profile,
            )
    filing: Filing = g.filing
    return filing


def is_already_filed(fields: MultiDict[str, str]) -> bool:
    """Say whether an earlier copy of this page was stored, and took its kept files with it."""
    token = _token(draft_of_report(fields))
    if token is None:
        return False
    with services().database.reading() as db:
        return get_mailbox(db, _origin(fields).mailbox_id(token)) is not None


def accept_report(form: ReportForm) -> None:
    """Store the report; give the browser the session that shows its token. Raises Overtaken, and whatever storing raises."""
    here = services()
    db = here.database.session_of_request()
    filing, draft = filing_of(request.form), draft_of_report(request.form)
    files = (*(draft.files if draft else ()), *sealed_files().files)
    letter, entry = _letter(form, filing, files), None
    try:
        entry = _file(db, form, filing, letter, files)
    except AlreadyFiled:
        db.rollback()
        files = _add_to_first_copy(db, filing, letter, files)
    if files:
        sealed_files().keep()
    _establish(db, filing)
    if entry is not None:
        # Last: from here to the commit everybody else who reports waits.
        filing_log.append(db, entry)
    db.commit()
    here.blobs.publish([file.blob.id for file in files])


def _file(
    db: Session, form: ReportForm, filing: Filing, letter: Letter, files: Sequence[SealedFile]
) -> bytes | None:
    """Make the mailbox, and give the report's entry for the filing log.

    Only those of the signed roster whom the report does not concern get a grant (F2).
    """
    sealed = sealed_letter(letter, filing.recipients, files)
    receivers = entitled(services().roster(), form.concerned.data or ())
    file_report(
        db,
        mailbox_id=filing.mailbox_id,
        dossier_id=filing.dossier_id,
        locator=filing.key.locator,
        key_recipient=filing.key.identity.recipient,
        dossier=filing.dossier.recipient,
        grants=seal_grants(filing.dossier, receivers),
        letter=sealed,
        today=services().today(),
    )
    return entry_of(letter, sealed.sealed)


def _add_to_first_copy(
    db: Session, filing: Filing, letter: Letter, files: Sequence[SealedFile]
) -> tuple[SealedFile, ...]:
    """Let the first copy of this page stand, if it says the same, and add the files it lacks; gives those.

    Other words are another report: who it concerns may have changed, and the first one is open to those it then was.
    """
    mailbox = get_mailbox(db, filing.mailbox_id)
    if mailbox is None:
        raise Overtaken
    thread = opened_letters(db, mailbox, filing.key.identity)
    if not any(_says(earlier) == _says(letter) for earlier in thread):
        raise Overtaken
    return post_later_files(db, mailbox, _origin(request.form), thread, files)


def _says(letter: Letter) -> tuple[object, ...]:
    return letter.language, letter.text, letter.answers


def _letter(form: ReportForm, filing: Filing, files: Sequence[SealedFile]) -> Letter:
    return Letter(
        kind="report",
        envelope=new_id(),
        dossier=filing.dossier_id,
        language=form.language.data,
        text=form.text.data or "",
        answers=form.answers(),
        attachments=attached(files),
        salt=secrets.token_hex(SALT_BYTES),
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


def _origin(fields: MultiDict[str, str]) -> Origin:
    return Origin(services().settings.secret, visit_secret(), fields.get("submission", ""))


def _token(draft: Draft | None) -> CaseToken | None:
    return draft.token if draft else None


def _typed(fields: MultiDict[str, str]) -> list[tuple[str, str]]:
    return sorted((n, v) for n, v in fields.items(multi=True) if n not in {"csrf_token", "draft"})
