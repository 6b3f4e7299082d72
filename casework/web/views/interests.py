"""The standing register of conflicts of interest: one's own declarations, and to the head everybody's."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.interests import service
from casework.interests.models import Interest
from casework.interests.rules import may_end
from casework.interests.service import AlreadyDeclared, NotYoursToEnd
from casework.interests.states import Tie
from casework.staff import service as staff
from casework.staff.states import READERS, AccountState, Action, Role
from casework.transitions import IllegalTransition
from casework.web.access import actor, requires
from casework.web.forms.interests import DeclarationForm
from casework.web.services import office
from casework.web.words import tie_words
from portal.forms.fields import entered

bp = Blueprint("interests", __name__)
_ONE = "/<language:language>/interests/<id:interest_id>"


@bp.get("/<language:language>/interests")
@requires(Action.DECLARE_INTEREST)
def list() -> ResponseReturnValue:  # noqa: A001 - the page's name, and so its endpoint's
    """Show the declarations."""
    return _page(_form(empty=True))


@bp.post("/<language:language>/interests")
@requires(Action.DECLARE_INTEREST)
def declare() -> ResponseReturnValue:
    """Declare something."""
    here, form = office(), _form()
    if not form.validate():
        return _page(form), 422
    try:
        service.declare(
            _db(),
            about=entered(form.about),
            unit=entered(form.unit),
            tie=Tie(form.tie.data),
            words=entered(form.words),
            actor=actor(),
            now=here.clock(),
            today=here.today(),
        )
    except AlreadyDeclared:
        _db().rollback()
        return _page(
            form, _("This is declared already. End it first if the words have to change.")
        ), 422
    _db().commit()
    return redirect(url_for("interests.list"), code=303)


@bp.post(f"{_ONE}/renewal")
@requires(Action.DECLARE_INTEREST)
def renew(interest_id: str) -> ResponseReturnValue:
    """Say again that it holds."""
    return _change(service.renew, interest_id)


@bp.post(f"{_ONE}/end")
@requires(Action.DECLARE_INTEREST)
def end(interest_id: str) -> ResponseReturnValue:
    """Say that it holds no more."""
    return _change(service.end, interest_id)


def _change(verb: Callable[..., None], interest_id: str) -> ResponseReturnValue:
    here = office()
    try:
        verb(_db(), interest_id, actor=actor(), now=here.clock(), today=here.today())
    except NotYoursToEnd:
        return _refused(_("The head declared this. Only the head can end it."))
    except IllegalTransition:
        return _refused(_("This was ended meanwhile."))
    _db().commit()
    return redirect(url_for("interests.list"), code=303)


def _refused(problem: str) -> ResponseReturnValue:
    _db().rollback()
    return _page(_form(empty=True), problem), 409


def _form(*, empty: bool = False) -> DeclarationForm:
    lists = office().organisation
    units = [(one.id, lists.text(one.label, g.language)) for one in lists.units]
    return DeclarationForm.of(_people(), units, empty=empty)


def _people() -> Sequence[tuple[str, str]]:
    """Name those this member may declare something about, themselves first."""
    mine = (actor().id, _("Me"))
    if actor().role != Role.HEAD:
        return [mine]
    others = [
        (one.id, one.name)
        for one in staff.all_members(_db())
        if one.id != actor().id and one.state == AccountState.ACTIVE and Role(one.role) in READERS
    ]
    return [mine, *others]


def _page(form: DeclarationForm, problem: str = "") -> str:
    found, names = service.declarations(_db(), actor()), staff.names(_db())
    return render_template(
        "casework/interests.html",
        form=form,
        problem=problem,
        everybody=actor().role == Role.HEAD,
        rows=[_row(one, names[one.member_id]) for one in found],
    )


def _row(interest: Interest, name: str) -> dict[str, Any]:
    here = office()
    lists = here.organisation
    ended = interest.ended_on is not None
    return {
        "id": interest.id,
        "name": name,
        "unit": lists.label(lists.units, interest.unit, g.language),
        "tie": tie_words(interest.tie),
        "words": service.words_of(interest, actor().identity),
        "declared_on": interest.declared_on,
        "until": interest.until,
        "overdue": not ended and interest.until < here.today(),
        "ended_on": interest.ended_on,
        "can_end": not ended and may_end(actor().id, actor().role, interest),
    }


def _db() -> Session:
    return office().database.session_of_request()
