"""A declared conflict of interest stands in the way: of triage, of giving a case or access to it. It warns, and wants a reason.

Which unit a report or a case is about is sealed; it is known here because the member at work has it open. As with a factor asked
again, the question stands between the form and what it does, and carries the form's fields.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask import g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase, report_ids
from casework.dossiers.models import Dossier, Report
from casework.dossiers.notes import summaries
from casework.dossiers.service import OpenDossier, OpenReport, open_dossiers
from casework.interests.overrides import go_on, unanswered
from casework.staff import service as staff
from casework.web.access import actor
from casework.web.carrying import carried
from casework.web.forms.interests import ConflictForm
from casework.web.reading import report_answers
from casework.web.services import office
from casework.web.words import tie_words
from portal.forms.fields import entered


def units_of_report(db: Session, opened: OpenReport) -> set[str]:
    """Give the unit the informant named, if any."""
    return {report_answers(db, opened).get("unit", "")}


def units_of_case(db: Session, opened: OpenCase) -> set[str]:
    """Give the unit a case is kept under, and those of its reports."""
    case_id = opened.dossier.id
    chosen = sa.select(Report).where(Report.id.in_(report_ids(db, case_id)))
    named = [units_of_report(db, one) for one in open_dossiers(db, actor(), chosen)]
    return {summaries(db, [opened]).get(case_id, {}).get("unit", "")}.union(*named)


class Conflict:
    """What ties a member to what a dossier is about, and nobody has answered for in it yet."""

    def __init__(
        self,
        db: Session,
        opened: OpenDossier[Dossier],
        member_id: str,
        units: Callable[[], Collection[str]],
    ) -> None:
        self._db, self._opened, self._member_id = db, opened, member_id
        self._found = unanswered(db, opened, member_id, units)

    @property
    def ties(self) -> Sequence[tuple[str, str]]:
        """Each as what it is and the unit's name; nothing of its words, which are for few."""
        lists = office().organisation
        return [
            (tie_words(one.tie), lists.label(lists.units, one.unit, g.language))
            for one in self._found
        ]

    def question(self, back: str) -> ResponseReturnValue | None:
        """Ask for a reason, unless there is nothing to ask or the form brought one; `back` is the address of the dossier."""
        form = self._form
        if not self._found or (form.conflict.data is not None and form.validate()):
            return None
        if form.conflict.data is None:
            form = ConflictForm(formdata=None)
        page = render_template(
            "casework/conflict.html",
            form=form,
            ties=self.ties,
            mine=self._member_id == actor().id,
            name=staff.names(self._db).get(self._member_id, ""),
            back=back,
            carried=carried({form.conflict.name}),
        )
        return page, 422

    def answered(self, verb: Callable[..., object]) -> Callable[..., None]:
        """Give a verb that also writes the reason down, after the act: the dossiers of an act are held before its first entry."""

        def both(*given: Any, **more: Any) -> None:
            verb(*given, **more)
            self.note()

        return both

    def note(self) -> None:
        """Write the reason down, in the transaction of the act."""
        if self._found:
            words = entered(self._form.conflict)
            now = office().clock()
            go_on(self._db, self._opened, self._found, words, actor=actor(), now=now)

    @cached_property
    def _form(self) -> ConflictForm:
        return ConflictForm()
