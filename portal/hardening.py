"""The hardened Flask base both sides stand on: headers, CSRF, access, hosts, sessions, languages, errors.

Everything is set in the app, where tests see it, and nothing is left to a web server in front.
"""

import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response as BaseResponse

from crypto.boxes import subkey
from portal import access, errors, multipart, uploads
from portal.access import View, public
from portal.errors import Forbidden, NotFound
from portal.headers import CSP, HEADERS, HSTS
from portal.i18n import Languages
from portal.services import Services, services
from portal.sessions import Sessions, has_session

TEMPLATES = Path(__file__).parent.parent / "templates"
CSRF_SECONDS = 12 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD"})
# All that the application gets to know of a request. An address, a browser's name, the languages its owner reads, a proxy's
# notes: nobody can log or store by mistake what never comes in (E1, E13, B11).
_COMES_IN = frozenset(
    {
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "PATH_INFO",
        "QUERY_STRING",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
        "CONTENT_TYPE",
        "CONTENT_LENGTH",
        "HTTP_TRANSFER_ENCODING",
        "HTTP_ACCEPT_ENCODING",
        "HTTP_COOKIE",
        "HTTP_HOST",
        "HTTP_ORIGIN",
        "HTTP_REFERER",
        "HTTP_SEC_FETCH_SITE",
    }
)
_COMES_IN_PREFIXES = ("wsgi.", "werkzeug.", "flask.")
_KINDS = {".css": "text/css", ".ico": "image/x-icon", ".png": "image/png"}
_LEAST_COMPRESSED = 500


def create_base(import_name: str, here: Services, *, static: Path, stylesheet: str) -> Flask:
    """Make an app with every guard on and no pages yet.

    `static` is the folder of the side's style sheet, icon and pictures; they are read once.
    """
    app = Flask(import_name, static_folder=None, template_folder=str(TEMPLATES))
    settings = here.settings
    app.config.update(
        SECRET_KEY=subkey(settings.secret, "csrf signatures"),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        PROVIDE_AUTOMATIC_OPTIONS=False,
        MAX_FORM_PARTS=multipart.MAX_PARTS,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=CSRF_SECONDS,
        WTF_CSRF_SSL_STRICT=False,  # _refuse_foreign_requests, which bears with a missing referrer
        # Our forms have words of their own; WTForms' would be read from the disk again for every request.
        WTF_I18N_ENABLED=False,
        PROPAGATE_EXCEPTIONS=False,
        TEMPLATES_AUTO_RELOAD=False,
    )
    app.debug = False
    app.url_map.merge_slashes = False
    app.extensions["ishonch"] = here
    app.session_interface = Sessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["stylesheet"] = stylesheet
    uploads.init_app(
        app,
        here.blobs,
        uploads.UploadLimits(
            settings.report_limit,
            settings.report_files,
            settings.text_limit,
            settings.free_space_floor,
        ),
    )
    for database in {here.database, here.mailbox}:
        database.init_app(app)
    languages = Languages(here.organisation)
    languages.init_app(app)
    errors.init_app(app, languages.current)
    app.context_processor(lambda: {"organisation": here.organisation})
    _guard(app)
    _serve_static(app, static)
    app.add_url_rule("/healthz", "health", public(_health))
    app.after_request(_finish)
    app.wsgi_app = _door(app.wsgi_app, "https" if settings.https else "http")  # type: ignore[assignment,method-assign]
    return app


def recovers_csrf(view: View) -> View:
    """Let a view answer a wrong or expired CSRF token itself, so that what was typed is not lost.

    The view finds `g.csrf_problem` true; it must change nothing then, and show its form again with status 400.
    """
    cast("Any", view).recovers_csrf = True
    return view


def clear_site_data(response: BaseResponse) -> None:
    """Ask the browser to forget this site: cookies, cache, storage.

    Only for a request of our own page or of the person: an image on a foreign page must not log anybody out.
    """
    if request.headers.get("Sec-Fetch-Site", "none") in {"same-origin", "none"}:
        response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'


def _guard(app: Flask) -> None:
    """Run the checks before every view, in this order: where from, who, and with which token."""
    csrf = CSRFProtect(app)

    def check_csrf() -> None:
        if request.method in SAFE_METHODS or request.endpoint is None:
            return
        try:
            csrf.protect()
        except CSRFError:
            if not getattr(app.view_functions[request.endpoint], "recovers_csrf", False):
                raise
            g.csrf_problem = True

    for check in (_refuse_unspeakable_paths, _refuse_foreign_requests, access.enforce, check_csrf):
        app.before_request(check)


def _refuse_unspeakable_paths() -> None:
    """Refuse a path with a NUL: no id of ours has one, and PostgreSQL takes no such text (A11)."""
    if "\0" in request.path:
        raise NotFound


def _refuse_foreign_requests() -> None:
    """Refuse to change anything for another site's page, where the browser says that it comes from one.

    Where it says nothing, because its owner took referrers out, the token decides alone: it is bound to a `__Host-`
    cookie that no other site can set or send. Whoever hides best must not be kept from reporting (B7).
    """
    if request.method in SAFE_METHODS:
        return
    ours = f"{request.scheme}://{request.host}"
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin", ours)
    referrer = request.headers.get("Referer") or ours
    if (
        site not in {"same-origin", "none"}
        or origin != ours
        or not (referrer + "/").startswith(ours + "/")
    ):
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


def _health() -> Response:
    """Say whether this side can do its work: its database answers, its blob store is there. Fails as every page does."""
    here = services()
    with here.database.reading() as db:
        db.execute(sa.select(here.session_model.id_hash).limit(1))
    here.blobs.free_bytes()
    return Response("ok\n", mimetype="text/plain")


def _finish(response: Response) -> Response:
    """Put the headers on every answer, errors included; a download keeps its own, stricter content policy."""
    for name, value in HEADERS.items():
        response.headers[name] = value
    response.headers.setdefault("Content-Security-Policy", CSP)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = HSTS
    if _may_compress(response):
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_compress(response: Response) -> bool:
    """Compress style sheets and pages of visitors without a session, never one that holds a token or a letter (BREACH)."""
    return (
        response.mimetype in {"text/html", "text/css"}
        and response.status_code == 200  # noqa: PLR2004
        and "gzip" in request.headers.get("Accept-Encoding", "")
        and not has_session()
        and len(response.get_data()) >= _LEAST_COMPRESSED
    )


Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def _door(app: Wsgi, scheme: str) -> Wsgi:
    """Let in only what the application needs to know; take the scheme from the settings, whatever a header says."""

    def behind_the_door(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        needed = {
            name: value
            for name, value in environ.items()
            if name in _COMES_IN or name.startswith(_COMES_IN_PREFIXES)
        }
        needed["wsgi.url_scheme"] = scheme
        return app(needed, start_response)

    return behind_the_door
