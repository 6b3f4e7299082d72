"""The informants' side."""

from pathlib import Path

from flask import Flask

from portal import views
from portal.blobs import DirectoryBlobs
from portal.clock import Clock, now
from portal.database import Database
from portal.hardening import create_base
from portal.log_keys import filing_key, read_public
from portal.mailbox.models import InformantSession
from portal.organisation import load_organisation
from portal.services import PortalServices
from portal.settings import PortalSettings

STATIC = Path(__file__).parent / "static"
MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: PortalSettings, *, clock: Clock = now) -> Flask:
    """Make the portal. It holds public keys only, and the one that signs its filing log; raises SettingsError."""
    mailbox = Database(settings.mailbox_url)
    here = PortalServices(
        side="portal",
        settings=settings,
        database=mailbox,
        mailbox=mailbox,
        organisation=load_organisation(settings.profile),
        clock=clock,
        blobs=DirectoryBlobs(settings.blobs),
        session_model=InformantSession,
        filing_key=filing_key(settings).read(),
        witness=read_public(settings)[1],
    )
    app = create_base(__name__, here, static=STATIC, stylesheet="portal.css")
    views.register(app)
    return app
