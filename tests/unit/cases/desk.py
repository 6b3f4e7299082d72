"""The office's people at work on reports and cases, without its pages."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from casework.cases import access, closing, service, work
from casework.cases.guard import OpenCase, readers
from casework.cases.states import (
    CaseAction,
    Feedback,
    Finding,
    Outcome,
    Priority,
    Protection,
    Reward,
    RiskLink,
    TaskAction,
)
from casework.destruction import service as destruction
from casework.destruction.states import DestructionReason
from casework.dossiers import service as dossiers
from casework.dossiers import triage
from casework.dossiers.notes import write_note
from casework.dossiers.service import OpenReport
from casework.dossiers.states import NoteKind
from casework.staff.service import Actor
from portal.errors import NotFound
from tests.support.offices import Office
from tests.unit.casework.reports import claimed, filed

READING = ("head", "investigator", "colleague")
SUMMARY = {"title": "Parts that never came", "category": "procurement", "unit": "supply"}
STATEMENT = {"statement": "Invoices were signed for parts not delivered.", "norm": "", "period": ""}

PROPOSAL = closing.Proposal(
    outcome=Outcome.MEASURES,
    feedback=Feedback.UNREACHABLE,
    reward=Reward.ELIGIBLE,
    protection=Protection.ACTIVE,
    risk=RiskLink.REVIEW,
    words="Two people were dismissed.",
)


@dataclass
class Desk:
    """An office, and verbs said in the name of one of its members, each in a transaction of its own."""

    office: Office

    def arrived(self, text: str = "What I saw", **fields: Any) -> str:
        """Let a report arrive and be found by everybody entitled; give its id."""
        known = {report.id for report in self.office.reports()}
        filed(self.office, text, **fields)
        self.office.exchange()
        for username in (*READING, "oversight"):
            claimed(self.office, username)
        (new,) = {report.id for report in self.office.reports()} - known
        return new

    def report(
        self, username: str, report_id: str, verb: Callable[..., Any], *args: Any, **more: Any
    ) -> Any:
        """Do something to a report as its page shows it now."""
        actor = self.office.actor(username)
        with self.office.here.database.transaction() as db:
            opened = dossiers.open_report(db, actor, report_id)
            values = {"seen": opened.dossier.version, "actor": actor, "now": self.office.clock()}
            return verb(db, opened, *args, **(values | more))

    def accepted(self, username: str = "investigator", **fields: Any) -> str:
        """Let a report arrive, and take it through triage."""
        report_id = self.arrived(**fields)
        self.report(username, report_id, triage.begin_triage)
        self.report(username, report_id, triage.accept_report)
        return report_id

    def opened(self, username: str = "investigator", *report_ids: str) -> str:
        """Open a case of accepted reports, or of a new one; give its id."""
        actor, office = self.office.actor(username), self.office
        chosen = report_ids or (self.accepted(username),)
        with office.here.database.transaction() as db:
            return service.open_case(
                db,
                [dossiers.open_report(db, actor, one) for one in chosen],
                SUMMARY,
                priority=Priority.NORMAL,
                danger=False,
                actor=actor,
                now=office.clock(),
                today=office.here.today(),
            )

    def case(
        self, username: str, case_id: str, verb: Callable[..., Any], *args: Any, **more: Any
    ) -> Any:
        """Do something to a case as its page shows it now."""
        actor, office = self.office.actor(username), self.office
        with office.here.database.transaction() as db:
            opened = service.get_case(db, actor, case_id)
            values = {"seen": opened.dossier.version, "actor": actor, "now": office.clock()}
            return verb(db, opened, *args, **(values | more))

    def linked(self, username: str, case_id: str, report_id: str) -> None:
        """Add a report to a case."""
        today = self.office.here.today()
        self._with_report(username, case_id, report_id, service.link_report, today=today)

    def unlinked(self, username: str, case_id: str, report_id: str) -> None:
        """Take a report out of a case."""
        self._with_report(username, case_id, report_id, service.unlink_report)

    def _with_report(
        self, username: str, case_id: str, report_id: str, verb: Callable[..., None], **more: Any
    ) -> None:
        actor, office = self.office.actor(username), self.office
        with office.here.database.transaction() as db:
            opened = service.get_case(db, actor, case_id)
            report = dossiers.open_report(db, actor, report_id)
            seen = opened.dossier.version
            verb(db, opened, report, seen=seen, actor=actor, now=office.clock(), **more)

    def stated(self, username: str, case_id: str) -> str:
        """State an allegation; give its id."""
        made = self.case(
            username, case_id, work.state_allegation, STATEMENT, today=self.office.here.today()
        )
        return str(made)

    def found(self, username: str, case_id: str, allegation_id: str) -> None:
        """Find an allegation substantiated."""
        arguments = allegation_id, Finding.SUBSTANTIATED, "Delivery notes are missing."
        self.case(username, case_id, work.find, *arguments, today=self.office.here.today())

    def set_task(self, username: str, case_id: str, owner: str) -> str:
        """Set a task due in a week; give its id."""
        made = self.case(
            username,
            case_id,
            work.set_task,
            "Ask for the delivery notes",
            owner_id=self.office.member(owner).id,
            due_on=self.office.here.today() + timedelta(days=7),
        )
        return str(made)

    def ended_task(self, username: str, case_id: str, task_id: str) -> None:
        """Finish a task."""
        today = self.office.here.today()
        self.case(username, case_id, work.end_task, task_id, TaskAction.FINISH, today=today)

    def ready(self, username: str = "investigator", *report_ids: str) -> str:
        """Open a case and bring it to where it can be closed."""
        case_id = self.opened(username, *report_ids)
        self.made_ready(username, case_id)
        return case_id

    def made_ready(self, username: str, case_id: str) -> None:
        """Bring a case to where it can be closed."""
        self.case(username, case_id, service.move_case, CaseAction.BEGIN_REVIEW)
        self.found(username, case_id, self.stated(username, case_id))

    def noted(self, username: str, case_id: str, words: str) -> int:
        """Write a note in a case; give its number."""
        actor = self.office.actor(username)
        with self.office.here.database.transaction() as db:
            opened = service.get_case(db, actor, case_id)
            said = {"words": words}
            now = self.office.clock()
            return write_note(db, opened, NoteKind.NOTE, said, actor=actor, now=now)

    def proposed(self, username: str, case_id: str, **changes: Any) -> None:
        """Ask for a case to be closed."""
        proposal = replace(PROPOSAL, **changes)
        today = self.office.here.today()
        self.case(username, case_id, closing.propose_closure, proposal, today=today)

    def closed(self, username: str, case_id: str) -> None:
        """Approve the closing of a case."""
        self.case(username, case_id, closing.close_case, today=self.office.here.today())

    def gave(self, username: str, case_id: str, to: str) -> bool:
        """Let a colleague read a case; whether they read it now."""
        actor = self.office.actor(username)
        with self.office.here.database.transaction() as db:
            opened = service.get_case(db, actor, case_id)
            to_id = self.office.member(to).id
            return access.give_access(db, opened, to=to_id, actor=actor, now=self.office.clock())

    def outside(
        self, username: str, dossier_id: str, verb: Callable[..., Any], member: str
    ) -> None:
        """Recuse a member, or take their access away."""
        actor = self.office.actor(username)
        with self.office.here.database.transaction() as db:
            opened = _either(db, actor, dossier_id)
            member_id = self.office.member(member).id
            verb(db, opened, member_id=member_id, actor=actor, now=self.office.clock())

    def ending(
        self, username: str, dossier_id: str, verb: Callable[..., Any], *args: Any, **more: Any
    ) -> Any:
        """Do something about the end of a report or a case, as its page shows it now."""
        actor, office = self.office.actor(username), self.office
        with office.here.database.transaction() as db:
            opened = _either(db, actor, dossier_id)
            values = {"seen": opened.dossier.version, "actor": actor, "now": office.clock()}
            return verb(db, opened, *args, **(values | more))

    def asked(self, username: str, dossier_id: str) -> None:
        """Ask that a report or a case be destroyed."""
        reason, today = DestructionReason.RETENTION, self.office.here.today()
        self.ending(username, dossier_id, destruction.ask_destruction, reason, today=today)

    def destroyed(self, username: str, dossier_id: str) -> list[str]:
        """Agree that a report or a case is destroyed; give its files."""
        is_report = any(report.id == dossier_id for report in self.office.reports())
        verb = destruction.destroy_report if is_report else destruction.destroy_case
        found = self.ending(username, dossier_id, verb, today=self.office.here.today())
        return found or []

    def readers(self, dossier_id: str) -> set[str]:
        """Say who can really open a dossier: each tries with their own key."""
        return {
            username for username in (*READING, "oversight") if self.opens(username, dossier_id)
        }

    def opens(self, username: str, dossier_id: str) -> bool:
        """Whether a member can open a dossier."""
        actor = self.office.actor(username)
        with self.office.db() as db:
            return _opens(db, actor, dossier_id)

    def allowed(self, dossier_id: str) -> set[str]:
        """Say who has a grant, by user name."""
        ids = {self.office.member(name).id: name for name in (*READING, "oversight")}
        with self.office.db() as db:
            return {ids[one] for one in readers(db, dossier_id)}


def _either(db: Session, actor: Actor, dossier_id: str) -> OpenReport | OpenCase:
    try:
        return dossiers.open_report(db, actor, dossier_id)
    except NotFound:
        return service.get_case(db, actor, dossier_id)


def _opens(db: Session, actor: Actor, dossier_id: str) -> bool:
    for get in (dossiers.open_report, service.get_case):
        try:
            get(db, actor, dossier_id)
        except NotFound:
            continue
        return True
    return False
