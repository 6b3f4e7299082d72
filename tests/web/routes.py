"""Every route of both sides with its declared access, under version control: `python -m tests.web.routes` writes it anew.

Read the difference before committing it: a line that says `public` is open to the whole internet.
"""

import importlib
import importlib.util
import tempfile
from dataclasses import fields
from pathlib import Path

from flask import Flask

from portal.access import route_list
from portal.app import create_app
from portal.settings import OfficeSettings, PortalSettings
from tests.web.sample import make_settings

LIST = Path(__file__).with_name("routes.txt")
OFFICE = "casework.web.app"


def listed() -> str:
    """Give the list as it is now."""
    with tempfile.TemporaryDirectory() as folder:
        settings = make_settings(Path(folder), f"sqlite:///{folder}/mailbox.db")
        sides = {"portal": create_app(settings)}
        if importlib.util.find_spec(OFFICE):
            sides["office"] = importlib.import_module(OFFICE).create_app(_office(settings))
        return "\n".join(_section(side, app) for side, app in sides.items())


def _section(side: str, app: Flask) -> str:
    return "\n".join((f"# {side}", *route_list(app), ""))


def _office(settings: PortalSettings) -> OfficeSettings:
    """Give settings of an office beside this portal."""
    shared = {field.name for field in fields(PortalSettings)} & {
        field.name for field in fields(OfficeSettings)
    }
    values = {name: getattr(settings, name) for name in shared if not name.startswith("session_")}
    folder = settings.instance / "office-blobs"
    folder.mkdir()
    url = f"sqlite:///{settings.instance}/casework.db"
    return OfficeSettings(**values, casework_url=url, office_blobs=folder)


if __name__ == "__main__":
    LIST.write_text(listed())
