"""Nothing that names, quotes or describes is in clear: marked words go all the way of a case, and are heard nowhere."""

import secrets
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.cases import closing, service, work
from casework.cases.states import (
    CaseAction,
    Finding,
    Priority,
    TaskAction,
)
from casework.dossiers import service as dossiers
from casework.dossiers import triage
from casework.dossiers.notes import rewrite_note, write_note
from casework.dossiers.states import NoteKind, Route, SetAside
from casework.records import CaseworkModel
from casework.staff.models import Member
from tests.support.canary import Canary
from tests.support.offices import Office
from tests.unit.cases.desk import PROPOSAL, Desk

NAMES = (
    *("letter", "file name", "aside", "reroute", "reopening", "title", "note", "note again"),
    *("party", "statement", "norm", "period", "task", "finding", "second finding"),
    *("closing", "reward", "risk", "returning", "opening again"),
)
MARKS = {name: f"Гульнора {name} ʻquoteʼ {secrets.token_hex(6)}" for name in NAMES}


def test_the_words_of_a_case_are_in_no_file_row_or_log_of_the_office(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """F9. E18."""
    caplog.set_level("DEBUG")
    canary = Canary(MARKS)
    case_id = worked(Desk(office))
    assert case_id
    assert heard(office, canary, tmp_path) == set()
    assert canary.heard_in(caplog.text.encode()) == set()
    # What would lie there in clear would be heard.
    office.execute(sa.update(Member).values(name=MARKS["party"]))
    assert {name for name, _ in heard(office, canary, tmp_path)} == {"party"}


def worked(desk: Desk) -> str:
    """Let the marked words be typed wherever there is something to type; give the case."""
    office, today = desk.office, desk.office.here.today()
    for verb, reason, words in (
        (triage.set_aside, SetAside.WITHDRAWN, MARKS["aside"]),
        (triage.reroute, Route.HUMAN_RESOURCES, MARKS["reroute"]),
    ):
        other = desk.arrived(MARKS["letter"], files=[(f"{MARKS['file name']}.txt", b"a")])
        desk.report("colleague", other, triage.begin_triage)
        desk.report("colleague", other, verb, reason, words)
        desk.report("colleague", other, triage.reopen_report, MARKS["reopening"])
        desk.report("colleague", other, triage.accept_report)
    actor = office.actor("investigator")
    with office.here.database.transaction() as db:
        case_id = service.open_case(
            db,
            [dossiers.open_report(db, actor, other)],
            {"title": MARKS["title"]},
            priority=Priority.NORMAL,
            danger=False,
            actor=actor,
            now=office.clock(),
            today=today,
        )
        opened, by = service.get_case(db, actor, case_id), {"actor": actor, "now": office.clock()}
        note = write_note(db, opened, NoteKind.NOTE, {"words": MARKS["note"]}, **by)  # type: ignore[arg-type]
        rewrite_note(db, opened, note, {"words": MARKS["note again"]}, seen=1, **by)  # type: ignore[arg-type]
        write_note(db, opened, NoteKind.PARTY, {"words": MARKS["party"]}, **by)  # type: ignore[arg-type]
    desk.case("investigator", case_id, service.move_case, CaseAction.BEGIN_REVIEW)
    content = {name: MARKS[name] for name in ("statement", "norm", "period")}
    stated = desk.case("investigator", case_id, work.state_allegation, content, today=today)
    owner = {"owner_id": actor.id, "due_on": today}
    task = desk.case("investigator", case_id, work.set_task, MARKS["task"], **owner)
    end = TaskAction.FINISH
    desk.case("investigator", case_id, work.end_task, task, end, today=today)
    for name in ("finding", "second finding"):
        found = stated, Finding.PARTLY, MARKS[name]
        desk.case("investigator", case_id, work.find, *found, today=today)
    why = {"reward": MARKS["reward"], "risk": MARKS["risk"]}
    asked = replace(PROPOSAL, words=MARKS["closing"], reasons=why)
    desk.case("investigator", case_id, closing.propose_closure, asked, today=today)
    desk.case("head", case_id, closing.return_closure, MARKS["returning"], today=today)
    desk.case("investigator", case_id, closing.propose_closure, asked, today=today)
    desk.case("head", case_id, closing.close_case, today=today)
    desk.case("head", case_id, closing.reopen_case, MARKS["opening again"])
    return case_id


def heard(office: Office, canary: Canary, folder: Path) -> set[tuple[str, str]]:
    """Listen to every file of the instance, its databases with what waits beside them, and to a dump of the casework database."""
    found = {one for said in canary.heard_below(folder).values() for one in said}
    with office.db() as db:
        for table in CaseworkModel.metadata.sorted_tables:
            for row in db.execute(sa.select(table)):
                said = b"\0".join(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                )
                found |= canary.heard_in(said, depth=0)
    return found
