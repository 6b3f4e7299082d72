"""A process that works cases until it is killed: `python -m tests.unit.cases.worker URL`, its people's keys on standard input.

It prints the id and the state of whatever it has just committed.
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from casework.cases import closing, service, work
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
from casework.clocks.profile import load_timekeeping
from casework.dossiers import service as dossiers
from casework.dossiers import transit, triage
from casework.dossiers.models import Entry, Report
from casework.dossiers.states import EntryState, ReportState, SetAside
from casework.post.deadlines import note_heard, start_from_receipt
from casework.records import new_id
from casework.staff.service import Actor
from casework.staff.states import Role
from crypto.age import seal
from crypto.recipients import Identity
from portal.database import Database
from portal.mailbox.models import PublicState
from tests.web.sample import PROFILE

PROPOSAL = closing.Proposal(
    outcome=Outcome.MEASURES,
    feedback=Feedback.UNREACHABLE,
    reward=Reward.ELIGIBLE,
    protection=Protection.ACTIVE,
    risk=RiskLink.REVIEW,
    words="Two were dismissed.",
)
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


class Worker:
    """The office's people at work, one act after another, each in a transaction of its own."""

    def __init__(self, url: str, people: dict[str, Actor]) -> None:
        self._database = Database(url)
        self._people = people
        self._timekeeping = load_timekeeping(PROFILE)
        self._today = self._timekeeping.day_of(NOW)

    def one(self, number: int) -> None:
        """Take one report from its arrival to the end of its case, or to where it is set aside."""
        report_id = self._arrived()
        self._report("colleague", report_id, triage.begin_triage)
        if number % 4 == 3:
            reason = SetAside.NO_FACTS, "Nothing to go by."
            self._report("colleague", report_id, triage.set_aside, *reason)
            return
        self._report("colleague", report_id, triage.accept_report)
        self._heard(report_id)
        case_id = self._opened(report_id)
        self._case("investigator", case_id, service.move_case, CaseAction.BEGIN_REVIEW)
        stated = self._case(
            "investigator", case_id, work.state_allegation, {"statement": "x"}, day=True
        )
        owner = {"owner_id": self._people["head"].id, "due_on": self._today}
        task = self._case("investigator", case_id, work.set_task, "Ask", **owner)
        self._case("head", case_id, work.end_task, task, TaskAction.FINISH, day=True)
        finding = stated, Finding.PARTLY, "Notes are missing."
        self._case("investigator", case_id, work.find, *finding, day=True)
        self._case("investigator", case_id, closing.propose_closure, PROPOSAL, day=True)
        self._case("head", case_id, closing.close_case, day=True)

    def _arrived(self) -> str:
        identity, mailbox = Identity.generate(), Identity.generate()
        report = Report(
            id=new_id(),
            recipient=identity.recipient.raw,
            mailbox_id=new_id(),
            mailbox_recipient=mailbox.recipient.raw,
            received_on=self._today - timedelta(days=1),
            public_state=PublicState.RECEIVED,
            state=ReportState.NEW,
            version=1,
        )
        entry = Entry(
            id=new_id(),
            dossier_id=report.id,
            number=None,
            sealed=b"s",
            state=EntryState.RECEIVED,
            written_on=report.received_on,
        )
        with self._database.transaction() as db:
            transit.receive(db, report=report, offers=[], entries=[entry])
        with self._database.transaction() as db:
            transit.confirm(db, there=[entry.id], gone=())
            start_from_receipt(db, [entry.id], timekeeping=self._timekeeping, now=NOW)
        for actor in self._people.values():
            sealed = seal(identity.seed, [actor.identity.recipient])
            with self._database.transaction() as db:
                dossiers.note_tried(db, actor, {report.id: sealed})
        say(report.id, report.state)
        return report.id

    def _heard(self, report_id: str) -> None:
        with self._database.transaction() as db:
            note_heard(db, report_id, timekeeping=self._timekeeping, now=NOW)

    def _report(self, who: str, report_id: str, verb: Callable[..., Any], *given: Any) -> None:
        with self._database.transaction() as db:
            opened = dossiers.open_report(db, self._people[who], report_id)
            seen = opened.dossier.version
            verb(db, opened, *given, seen=seen, actor=self._people[who], now=NOW)
            state = opened.dossier.state
        say(report_id, state)

    def _opened(self, report_id: str) -> str:
        actor = self._people["investigator"]
        with self._database.transaction() as db:
            reports = [dossiers.open_report(db, actor, report_id)]
            case_id = service.open_case(
                db,
                reports,
                {"title": "x"},
                priority=Priority.HIGH,
                danger=False,
                actor=actor,
                now=NOW,
                today=self._today,
            )
        say(case_id, "opened")
        return case_id

    def _case(
        self, who: str, case_id: str, verb: Callable[..., Any], *given: Any, **more: Any
    ) -> Any:
        values = {"now": NOW} | ({"today": self._today} if more.pop("day", False) else {})
        with self._database.transaction() as db:
            opened = service.get_case(db, self._people[who], case_id)
            seen = {"seen": opened.dossier.version, "actor": self._people[who]}
            made = verb(db, opened, *given, **seen, **values, **more)
            state = opened.dossier.state
        say(case_id, state)
        return made


def say(subject: str, state: str) -> None:
    """Say what is committed."""
    print(subject, state, flush=True)


def main() -> None:
    """Work for ever."""
    people = {
        name: Actor(one["id"], name, name, Role(one["role"]), Identity.parse(one["identity"]))
        for name, one in json.loads(sys.stdin.read()).items()
    }
    worker, number = Worker(sys.argv[1], people), 0
    while True:
        worker.one(number)
        number += 1


if __name__ == "__main__":
    main()
