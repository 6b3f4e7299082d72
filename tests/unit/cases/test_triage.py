"""A report's way through triage: each verb once, from a page that is up to date; reasons are sealed, acts are in the ledger."""

from typing import Any

import pytest
import sqlalchemy as sa

from casework.dossiers import notes, triage
from casework.dossiers import service as dossiers
from casework.dossiers.states import NoteKind, ReportState, Route, SetAside
from casework.ledger.service import body_of, entries_of
from casework.ledger.states import Act
from casework.records import CaseworkModel
from casework.transitions import IllegalTransition
from portal.errors import NotFound
from tests.unit.cases.desk import Desk


def state_of(desk: Desk, report_id: str) -> str:
    """Give a report's state."""
    return next(report.state for report in desk.office.reports() if report.id == report_id)


def reasons(desk: Desk, username: str, report_id: str) -> list[dict[str, str]]:
    """Read why something was done to a report."""
    actor = desk.office.actor(username)
    with desk.office.db() as db:
        opened = dossiers.open_report(db, actor, report_id)
        found = notes.read_notes(db, opened)
    return [dict(note.content or {}) for note in found if note.kind == NoteKind.REASON]


def acts(desk: Desk, subject: str) -> list[tuple[str, dict[str, str]]]:
    """Give what the ledger says was done to something."""
    with desk.office.db() as db:
        bodies = [body_of(entry) for entry in entries_of(db, subject)]
    return [(body.act, dict(body.change)) for body in bodies]


def moves(desk: Desk, subject: str) -> list[str]:
    """Give the moves of a report the ledger knows, in order."""
    return [change["action"] for act, change in acts(desk, subject) if act == Act.REPORT_MOVED]


def test_a_report_is_taken_up_asked_about_heard_and_accepted(desk: Desk) -> None:
    report_id = desk.arrived()
    for verb in (
        triage.begin_triage,
        triage.ask_informant,
        triage.hear_informant,
        triage.accept_report,
    ):
        desk.report("investigator", report_id, verb)
    assert state_of(desk, report_id) == ReportState.ACCEPTED
    assert moves(desk, report_id) == ["begin_triage", "ask", "hear", "accept"]
    (report,) = desk.office.reports()
    assert report.triaged_by == desk.office.member("investigator").id


@pytest.mark.parametrize(
    ("verb", "arguments", "state", "reason"),
    [
        (
            triage.set_aside,
            (SetAside.NO_FACTS, "Nothing can be checked."),
            ReportState.SET_ASIDE,
            {"why": "no_facts", "words": "Nothing can be checked."},
        ),
        (
            triage.reroute,
            (Route.SAFETY, "Two pages, by hand"),
            ReportState.REROUTED,
            {"route": "safety", "handed_over": "Two pages, by hand"},
        ),
    ],
    ids=["set aside", "rerouted"],
)
def test_a_report_that_is_not_ours_keeps_the_reason_and_can_be_taken_up_again(
    desk: Desk,
    verb: Any,
    arguments: tuple[Any, ...],
    state: ReportState,
    reason: dict[str, str],
) -> None:
    report_id = desk.arrived()
    desk.report("investigator", report_id, triage.begin_triage)
    desk.report("investigator", report_id, verb, *arguments)
    assert state_of(desk, report_id) == state
    assert reasons(desk, "head", report_id) == [reason]
    desk.report("head", report_id, triage.reopen_report, "A second report came.")
    assert state_of(desk, report_id) == ReportState.TRIAGE
    assert reasons(desk, "investigator", report_id) == [
        reason,
        {"words": "A second report came."},
    ]


def test_words_of_a_reason_are_in_no_row_and_not_in_the_ledger(desk: Desk) -> None:
    """F16. The ledger names the reason by its code; what was typed is sealed."""
    report_id = desk.arrived()
    desk.report("investigator", report_id, triage.begin_triage)
    words = "canary words of a reason"
    desk.report("investigator", report_id, triage.set_aside, SetAside.NO_FACTS, words)
    with desk.office.db() as db:
        rows = [
            repr(tuple(row))
            for table in CaseworkModel.metadata.sorted_tables
            for row in db.execute(sa.select(table))
        ]
    assert [row for row in rows if report_id in row]
    assert [row for row in rows if words in row] == []
    assert words not in str(acts(desk, report_id))


def test_a_report_is_merged_into_another_that_is_open_to_the_same_person(desk: Desk) -> None:
    first, second = desk.arrived("First"), desk.arrived("The same again")
    desk.report("investigator", second, triage.begin_triage)
    actor = desk.office.actor("investigator")
    with desk.office.db() as db:
        into = dossiers.open_report(db, actor, first)
    desk.report("investigator", second, merge_into(first))
    assert state_of(desk, second) == ReportState.MERGED
    found = {report.id: report.duplicate_of for report in desk.office.reports()}
    assert found == {first: None, second: into.dossier.id}


def merge_into(first: str) -> Any:
    """Give the verb that merges a report into another."""

    def merge(db: Any, opened: Any, *, seen: int, actor: Any, now: Any) -> None:
        into = dossiers.open_report(db, actor, first)
        triage.merge_report(db, opened, into, seen=seen, actor=actor, now=now)

    return merge


def test_a_report_is_merged_neither_into_itself_nor_into_a_duplicate(desk: Desk) -> None:
    first, second, third = desk.arrived("1"), desk.arrived("2"), desk.arrived("3")
    for report_id in (second, third):
        desk.report("head", report_id, triage.begin_triage)
    with pytest.raises(IllegalTransition):
        desk.report("head", second, merge_into(second))
    desk.report("head", second, merge_into(first))
    with pytest.raises(IllegalTransition):
        desk.report("head", third, merge_into(second))
    assert state_of(desk, third) == ReportState.TRIAGE


def test_what_is_done_on_an_old_page_is_refused_and_changes_nothing(desk: Desk) -> None:
    """F6."""
    report_id = desk.arrived()
    desk.report("head", report_id, triage.begin_triage)
    with pytest.raises(IllegalTransition):
        desk.report("investigator", report_id, triage.accept_report, seen=1)
    assert state_of(desk, report_id) == ReportState.TRIAGE
    assert moves(desk, report_id) == ["begin_triage"]


def test_a_report_about_somebody_is_taken_up_by_the_others_alone(desk: Desk) -> None:
    """F1. F2."""
    report_id = desk.arrived(concerned=["investigator-1"])
    with pytest.raises(NotFound):
        desk.report("investigator", report_id, triage.begin_triage)
    desk.report("colleague", report_id, triage.begin_triage)
    assert state_of(desk, report_id) == ReportState.TRIAGE
