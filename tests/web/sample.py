"""A small app on the hardened base: one view for each guard, so that guards are tried apart from the real pages."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, render_template_string, request, session
from flask.typing import ResponseReturnValue

from crypto.checkpoints import cosigner_text
from crypto.errors import OpenError
from crypto.passwords import CHEAP
from portal.access import informant, public, receipt_holder
from portal.app import STATIC
from portal.blobs import DirectoryBlobs
from portal.database import Database
from portal.errors import Busy, NotFound, TooMany
from portal.hardening import clear_site_data, create_base, recovers_csrf
from portal.log_keys import WITNESS_KEY, KeyFiles, filing_key
from portal.mailbox.models import InformantSession, MailboxModel
from portal.organisation import load_organisation
from portal.services import Services, services
from portal.sessions import end_session, establish
from portal.settings import PortalSettings
from portal.uploads import accepts_text

HOST = "portal.example"
FILING_LOG, WITNESS = f"{HOST}/filing", "office.example/witness"
PROFILE = Path(__file__).parents[2] / "deploy" / "organisations" / "agmk.toml"
PAGE = """<!doctype html>
<html lang="{{ language }}" dir="ltr"><head><meta charset="utf-8"><title>{{ title }} page</title></head>
<body><nav>{% for choice in languages %}<a href="{{ choice.url }}">{{ choice.label }}</a>{% endfor %}</nav>
<h1>{{ title }}</h1>
{% trans %}
  Open letters
  box
{% endtrans %}
<form method="post"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<label for="text">Text</label><textarea name="text" id="text">{{ text }}</textarea><button>Send</button></form>
</body></html>"""


class MovableClock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **time: float) -> None:
        self.moment += timedelta(**time)


def make_settings(folder: Path, url: str, **changes: Any) -> PortalSettings:
    """Give settings of a portal in an empty folder."""
    (folder / "blobs").mkdir(exist_ok=True)
    values: dict[str, Any] = {
        "instance": folder,
        "mailbox_url": url,
        "blobs": folder / "blobs",
        "profile": PROFILE,
        "roster": folder / "roster",
        "roster_verifier": "sample+00000000+AAAA",
        "secret": b"s" * 32,
        "kdf_salt": b"k" * 16,
        "trusted_hosts": (HOST, "127.0.0.1", "localhost"),
        "origin": f"https://{HOST}",
        "token_profile": CHEAP,
        "free_space_floor": 1,
        "filing_key": folder / "filing-key",
        "filing_verifier": folder / "filing.verifier",
        "witness_verifier": folder / "witness.verifier",
        "testing": True,
    }
    settings = PortalSettings(**(values | changes))
    make_log_keys(settings)
    return settings


def make_log_keys(settings: PortalSettings) -> None:
    """Make the keys of a portal's filing log and of its witness, as `ishonch init` does."""
    key = settings.instance / WITNESS_KEY
    key.parent.mkdir(exist_ok=True)
    filing_key(settings).make(FILING_LOG)
    KeyFiles("", key, settings.witness_verifier, cosigner_text).make(WITNESS)


def make_sample(settings: PortalSettings, clock: Callable[[], datetime]) -> Flask:
    """Make the sample app, its tables included."""
    mailbox = Database(settings.mailbox_url)
    MailboxModel.metadata.create_all(mailbox.engine)
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
    for blueprint in _blueprints():
        app.register_blueprint(blueprint)
    return app


def page(title: str, text: str = "") -> str:
    return render_template_string(PAGE, title=title, text=text)


def _blueprints() -> tuple[Blueprint, ...]:
    sample = Blueprint("sample", __name__, url_prefix="/<language:language>")
    mailbox = Blueprint("mailbox", __name__, url_prefix="/<language:language>")
    receipt = Blueprint("receipt", __name__, url_prefix="/<language:language>")
    for blueprint, rule, view, methods in (
        (sample, "/", public(_home), ["GET"]),
        (sample, "/plain", public(_plain), ["GET"]),
        (sample, "/undeclared", _undeclared, ["GET", "POST"]),
        (sample, "/change", public(_change), ["POST"]),
        (sample, "/form", public(recovers_csrf(accepts_text(1000)(_form))), ["GET", "POST"]),
        (sample, "/login", public(_login), ["POST"]),
        (sample, "/seen", public(_seen), ["GET"]),
        (sample, "/raise/<kind>", public(_raise), ["GET", "POST"]),
        (sample, "/leave", public(_leave), ["GET"]),
        (mailbox, "/return", public(_enter), ["GET"]),
        (mailbox, "/mailbox", informant(_show), ["GET"]),
        (mailbox, "/sign-out", informant(_sign_out), ["POST"]),
        (receipt, "/receipt", receipt_holder(_receipt), ["GET"]),
    ):
        name = "show" if view is _receipt else view.__name__.strip("_")
        blueprint.add_url_rule(rule, name, view, methods=methods)
    return sample, mailbox, receipt


def _home() -> ResponseReturnValue:
    return page("Home")


def _plain() -> ResponseReturnValue:
    return render_template_string(
        "<!doctype html><html lang=en dir=ltr><title>Plain</title><h1>Plain</h1></html>"
    )


def _undeclared() -> ResponseReturnValue:
    return page("Undeclared")


def _change() -> ResponseReturnValue:
    services().settings.instance.joinpath("changed").write_text(request.method)
    return redirect("/en/", code=303)


def _form() -> ResponseReturnValue:
    if request.method == "GET":
        return page("Form")
    if g.get("csrf_problem"):
        return page("Form", request.form["text"]), 400
    return _change()


def _login() -> ResponseReturnValue:
    db = services().database.session_of_request()
    if request.form.get("again"):
        page("Before")  # a form drawn for the old session, and thrown away
    establish(db, {name: request.form[name] for name in request.form if name != "csrf_token"})
    db.commit()
    if request.form.get(
        "again"
    ):  # as after a wrong token: a new session, and the form in the same answer
        return page("Again"), 422
    return redirect("/en/mailbox", code=303)


def _seen() -> ResponseReturnValue:
    names = (*request.headers.keys(), *request.environ)
    return Response(
        "\n".join((*names, request.url, str(request.remote_addr))), mimetype="text/plain"
    )


def _raise(kind: str) -> ResponseReturnValue:
    errors: dict[str, Exception] = {
        "notfound": NotFound(),
        "busy": Busy(),
        "toomany": TooMany(7),
        "damaged": OpenError(),
        "bug": ZeroDivisionError("canary-in-a-message"),
        "disk": OSError(28, "canary-no-space"),
    }
    raise errors[kind]


def _leave() -> ResponseReturnValue:
    response = redirect("https://weather.example/", code=303)
    clear_site_data(response)
    return response


def _enter() -> ResponseReturnValue:
    return page("Return")


def _show() -> ResponseReturnValue:
    return page("Mailbox", session["mailbox"])


def _sign_out() -> ResponseReturnValue:
    db = services().database.session_of_request()
    end_session(db)
    db.commit()
    response = redirect("/en/", code=303)
    clear_site_data(response)
    return response


def _receipt() -> ResponseReturnValue:
    return page("Receipt")
