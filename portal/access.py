"""Who may come to a view. Each view declares it; one that does not is closed to everybody (F4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.errors import Forbidden

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Access:
    """A declared access: its name for the route list, and the check, which lets pass (None) or answers."""

    name: str
    check: Callable[[], ResponseReturnValue | None]

    def __call__(self, view: View) -> View:
        """Declare it on a view."""
        cast("Any", view).access = self
        return view


def enforce() -> ResponseReturnValue | None:
    """Check the declared access of the view about to run; an undeclared one is refused."""
    if request.routing_exception is not None or request.endpoint is None:
        return None
    declared = getattr(current_app.view_functions[request.endpoint], "access", None)
    if declared is None:
        raise Forbidden
    answer: ResponseReturnValue | None = declared.check()
    return answer


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


public = Access("public", _anybody)
informant = Access("informant", _an_informant)
receipt_holder = Access("receipt holder", _a_receipt_holder)
