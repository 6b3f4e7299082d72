"""The hardened Flask base both sides stand on: headers, CSRF, access, hosts, sessions, languages, errors.

Everything is set in the app, where tests see it, and nothing is left to a web server in front.
"""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from flask import Flask, Response, g, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as BaseResponse

from crypto.boxes import subkey
from portal import access, errors, i18n, multipart, uploads
from portal.access import View, public
from portal.errors import Forbidden, NotFound
from portal.services import Services
from portal.sessions import Sessions

TEMPLATES = Path(__file__).parent.parent / "templates"
CSRF_SECONDS = 12 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD"})
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    # Nothing of any page stays in a shared computer's cache, the style sheet included: it would tell that somebody was
    # here (B12).
    "Cache-Control": "no-store",
    # Not no-referrer: the CSRF check over HTTPS reads the referrer of our own pages (B7).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "autoplay",
            "browsing-topics",
            "camera",
            "clipboard-read",
            "display-capture",
            "fullscreen",
            "geolocation",
            "gyroscope",
            "microphone",
            "midi",
            "payment",
            "usb",
        )
    ),
}
_HSTS = "max-age=63072000; includeSubDomains"
_KINDS = {".css": "text/css", ".ico": "image/x-icon", ".png": "image/png"}


def create_base(import_name: str, here: Services, *, static: Path, stylesheet: str) -> Flask:
    """Make an app with every guard on and no pages yet."""
    app = Flask(import_name, static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(
        SECRET_KEY=subkey(here.settings.secret, "csrf signatures"),
        TRUSTED_HOSTS=list(here.settings.trusted_hosts),
        PROVIDE_AUTOMATIC_OPTIONS=False,
        MAX_FORM_PARTS=multipart.MAX_PARTS,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=CSRF_SECONDS,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.debug = False
    app.extensions["ishonch"] = here
    app.session_interface = Sessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["stylesheet"] = stylesheet
    settings = here.settings
    limits = uploads.UploadLimits(
        settings.report_limit, settings.report_files, settings.text_limit, settings.free_space_floor
    )
    uploads.init_app(app, here.blobs, limits)
    here.database.init_app(app)
    here.mailbox.init_app(app)
    i18n.init_app(app, here.organisation)
    errors.init_app(app)
    app.context_processor(lambda: {"organisation": here.organisation})
    _guard(app)
    _serve_static(app, static)
    app.add_url_rule("/healthz", "health", public(lambda: Response("ok\n", mimetype="text/plain")))
    app.after_request(_finish)
    app.wsgi_app = _scheme(app.wsgi_app, "https" if settings.https else "http")  # type: ignore[assignment,method-assign]
    return app


def recovers_csrf(view: View) -> View:
    """Let a view answer a wrong or expired CSRF token itself, so that what was typed is not lost; it must change nothing."""
    cast("Any", view).recovers_csrf = True
    return view


def clear_site_data(response: BaseResponse) -> None:
    """Ask the browser to forget this site: cookies, cache, storage."""
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


def _guard(app: Flask) -> None:
    """Run the checks before every view, in this order: where from, who, and with which token."""
    csrf = CSRFProtect(app)
    app.before_request(_refuse_foreign_requests)
    app.before_request(access.enforce)

    def check_csrf() -> None:
        if request.method in SAFE_METHODS or request.endpoint is None:
            return
        try:
            csrf.protect()
        except CSRFError:
            if not getattr(app.view_functions[request.endpoint], "recovers_csrf", False):
                raise
            g.csrf_problem = True

    app.before_request(check_csrf)


def _refuse_foreign_requests() -> None:
    """Refuse what another site's page sends, where the browser says so; the CSRF token holds where it does not."""
    if request.method not in SAFE_METHODS and request.headers.get("Sec-Fetch-Site") in {
        "cross-site",
        "same-site",
    }:
        raise Forbidden


def _serve_static(app: Flask, folder: Path) -> None:
    """Serve the side's few files from memory: no validators that could tell one visitor from another (B16)."""
    files = {
        path.name: (path.read_bytes(), _KINDS[path.suffix])
        for path in folder.iterdir()
        if path.suffix in _KINDS
    }

    def static(filename: str) -> Response:
        if filename not in files:
            raise NotFound
        content, kind = files[filename]
        return Response(content, mimetype=kind)

    app.add_url_rule("/static/<filename>", "static", public(static))
    app.add_url_rule("/favicon.ico", "favicon", public(lambda: static("favicon.ico")))


def _finish(response: Response) -> Response:
    """Put the headers on every answer, errors included; a download keeps its own, stricter content policy."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", CSP)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _HSTS
    if _may_compress(response):
        response.set_data(gzip.compress(response.get_data(), 9, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_compress(response: Response) -> bool:
    """Compress style sheets and public pages only: a page that holds a token or a letter is never compressed (BREACH)."""
    return (
        response.mimetype in {"text/html", "text/css"}
        and response.status_code == 200  # noqa: PLR2004
        and request.method in SAFE_METHODS
        and not session.get("mailbox")
        and "member" not in g
        and "gzip" in request.headers.get("Accept-Encoding", "")
    )


Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def _scheme(app: Wsgi, scheme: str) -> Wsgi:
    """Take the scheme from the settings, whatever a forwarding header says (B11)."""

    def with_scheme(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = scheme
        return app(environ, start_response)

    return with_scheme
