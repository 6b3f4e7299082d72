"""Coming back: the token opens the mailbox, the thread both ways, files both ways, deleting and burning."""

import secrets

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crypto.recipients import Identity
from crypto.tokens import derive_mailbox_key
from portal.access import informant, public
from portal.database import scrub
from portal.downloads import send_attachment
from portal.errors import NotFound
from portal.forms.fields import LONG_TEXT
from portal.forms.mailbox import MessageForm, ReturnForm
from portal.hardening import clear_site_data, recovers_csrf
from portal.mailbox import service as mailboxes
from portal.mailbox.letters import open_letter
from portal.mailbox.models import Mailbox
from portal.services import services
from portal.sessions import end_session, establish
from portal.uploads import accepts_text
from portal.views.problems import arrival_problem
from portal.views.thread_page import open_mailbox, own_identity, thread_page

bp = Blueprint("mailbox", __name__)


@bp.route("/<language:language>/return", methods=["GET", "POST"])
@public
@recovers_csrf
@accepts_text(LONG_TEXT)
def enter() -> ResponseReturnValue:
    """Ask for the token, and open its mailbox.

    A right and a wrong token cost the same: one key derivation, one look-up, one new session row (A6). A burned token, an
    unknown one and a wrong one are answered the same.
    """
    form = ReturnForm()
    if request.method != "POST":
        return _entrance(form)
    if problem := arrival_problem(request.form):
        return _entrance(form, problem.words), problem.status
    if not form.validate():
        return _entrance(form), 422
    if not _opens(form):
        form.token.errors = [_("No mailbox has this code. Compare it with what you wrote down.")]
        return _entrance(form), 422
    if form.text.data:
        return thread_page(
            MessageForm(), _("Your message was not sent yet. Please look at it below and send it.")
        )
    return redirect(url_for("mailbox.show"), code=303)


def _entrance(form: ReturnForm, problem: str = "") -> str:
    return render_template("portal/return.html", form=form, problem=problem or None)


def _opens(form: ReturnForm) -> bool:
    """Try the token; whatever comes of it, there is a new session."""
    here, db = services(), _db()
    tries = session.get("tries") or secrets.token_hex(16)
    here.failures.check(tries.encode(), here.clock())
    with here.kdf_slots.slot():
        key = derive_mailbox_key(form.parsed, here.settings.kdf_salt, here.settings.token_profile)
    mailbox = mailboxes.find_mailbox(db, key.locator)
    establish(db, _opened(mailbox, key.identity) if mailbox else {"tries": tries})
    db.commit()
    if mailbox is None:
        here.failures.failed(tries.encode(), here.clock())
    return mailbox is not None


@bp.get("/<language:language>/mailbox")
@informant
def show() -> ResponseReturnValue:
    """Show the thread, where it stands, and what happens next."""
    return thread_page(MessageForm())


@bp.get("/<language:language>/mailbox/files/<blob_id>")
@informant
def download(blob_id: str) -> ResponseReturnValue:
    """Give a file of the thread, always as an attachment, inert."""
    mailbox, identity = open_mailbox(_db()), own_identity()
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
    blobs = mailboxes.withdraw(db, mailbox=open_mailbox(db), envelope_id=letter_id)
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
    if request.method != "POST":
        return render_template("portal/burn.html")
    mailboxes.burn(_db(), mailbox=open_mailbox(_db()))
    response = _leave()
    scrub(services().database.engine)
    return response


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


def _opened(mailbox: Mailbox, identity: Identity) -> dict[str, str]:
    return {"mailbox": mailbox.id, "identity": identity.encode()}


def _db() -> Session:
    return services().database.session_of_request()
