"""Who may come to a page of the office. The stages of signing in open one page each (A22)."""

from flask import g, redirect, session, url_for
from flask.typing import ResponseReturnValue

from casework.staff import service as staff
from casework.staff.service import Actor
from casework.staff.states import PERMITTED, Action
from casework.web.services import office
from crypto.recipients import Identity
from portal.access import Access
from portal.errors import Forbidden

STAGE = "stage"
CODE, INSIDE, ENROLLING, RECOVERY = "code", "in", "enrol", "recovery"


def requires(action: Action) -> Access:
    """Let in members whose role permits an action."""

    def check() -> ResponseReturnValue | None:
        if (elsewhere := _signed_in()) is not None:
            return elsewhere
        if actor().role not in PERMITTED[action]:
            raise Forbidden
        return None

    return Access(f"requires {action}", check)


def actor() -> Actor:
    """Give the member at work in this request."""
    member: Actor = g.actor
    return member


def optional_actor() -> Actor | None:
    """Give the member at work, if somebody is signed in."""
    member: Actor | None = g.get("actor")
    return member


def _signed_in() -> ResponseReturnValue | None:
    if session.get(STAGE) == CODE:
        return redirect(url_for("login.code"), code=303)
    if session.get(STAGE) != INSIDE or not _load():
        return redirect(url_for("login.password"), code=303)
    return None


def _load() -> bool:
    """Load the account of this session, on a connection of its own: an upload must not hold the database's lock."""
    with office().database.reading() as db:
        member = staff.active_member(db, session["member"])
    if member is None:
        return False
    g.actor = Actor.of(member, Identity.parse(session["identity"]))
    return True


def _at(stage: str, otherwise: str) -> Access:
    def check() -> ResponseReturnValue | None:
        if session.get(STAGE) == stage:
            return None
        return redirect(url_for(otherwise), code=303)

    return Access(f"stage {stage}", check)


member = Access("member", _signed_in)
second_factor = _at(CODE, "login.password")
enrolling = _at(ENROLLING, "enrolment.start")
recovery_shown = _at(RECOVERY, "login.password")
