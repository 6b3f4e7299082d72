"""The page of a case: how it stands, what may be done with it now, and all that belongs to it."""

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from flask import g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases import guard, rules, work
from casework.cases.closing import last_closure
from casework.cases.deadlines import follow_case
from casework.cases.guard import CaseError, OpenCase, Standing
from casework.cases.service import get_case
from casework.cases.states import CaseAction, CaseState
from casework.dossiers.grants import GrantError
from casework.dossiers.notes import NoteChanged
from casework.dossiers.states import REWRITABLE
from casework.staff import service as staff
from casework.transitions import IllegalTransition
from casework.web.access import actor
from casework.web.case_reading import CaseView, case_view
from casework.web.clock_page import ClockPanel, course
from casework.web.conflicts import Conflict, units_of_case
from casework.web.dossier_errors import case_error_words, grant_error_words
from casework.web.ending import ending_of
from casework.web.forms.cases import (
    AllegationForm,
    FindingForm,
    NoteForm,
    OwnerForm,
    ReaderForm,
    RewriteForm,
    SummaryForm,
    TaskForm,
)
from casework.web.forms.closures import ClosureForm
from casework.web.forms.folded import WordsForm
from casework.web.report_page import seen
from casework.web.services import office
from portal.errors import NotFound
from portal.forms.fields import Form


class CasePage:
    """A case in the hands of the member at work, with the forms of its page as the request filled them in."""

    endpoint = "cases.show"

    def __init__(self, case_id: str) -> None:
        self.db = office().database.session_of_request()
        self.opened: OpenCase = get_case(self.db, actor(), case_id)

    @cached_property
    def standing(self) -> Standing:
        """What this member may do with the case now."""
        return guard.standing(self.db, self.opened, actor())

    @cached_property
    def view(self) -> CaseView:
        """All that the page shows."""
        closure = self.standing.closure
        if self.opened.dossier.state == CaseState.CLOSED:
            closure = last_closure(self.db, self.opened.dossier.id)
        return case_view(self.db, self.opened, actor(), closure)

    @cached_property
    def clocks(self) -> ClockPanel:
        """The case's time limits, with what this member may do with each."""
        return ClockPanel(self.db, self.opened)

    @cached_property
    def forms(self) -> dict[str, Form]:
        """The forms of the page, by name."""
        return {
            "owner": OwnerForm.of(self.view.people.readers, self.opened.dossier.owner_id),
            "allegation": AllegationForm(prefix="allegation"),
            "task": TaskForm.of(self.view.people.readers),
            "note": NoteForm.of(),
            "summary": self._summary_form(),
            "reader": ReaderForm.of(self.view.people.choices),
            "closure": self.closing,
            "return": WordsForm(prefix="return"),
            "reopen": WordsForm(prefix="reopen"),
        }

    @property
    def reader_form(self) -> Form:
        """The form that lets a colleague read the case."""
        return self.forms["reader"]

    @property
    def address(self) -> str:
        """Where the page is."""
        return url_for(self.endpoint, case_id=self.opened.dossier.id)

    def conflict_of(self, member_id: str) -> Conflict:
        """What ties a member to what the case is about."""
        about = partial(units_of_case, self.db, self.opened)
        return Conflict(self.db, self.opened, member_id, about)

    @cached_property
    def findings(self) -> dict[str, FindingForm]:
        """The forms of the allegations' findings, by the allegation's id."""
        stated = work.allegations_of(self.db, self.opened.dossier.id)
        return {one.id: FindingForm.of(one.number, one.finding) for one in stated}

    @cached_property
    def closing(self) -> ClosureForm:
        """The form in which the case's end is asked for."""
        return ClosureForm.of()

    @cached_property
    def rewrites(self) -> dict[int, RewriteForm]:
        """The forms in which notes are written anew, by the note's number."""
        return {
            note.number: RewriteForm.of(note.number, note.words)
            for note in self.view.notes
            if note.kind in REWRITABLE
        }

    def rewriting(self, number: int) -> RewriteForm:
        """Give the form of a note of this case that may be written anew; raises NotFound for any other."""
        if number not in self.rewrites:
            raise NotFound
        return self.rewrites[number]

    def finding(self, allegation_id: str) -> FindingForm:
        """Give the form of an allegation of this case; raises NotFound for any other (F1)."""
        if allegation_id not in self.findings:
            raise NotFound
        return self.findings[allegation_id]

    def refusal(self, action: CaseAction, form: Form) -> ResponseReturnValue | None:
        """Answer what cannot be done as it came: on an old page, or with something to correct in the form."""
        if self.opened.dossier.version != seen() or action not in self.standing.actions:
            return self._barred(action) or self.stale()
        return None if form.validate() else (self.show(sent=form), 422)

    def act(self, verb: Callable[..., object], *given: Any, **more: Any) -> ResponseReturnValue:
        """Do something to the case as its page showed it, let its clocks follow, and show it again."""

        def followed(db: Session, opened: OpenCase, *args: Any, **named: Any) -> None:
            verb(db, opened, *args, **named)
            follow_case(course(db), opened)

        return self.share(followed, *given, seen=seen(), **more)

    def share(self, verb: Callable[..., object], *given: Any, **more: Any) -> ResponseReturnValue:
        """Do something that has nothing to do with the case's version, and show the case again."""
        case_id = self.opened.dossier.id
        try:
            verb(self.db, self.opened, *given, actor=actor(), now=office().clock(), **more)
        except NoteChanged:
            return self.stale(
                _(
                    "This note was written anew meanwhile. Above your words you see what it says now."
                )
            )
        except IllegalTransition:
            return self.stale()
        except CaseError as error:
            return self.stale(case_error_words(error, staff.names(self.db)))
        except GrantError as error:
            return self.stale(grant_error_words(error))
        self.db.commit()
        if not guard.readers(self.db, case_id) & {actor().id}:
            return redirect(url_for("cases.list"), code=303)
        return redirect(self.address, code=303)

    def stale(self, problem: str = "") -> ResponseReturnValue:
        """Refuse what cannot be done, and show how things stand; what was typed stays."""
        case_id = self.opened.dossier.id
        self.db.rollback()
        words = problem or _("This case was changed meanwhile. Below you see how it stands.")
        return type(self)(case_id).show(problem=words), 409

    def show(self, *, sent: Form | None = None, problem: str = "") -> str:
        """Show the page; `sent` is the form that is to be corrected."""
        return render_template(
            "casework/case.html",
            form=sent or self.forms["note"],
            forms_of=self.forms,
            findings=self.findings,
            rewrites=self._offered_rewrites(),
            problem=problem,
            ending=ending_of(self.db, self.opened, actor(), sent),
            case=self.view,
            clocks=self.clocks.shown,
            clock_endpoint="clocks.of_case",
            ties=self.conflict_of(actor().id).ties,
            version=self.opened.dossier.version,
            actions=self.standing.actions,
            barred=self._is_barred(CaseAction.CLOSE),
        )

    def _offered_rewrites(self) -> dict[int, RewriteForm]:
        """Give the forms of notes that may be written anew now; and what somebody typed when they no longer may."""
        may = CaseAction.REWRITE_NOTE in self.standing.actions
        return {number: form for number, form in self.rewrites.items() if may or form.is_sent}

    def _summary_form(self) -> SummaryForm:
        lists = office().organisation
        return SummaryForm.of(
            lists.choices(lists.categories, g.language),
            lists.choices(lists.units, g.language),
            self.view.said,
        )

    def _is_barred(self, action: CaseAction) -> bool:
        """Whether the act is possible, but not to this member: somebody else has to do it."""
        closing = self.standing.closure is not None
        possible = rules.can(action, CaseState(self.opened.dossier.state), closing=closing)
        return possible and action not in self.standing.actions

    def _barred(self, action: CaseAction) -> ResponseReturnValue | None:
        if self.opened.dossier.version == seen() and self._is_barred(action):
            return self.stale(case_error_words(guard.Barred(action), {}))
        return None
