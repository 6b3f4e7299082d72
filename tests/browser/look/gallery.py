"""A throw-away app that shows every template with sample contents, and a camera for it.

`python -m tests.browser.look.gallery DIRECTORY [PAGE …]` writes one PNG per page, language, width
and colour scheme. JavaScript is off and the app's real content security policy is on.
"""

import gettext
import io
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, abort, g, render_template, url_for
from flask.wrappers import Response
from jinja2 import StrictUndefined
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.look import informant, office, samples

ROOT = Path(__file__).parents[3]
LANGUAGES = {"uz": "Oʻzbekcha", "uz-Cyrl": "Ўзбекча", "ru": "Русский", "en": "English"}
WIDTHS = (320, 768, 1280)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
ENDPOINTS = {
    "portal": {
        "pages.home": "/", "pages.help": "/help", "pages.rights": "/rights",
        "intake.report": "/report", "receipt.show": "/receipt", "receipt.confirm": "/receipt",
        "mailbox.enter": "/return", "mailbox.show": "/mailbox", "mailbox.post": "/mailbox/messages",
        "mailbox.download": "/mailbox/files/<blob_id>", "mailbox.burn": "/mailbox/burning",
        "mailbox.delete": "/mailbox/letters/<letter_id>/deletion",
        "mailbox.sign_out": "/mailbox/sign-out",
    },
    "office": {
        "login.password": "/login", "login.code": "/login/code", "login.sign_out": "/sign-out",
        "enrolment.start": "/enrolment", "inbox.show": "/", "inbox.collect": "/collection",
        "inbox.report": "/reports/<report_id>", "inbox.reply": "/reports/<report_id>/replies",
        "inbox.approve": "/reports/<report_id>/replies/<reply_id>/approval",
        "inbox.download": "/reports/<report_id>/files/<blob_id>",
        "staff.list": "/staff", "staff.add": "/staff", "staff.sign_roster": "/roster/signature",
        "staff.disable": "/staff/<staff_id>/disabling",
    },
}  # fmt: skip
FOLDERS = {"portal": ("portal", "portal/static"), "office": ("casework", "casework/web/static")}
PAGES = {"portal": informant.PAGES, "office": office.PAGES}
COMMON = {"portal": informant.COMMON, "office": office.COMMON}


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the project's own translations, English when a language has none yet."""
    folder = ROOT / "portal/translations" / language.replace("-", "_") / "LC_MESSAGES"
    if not (folder / "messages.po").exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with (folder / "messages.po").open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def create_gallery(side: str) -> Flask:
    """Return an app with the templates of one side and nothing behind its links."""
    app = Flask("gallery", root_path=str(ROOT), template_folder=str(ROOT / "templates"),
                static_folder=str(ROOT / FOLDERS[side][1]))  # fmt: skip
    app.jinja_env.undefined = StrictUndefined
    _speak(app)
    _route(app, side)

    @app.context_processor
    def common() -> dict[str, Any]:
        values = {
            "organisation": samples.organisation(),
            "language": g.language,
            "languages": _choices(),
        }
        return {**values, **COMMON[side]}

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return app


def _speak(app: Flask) -> None:
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True
    )
    app.jinja_env.globals.update(
        csrf_token=lambda: "IjNhZjE5Y2U3Ig.sample.token",
        format_date=lambda moment: moment.strftime("%d.%m.%Y"),
    )


def _gettext(text: str) -> str:
    return catalogue(g.language).gettext(text)


def _ngettext(one: str, many: str, number: int) -> str:
    return catalogue(g.language).ngettext(one, many, number)


def _route(app: Flask, side: str) -> None:
    folder = FOLDERS[side][0]

    def show(page: str) -> str:
        if page not in PAGES[side]:
            abort(404)
        template, context = PAGES[side][page]
        return render_template(f"{folder}/{template}.html", **context(g.language, _gettext))

    @app.url_value_preprocessor
    def read_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.language = (values or {}).pop("language", "en")

    @app.url_defaults
    def fill_language(endpoint: str, values: dict[str, Any]) -> None:
        if app.url_map.is_endpoint_expecting(endpoint, "language"):
            values.setdefault("language", g.language)

    app.add_url_rule("/<language>/gallery/<page>", "gallery", show)
    app.add_url_rule("/leave", "pages.leave", lambda: "")
    app.add_url_rule("/favicon.ico", "favicon", lambda: app.send_static_file("favicon.ico"))
    for endpoint, path in ENDPOINTS[side].items():
        app.add_url_rule(f"/<language>{path}", endpoint, lambda **_: "", methods=["GET", "POST"])


def _choices() -> list[Mapping[str, Any]]:
    return [
        {"code": code, "label": label, "current": code == g.language,
         "url": url_for("gallery", language=code, page="home")}
        for code, label in LANGUAGES.items()
    ]  # fmt: skip


@dataclass(frozen=True)
class Gallery:
    """A running gallery of one side."""

    side: str
    app: Flask
    origin: str

    def address(self, page: str, language: str) -> str:
        """Say where a page stands."""
        return f"{self.origin}/{language}/gallery/{page}"

    def html(self, page: str, language: str) -> bytes:
        """Fetch a page without a browser."""
        return self.app.test_client().get(f"/{language}/gallery/{page}").get_data()


class _Silent(WSGIRequestHandler):
    def log_request(self, *_arguments: object) -> None:
        """Say nothing: a gallery has no news."""


@contextmanager
def running(side: str) -> Iterator[Gallery]:
    """Serve one side's gallery on a free loopback port."""
    app = create_gallery(side)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Gallery(side, app, f"http://127.0.0.1:{server.port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's browser, without anything that would phone home."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking",
                  "--disable-component-update", "--no-first-run"],
        )  # fmt: skip
        try:
            yield browser
        finally:
            browser.close()


def photograph(gallery: Gallery, browser: Browser, folder: Path, wanted: set[str]) -> None:
    """Write a PNG of each page in each language, width and colour scheme."""
    for width in WIDTHS:
        for scheme in ("light", "dark"):
            context = browser.new_context(
                java_script_enabled=False,
                color_scheme="dark" if scheme == "dark" else "light",
                viewport={"width": width, "height": 720},
            )
            page = context.new_page()
            for name in PAGES[gallery.side]:
                for language in LANGUAGES:
                    shot = f"{gallery.side}-{name}-{language}-{width}-{scheme}"
                    if wanted and not any(part in shot for part in wanted):
                        continue
                    page.goto(gallery.address(name, language))
                    page.screenshot(path=folder / f"{shot}.png", full_page=True)
            context.close()


def main() -> None:
    """Photograph everything, or only the shots whose name contains one of the further arguments."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with chromium() as browser:
        for side in PAGES:
            with running(side) as gallery:
                photograph(gallery, browser, folder, set(sys.argv[2:]))


if __name__ == "__main__":
    main()
