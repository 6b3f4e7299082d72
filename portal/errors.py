"""What can be refused in a request, and the one table that says with which status and in which words.

Error pages stand alone: no layout, no link builder, no session. They must not fail where everything else did.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from crypto.errors import OpenError
from portal.logs import log_event


class IshonchError(Exception):
    """The family of refusals a view may raise instead of answering."""


class NotFound(IshonchError):
    """There is no such thing for this actor: another's looks the same (F1, E25)."""


class Forbidden(IshonchError):
    """Nobody may come here this way."""


class Busy(IshonchError):
    """More slow work is asked for than this machine should do at once (A9)."""

    retry_after = 10


class TooMany(IshonchError):
    """Too many failed tries; there is a wait, never a lock (A7)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is answered: status, title and words."""

    status: int
    title: object
    words: object


_BAD = Answer(
    400,
    _l("This request could not be read"),
    _l("Go back, open the page again and repeat what you did."),
)
_UNKNOWN = Answer(
    404, _l("There is no such page"), _l("Check the address, or start again from the first page.")
)
_LATER = _l("Nothing was received. Please try again in a minute, or call us.")

ANSWERS: Mapping[type[IshonchError], Answer] = {
    IshonchError: Answer(500, _l("Something went wrong"), _LATER),
    NotFound: _UNKNOWN,
    Forbidden: Answer(403, _l("This is not open to you"), _l("Start again from the first page.")),
    Busy: Answer(503, _l("Too much is happening at this moment"), _LATER),
    TooMany: Answer(
        429, _l("Too many tries"), _l("Wait a little and try again. Nothing is locked.")
    ),
}
STATUSES: Mapping[int, Answer] = {
    400: _BAD,
    403: ANSWERS[Forbidden],
    404: _UNKNOWN,
    405: Answer(405, _l("This cannot be done here"), _l("Start again from the first page.")),
    413: Answer(
        413, _l("This is too large"), _l("It was NOT received. Send less text or smaller files.")
    ),
    429: ANSWERS[TooMany],
    500: ANSWERS[IshonchError],
    503: ANSWERS[Busy],
}
_EXPIRED = Answer(
    400,
    _l("This page was open for too long"),
    _l("Nothing was changed. Open the page again and repeat."),
)
_DAMAGED = Answer(
    500,
    _l("This is damaged and cannot be opened"),
    _l("Please tell us so. Nothing else is affected."),
)


def init_app(app: Flask) -> None:
    """Answer every error with a page of its own."""
    app.register_error_handler(IshonchError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, lambda _error: _page(_EXPIRED))
    app.register_error_handler(OpenError, lambda _error: _page(_DAMAGED))
    app.register_error_handler(Exception, _unexpected)


def _refused(error: IshonchError) -> Response:
    kind = next(kind for kind in type(error).__mro__ if kind in ANSWERS)
    return _page(ANSWERS[kind], getattr(error, "retry_after", None))


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:  # noqa: PLR2004 - a redirect is no error
        response = error.get_response()
        return current_app.make_response(response)
    return _page(STATUSES.get(error.code or 500, _BAD))


def _unexpected(error: Exception) -> Response:
    """A fault of ours: it is logged by kind and place, and never with what the request said (E1, A28)."""
    log_event("unexpected", error=error)
    return _page(STATUSES[500])


def _page(answer: Answer, retry_after: int | None = None) -> Response:
    language = g.get("language") or "en"
    template = current_app.jinja_env.get_template("errors/page.html")
    text = template.render(
        title=str(answer.title),
        words=str(answer.words),
        language=language,
        home=f"/{language}/",
        back=str(_l("To the first page")),
    )
    response = current_app.response_class(text, status=answer.status, mimetype="text/html")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if answer.status == 413:  # noqa: PLR2004 - what is left of the body is not read
        response.headers["Connection"] = "close"
    if request.method == "HEAD":
        response.set_data(b"")
    return response
