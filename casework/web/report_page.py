"""The page of a report: its correspondence, what may be done with it now, and why what was done was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework.cases.deadlines import follow_report
from casework.cases.guard import case_ids, readers
from casework.dossiers import service as dossiers
from casework.dossiers.grants import GrantError
from casework.dossiers.notes import read_notes
from casework.dossiers.service import OpenReport
from casework.dossiers.states import (
    REPORT_PERMITTED,
    REPORT_TRANSITIONS,
    NoteKind,
    ReportAction,
    ReportState,
)
from casework.dossiers.triage import MergedElsewhere
from casework.staff import service as staff
from casework.transitions import IllegalTransition, possible_actions
from casework.web.access import actor
from casework.web.case_listing import open_titles, titles_of
from casework.web.clock_page import ClockPanel, course
from casework.web.conflicts import Conflict, units_of_report
from casework.web.dossier_errors import grant_error_words
from casework.web.dossier_words import report_state_words
from casework.web.ending import ending_of
from casework.web.forms.cases import LinkForm, OpenCaseForm, ReaderForm
from casework.web.forms.folded import WordsForm
from casework.web.forms.reports import ReplyForm
from casework.web.forms.triage import (
    Choices,
    MergeForm,
    RerouteForm,
    SetAsideForm,
)
from casework.web.listing import list_reports
from casework.web.noting import shown_notes
from casework.web.readership import People, people_of
from casework.web.reading import correspondence, report_answers
from casework.web.replying import reply_form
from casework.web.services import office
from portal.errors import NotFound
from portal.filing import new_submission
from portal.forms.fields import Form
from portal.i18n import format_date
from portal.sealed_files import SealedFile


@dataclass(frozen=True, slots=True)
class TriageForms:
    """The forms of triage, each with what was typed into it."""

    set_aside: SetAsideForm
    reroute: RerouteForm
    merge: MergeForm
    reopen: WordsForm
    open_case: OpenCaseForm
    link: LinkForm


class ReportPage:
    """A report in the hands of the member at work, with the forms of its page as the request filled them in."""

    def __init__(self, report_id: str) -> None:
        self.db = office().database.session_of_request()
        self.opened: OpenReport = dossiers.open_report(self.db, actor(), report_id)

    @cached_property
    def actions(self) -> frozenset[ReportAction]:
        """What this member may do with the report now."""
        state = ReportState(self.opened.dossier.state)
        return possible_actions(REPORT_TRANSITIONS, REPORT_PERMITTED, state, actor().role)

    @cached_property
    def case_ids(self) -> Sequence[str]:
        """The cases the report belongs to, whoever may read them."""
        return case_ids(self.db, self.opened.dossier.id)

    @cached_property
    def clocks(self) -> ClockPanel:
        """The report's time limits, with what this member may do with each."""
        return ClockPanel(self.db, self.opened)

    @cached_property
    def forms(self) -> TriageForms:
        """The forms of what may be done; lists that nobody could choose from are left empty."""
        others = self._others() if ReportAction.MERGE in self.actions else ()
        cases: Choices = ()
        if ReportAction.LINK in self.actions:
            cases = open_titles(self.db, actor(), without=self.case_ids)
        return TriageForms(
            SetAsideForm.of(),
            RerouteForm.of(),
            MergeForm.of(others),
            WordsForm(prefix="reopen"),
            self._open_case_form(),
            LinkForm.of(cases),
        )

    @cached_property
    def answers(self) -> Mapping[str, str]:
        """What the informant answered in the form."""
        return report_answers(self.db, self.opened)

    @cached_property
    def people(self) -> People:
        """How the members stand to the report."""
        concerned = self.answers.get("concerned", "").split(",")
        return people_of(self.db, self.opened.dossier.id, actor(), concerned=concerned)

    @cached_property
    def reader_form(self) -> ReaderForm:
        """The form that lets a colleague read the report."""
        return ReaderForm.of(self.people.choices)

    @property
    def address(self) -> str:
        """Where the page is."""
        return url_for("inbox.report", report_id=self.opened.dossier.id)

    def conflict_of(self, member_id: str, *units: str) -> Conflict:
        """What ties a member to the unit the report is about, or to one of these."""

        def named() -> set[str]:
            return units_of_report(self.db, self.opened).union(units)

        return Conflict(self.db, self.opened, member_id, named)

    def decide(self, verb: Callable[..., None], *given: Any, **more: Any) -> ResponseReturnValue:
        """Do something of triage: as `act`, once the member at work has answered for what ties them to it."""
        if self.opened.dossier.version != seen():
            return self.stale()
        conflict = self.conflict_of(actor().id)
        return conflict.question(self.address) or self.act(conflict.answered(verb), *given, **more)

    def hold(self, *others: str) -> None:
        """Hold the report, with other dossiers of one act; raises IllegalTransition if it is not what the page showed (F6)."""
        dossiers.hold(self.db, self.opened.dossier.id, *others)
        self.db.refresh(self.opened.dossier)
        if self.opened.dossier.version != seen():
            raise IllegalTransition("this report was changed meanwhile")

    def refusal(self, action: ReportAction, form: Form) -> ResponseReturnValue | None:
        """Answer what cannot be done as it came: on an old page, or with something to correct in the form."""
        if self.opened.dossier.version != seen() or action not in self.actions:
            return self.stale()
        return None if form.validate() else (self.show(sent=form), 422)

    def act(self, verb: Callable[..., None], *given: Any, **more: Any) -> ResponseReturnValue:
        """Do something to the report as its page showed it, and show it again."""
        values = {"seen": seen(), "actor": actor(), "now": office().clock()}
        try:
            verb(self.db, self.opened, *given, **(values | more))
            follow_report(course(self.db), self.opened.dossier)
        except MergedElsewhere:
            return self.stale(
                _("That report was itself merged into another one. Choose that other one.")
            )
        except IllegalTransition:
            return self.stale()
        self.db.commit()
        return redirect(self.address, code=303)

    def share(self, verb: Callable[..., object], **given: Any) -> ResponseReturnValue:
        """Let somebody read the report, or put them outside, and show it again to who may still read it."""
        report_id, address = self.opened.dossier.id, self.address
        try:
            verb(self.db, self.opened, actor=actor(), now=office().clock(), **given)
        except GrantError as error:
            return self.stale(grant_error_words(error))
        self.db.commit()
        if actor().id not in readers(self.db, report_id):
            return redirect(url_for("inbox.show"), code=303)
        return redirect(address, code=303)

    def stale(self, problem: str = "") -> ResponseReturnValue:
        """Refuse what was done on an old page, and show how things stand; what was typed stays."""
        report_id = self.opened.dossier.id
        self.db.rollback()
        words = problem or _("This report was changed meanwhile. Below you see how it stands.")
        return ReportPage(report_id).show(problem=words), 409

    def show(
        self,
        *,
        reply: ReplyForm | None = None,
        sent: Form | None = None,
        problem: str = "",
        files: Sequence[SealedFile] = (),
    ) -> str:
        """Show the page; `sent` is the form that is to be corrected, if not the reply."""
        here, reply = office(), reply or reply_form(empty=True)
        reply.submission.data = reply.submission.data or new_submission()
        view = correspondence(self.db, self.opened, actor())
        notes = [n for n in read_notes(self.db, self.opened) if n.kind == NoteKind.REASON]
        return render_template(
            "casework/report.html",
            form=sent or reply,
            reply=reply,
            problem=problem,
            report=view.report,
            version=self.opened.dossier.version,
            stands=report_state_words(self.opened.dossier.state),
            merged_into=self._merged_into(),
            actions=self.actions,
            triage=self.forms,
            clocks=self.clocks.shown,
            clock_endpoint="clocks.of_report",
            cases=titles_of(self.db, actor(), self.case_ids),
            reasons=shown_notes(notes, staff.names(self.db)),
            ties=self.conflict_of(actor().id).ties,
            items=view.items,
            pending=view.pending,
            people=self.people,
            reader=self.reader_form,
            kept_files=files,
            ending=ending_of(self.db, self.opened, actor(), sent),
            limits={"bytes": here.settings.report_limit, "files": here.settings.report_files},
        )

    def _others(self) -> Choices:
        """Name the other reports this member may read, the newest, by reference and category."""
        rows = list_reports(self.db, actor(), "", 1).rows
        return [
            (
                row.id,
                f"{row.id[:8]}, {format_date(row.received_on)}, {row.category or _('No category')}",
            )
            for row in rows
            if row.id != self.opened.dossier.id
        ]

    def _open_case_form(self) -> OpenCaseForm:
        """Make the form of a new case, with what the report itself says it is about."""
        lists, answers = office().organisation, self.answers
        categories, units = (
            [(item.id, lists.text(item.label, g.language)) for item in items]
            for items in (lists.categories, lists.units)
        )
        category, unit = answers.get("category", ""), answers.get("unit", "")
        danger = self.clocks.is_dangerous
        return OpenCaseForm.of(categories, units, category=category, unit=unit, danger=danger)

    def _merged_into(self) -> str | None:
        """Say which report this one repeats, if this member may read that one too."""
        found = self.opened.dossier.duplicate_of
        try:
            return dossiers.open_report(self.db, actor(), found).dossier.id if found else None
        except NotFound:
            return None


def seen() -> int:
    """Say which version of its object the page showed that was sent; none that there is, if it does not say."""
    return request.form.get("seen", -1, type=int)
