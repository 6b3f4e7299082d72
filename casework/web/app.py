"""The office: the staff's side, where reports are opened."""

from pathlib import Path

from flask import Flask
from werkzeug.routing import BaseConverter

from casework.clocks.profile import load_timekeeping
from casework.post.service import Post
from casework.records import ID_LENGTH
from casework.staff.models import StaffSession
from casework.staff.states import PERMITTED, Action
from casework.web import views
from casework.web.access import optional_actor
from casework.web.services import OfficeServices
from casework.web.words import role_words
from portal.blobs import DirectoryBlobs
from portal.clock import Clock, now
from portal.database import Database
from portal.hardening import create_base
from portal.organisation import load_organisation
from portal.settings import OfficeSettings

STATIC = Path(__file__).parent / "static"
MIGRATIONS = Path(__file__).parent.parent / "migrations"


class IdConverter(BaseConverter):
    """An id of ours in an address. Anything else is no address at all: it never reaches a database or a path (A11, C11)."""

    regex = f"[0-9a-f]{{{ID_LENGTH}}}"


def create_app(settings: OfficeSettings, *, clock: Clock = now) -> Flask:
    """Make the office. It holds no key: a member's is open only in that member's own session."""
    casework, mailbox = Database(settings.casework_url), Database(settings.mailbox_url)
    blobs = DirectoryBlobs(settings.office_blobs)
    here = OfficeServices(
        side="office",
        settings=settings,
        database=casework,
        mailbox=mailbox,
        organisation=load_organisation(settings.profile),
        clock=clock,
        blobs=blobs,
        session_model=StaffSession,
        post=Post(
            casework=casework,
            mailbox=mailbox,
            office_blobs=blobs,
            mailbox_blobs=DirectoryBlobs(settings.blobs),
            timekeeping=load_timekeeping(settings.profile),
        ),
    )
    app = create_base(__name__, here, static=STATIC, stylesheet="office.css")
    app.url_map.converters["id"] = IdConverter
    app.context_processor(lambda: {"member": _member()})
    views.register(app)
    return app


def _member() -> dict[str, object] | None:
    """Say, for the head of a page, who is at work."""
    actor = optional_actor()
    if actor is None:
        return None
    return {
        "name": actor.name,
        "role": role_words(actor.role),
        "reads": actor.role in PERMITTED[Action.READ_REPORTS],
        "declares": actor.role in PERMITTED[Action.DECLARE_INTEREST],
        "administrator": actor.role in PERMITTED[Action.MANAGE_STAFF],
        "auditor": actor.role in PERMITTED[Action.READ_LEDGER],
    }
