"""Who reads a case: let in, agreed to by a second person, put outside."""

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue

from casework.cases import access
from casework.dossiers.grants import refuse_grant
from casework.staff.states import Action
from casework.web.access import requires
from casework.web.case_page import CasePage
from casework.web.step_up import steps_up
from portal.forms.fields import entered

bp = Blueprint("case_readers", __name__)
_MEMBER = "/<language:language>/cases/<id:case_id>/readers/<id:member_id>"


@bp.post("/<language:language>/cases/<id:case_id>/readers")
@requires(Action.SHARE_CASE)
@steps_up
def give(case_id: str) -> ResponseReturnValue:
    """Let a colleague read a case; one of the other desk, once a second person agrees."""
    page = CasePage(case_id)
    form = page.forms["reader"]
    if not form.validate():
        return page.show(sent=form), 422
    return _let_in(page, access.give_access, entered(form["member"]))


@bp.post(f"{_MEMBER}/confirmation")
@requires(Action.SHARE_CASE)
@steps_up
def confirm(case_id: str, member_id: str) -> ResponseReturnValue:
    """Agree that somebody may read a case."""
    return _let_in(CasePage(case_id), access.confirm_access, member_id)


@bp.post(f"{_MEMBER}/refusal")
@requires(Action.SHARE_CASE)
def refuse(case_id: str, member_id: str) -> ResponseReturnValue:
    """Do not agree, or take the request back."""
    return CasePage(case_id).share(refuse_grant, to=member_id)


@bp.post(f"{_MEMBER}/revocation")
@requires(Action.SHARE_CASE)
@steps_up
def revoke(case_id: str, member_id: str) -> ResponseReturnValue:
    """Take somebody's access away."""
    return CasePage(case_id).share(access.revoke_from_case, member_id=member_id)


@bp.post(f"{_MEMBER}/recusal")
@requires(Action.SHARE_CASE)
@steps_up
def recuse(case_id: str, member_id: str) -> ResponseReturnValue:
    """Put somebody outside a case and its reports for good."""
    return CasePage(case_id).share(access.recuse_from_case, member_id=member_id)


def _let_in(page: CasePage, verb: Callable[..., object], to: str) -> ResponseReturnValue:
    """Do it once it is answered for what ties them to what the case is about."""
    conflict = page.conflict(to)
    return conflict.question(page.address) or page.share(conflict.answered(verb), to=to)
