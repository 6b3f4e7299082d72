"""Sessions of both sides. The cookie is 32 random bytes; the row is found by its hash and opens only with it.

A visitor who has not logged in has a cookie and no row: showing a page writes nothing (B4). The CSRF secret is made from the
cookie, so a token of one session is worth nothing in another (B6). Logging in makes a new cookie (A12); ending a
session deletes its row, and a deleted row never comes back: saving is an UPDATE, which then finds nothing (A13, A14).
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
from sqlalchemy.orm import Session as DatabaseSession

from crypto.boxes import open_box, seal_box, subkey
from crypto.errors import OpenError
from portal.clock import local_date
from portal.services import Services, services

COOKIE_BYTES = 32
TOUCH_AFTER = timedelta(minutes=1)
CSRF_FIELD = "csrf_token"
_CONTEXT = b"ishonch/v1 session"


class Visit(dict[str, Any], SessionMixin):
    """What Flask calls the session: the row's data, or nothing but the CSRF secret before a log-in."""

    def __init__(self, cookie: bytes, *, fresh: bool) -> None:
        super().__init__()
        self.cookie = cookie
        self.fresh = fresh
        self.established = False
        self.ended = False
        self.seen: datetime | None = None
        self.begun: datetime | None = None


class Sessions(SessionInterface):
    """Opens a session from its cookie, and keeps it alive while it is used."""

    def open_session(self, app: Flask, request: Request) -> Visit:
        """Find the session of this request; any cookie that is not one of ours is a new visitor's."""
        here: Services = app.extensions["ishonch"]
        cookie = _decode(request.cookies.get(here.cookie_name, ""))
        visit = Visit(cookie or secrets.token_bytes(COOKIE_BYTES), fresh=cookie is None)
        if cookie is not None and request.endpoint not in {None, "static"}:
            _load(here, visit)
        visit[CSRF_FIELD] = _csrf_secret(here, visit.cookie)
        return visit

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie when there is a new one to send; note, at most once a minute, that the session is in use."""
        here: Services = app.extensions["ishonch"]
        visit: Visit = session  # type: ignore[assignment]
        if visit.ended:
            response.delete_cookie(here.cookie_name, secure=True, httponly=True, samesite="Strict")
            return
        if visit.fresh and (visit.established or CSRF_FIELD in g):
            text = base64.urlsafe_b64encode(visit.cookie).rstrip(b"=").decode()
            response.set_cookie(
                here.cookie_name, text, secure=True, httponly=True, samesite="Strict", path="/"
            )
        if visit.established and visit.seen and here.clock() - visit.seen >= TOUCH_AFTER:
            _touch(here, visit)


def establish(db: DatabaseSession, data: Mapping[str, str], **columns: object) -> None:
    """Begin a session with a new cookie; the row of the old one goes in the same transaction, which the caller commits."""
    here, visit = services(), _current()
    _delete(here, db, visit)
    now = here.clock()
    visit.clear()
    visit.cookie, visit.fresh, visit.established = secrets.token_bytes(COOKIE_BYTES), True, True
    visit.begun = visit.seen = None
    visit.update(data)
    visit[CSRF_FIELD] = _csrf_secret(here, visit.cookie)
    g.pop(CSRF_FIELD, None)
    db.add(
        here.session_model(
            id_hash=_id_hash(visit.cookie),
            box=_seal(visit, begun=now, seen=now),
            day=local_date(now, here.organisation.timezone),
            **columns,
        )
    )
    db.flush()


def end_session(db: DatabaseSession) -> None:
    """End this session: its row goes with the caller's commit, its cookie with the answer."""
    visit = _current()
    _delete(services(), db, visit)
    visit.clear()
    visit.ended, visit.established = True, False


def sweep_sessions(db: DatabaseSession, here: Services) -> int:
    """Delete the rows of days before yesterday: no session lives that long."""
    oldest = local_date(here.clock(), here.organisation.timezone) - timedelta(days=1)
    result = db.execute(sa.delete(here.session_model).where(here.session_model.day < oldest))
    return int(result.rowcount)  # type: ignore[attr-defined]


def visit_secret() -> bytes:
    """Give something only this browser and this server can know together."""
    return str(session[CSRF_FIELD]).encode()


def _current() -> Visit:
    visit: Visit = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - the proxy's target
    return visit


def _load(here: Services, visit: Visit) -> None:
    model = here.session_model
    with here.database.reading() as db:
        box = db.scalar(sa.select(model.box).where(model.id_hash == _id_hash(visit.cookie)))
    if box is None:
        return
    try:
        content = json.loads(open_box(_key(visit.cookie), box, _CONTEXT))
    except OpenError:
        return
    begun, seen = (datetime.fromisoformat(content.pop(name)) for name in ("begun", "seen"))
    now = here.clock()
    if now - seen < here.settings.session_idle and now - begun < here.settings.session_absolute:
        visit.update(content)
        visit.established, visit.begun, visit.seen = True, begun, seen


def _touch(here: Services, visit: Visit) -> None:
    model = here.session_model
    box = _seal(visit, begun=visit.begun or here.clock(), seen=here.clock())
    with here.database.transaction() as db:
        db.execute(sa.update(model).where(model.id_hash == _id_hash(visit.cookie)).values(box=box))


def _delete(here: Services, db: DatabaseSession, visit: Visit) -> None:
    model = here.session_model
    if visit.established:
        db.execute(sa.delete(model).where(model.id_hash == _id_hash(visit.cookie)))


def _seal(visit: Visit, *, begun: datetime, seen: datetime) -> bytes:
    data = {name: value for name, value in visit.items() if name != CSRF_FIELD}
    content = {**data, "begun": begun.isoformat(), "seen": seen.isoformat()}
    return seal_box(_key(visit.cookie), json.dumps(content).encode(), _CONTEXT)


def _key(cookie: bytes) -> bytes:
    return subkey(cookie, "ishonch/v1 session row")


def _id_hash(cookie: bytes) -> bytes:
    return hashlib.sha256(cookie).digest()


def _csrf_secret(here: Services, cookie: bytes) -> str:
    return hmac.digest(here.settings.secret, b"csrf" + cookie, "sha256").hex()


def _decode(text: str) -> bytes | None:
    """Read a cookie of ours; one that is spelled in any other way is no cookie."""
    try:
        cookie = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return cookie if len(cookie) == COOKIE_BYTES else None
