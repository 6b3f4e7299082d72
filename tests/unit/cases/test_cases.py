"""Cases: opened of reports, linked and split, worked on, closed by somebody else, opened again."""

from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases import access, closing, service, work
from casework.cases.guard import Barred, NotAReader, NotReady, ReadersDiffer, standing
from casework.cases.models import Allegation, Case, Closure
from casework.cases.states import (
    CaseAction,
    CaseState,
    Finding,
    TaskAction,
)
from casework.dossiers import notes
from casework.dossiers.states import NoteKind, ReportState
from casework.transitions import IllegalTransition
from portal.errors import NotFound
from tests.unit.cases.desk import READING, SUMMARY, Desk
from tests.unit.cases.test_triage import acts, state_of
from tests.unit.casework.at_once import at_once


def case_of(desk: Desk, case_id: str) -> Case:
    """Give a case's row."""
    with desk.office.db() as db:
        found = db.get(Case, case_id)
    assert found is not None
    return found


def summary_of(desk: Desk, username: str, case_id: str) -> Any:
    """Read a case's summary."""
    actor = desk.office.actor(username)
    with desk.office.db() as db:
        opened = service.get_case(db, actor, case_id)
        return notes.summaries(db, [opened])[case_id]


def test_a_case_is_opened_of_an_accepted_report_for_all_who_read_it(desk: Desk) -> None:
    report_id = desk.accepted()
    case_id = desk.opened("investigator", report_id)
    assert desk.readers(case_id) == set(READING)
    assert state_of(desk, report_id) == ReportState.LINKED
    assert summary_of(desk, "colleague", case_id) == SUMMARY
    assert [act for act, _ in acts(desk, case_id)] == ["case.opened", "note.written", "case.linked"]
    assert case_of(desk, case_id).owner_id == desk.office.member("investigator").id


def test_a_report_that_was_not_accepted_makes_no_case(desk: Desk) -> None:
    report_id = desk.arrived()
    with pytest.raises(IllegalTransition):
        desk.opened("investigator", report_id)
    with desk.office.db() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_several_reports_make_one_case_for_those_who_read_them_all(desk: Desk) -> None:
    """F2."""
    both = desk.accepted("head"), desk.accepted("head", concerned=["investigator-1"])
    case_id = desk.opened("head", *both)
    assert desk.readers(case_id) == {"head", "colleague"}


def test_a_report_is_added_only_where_every_reader_may_read_it(desk: Desk) -> None:
    """F2."""
    case_id = desk.opened("head")
    about, plain = desk.accepted("head", concerned=["investigator-1"]), desk.accepted("head")
    with pytest.raises(ReadersDiffer) as refused:
        desk.linked("head", case_id, about)
    assert refused.value.members == {desk.office.member("investigator").id}
    assert state_of(desk, about) == ReportState.ACCEPTED
    desk.linked("head", case_id, plain)
    assert state_of(desk, plain) == ReportState.LINKED


def test_a_case_is_split_by_opening_another_of_one_of_its_reports(desk: Desk) -> None:
    one, two = desk.accepted(), desk.accepted()
    first = desk.opened("investigator", one, two)
    second = desk.opened("investigator", two)
    desk.unlinked("investigator", first, two)
    assert state_of(desk, two) == ReportState.LINKED
    with pytest.raises(IllegalTransition):
        desk.unlinked("investigator", first, one)
    with pytest.raises(NotFound):
        desk.unlinked("investigator", second, one)


def test_a_report_in_no_case_any_more_is_accepted_as_before(desk: Desk) -> None:
    one, two = desk.accepted(), desk.accepted()
    case_id = desk.opened("investigator", one, two)
    desk.unlinked("investigator", case_id, two)
    assert state_of(desk, two) == ReportState.ACCEPTED
    assert acts(desk, case_id)[-1] == ("case.unlinked", {"report": two})


def test_a_case_is_handed_to_a_colleague_who_reads_it_and_to_nobody_else(desk: Desk) -> None:
    case_id = desk.opened()
    desk.case("head", case_id, service.assign_case, desk.office.member("colleague").id)
    assert case_of(desk, case_id).owner_id == desk.office.member("colleague").id
    with pytest.raises(NotAReader):
        desk.case("head", case_id, service.assign_case, desk.office.member("oversight").id)


def test_each_allegation_has_its_own_finding_and_an_earlier_one_is_kept(desk: Desk) -> None:
    case_id, today = desk.opened(), desk.office.here.today()
    one, two = desk.stated("investigator", case_id), desk.stated("investigator", case_id)
    desk.found("investigator", case_id, one)
    changed = one, Finding.INCONCLUSIVE, "The notes were found."
    desk.case("colleague", case_id, work.find, *changed, today=today)
    actor = desk.office.actor("head")
    with desk.office.db() as db:
        opened = service.get_case(db, actor, case_id)
        read = {
            a.id: (a.finding, work.read_allegation(opened, a))
            for a in work.allegations_of(db, case_id)
        }
        kept = [n.content for n in notes.read_notes(db, opened) if n.kind == NoteKind.REASON]
    finding, content = read[one]
    assert finding == Finding.INCONCLUSIVE
    assert content is not None
    assert content["reasons"] == "The notes were found."
    assert read[two][0] is None
    assert kept == [
        {"allegation": "1", "finding": "substantiated", "reasons": "Delivery notes are missing."}
    ]


def test_a_task_is_for_who_reads_the_case_and_ends_once(desk: Desk) -> None:
    """F6."""
    case_id, today = desk.opened(), desk.office.here.today()
    with pytest.raises(NotAReader):
        desk.set_task("investigator", case_id, "oversight")
    task_id = desk.set_task("investigator", case_id, "colleague")
    desk.case("colleague", case_id, work.end_task, task_id, TaskAction.FINISH, today=today)
    with pytest.raises(IllegalTransition):
        desk.case("head", case_id, work.end_task, task_id, TaskAction.CANCEL, today=today)


def test_something_of_another_case_is_not_reached_through_this_one(desk: Desk) -> None:
    """F1."""
    mine, other, today = desk.opened(), desk.opened("colleague"), desk.office.here.today()
    allegation, task = desk.stated("head", other), desk.set_task("head", other, "head")
    with pytest.raises(NotFound):
        desk.found("head", mine, allegation)
    with pytest.raises(NotFound):
        desk.case("head", mine, work.end_task, task, TaskAction.FINISH, today=today)


def test_what_is_sealed_in_one_place_does_not_open_in_another(desk: Desk) -> None:
    """F9. F10."""
    case_id = desk.opened()
    one, two = desk.stated("investigator", case_id), desk.stated("investigator", case_id)
    with desk.office.db() as db:
        sealed = db.scalar(sa.select(Allegation.sealed).where(Allegation.id == one))
    desk.office.execute(sa.update(Allegation).where(Allegation.id == two).values(sealed=sealed))
    actor = desk.office.actor("head")
    with desk.office.db() as db:
        opened = service.get_case(db, actor, case_id)
        read = [work.read_allegation(opened, one) for one in work.allegations_of(db, case_id)]
    assert [content is not None for content in read] == [True, False]


def test_a_case_is_not_closed_before_all_of_it_is_done(desk: Desk) -> None:
    case_id, today = desk.opened(), desk.office.here.today()
    desk.case("investigator", case_id, service.move_case, CaseAction.BEGIN_REVIEW)
    task = desk.set_task("investigator", case_id, "colleague")
    lacks = []
    for do in (
        lambda: desk.stated("investigator", case_id),
        lambda: desk.found("investigator", case_id, allegation_of(desk, case_id)),
        lambda: desk.case("head", case_id, work.end_task, task, TaskAction.FINISH, today=today),
    ):
        with pytest.raises(NotReady) as refused:
            desk.proposed("investigator", case_id)
        lacks.append(refused.value.lacks)
        do()
    assert lacks == [("allegation", "task"), ("finding", "task"), ("task",)]
    desk.proposed("investigator", case_id)


def allegation_of(desk: Desk, case_id: str) -> str:
    """Give the only allegation of a case."""
    with desk.office.db() as db:
        (allegation,) = work.allegations_of(db, case_id)
    return allegation.id


@pytest.mark.parametrize("username", ["investigator", "colleague"])
def test_neither_who_took_it_in_nor_who_works_it_closes_it(desk: Desk, username: str) -> None:
    """F3. Three people: one took the report in, one works the case, and only the third may agree."""
    case_id = desk.ready("investigator")
    desk.case("investigator", case_id, service.assign_case, desk.office.member("colleague").id)
    desk.proposed("head", case_id)
    with pytest.raises(Barred):
        desk.closed(username, case_id)
    assert case_of(desk, case_id).state == CaseState.REVIEW


def test_who_asks_for_the_end_does_not_agree_to_it_and_another_does(desk: Desk) -> None:
    """F3."""
    case_id = desk.ready("investigator")
    desk.proposed("colleague", case_id)
    with pytest.raises(Barred):
        desk.closed("colleague", case_id)
    desk.closed("head", case_id)
    case = case_of(desk, case_id)
    assert (case.state, case.closed_on) == (CaseState.CLOSED, desk.office.here.today())
    assert [act for act, _ in acts(desk, case_id)][-2:] == ["closure.proposed", "case.moved"]


def test_while_its_end_is_asked_for_a_case_stays_as_it_was_seen(desk: Desk) -> None:
    case_id = desk.ready("investigator")
    desk.proposed("investigator", case_id)
    with pytest.raises(IllegalTransition):
        desk.stated("colleague", case_id)
    with pytest.raises(IllegalTransition):
        desk.proposed("head", case_id)
    desk.case(
        "head", case_id, closing.return_closure, "Ask once more", today=desk.office.here.today()
    )
    desk.stated("colleague", case_id)


def test_a_closed_case_is_not_worked_on_before_it_is_opened_again(desk: Desk) -> None:
    case_id = desk.ready("investigator")
    desk.proposed("investigator", case_id)
    desk.closed("head", case_id)
    with pytest.raises(IllegalTransition):
        desk.stated("investigator", case_id)
    desk.case("colleague", case_id, closing.reopen_case, "New facts")
    case = case_of(desk, case_id)
    assert (case.state, case.closed_on) == (CaseState.REVIEW, None)
    desk.stated("investigator", case_id)
    with desk.office.db() as db:
        (closure,) = db.scalars(sa.select(Closure)).all()
    assert closure.approved


def test_a_page_may_offer_exactly_what_then_works(desk: Desk) -> None:
    case_id = desk.ready("investigator")
    desk.proposed("colleague", case_id)
    offered = {}
    for username in READING:
        actor = desk.office.actor(username)
        with desk.office.db() as db:
            offered[username] = standing(db, service.get_case(db, actor, case_id), actor).actions
    both = {CaseAction.CLOSE, CaseAction.RETURN_CLOSURE}
    always = {CaseAction.WRITE_NOTE, CaseAction.VIEW_EVIDENCE, CaseAction.EXPORT_EVIDENCE}
    assert offered == {
        "head": both | always,
        "investigator": always | {CaseAction.RETURN_CLOSURE},
        "colleague": always,
    }


def test_what_is_done_on_an_old_page_is_refused(desk: Desk) -> None:
    """F6."""
    case_id = desk.opened()
    seen = case_of(desk, case_id).version
    desk.stated("colleague", case_id)
    with pytest.raises(IllegalTransition):
        desk.case(
            "head",
            case_id,
            service.move_case,
            CaseAction.BEGIN_REVIEW,
            seen=seen,
            now=desk.office.clock(),
        )
    assert case_of(desk, case_id).state == CaseState.OPENED


def test_of_two_who_act_at_once_one_wins_and_the_other_is_told(desk: Desk) -> None:
    """F6."""
    case_id = desk.opened()
    seen = case_of(desk, case_id).version

    def begin() -> None:
        desk.case("head", case_id, service.move_case, CaseAction.BEGIN_REVIEW, seen=seen)

    outcomes = at_once(*(begin for _ in range(4)))
    assert sorted(type(one).__name__ for one in outcomes) == ["IllegalTransition"] * 3 + [
        "NoneType"
    ]
    moved = [change for act, change in acts(desk, case_id) if act == "case.moved"]
    assert moved == [{"action": "begin_review", "from": "opened", "to": "preliminary_review"}]


def test_acts_on_a_report_and_on_its_case_at_once_wait_for_each_other_in_one_order(
    desk: Desk,
) -> None:
    """F6. No two of them lock each other out, whichever way the dossiers' names happen to be sorted."""
    for _ in range(8):
        _everything_at_once(desk)


def _everything_at_once(desk: Desk) -> None:
    first, second = desk.accepted("head"), desk.accepted("head")
    case_id = desk.opened("head", first)
    outcomes = at_once(
        lambda: desk.linked("head", case_id, second),
        lambda: desk.outside("investigator", first, access.recuse_from_report, "colleague"),
        lambda: desk.outside("investigator", second, access.recuse_from_report, "colleague"),
        lambda: desk.outside("investigator", case_id, access.recuse_from_case, "colleague"),
    )
    unexpected = [one for one in outcomes if one and not isinstance(one, ReadersDiffer)]
    assert unexpected == []
    assert "colleague" not in desk.readers(case_id) | desk.readers(first) | desk.readers(second)


def test_a_case_about_the_head_is_the_oversight_desks_alone(desk: Desk) -> None:
    """F2. F5."""
    case_id = desk.opened("oversight", desk.accepted("oversight", concerned=["head"]))
    assert desk.readers(case_id) == {"oversight"}


def test_a_note_is_written_anew_beside_its_older_versions(desk: Desk) -> None:
    """F6. Nothing is overwritten, and who rewrites an old version is refused."""
    case_id = desk.opened()
    number = said(desk, "investigator", case_id, notes.write_note, NoteKind.NOTE, {"words": "1"})
    said(desk, "head", case_id, notes.rewrite_note, number, {"words": "2"}, seen=1)
    with pytest.raises(IllegalTransition):
        said(desk, "colleague", case_id, notes.rewrite_note, number, {"words": "x"}, seen=1)
    with pytest.raises(NotFound):
        said(desk, "head", case_id, notes.rewrite_note, 99, {"words": "x"}, seen=1)
    actor = desk.office.actor("colleague")
    with desk.office.db() as db:
        opened = service.get_case(db, actor, case_id)
        earlier = notes.earlier_versions(db, opened)
        newest = {note.number: note.content for note in notes.read_notes(db, opened)}
    assert {one: [(n.version, n.content) for n in old] for one, old in earlier.items()} == {
        number: [(1, {"words": "1"})]
    }
    assert newest[number] == {"words": "2"}


def said(desk: Desk, username: str, case_id: str, verb: Any, *given: Any, **more: Any) -> Any:
    """Do something to the notes of a case, which have versions of their own."""
    actor, office = desk.office.actor(username), desk.office
    with office.here.database.transaction() as db:
        opened = service.get_case(db, actor, case_id)
        return verb(db, opened, *given, actor=actor, now=office.clock(), **more)
