"""Coming back: the token opens the mailbox, the thread both ways, files both ways, deleting and burning."""

import secrets
from collections.abc import Sequence

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from crypto.recipients import Identity, Recipient
from crypto.tokens import derive_mailbox_key
from portal.access import informant, public
from portal.database import scrub
from portal.downloads import send_attachment
from portal.errors import NotFound
from portal.forms.mailbox import MessageForm, TokenForm
from portal.hardening import clear_site_data, recovers_csrf
from portal.mailbox import service as mailboxes
from portal.mailbox.letters import Attachment, Letter, open_letter, seal_letter
from portal.mailbox.models import Direction, Envelope, Mailbox, new_id
from portal.mailbox.service import SealedLetter
from portal.sealed_files import Destination, Fault, SealedFile
from portal.services import services
from portal.sessions import end_session, establish
from portal.uploads import accepts_files, sealed_files
from portal.views.problems import FAULT_STATUS, fault_words
from portal.views.thread import ShownLetter, try_open
from portal.views.words import answer_list, next_step, state_words

bp = Blueprint("mailbox", __name__)


@bp.route("/<language:language>/return", methods=["GET", "POST"])
@public
def enter() -> ResponseReturnValue:
    """Ask for the token, and open its mailbox.

    A right and a wrong token cost the same: one key derivation, one look-up, one new session row (A6). A burned token, an
    unknown one and a wrong one are answered the same.
    """
    form = TokenForm()
    if request.method == "GET":
        return render_template("portal/return.html", form=form)
    if not form.validate():
        return render_template("portal/return.html", form=form), 422
    here = services()
    tries = session.get("tries") or secrets.token_hex(16)
    here.failures.check(tries.encode(), here.clock())
    with here.kdf_slots.slot():
        key = derive_mailbox_key(form.parsed, here.settings.kdf_salt, here.settings.token_profile)
    db = _db()
    mailbox = mailboxes.find_mailbox(db, key.locator)
    establish(db, _opened(mailbox, key.identity) if mailbox else {"tries": tries})
    db.commit()
    if mailbox is None:
        here.failures.failed(tries.encode(), here.clock())
        form.token.errors = [_("No mailbox has this code. Compare it with what you wrote down.")]
        return render_template("portal/return.html", form=form), 422
    return redirect(url_for("mailbox.show"), code=303)


@bp.get("/<language:language>/mailbox")
@informant
def show() -> ResponseReturnValue:
    """Show the thread, where it stands, and what happens next."""
    return _page(_mailbox(), MessageForm())


def recipients_of_message(_fields: MultiDict[str, str]) -> Destination | None:
    """Say to whom files of a later message are sealed: to this mailbox's dossier, and to the mailbox."""
    mailbox = mailboxes.get_mailbox(_db(), session["mailbox"]) if "mailbox" in session else None
    return Destination(_recipients(mailbox)) if mailbox else None


@bp.post("/<language:language>/mailbox/messages")
@informant
@recovers_csrf
@accepts_files(seal_to=recipients_of_message)
def post() -> ResponseReturnValue:
    """Take a later message."""
    mailbox, form = _mailbox(), MessageForm()
    files = sealed_files().files
    if g.get("csrf_problem"):
        return _page(
            mailbox,
            form,
            _("This was NOT received: the page was open for too long. Please send it again."),
        ), 400
    if fault := sealed_files().fault:
        return _page(mailbox, form, fault_words(fault)), FAULT_STATUS[fault]
    if not form.validate():
        return _page(mailbox, form), 422
    if not form.text.data and not files:
        form.text.errors = [_("Write something, or add a file.")]
        return _page(mailbox, form), 422
    try:
        _store(mailbox, form.text.data or "", files)
    except (OSError, SQLAlchemyError):
        _db().rollback()
        return _page(_mailbox(), form, fault_words(Fault.STORAGE)), FAULT_STATUS[Fault.STORAGE]
    return redirect(url_for("mailbox.show"), code=303)


@bp.get("/<language:language>/mailbox/files/<blob_id>")
@informant
def download(blob_id: str) -> ResponseReturnValue:
    """Give a file of the thread, always as an attachment, inert."""
    mailbox, identity = _mailbox(), _identity()
    envelope = mailboxes.letter_of_blob(_db(), mailbox_id=mailbox.id, blob_id=blob_id)
    if envelope is None or envelope.sealed is None:
        raise NotFound
    letter = open_letter(
        envelope.sealed, identity, envelope=envelope.id, dossier=mailbox.dossier_id
    )
    found = [a for a in letter.attachments if a.blob == blob_id]
    if not found:
        raise NotFound
    return send_attachment(services().blobs, found[0], identity)


@bp.post("/<language:language>/mailbox/letters/<letter_id>/deletion")
@informant
def delete(letter_id: str) -> ResponseReturnValue:
    """Destroy one of the informant's own letters, with its files."""
    here, db = services(), _db()
    blobs = mailboxes.withdraw(db, mailbox=_mailbox(), envelope_id=letter_id)
    if blobs is None:
        raise NotFound
    db.commit()
    here.blobs.delete(blobs)
    scrub(here.database.engine)
    return redirect(url_for("mailbox.show"), code=303)


@bp.route("/<language:language>/mailbox/burning", methods=["GET", "POST"])
@informant
def burn() -> ResponseReturnValue:
    """Ask whether the token shall be destroyed, and destroy it."""
    if request.method == "GET":
        return render_template("portal/burn.html")
    mailboxes.burn(_db(), mailbox=_mailbox())
    return _leave()


@bp.post("/<language:language>/mailbox/sign-out")
@informant
def sign_out() -> ResponseReturnValue:
    """Close the mailbox in this browser."""
    return _leave()


def _leave() -> ResponseReturnValue:
    db = _db()
    end_session(db)
    db.commit()
    response = redirect(url_for("pages.home"), code=303)
    clear_site_data(response)
    return response


def _store(mailbox: Mailbox, text: str, files: Sequence[SealedFile]) -> None:
    here, db, envelope = services(), _db(), new_id()
    letter = Letter(
        kind="message",
        envelope=envelope,
        dossier=mailbox.dossier_id,
        language="",
        text=text,
        attachments=tuple(Attachment(f.blob.id, f.name, f.size, f.sha256) for f in files),
    )
    sealed_files().keep()
    sealed = SealedLetter(
        envelope_id=envelope,
        sealed=seal_letter(letter, _recipients(mailbox)),
        blobs=[file.blob for file in files],
    )
    mailboxes.post_message(db, mailbox=mailbox, letter=sealed, today=here.today())
    db.commit()
    here.blobs.publish([file.blob.id for file in files])


def _page(mailbox: Mailbox, form: MessageForm, problem: str = "") -> str:
    here = services()
    words, due = next_step(mailbox, here.organisation)
    letters = mailboxes.thread(_db(), mailbox.id)
    return render_template(
        "portal/mailbox.html",
        form=form,
        problem=problem or None,
        state=state_words(mailbox.public_state),
        next_step=words,
        due=due,
        items=[_shown(mailbox, envelope) for envelope in letters],
        limits={"bytes": here.settings.report_limit, "files": here.settings.report_files},
    )


def _shown(mailbox: Mailbox, envelope: Envelope) -> ShownLetter:
    letter = try_open(
        envelope.sealed, _identity(), envelope=envelope.id, dossier=mailbox.dossier_id
    )
    mine = envelope.direction == Direction.TO_OFFICE
    return ShownLetter(
        id=envelope.id,
        mine=mine,
        on=envelope.posted_on,
        letter=letter,
        answers=answer_list(letter.answers, services().organisation) if letter else (),
        can_delete=mine and not envelope.withdrawn,
        withdrawn=envelope.withdrawn,
    )


def _mailbox() -> Mailbox:
    """Load the mailbox through the session that opened it; a burned one is gone."""
    mailbox = mailboxes.get_mailbox(_db(), session["mailbox"])
    if mailbox is None:
        raise NotFound
    return mailbox


def _recipients(mailbox: Mailbox) -> tuple[Recipient, Recipient]:
    return Recipient(mailbox.dossier_recipient), Recipient(mailbox.recipient)


def _identity() -> Identity:
    return Identity.parse(session["identity"])


def _opened(mailbox: Mailbox, identity: Identity) -> dict[str, str]:
    return {"mailbox": mailbox.id, "identity": identity.encode()}


def _db() -> Session:
    return services().database.session_of_request()
