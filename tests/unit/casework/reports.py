"""Reports filed at the portal and worked on in the office, without the office's pages."""

from collections.abc import Sequence
from typing import Any

from casework.dossiers import service as dossiers
from casework.dossiers.service import OpenReport
from casework.dossiers.states import LetterPurpose
from casework.records import new_id
from casework.web.exchange import claim
from crypto.recipients import Recipient
from portal.mailbox.letters import Letter, seal_letter
from portal.sealed_files import SealedFile
from tests.support.offices import Office
from tests.web.pages.informant import Files, Informant


def filed(office: Office, text: str = "What I saw", files: Files = (), **fields: Any) -> Informant:
    """Report at the portal; give the informant, whose mailbox is open."""
    informant = Informant(office.portal.app)
    informant.file(text, files, **fields)
    return informant


def collected(office: Office, *usernames: str) -> None:
    """Let the post make a round, and these members find what is theirs."""
    office.exchange()
    for username in usernames:
        claimed(office, username)


def claimed(office: Office, username: str) -> None:
    """Let a member find what is theirs of what was collected."""
    actor = office.actor(username)
    with office.app.app_context():
        claim(actor)


def opened(office: Office, username: str) -> list[OpenReport]:
    """Open what a member may read, the newest first."""
    actor = office.actor(username)
    with office.db() as db:
        return dossiers.open_reports(db, actor)


def texts(office: Office, username: str) -> list[list[str]]:
    """Give what each report a member may read says, letter by letter."""
    said = []
    for one in opened(office, username):
        with office.db() as db:
            entries = dossiers.correspondence(db, [one.dossier.id])[one.dossier.id]
        said.append([one.read(entry).text for entry in entries])
    return said


def replied(
    office: Office,
    username: str,
    text: str = "Thank you",
    files: Sequence[SealedFile] = (),
    *,
    entry_id: str = "",
    purpose: LetterPurpose | None = None,
) -> str:
    """Write a reply to the only report a member may read; give its id."""
    entry_id, actor = entry_id or new_id(), office.actor(username)
    (of_report,) = opened(office, username)

    def sealed(recipients: Sequence[Recipient]) -> bytes:
        letter = Letter(
            kind="reply",
            envelope=entry_id,
            dossier=of_report.dossier.id,
            language="en",
            text=text,
        )
        return seal_letter(letter, recipients)

    with office.here.database.transaction() as db:
        dossiers.write_reply(
            db,
            dossiers.open_report(db, actor, of_report.dossier.id),
            actor=actor,
            entry_id=entry_id,
            seal_letter=sealed,
            files=files,
            purpose=purpose,
            today=office.here.today(),
        )
    office.here.blobs.publish([file.blob.id for file in files])
    return entry_id


def blob(office: Office, content: bytes = b"sealed") -> SealedFile:
    """Put a file into the office's store, as an upload leaves it."""
    with office.here.blobs.stage() as staged:
        staged.write(content)
        stored = staged.commit_durable()
    return SealedFile("answer.pdf", len(content), "0" * 64, stored)
