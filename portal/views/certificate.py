"""The filing certificate: a page to print and a file to keep. Nothing of what was reported is in it, and no code."""

from flask import Blueprint, Response, render_template, session
from flask.typing import ResponseReturnValue

from crypto.errors import ProofError
from portal.access import filer, public
from portal.errors import NotFound, Unavailable
from portal.filenames import download_headers
from portal.log_keys import read_public
from portal.logs import log_event
from portal.mailbox import filing_log
from portal.mailbox import service as mailboxes
from portal.mailbox.filing_log import Certificate
from portal.mailbox.letters import entry_of
from portal.services import letterbox, services
from portal.views.thread import try_open
from portal.views.thread_page import open_mailbox, own_identity

FILE_NAME = "certificate.tlog-proof"
COMMAND = "ishonch certificate verify"

bp = Blueprint("certificate", __name__)


@bp.get("/<language:language>/certificate")
@filer
def show() -> ResponseReturnValue:
    """Show what the certificate says, in plain words."""
    return render_template(
        "portal/certificate.html",
        certificate=_certificate(),
        command=COMMAND,
        keys_address=f"{services().settings.origin}/.well-known/filing-log.txt",
        shows_code="token" in session,
    )


@bp.get("/<language:language>/certificate/file")
@filer
def download() -> ResponseReturnValue:
    """Give the certificate, always as an attachment, under a name that says nothing."""
    return Response(_certificate().text, headers=download_headers(FILE_NAME))


@bp.get("/.well-known/filing-log.txt")
@public
def keys() -> ResponseReturnValue:
    """Publish the verifiers of the log and of its witness, a line each."""
    return Response("\n".join(read_public(services().settings)) + "\n", mimetype="text/plain")


def _certificate() -> Certificate:
    """Make the certificate of this thread's report, as the log stands now; one that was deleted has none any more."""
    here = letterbox()
    with here.database.reading() as db:
        entry = next(iter(_entries()), None)
        try:
            made = entry and filing_log.certificate(
                db, entry, key=here.filing_key, witness=here.witness
            )
        except ProofError as error:
            log_event("storage", error=error)
            raise Unavailable from error
    if not made:
        raise NotFound
    return made


def _entries() -> list[bytes]:
    """Give the entries of this thread's reports: one, or none."""
    with services().database.reading() as db:
        mailbox = open_mailbox(db)
        thread = mailboxes.thread(db, mailbox.id)
    opened = (
        (try_open(e.sealed, own_identity(), envelope=e.id, dossier=mailbox.dossier_id), e.sealed)
        for e in thread
    )
    found = (entry_of(letter, sealed) for letter, sealed in opened if letter and sealed)
    return [entry for entry in found if entry]
