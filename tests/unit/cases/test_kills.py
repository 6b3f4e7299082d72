"""SIGKILL at random moments while cases are worked: what is left is what the ledger says, and nothing is half made."""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.models import Allegation, Case, CaseReport, Closure, Task
from casework.clocks.agenda import events_of
from casework.clocks.history import replay
from casework.clocks.models import Clock
from casework.dossiers.models import Arrival, Entry, Grant, Note, Report
from casework.dossiers.states import NoteKind
from casework.ledger.models import LedgerEntry
from casework.ledger.rules import Body
from casework.ledger.service import body_of, verify_ledger
from casework.ledger.states import Act
from casework.post.deadlines import _FROM_RECEIPT as FROM_RECEIPT
from tests.support.offices import Office

KILLS = int(os.environ.get("ISHONCH_TEST_KILLS", "2"))
ROOT = Path(__file__).parents[3]
LONGEST_LIFE = 0.7
PEOPLE = ("head", "investigator", "colleague")


@pytest.mark.slow
def test_whatever_moment_the_process_dies_at_states_clocks_and_cases_are_what_the_ledger_says(
    office: Office,
) -> None:
    """F5. F16."""
    chance = random.Random()  # noqa: S311 - moments, not secrets
    url = office.here.database.engine.url.render_as_string(hide_password=False)
    people = {
        name: {
            "id": office.member(name).id,
            "role": office.member(name).role,
            "identity": office.identity(name).encode(),
        }
        for name in PEOPLE
    }
    for _ in range(KILLS):
        said = killed_after(url, json.dumps(people), chance.uniform(0, LONGEST_LIFE))
        with office.db() as db:
            check(db, office, said)


def killed_after(url: str, people: str, seconds: float) -> dict[str, int]:
    """Let it work for a while; give how often it said of a subject that something was committed, before it died."""
    command = [sys.executable, "-m", "tests.unit.cases.worker", url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        process.stdin.write(people)
        process.stdin.close()
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read()
    lines = [one for one in (first + rest).splitlines(keepends=True) if one.endswith("\n")]
    return Counter(line.split()[0] for line in lines)


def check(db: Session, office: Office, said: dict[str, int]) -> None:
    """Hold everything there is against the ledger."""
    verify_ledger(db, verifier="")
    bodies = [body_of(one) for one in db.scalars(sa.select(LedgerEntry).order_by("number"))]
    for subject, times in said.items():
        # Of a report its arrival is said too; that is an act of no member.
        acts = sum(body.subject == subject for body in bodies)
        assert acts >= times
    check_reports(db, bodies)
    check_cases(db, bodies)
    check_clocks(db, office, bodies)


def last_moves(bodies: list[Body], act: Act) -> dict[str, str]:
    """Replay the ledger: where each subject was taken last."""
    return {body.subject: body.change["to"] for body in bodies if body.act == act}


def check_reports(db: Session, bodies: list[Body]) -> None:
    moved = last_moves(bodies, Act.REPORT_MOVED)
    states = dict(db.execute(sa.select(Report.id, Report.state)).all())
    assert states == {report_id: moved.get(report_id, "new") for report_id in states}
    assert moved.keys() <= states.keys()


def check_cases(db: Session, bodies: list[Body]) -> None:
    states = dict(db.execute(sa.select(Case.id, Case.state)).all())
    opened = {body.subject for body in bodies if body.act == Act.CASE_OPENED}
    moved = last_moves(bodies, Act.CASE_MOVED)
    assert states == {case_id: moved.get(case_id, "opened") for case_id in opened}
    links = {
        (body.subject, body.change["report"]) for body in bodies if body.act == Act.CASE_LINKED
    }
    assert set(db.execute(sa.select(CaseReport.case_id, CaseReport.report_id))) == links
    assert {case_id for case_id, _ in links} == opened
    summaries = sa.select(Note.dossier_id).where(Note.kind == NoteKind.SUMMARY)
    assert set(db.scalars(summaries)) == opened
    granted = sa.select(Grant.dossier_id).where(Grant.dossier_id.in_(opened))
    assert Counter(db.scalars(granted)) == dict.fromkeys(opened, len(PEOPLE))
    for model, act, key in (
        (Allegation, Act.ALLEGATION_STATED, "allegation"),
        (Task, Act.TASK_SET, "task"),
    ):
        made = {body.change[key] for body in bodies if body.act == act}
        assert set(db.scalars(sa.select(model.id))) == made
    asked = Counter(body.subject for body in bodies if body.act == Act.CLOSURE_PROPOSED)
    assert Counter(db.scalars(sa.select(Closure.case_id))) == asked
    decided = sa.select(Closure.case_id).where(Closure.approved.is_(True))
    assert set(db.scalars(decided)) == {one for one, state in states.items() if state == "closed"}


def check_clocks(db: Session, office: Office, bodies: list[Body]) -> None:
    started = {body.change["clock"] for body in bodies if body.act == Act.CLOCK_STARTED}
    met = {body.change["clock"] for body in bodies if body.act == Act.CLOCK_MET}
    clocks = db.scalars(sa.select(Clock)).all()
    assert {clock.id for clock in clocks} == started
    assert {clock.id for clock in clocks if clock.met_at} == met
    for clock in clocks:
        standing = replay(events_of(db, clock.id), office.here.post.timekeeping)
        assert (clock.state, clock.due_at) == (standing.state, standing.due_at)
    of = Counter(clock.subject_id for clock in clocks)
    # Whoever has arrived has both clocks that run from its receipt.
    arrived = sa.select(Entry.dossier_id).where(~sa.exists().where(Arrival.entry_id == Entry.id))
    assert all(of[report_id] >= len(FROM_RECEIPT) for report_id in db.scalars(arrived))
