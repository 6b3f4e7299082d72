"""Who reads a report or a case: let in, agreed to by a second person, put outside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from casework.cases import access
from casework.dossiers.grants import confirm_grant, give_grant, refuse_grant
from casework.staff.states import Action
from casework.web.access import requires
from casework.web.case_page import CasePage
from casework.web.report_page import ReportPage
from casework.web.step_up import steps_up
from portal.forms.fields import entered

bp = Blueprint("readers", __name__)
_READERS = "/<language:language>/<any(report, case):kind>s/<id:dossier_id>/readers"
_MEMBER = f"{_READERS}/<id:member_id>"
Verb = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is done to a dossier of a kind, and to those that hang together with it."""

    page: type[ReportPage] | type[CasePage]
    give: Verb
    confirm: Verb
    revoke: Verb
    recuse: Verb


_KINDS: Mapping[str, _Kind] = {
    "report": _Kind(
        ReportPage, give_grant, confirm_grant, access.revoke_from_report, access.recuse_from_report
    ),
    "case": _Kind(
        CasePage,
        access.give_access,
        access.confirm_access,
        access.revoke_from_case,
        access.recuse_from_case,
    ),
}


@bp.post(_READERS)
@requires(Action.SHARE_DOSSIER)
@steps_up
def give(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Let a colleague read it; one of the other desk, once a second person agrees."""
    page = _KINDS[kind].page(dossier_id)
    form = page.reader_form
    if not form.validate():
        return page.show(sent=form), 422
    return _let_in(page, _KINDS[kind].give, entered(form.member))


@bp.post(f"{_MEMBER}/confirmation")
@requires(Action.SHARE_DOSSIER)
@steps_up
def confirm(kind: str, dossier_id: str, member_id: str) -> ResponseReturnValue:
    """Agree that somebody may read it."""
    return _let_in(_KINDS[kind].page(dossier_id), _KINDS[kind].confirm, member_id)


@bp.post(f"{_MEMBER}/refusal")
@requires(Action.SHARE_DOSSIER)
def refuse(kind: str, dossier_id: str, member_id: str) -> ResponseReturnValue:
    """Do not agree, or take the request back."""
    return _KINDS[kind].page(dossier_id).share(refuse_grant, to=member_id)


@bp.post(f"{_MEMBER}/revocation")
@requires(Action.SHARE_DOSSIER)
@steps_up
def revoke(kind: str, dossier_id: str, member_id: str) -> ResponseReturnValue:
    """Take somebody's access away."""
    return _KINDS[kind].page(dossier_id).share(_KINDS[kind].revoke, member_id=member_id)


@bp.post(f"{_MEMBER}/recusal")
@requires(Action.SHARE_DOSSIER)
@steps_up
def recuse(kind: str, dossier_id: str, member_id: str) -> ResponseReturnValue:
    """Put somebody outside, for good, together with all that tells what it is about."""
    return _KINDS[kind].page(dossier_id).share(_KINDS[kind].recuse, member_id=member_id)


def _let_in(page: ReportPage | CasePage, verb: Verb, to: str) -> ResponseReturnValue:
    """Do it once it is answered for what ties them to what the dossier is about."""
    conflict = page.conflict_of(to)
    return conflict.question(page.address) or page.share(conflict.answered(verb), to=to)
