"""The mailbox as its informant sees it: everything here goes through the session that opened it (F1)."""

from flask import render_template, session
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from crypto.recipients import Identity
from portal.drafts import Draft
from portal.errors import NotFound
from portal.filing import new_submission
from portal.forms.mailbox import MessageForm
from portal.mailbox import service as mailboxes
from portal.mailbox.models import Direction, Envelope, Mailbox
from portal.services import services
from portal.views.kept import write_draft
from portal.views.thread import ShownLetter, try_open
from portal.views.words import answer_list, next_step, state_words


def open_mailbox(db: Session) -> Mailbox:
    """Load this session's mailbox; a burned one is gone."""
    mailbox = mailboxes.get_mailbox(db, session["mailbox"])
    if mailbox is None:
        raise NotFound
    return mailbox


def own_identity() -> Identity:
    """Give the key of this session's mailbox."""
    return Identity.parse(session["identity"])


def thread_page(form: MessageForm, problem: str = "", draft: Draft | None = None) -> str:
    """Show the thread, where it stands, what happens next, and the form for a further message."""
    here = services()
    # Not the session of the request: after a refused message that one would wait for the right to write.
    with here.database.reading() as db:
        mailbox = open_mailbox(db)
        letters = mailboxes.thread(db, mailbox.id)
    words, due = _empty(), None
    if letters:
        arrived = letters[0].collected
        words, due = next_step(mailbox, here.organisation, arrived=arrived)
    form.submission.data = form.submission.data or new_submission()
    form.draft.data = write_draft(draft)
    items = [_shown(mailbox, envelope) for envelope in letters]
    return render_template(
        "portal/mailbox.html",
        form=form,
        problem=problem or None,
        state=state_words(mailbox.public_state),
        next_step=words,
        due=due,
        items=items,
        has_certificate=any(item.letter and item.letter.salt for item in items),
        kept_files=draft.files if draft else (),
        limits={"bytes": here.settings.report_limit, "files": here.settings.report_files},
    )


def _empty() -> str:
    return str(_("You deleted everything that was here. You can still write to us."))


def _shown(mailbox: Mailbox, envelope: Envelope) -> ShownLetter:
    letter = try_open(
        envelope.sealed, own_identity(), envelope=envelope.id, dossier=mailbox.dossier_id
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
