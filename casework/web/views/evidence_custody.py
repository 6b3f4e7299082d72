"""What becomes of an item of evidence: taken along, returned, destroyed, or rested upon."""

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from casework.cases.states import CaseAction
from casework.evidence import service
from casework.evidence.archive import archive
from casework.staff.states import Action
from casework.transitions import IllegalTransition
from casework.web.access import actor, requires
from casework.web.evidence_export import Unreadable, files_of, members_of
from casework.web.evidence_page import EvidencePage
from casework.web.services import office
from casework.web.step_up import steps_up
from portal.filenames import download_headers
from portal.forms.fields import entered

bp = Blueprint("evidence_custody", __name__)
_ITEM = "/<language:language>/cases/<id:case_id>/evidence/<id:item_id>"


@bp.post("/<language:language>/cases/<id:case_id>/evidence/export")
@requires(Action.WORK_CASE)
@steps_up
def export(case_id: str) -> ResponseReturnValue:
    """Give items with their inventory as one archive; that they were taken out stands in their custody before."""
    page, here = EvidencePage(case_id), office()
    form = page.forms["export"]
    if answer := page.refusal(CaseAction.EXPORT_EVIDENCE, form):
        return answer
    chosen = frozenset(form["items"].data)
    try:
        files = files_of(page, chosen)
        given = chosen, entered(form["words"])
        service.export_items(page.db, page.opened, *given, actor=actor(), now=here.clock())
    except Unreadable as error:
        return page.stale(str(error))
    except IllegalTransition:
        return page.stale()
    members = members_of(page, chosen, files)
    page.db.commit()
    return Response(archive(members), headers=download_headers(f"{case_id[:8]}.zip"))


@bp.post(f"{_ITEM}/return")
@requires(Action.WORK_CASE)
def give_back(case_id: str, item_id: str) -> ResponseReturnValue:
    """Return an item."""
    page = EvidencePage(case_id)
    form = page.item_form(item_id, "return")
    if answer := page.refusal(CaseAction.RETURN_EVIDENCE, form):
        return answer
    return page.act(service.return_item, item_id, entered(form["words"]))


@bp.post(f"{_ITEM}/destruction")
@requires(Action.WORK_CASE)
@steps_up
def destroy(case_id: str, item_id: str) -> ResponseReturnValue:
    """Destroy an item, and its file once that is certain; a crash in between leaves a file nobody names to the sweep."""
    page = EvidencePage(case_id)
    form = page.item_form(item_id, "destroy")
    if answer := page.refusal(CaseAction.DESTROY_EVIDENCE, form):
        return answer
    blobs: list[str] = []

    def destroying(*given: Any, **more: Any) -> None:
        blobs.extend(service.destroy_item(*given, **more))

    answer = page.act(destroying, item_id, entered(form["words"]))
    office().blobs.delete(blobs)
    return answer


@bp.post(f"{_ITEM}/citations")
@requires(Action.WORK_CASE)
def cite(case_id: str, item_id: str) -> ResponseReturnValue:
    """Say that a finding rests on an item."""
    page = EvidencePage(case_id)
    form = page.item_form(item_id, "cite")
    if answer := page.refusal(CaseAction.CITE_EVIDENCE, form):
        return answer
    return page.act(service.cite, item_id, entered(form["allegation"]))


@bp.post(f"{_ITEM}/citations/<id:allegation_id>/removal")
@requires(Action.WORK_CASE)
def uncite(case_id: str, item_id: str, allegation_id: str) -> ResponseReturnValue:
    """Say that it does not any more."""
    return EvidencePage(case_id).act(service.uncite, item_id, allegation_id)
