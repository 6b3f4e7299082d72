"""What can be refused in a request, and the one table that says with which status and in which words.

Error pages stand alone: no layout, no link builder, no session, no database. They must not fail where everything else
did: with a host that is not ours there is no link builder at all (B10), and a sentence whose translation cannot be read is said
in English.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import Flask, Response, current_app
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from jinja2 import Template
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from crypto.errors import OpenError
from portal.logs import log_event

FIRST_ERROR_STATUS = 400


class IshonchError(Exception):
    """The family of refusals a view may raise instead of answering."""

    retry_after: int | None = None


class NotFound(IshonchError):
    """There is no such thing for this actor: another's looks the same (F1, E25)."""


class Forbidden(IshonchError):
    """Nobody may come here this way."""


class Busy(IshonchError):
    """More slow work is asked for than this machine should do at once (A9)."""

    retry_after = 10


class Unavailable(IshonchError):
    """A database or the blob store cannot be reached."""

    retry_after = 60


class TooMany(IshonchError):
    """Too many failed tries; there is a wait, never a lock (A7)."""

    retry_after: int

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


def N_(text: str) -> str:  # noqa: N802 - the name by which catalogues know such strings
    """Mark a string for translation where it is written; it is translated where it is said."""
    return text


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is answered: status, title and words, both in English."""

    status: int
    title: str
    words: str


_BAD = Answer(
    400,
    N_("This request could not be read"),
    N_("Go back, open the page again and repeat what you did."),
)
_UNKNOWN = Answer(
    404, N_("There is no such page"), N_("Check the address, or start again from the first page.")
)
_LATER = N_("Nothing was received. Please try again in a minute, or call us.")
_UNREACHED = Answer(503, N_("Something we need cannot be reached"), _LATER)

ANSWERS: Mapping[type[Exception], Answer] = {
    IshonchError: Answer(500, N_("Something went wrong"), _LATER),
    NotFound: _UNKNOWN,
    Forbidden: Answer(403, N_("This is not open to you"), N_("Start again from the first page.")),
    Busy: Answer(503, N_("Too much is happening at this moment"), _LATER),
    Unavailable: _UNREACHED,
    TooMany: Answer(
        429, N_("Too many tries"), N_("Wait a little and try again. Nothing is locked.")
    ),
    CSRFError: Answer(
        400,
        N_("This page was open for too long"),
        N_("Nothing was changed. Open the page again and repeat."),
    ),
    # Gone, not a fault of the moment: trying again will not help (F10).
    OpenError: Answer(
        410,
        N_("This is damaged and cannot be opened"),
        N_("Please tell us so. Nothing else is affected."),
    ),
    # The disk is full or gone, the database locked or down.
    OSError: _UNREACHED,
    OperationalError: _UNREACHED,
    NoConnectionFree: _UNREACHED,
}
STATUSES: Mapping[int, Answer] = {
    400: _BAD,
    403: ANSWERS[Forbidden],
    404: _UNKNOWN,
    405: Answer(405, N_("This cannot be done here"), N_("Start again from the first page.")),
    413: Answer(
        413, N_("This is too large"), N_("It was NOT received. Send less text or smaller files.")
    ),
    429: ANSWERS[TooMany],
    500: ANSWERS[IshonchError],
    503: ANSWERS[Busy],
}
_BACK, _LEAVE = N_("To the first page"), N_("Leave quickly")


def init_app(app: Flask, language: Callable[[], str]) -> None:
    """Answer every error with a page of its own, in the language the path names."""
    # Read and compiled now: a full or broken disk must not take the page away later.
    app.extensions["ishonch.errors"] = (app.jinja_env.get_template("errors/page.html"), language)
    for kind in (IshonchError, CSRFError, OpenError):
        app.register_error_handler(kind, _refused)
    for kind in (OSError, OperationalError, NoConnectionFree):
        app.register_error_handler(kind, _unreached)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer_to(error: Exception) -> Answer:
    """Find how an error is answered: by its own entry, else by that of the nearest of its families."""
    return next((ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS), STATUSES[500])


def _refused(error: Exception) -> Response:
    response = _page(answer_to(error))
    if retry_after := getattr(error, "retry_after", None):
        response.headers["Retry-After"] = str(retry_after)
    return response


def _unreached(error: Exception) -> Response:
    log_event("storage", error=error)
    return _refused(Unavailable())


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if error.response is not None or code < FIRST_ERROR_STATUS:  # a redirect is no error
        return current_app.make_response(error.get_response())
    response = _page(STATUSES.get(code, _BAD))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _unexpected(error: Exception) -> Response:
    """Answer a fault of ours; it is logged by kind and place, never with what the request said (E1, A28)."""
    log_event("unexpected", error=error)
    return _page(STATUSES[500])


def _page(answer: Answer) -> Response:
    template: Template
    template, page_language = current_app.extensions["ishonch.errors"]
    language = page_language()
    here = current_app.extensions["ishonch"]
    organisation, for_informants = here.organisation, here.side == "portal"
    text = template.render(
        title=_say(answer.title),
        words=_say(answer.words),
        back=_say(_BACK),
        language=language,
        home=f"/{language}/",
        name=organisation.text(organisation.name, language),
        leave=_say(_LEAVE) if for_informants else "",
        phones=[p.number for p in organisation.phones if for_informants and answer.words == _LATER],
    )
    return current_app.response_class(text, status=answer.status, mimetype="text/html")


def _say(text: str) -> str:
    """Translate, or say it in English if the catalogue is gone or damaged."""
    try:
        return str(gettext(text))
    except (OSError, ValueError, LookupError, struct.error):
        return text
