"""Who may come to a view. Each view declares it; one that does not is closed to everybody (F4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.errors import Forbidden, Unavailable
from portal.sessions import session_is_unreachable

View = TypeVar("View", bound=Callable[..., Any])
ATTRIBUTE = "access"


@dataclass(frozen=True, slots=True)
class Access:
    """A declared access: its name for the route list, and the check, which lets pass (None) or answers."""

    name: str
    check: Callable[[], ResponseReturnValue | None]
    needs_session: bool = True

    def __call__(self, view: View) -> View:
        """Declare it on a view."""
        setattr(cast("Any", view), ATTRIBUTE, self)
        return view


def enforce() -> ResponseReturnValue | None:
    """Check the declared access of the view about to run; an undeclared one is refused."""
    if request.routing_exception is not None or request.endpoint is None:
        return None
    declared = declared_access(current_app, request.endpoint)
    if declared is None:
        raise Forbidden
    if declared.needs_session and session_is_unreachable():
        # Not the way to the log-in: who is logged in should not be made to think they no longer are.
        raise Unavailable
    return declared.check()


def declared_access(app: Flask, endpoint: str) -> Access | None:
    """Give what the view of an endpoint declares."""
    access: Access | None = getattr(app.view_functions[endpoint], ATTRIBUTE, None)
    return access


def route_list(app: Flask) -> list[str]:
    """List every route: methods, path and declared access, one line each, sorted."""
    return sorted(
        f"{rule.rule}  {' '.join(sorted((rule.methods or set()) - {'HEAD'}))}  "
        f"{access.name if (access := declared_access(app, rule.endpoint)) else 'CLOSED'}"
        for rule in app.url_map.iter_rules()
    )


def _anybody() -> None:
    return None


def _an_informant() -> ResponseReturnValue | None:
    if "mailbox" not in session:
        return redirect(url_for("mailbox.enter"), code=303)
    if "token" in session:
        return redirect(url_for("receipt.show"), code=303)
    return None


def _a_receipt_holder() -> ResponseReturnValue | None:
    if "token" in session:
        return None
    return redirect(url_for("mailbox.show" if "mailbox" in session else "mailbox.enter"), code=303)


def _a_filer() -> ResponseReturnValue | None:
    return None if "mailbox" in session else redirect(url_for("mailbox.enter"), code=303)


public = Access("public", _anybody, needs_session=False)
informant = Access("informant", _an_informant)
receipt_holder = Access("receipt holder", _a_receipt_holder)
# Whoever holds a thread, also while its code is still shown.
filer = Access("filer", _a_filer)
