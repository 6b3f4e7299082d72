"""The pages that are the same for everybody: the start, help, rights, leaving, and the security contact."""

from datetime import timedelta

from flask import Blueprint, Response, g, redirect, render_template
from flask.typing import ResponseReturnValue

from portal.access import public
from portal.hardening import clear_site_data
from portal.richtext import staff_authored
from portal.services import services

bp = Blueprint("pages", __name__)


@bp.get("/<language:language>/")
@public
def home() -> ResponseReturnValue:
    """Show the two things one can do here: report, or come back."""
    return render_template("portal/home.html")


@bp.get("/<language:language>/help")
@public
def help() -> ResponseReturnValue:  # noqa: A001 - the page's name, and so its endpoint's
    """Say how to report safely."""
    return render_template("portal/help.html", content=_authored("help"))


@bp.get("/<language:language>/rights")
@public
def rights() -> ResponseReturnValue:
    """Say what protects an informant, and where that ends."""
    return render_template("portal/rights.html", content=_authored("rights"))


@bp.get("/leave")
@public
def leave() -> ResponseReturnValue:
    """Clear what this site left in the browser and go somewhere harmless.

    A link, not a form: `form-action 'self'` would stop the way out. Nothing changes on the server (B4): the session's
    row dies of age, and nobody has its cookie any more.
    """
    response = redirect(services().organisation.leave_url, code=303)
    clear_site_data(response)
    return response


@bp.get("/.well-known/security.txt")
@public
def security() -> ResponseReturnValue:
    """Say where to report a weakness of this site (RFC 9116)."""
    here = services()
    expires = here.today() + timedelta(days=180)
    lines = (
        f"Contact: {here.organisation.security_contact}",
        f"Expires: {expires.isoformat()}T23:59:59Z",
        f"Preferred-Languages: {', '.join(here.organisation.languages)}",
        f"Canonical: {here.settings.origin}/.well-known/security.txt",
    )
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def _authored(page: str) -> object:
    organisation = services().organisation
    words = organisation.pages.get(page)
    return staff_authored(organisation.text(words, g.language)) if words else None
