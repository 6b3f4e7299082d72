"""The end of a dossier: kept by a hold, or destroyed once two people say so."""

from collections.abc import Callable
from typing import Any, TypeAlias

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from casework.destruction import service as destruction
from casework.destruction.service import DestructionError
from casework.destruction.states import DestructionReason
from casework.staff.states import Action
from casework.transitions import IllegalTransition
from casework.web.access import actor, requires
from casework.web.case_page import CasePage
from casework.web.dossier_errors import destruction_error_words
from casework.web.exchange import exchange
from casework.web.forms.endings import DestructionForm, HoldForm
from casework.web.report_page import ReportPage, seen
from casework.web.services import office
from casework.web.step_up import steps_up
from portal.database import scrub
from portal.forms.fields import entered
from portal.logs import log_event

bp = Blueprint("ending", __name__)

Page: TypeAlias = ReportPage | CasePage
_DOSSIER = "/<language:language>/<any(report,case):kind>s/<id:dossier_id>"
_LISTS = {"report": "inbox.show", "case": "cases.list"}


@bp.post(f"{_DOSSIER}/hold")
@requires(Action.DESTROY_DOSSIER)
def set_hold(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Keep a dossier until somebody says otherwise."""
    page, form = _page(kind, dossier_id), HoldForm(prefix="hold")
    if not form.validate():
        return page.show(sent=form), 422
    return _act(page, destruction.set_hold, entered(form.words), today=office().today())


@bp.post(f"{_DOSSIER}/hold/lifting")
@requires(Action.DESTROY_DOSSIER)
def lift_hold(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Keep it no longer than others."""
    page, form = _page(kind, dossier_id), HoldForm(prefix="hold")
    if not form.validate():
        return page.show(sent=form), 422
    return _act(page, destruction.lift_hold, entered(form.words))


@bp.post(f"{_DOSSIER}/destruction")
@requires(Action.DESTROY_DOSSIER)
def ask(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Ask that a dossier be destroyed."""
    page, form = _page(kind, dossier_id), DestructionForm.of()
    if not form.validate():
        return page.show(sent=form), 422
    reason = DestructionReason(form.reason.data)
    return _act(page, destruction.ask_destruction, reason, today=office().today())


@bp.post(f"{_DOSSIER}/destruction/refusal")
@requires(Action.DESTROY_DOSSIER)
def refuse(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Do not agree, or take back what one asked for."""
    return _act(_page(kind, dossier_id), destruction.refuse_destruction)


@bp.post(f"{_DOSSIER}/destruction/approval")
@requires(Action.DESTROY_DOSSIER)
@steps_up
def destroy(kind: str, dossier_id: str) -> ResponseReturnValue:
    """Agree, and destroy it."""
    page = _page(kind, dossier_id)
    verbs: dict[str, Callable[..., Any]] = {
        "report": destruction.destroy_report,
        "case": destruction.destroy_case,
    }
    files: list[str] = []

    def verb(*given: Any, **more: Any) -> None:
        files.extend(verbs[kind](*given, **more) or ())

    answer = _act(page, verb, leads_to=url_for(_LISTS[kind]), today=office().today())
    # A refusal comes with its status.
    if not isinstance(answer, tuple):
        _scrub(files)
    return answer


def _page(kind: str, dossier_id: str) -> Page:
    return ReportPage(dossier_id) if kind == "report" else CasePage(dossier_id)


def _act(
    page: Page, verb: Callable[..., None], *given: Any, leads_to: str = "", **more: Any
) -> ResponseReturnValue:
    """Do something to a dossier as its page showed it."""
    shown = _address(page.opened.dossier.kind, page.opened.dossier.id)
    values = {"seen": seen(), "actor": actor(), "now": office().clock()}
    try:
        verb(page.db, page.opened, *given, **(values | more))
    except DestructionError as error:
        return page.stale(destruction_error_words(error))
    except IllegalTransition:
        return page.stale()
    page.db.commit()
    return redirect(leads_to or shown, code=303)


def _address(kind: str, dossier_id: str) -> str:
    if kind == "report":
        return url_for("inbox.report", report_id=dossier_id)
    return url_for("cases.show", case_id=dossier_id)


def _scrub(files: list[str]) -> None:
    """Leave nothing of what was deleted in files: not the attachments, not the log of the database, not the mailbox store.

    What cannot be done now, the sweep and the post do later: the rows that named it are gone all the same.
    """
    here = office()
    try:
        here.blobs.delete(files)
    except OSError as error:
        log_event("storage", error=error)
    exchange()
    scrub(here.database.engine)
