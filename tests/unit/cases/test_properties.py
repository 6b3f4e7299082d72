"""Whatever the people of the office do, in whatever order: the rules hold, and the ledger tells how it came to be so."""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases import access, closing, service, work
from casework.cases import states as cases
from casework.cases.guard import CaseError, case_ids, readers, relations, report_ids
from casework.cases.models import Case, Closure
from casework.cases.states import CaseAction, CaseState, Relation, TaskAction
from casework.destruction import service as destruction
from casework.destruction.models import Destruction
from casework.destruction.service import DestructionError
from casework.destruction.states import ENDED_REPORTS
from casework.dossiers import states as dossiers
from casework.dossiers import triage
from casework.dossiers.grants import GrantError
from casework.dossiers.models import Dossier, Grant, Report
from casework.dossiers.states import ReportState, Route, SetAside
from casework.transitions import IllegalTransition, next_state
from portal.errors import NotFound
from tests.support.offices import Office
from tests.unit.cases.desk import READING, Desk
from tests.unit.cases.test_triage import acts, merge_into

EVERYBODY = (*READING, "oversight")
REFUSALS = (CaseError, DestructionError, GrantError, IllegalTransition, NotFound)
STEPS = 150
SELDOM = 0.2
WEEKS = int(os.environ.get("ISHONCH_TEST_WEEKS", "1"))
STEPS_OF_CASES = tuple(
    action for _, action in cases.TRANSITIONS if action not in {CaseAction.CLOSE, CaseAction.REOPEN}
)


@dataclass
class Week:
    """Some people at work on two reports and whatever becomes of them, at random."""

    desk: Desk
    chance: random.Random
    reports: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    recused: set[tuple[str, str]] = field(default_factory=set)
    done: int = 0

    def step(self) -> None:
        """Let somebody try something; what is refused changes nothing."""
        who, act = self.chance.choice(EVERYBODY), self.chance.choice(list(self._acts()))
        before = self._state()
        try:
            act(who)
        except REFUSALS:
            assert self._state() == before
        else:
            self.done += 1

    def _acts(self) -> Iterator[Callable[[str], Any]]:
        """Give everything that can be tried now."""
        desk, pick, today = self.desk, self.chance.choice, self.desk.office.here.today()
        report = pick(self.reports)
        yield lambda who: desk.report(who, report, triage.begin_triage)
        yield lambda who: desk.report(who, report, triage.ask_informant)
        yield lambda who: desk.report(who, report, triage.hear_informant)
        yield lambda who: desk.report(who, report, triage.accept_report)
        yield lambda who: desk.report(who, report, triage.set_aside, pick(list(SetAside)), "Why")
        yield lambda who: desk.report(who, report, triage.reroute, pick(list(Route)), "What")
        yield lambda who: desk.report(who, report, triage.reopen_report, "Why")
        yield lambda who: desk.report(who, report, merge_into(pick(self.reports)))
        yield lambda who: self.cases.append(desk.opened(who, report))
        member = pick(EVERYBODY)
        if self.chance.random() < SELDOM:
            yield lambda who: self._put_outside(who, report, access.recuse_from_report, member)
            yield lambda who: desk.outside(who, report, access.revoke_from_report, member)
        yield from self._acts_of_ending(pick([*self.reports, *self.cases]), today)
        if self.cases:
            yield from self._acts_on(pick(self.cases), member, today)

    def _acts_of_ending(self, dossier: str, today: Any) -> Iterator[Callable[[str], Any]]:
        desk = self.desk
        keep, lift = destruction.set_hold, destruction.lift_hold
        yield lambda who: desk.asked(who, dossier)
        if self.chance.random() < SELDOM:
            yield lambda who: desk.ending(who, dossier, keep, "A court asks", today=today)
        yield lambda who: desk.ending(who, dossier, lift, "It is over")
        yield lambda who: desk.destroyed(who, dossier)

    def _acts_on(self, case: str, member: str, today: Any) -> Iterator[Callable[[str], Any]]:
        desk, pick = self.desk, self.chance.choice
        step = pick(STEPS_OF_CASES)
        yield lambda who: desk.case(who, case, service.move_case, step)
        yield lambda who: desk.linked(who, case, pick(self.reports))
        yield lambda who: desk.unlinked(who, case, pick(self.reports))
        yield lambda who: desk.case(who, case, service.assign_case, desk.office.member(member).id)
        yield lambda who: desk.found(who, case, desk.stated(who, case))
        yield lambda who: desk.set_task(who, case, member)
        yield lambda who: self._end_tasks(who, case, today)
        yield lambda who: desk.proposed(who, case)
        yield lambda who: self._close(who, case)
        yield lambda who: desk.case(who, case, closing.return_closure, "More", today=today)
        yield lambda who: desk.case(who, case, closing.reopen_case, "New facts")
        yield lambda who: desk.gave(who, case, member)
        if self.chance.random() < SELDOM:
            yield lambda who: self._put_outside(who, case, access.recuse_from_case, member)
            yield lambda who: desk.outside(who, case, access.revoke_from_case, member)

    def _put_outside(
        self, who: str, dossier_id: str, verb: Callable[..., Any], member: str
    ) -> None:
        self.desk.outside(who, dossier_id, verb, member)
        self.recused.add((dossier_id, member))

    def _end_tasks(self, who: str, case: str, today: Any) -> None:
        with self.desk.office.db() as db:
            tasks = [task.id for task in work.tasks_of(db, case)]
        for task in tasks:
            self.desk.case(who, case, work.end_task, task, TaskAction.FINISH, today=today)

    def _close(self, who: str, case: str) -> None:
        """Close a case, and look at how whoever did so stood to it just before."""
        actor = self.desk.office.actor(who)
        with self.desk.office.db() as db:
            row = db.get(Case, case)
            if row is None:
                raise NotFound
            stood = relations(db, row, actor)
        self.desk.closed(who, case)
        assert stood == {Relation.GRANTED}

    def _state(self) -> Any:
        with self.desk.office.db() as db:
            reports = db.execute(sa.select(Report.id, Report.state, Report.version)).all()
            rows = db.execute(sa.select(Case.id, Case.state, Case.version, Case.owner_id)).all()
            grants = db.execute(sa.select(Grant.dossier_id, Grant.member_id, Grant.recused)).all()
            ends = db.execute(sa.select(Destruction.dossier_id, Destruction.destroyed_on)).all()
        return [sorted(map(str, found)) for found in (reports, rows, grants, ends)]


def check_rules(week: Week) -> None:
    """Look at everything that may never be otherwise."""
    office = week.desk.office
    with office.db() as db:
        for case in db.scalars(sa.select(Case)):
            for report_id in report_ids(db, case.id):
                assert readers(db, case.id) <= readers(db, report_id)
            assert case.owner_id in readers(db, case.id)
        for dossier_id, username in week.recused:
            if db.get(Dossier, dossier_id) is None:
                continue
            grant = db.get(Grant, (dossier_id, office.member(username).id))
            assert grant is not None
            assert grant.recused
        for report in db.scalars(sa.select(Report)):
            assert (report.state == ReportState.LINKED) == bool(case_ids(db, report.id))
        for closure in db.scalars(sa.select(Closure).where(Closure.approved.is_(sa.true()))):
            assert closure.decided_by != closure.proposed_by
        for gone in db.scalars(sa.select(Destruction).where(Destruction.confirmed_by.is_not(None))):
            assert gone.confirmed_by != gone.asked_by
            assert db.get(Dossier, gone.dossier_id) is None
    for dossier_id in (*week.reports, *week.cases):
        assert week.desk.readers(dossier_id) == week.desk.allowed(dossier_id)


def replay(desk: Desk, subject: str, act: str, moves: Mapping[Any, Any]) -> str:
    """Follow what the ledger says was done to something, each step through the table; give where it leads."""
    # The tables begin with the first state.
    state, action = next(iter(moves))
    for what, change in acts(desk, subject):
        if what == act:
            assert change["from"] == state
            state = next_state(moves, state, type(action)(change["action"]))
            assert change["to"] == state
    return str(state)


@pytest.mark.parametrize("seed", range(WEEKS))
def test_whatever_people_do_the_rules_hold_and_the_ledger_tells_it(
    sqlite_office: Office, seed: int
) -> None:
    """F1. F2. F3. F6."""
    week = Week(Desk(sqlite_office), random.Random(seed))  # noqa: S311 - chance, no secret
    week.reports = [week.desk.accepted("head"), week.desk.arrived()]
    for _ in range(STEPS):
        week.step()
        check_rules(week)
    assert week.done > STEPS // 25
    with sqlite_office.db() as db:
        found = {report.id: report.state for report in db.scalars(sa.select(Report))}
        opened = {case.id: case.state for case in db.scalars(sa.select(Case))}
    ended = {CaseState.CLOSED, *ENDED_REPORTS}
    for report_id in week.reports:
        told = replay(week.desk, report_id, "report.moved", dossiers.REPORT_TRANSITIONS)
        assert told == found[report_id] if report_id in found else told in ended
    for case_id in week.cases:
        told = replay(week.desk, case_id, "case.moved", cases.TRANSITIONS)
        assert told == opened[case_id] if case_id in opened else told in ended
