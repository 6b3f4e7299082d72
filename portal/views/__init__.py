"""The portal's pages, one module for each journey."""

from flask import Flask

from portal.views import certificate, intake, mailbox, message, pages, receipt


def register(app: Flask) -> None:
    """Add the pages to the app."""
    for module in (pages, intake, receipt, mailbox, message, certificate):
        app.register_blueprint(module.bp)
