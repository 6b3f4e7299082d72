"""The informants' side."""

from pathlib import Path

from flask import Flask

from portal import views
from portal.blobs import DirectoryBlobs
from portal.clock import Clock, now
from portal.database import Database
from portal.hardening import create_base
from portal.mailbox.models import InformantSession
from portal.organisation import load_organisation
from portal.services import Services
from portal.settings import PortalSettings

STATIC = Path(__file__).parent / "static"
MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: PortalSettings, *, clock: Clock = now) -> Flask:
    """Make the portal. It holds public keys only."""
    mailbox = Database(settings.mailbox_url)
    here = Services(
        side="portal",
        settings=settings,
        database=mailbox,
        mailbox=mailbox,
        organisation=load_organisation(settings.profile),
        clock=clock,
        blobs=DirectoryBlobs(settings.blobs),
        session_model=InformantSession,
    )
    app = create_base(__name__, here, static=STATIC, stylesheet="portal.css")
    views.register(app)
    return app
