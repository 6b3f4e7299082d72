"""Sessions of both sides. The cookie is 32 random bytes; the row is found by its hash and opens only with it.

A visitor who has not logged in has a cookie and no row: showing a page writes nothing (B4). The CSRF secret is made from the
cookie, so a token of one session is worth nothing in another (B6). Logging in makes a new cookie (A12); ending a
session deletes its row, and a deleted row never comes back: saving is an UPDATE, which then finds nothing (A13, A14).
Times live in the sealed box, where a stolen database does not show them; the row tells the day, for sweeping.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, Request, Response, g, session
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as DatabaseSession

from crypto.boxes import open_box, seal_box, subkey
from crypto.errors import OpenError
from portal.clock import local_date
from portal.logs import log_event
from portal.services import Services, services

COOKIE_BYTES = 32
TOUCH_AFTER = timedelta(minutes=1)
BOX_STEP = 1024
CSRF_FIELD = "csrf_token"
_CONTEXT = b"ishonch/v1 session"
_SESSIONLESS = ("/static/", "/favicon.ico", "/healthz")


class Visit(dict[str, Any], SessionMixin):
    """What Flask calls the session: the row's data, or nothing but the CSRF secret before a log-in.

    `fresh`: the browser does not have this cookie yet. `established`: there is a row. `ended`: it was just deleted.
    `unreachable`: there may be a row, but the database did not answer. What a view puts in lasts for its request only:
    `establish` and `add_to_session` are the ways to keep something.
    """

    def __init__(self, cookie: bytes, *, fresh: bool) -> None:
        super().__init__()
        self.cookie = cookie
        self.fresh = fresh
        self.established = False
        self.ended = False
        self.unreachable = False
        self.kept: dict[str, str] = {}
        self.begun: datetime | None = None


class Sessions(SessionInterface):
    """Opens a session from its cookie, and keeps it alive while it is used."""

    def open_session(self, app: Flask, request: Request) -> Visit:
        """Find the session of this request; any cookie that is not one of ours is a new visitor's."""
        here: Services = app.extensions["ishonch"]
        cookie = _decode(request.cookies.get(here.cookie_name, ""))
        visit = Visit(cookie or secrets.token_bytes(COOKIE_BYTES), fresh=cookie is None)
        if cookie is not None and not request.path.startswith(_SESSIONLESS):
            try:
                _load(here, visit)
            except SQLAlchemyError as error:
                # Pages that need no session still work, and the report form still keeps what was typed.
                log_event("storage", error=error)
                visit.unreachable = True
        visit[CSRF_FIELD] = _csrf_secret(here, visit.cookie)
        return visit

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie if the browser needs it: after a log-in, or with a form that has a CSRF token."""
        here: Services = app.extensions["ishonch"]
        visit: Visit = session  # type: ignore[assignment]
        if visit.ended:
            response.delete_cookie(here.cookie_name, secure=True, httponly=True, samesite="Strict")
        elif visit.fresh and (visit.established or CSRF_FIELD in g):
            # No Domain, no Expires: it stays with this host and dies with the browser (A16).
            response.set_cookie(
                here.cookie_name,
                _encode(visit.cookie),
                secure=True,
                httponly=True,
                samesite="Strict",
                path="/",
            )


def establish(db: DatabaseSession, data: Mapping[str, str], **columns: object) -> None:
    """Begin a session with a new cookie; the row of the old one goes in the same transaction, which the caller commits.

    `columns` are further columns of the side's own session table, such as whose it is.
    """
    here, visit = services(), _current()
    _delete(here, db, visit)
    now = here.clock()
    visit.clear()
    visit.cookie = secrets.token_bytes(COOKIE_BYTES)
    visit.fresh, visit.established, visit.ended = True, True, False
    visit.update(data)
    visit.kept, visit.begun = dict(data), now
    box = _seal(visit.cookie, data, begun=now, seen=now)
    visit[CSRF_FIELD] = _csrf_secret(here, visit.cookie)
    g.pop(CSRF_FIELD, None)  # what Flask-WTF remembers for this request belongs to the old cookie
    day = local_date(now, here.organisation.timezone)
    row = {"id_hash": _id_hash(visit.cookie), "box": box, "day": day}
    db.execute(sa.insert(here.session_model).values(**row, **columns))


def add_to_session(db: DatabaseSession, data: Mapping[str, str]) -> None:
    """Keep something more in this session; its cookie, and the moment it began, stay. A deleted row stays deleted (A14)."""
    here, visit = services(), _current()
    if visit.begun is None:
        raise TypeError("there is no session to add to")
    visit.kept |= data
    visit.update(data)
    box = _seal(visit.cookie, visit.kept, begun=visit.begun, seen=here.clock())
    mine = here.session_model.id_hash == session_name()
    db.execute(sa.update(here.session_model).where(mine).values(box=box))


def session_name() -> bytes:
    """Give the hash under which this session's row is found: what tells it from the others of the same person."""
    return _id_hash(_current().cookie)


def end_session(db: DatabaseSession) -> None:
    """End this session: its row goes with the caller's commit, its cookie with the answer."""
    visit = _current()
    _delete(services(), db, visit)
    visit.clear()
    visit.ended, visit.established = True, False


def sweep_sessions(db: DatabaseSession, here: Services) -> int:
    """Delete the rows of days before yesterday, for no session lives that long; say how many there were."""
    oldest = local_date(here.clock(), here.organisation.timezone) - timedelta(days=1)
    result = db.execute(sa.delete(here.session_model).where(here.session_model.day < oldest))
    return int(result.rowcount)  # type: ignore[attr-defined]


def visit_secret() -> bytes:
    """Give something only this browser and this server can know together."""
    return str(session[CSRF_FIELD]).encode()


def has_session() -> bool:
    """Say whether somebody is logged in, or was until this request."""
    visit = _current()
    return visit.established or visit.ended or visit.unreachable


def session_is_unreachable() -> bool:
    """Say whether the browser showed a cookie of ours, and the database did not answer."""
    return _current().unreachable


def _current() -> Visit:
    visit: Visit = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's target
    return visit


def _load(here: Services, visit: Visit) -> None:
    """Open the row, if there is one and its time is not over (A18)."""
    model = here.session_model
    mine = model.id_hash == _id_hash(visit.cookie)
    with here.database.reading() as db:
        box = db.scalar(sa.select(model.box).where(mine))
    content = _opened(visit.cookie, box) if box is not None else None
    if content is None:
        return
    begun, seen = (datetime.fromisoformat(content.pop(name)) for name in ("begun", "seen"))
    now = here.clock()
    # Two ends: unused for too long, and too old however much it is used. A moment that lies ahead means that the clock
    # was turned back (F27): then nothing is known about its age, and it ends as well.
    idle, age = now - seen, now - begun
    if not (-TOUCH_AFTER <= idle < here.settings.session_idle) or (
        age >= here.settings.session_absolute
    ):
        _note(here, sa.delete(model).where(mine))
        return
    visit.update(content)
    visit.kept, visit.begun = content, begun
    visit.established = True
    if idle >= TOUCH_AFTER:
        # Now, before the view has a transaction of its own that this one would wait for.
        box = _seal(visit.cookie, content, begun=begun, seen=now)
        _note(here, sa.update(model).where(mine).values(box=box))


def _note(here: Services, statement: sa.Update | sa.Delete) -> None:
    """Write what no request should fail for."""
    try:
        with here.database.transaction() as db:
            db.execute(statement)
    except SQLAlchemyError as error:
        log_event("storage", error=error)


def _delete(here: Services, db: DatabaseSession, visit: Visit) -> None:
    model = here.session_model
    if visit.established:
        db.execute(sa.delete(model).where(model.id_hash == _id_hash(visit.cookie)))


def _seal(cookie: bytes, data: Mapping[str, str], *, begun: datetime, seen: datetime) -> bytes:
    text = json.dumps({**data, "begun": begun.isoformat(), "seen": seen.isoformat()})
    # Of one length, whatever is inside: a row does not tell whose it is or how far they got (E8).
    padded = text.ljust(-(-len(text) // BOX_STEP) * BOX_STEP)
    return seal_box(_key(cookie), padded.encode(), _CONTEXT)


def _opened(cookie: bytes, box: bytes) -> dict[str, str] | None:
    """Open a row's box; one swapped in from another row does not open (F9)."""
    try:
        content: dict[str, str] = json.loads(open_box(_key(cookie), box, _CONTEXT))
    except OpenError:
        return None
    return content


def _key(cookie: bytes) -> bytes:
    return subkey(cookie, "ishonch/v1 session row")


def _id_hash(cookie: bytes) -> bytes:
    return hashlib.sha256(cookie).digest()


def _csrf_secret(here: Services, cookie: bytes) -> str:
    return hmac.digest(here.settings.secret, b"csrf" + cookie, "sha256").hex()


def _encode(cookie: bytes) -> str:
    return base64.urlsafe_b64encode(cookie).rstrip(b"=").decode()


def _decode(text: str) -> bytes | None:
    """Read a cookie of ours; one that is spelled in any other way is no cookie."""
    try:
        cookie = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return cookie if len(cookie) == COOKIE_BYTES and _encode(cookie) == text else None
