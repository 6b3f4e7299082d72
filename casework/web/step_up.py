"""One factor again before what gives access, takes it, lets something out or changes a factor (A23).

Whoever found a session open can read what its member reads; with this they go no further. The question stands between the form
and what it does: the answer to the form is a page that asks, carries all its fields, and goes to the same address. A form may
as well ask by itself, with a field of the same name. Signing in with both factors counts, and so does an answer of minutes ago.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import ParamSpec

from flask import render_template, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework.staff import entrance
from casework.staff.errors import StaffError
from casework.staff.rules import is_code, is_recent
from casework.web.access import actor
from casework.web.carrying import carried
from casework.web.forms.accounts import StepUpForm
from casework.web.services import office
from casework.web.words import wait_words
from portal.errors import TooMany
from portal.forms.fields import entered
from portal.logs import log_event
from portal.sessions import add_to_session

PROVED = "proved"
Given = ParamSpec("Given")


def steps_up(
    view: Callable[Given, ResponseReturnValue],
) -> Callable[Given, ResponseReturnValue]:
    """Let a view that is sent a form run only for somebody who has just proved who they are. It stands nearest to the view."""

    @wraps(view)
    def guarded(*given: Given.args, **more: Given.kwargs) -> ResponseReturnValue:
        if (question := _question()) is not None:
            return question
        return view(*given, **more)

    guarded.steps_up = True  # type: ignore[attr-defined]
    return guarded


def proof() -> Mapping[str, str]:
    """Give what a session keeps of the moment at which its member proved who they are."""
    return {PROVED: office().clock().isoformat()}


def is_proved() -> bool:
    """Whether that was just now."""
    proved = session.get(PROVED)
    return proved is not None and is_recent(datetime.fromisoformat(proved), office().clock())


def _question() -> ResponseReturnValue | None:
    """Ask, unless it was answered just now, or with this form."""
    form = StepUpForm()
    if is_proved():
        return None
    if form.step_up.data is None:
        return _page(StepUpForm(formdata=None)), 422
    return _tried(form) if form.validate() else (_page(form), 422)


def _tried(form: StepUpForm) -> ResponseReturnValue | None:
    """Check the answer; tries are counted for the account, as those of signing in are (A21)."""
    here = office()
    try:
        with here.failures.attempt(b"step-up " + actor().id.encode(), here.clock(), StaffError):
            _prove(entered(form.step_up))
    except TooMany as error:
        return _page(form, wait_words(error)), 429, {"Retry-After": str(error.retry_after)}
    except StaffError:
        log_event("step_up_refused")
        return _page(form, _("This is wrong, or these digits were used before.")), 422
    return None


def _prove(typed: str) -> None:
    here, who = office(), actor()
    db = here.database.session_of_request()
    if is_code(typed):
        entrance.check_code(
            db, member_id=who.id, identity=who.identity, code=typed, now=here.clock()
        )
    else:
        with here.database.reading() as reading, here.kdf_slots.slot():
            entrance.check_own_password(reading, who.id, who.identity, typed)
    add_to_session(db, proof())
    db.commit()


def _page(form: StepUpForm, problem: str = "") -> str:
    return render_template("casework/step_up.html", form=form, problem=problem, carried=carried())
