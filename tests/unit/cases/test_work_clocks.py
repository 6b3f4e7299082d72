"""The clocks that go with the work: over states, month ends and leap days, on frozen days, and in the database."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from casework.cases import closing, timing, work
from casework.cases.deadlines import UNDECIDED, Course, follow_case, follow_report
from casework.cases.discipline import Alleged, alleged_in, last_day, most_urgent
from casework.cases.guard import OpenCase, report_ids
from casework.cases.service import get_case, move_case
from casework.cases.states import CaseAction
from casework.clocks.agenda import clocks_of
from casework.clocks.errors import NotStoppable, StaleClock
from casework.clocks.models import Clock
from casework.clocks.states import OPEN, ClockKind, ClockState, Reason
from casework.dossiers import triage
from casework.dossiers.service import hold, open_report
from casework.dossiers.states import LetterPurpose, ReportState, SetAside
from portal.errors import NotFound
from tests.support.offices import Office
from tests.unit.cases.desk import STATEMENT, Desk
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.casework.reports import replied
from tests.unit.clocks.made import OFFICE


def course(db: Session, office: Office, username: str = "investigator") -> Course:
    return Course(
        db=db,
        timekeeping=office.here.post.timekeeping,
        actor_id=office.member(username).id,
        now=office.clock(),
    )


def followed(desk: Desk, case_id: str, *verbs: object, **more: object) -> None:
    """Do something to a case, and let its clocks follow, as its page does."""

    def both(db: Session, opened: OpenCase, **given: object) -> None:
        hold(db, case_id, *report_ids(db, case_id))
        for verb in verbs:
            assert callable(verb)
            verb(db, opened, **given)
        follow_case(course(db, desk.office), opened)

    username = str(more.pop("by", "investigator"))
    desk.case(username, case_id, both, **more)


def decided(desk: Desk, report_id: str, verb: object, *args: object) -> None:
    """Do something to a report, and let its clocks follow."""

    def both(db: Session, opened: object, *given: object, **more: object) -> None:
        assert callable(verb)
        verb(db, opened, *given, **more)
        follow_report(course(db, desk.office), opened.dossier)  # type: ignore[attr-defined]

    desk.report("investigator", report_id, both, *args)


def clocks(office: Office, subject: str) -> dict[str, Clock]:
    """Give a subject's clocks by kind, of each the newest, which is the open one if any is."""
    with office.db() as db:
        found = clocks_of(db, [subject])[subject]
    found.sort(key=lambda one: (one.started_at, one.state in OPEN))
    return {one.kind: one for one in found}


def last(office: Office, subject: str, kind: str) -> str:
    due = clocks(office, subject)[kind].due_at
    return str(office.here.post.timekeeping.last_day(due))


def alleged(desk: Desk, case_id: str, since: str = "", audit: str = "") -> None:
    """State an allegation that began on a day, and let the case's clocks follow."""
    content = STATEMENT | ({"since": since, "audit": audit} if since else {})
    today = desk.office.here.today()

    def state(db: Session, opened: OpenCase, **given: object) -> None:
        work.state_allegation(db, opened, content, **given, today=today)  # type: ignore[arg-type]

    followed(desk, case_id, state)


@pytest.mark.parametrize(
    ("since", "audit", "expected"),
    [
        ("2026-08-31", "", "2027-02-28"),
        ("2023-08-31", "", "2024-02-29"),
        ("2024-02-29", "", "2024-08-29"),
        ("2024-02-29", "yes", "2026-02-28"),
        ("2026-02-28", "", "2026-08-28"),
        ("2022-02-28", "yes", "2024-02-28"),
        ("2026-03-31", "", "2026-09-30"),
        ("2026-07-01", "", "2027-01-01"),  # a holiday: it does not move
        ("2026-05-21", "", "2026-11-21"),  # a Saturday: likewise
    ],
)
def test_the_last_lawful_day_over_month_ends_and_leap_days(
    since: str, audit: str, expected: str
) -> None:
    """Six months, or two years where an audit found it (domain.md §1.5)."""
    found = alleged_in({"since": since, "audit": audit})
    assert found is not None
    assert str(last_day(found, OFFICE)) == expected


def test_what_lapses_first_counts_and_not_what_began_first() -> None:
    audited, other = (
        Alleged(date(2026, 1, 10), by_audit=True),
        Alleged(date(2026, 6, 1), by_audit=False),
    )
    assert most_urgent([audited, other], OFFICE) == other
    older = Alleged(date(2024, 10, 1), by_audit=True)
    assert most_urgent([other, older], OFFICE) == older
    assert most_urgent([], OFFICE) is None
    assert alleged_in(None) is None
    assert alleged_in(STATEMENT) is None


def test_an_earlier_date_moves_the_last_day_and_a_later_one_does_not(office: Office) -> None:
    desk = Desk(office)
    case_id = desk.opened()
    followed(desk, case_id, move_to_review)
    alleged(desk, case_id)
    assert "discipline" not in clocks(office, case_id)
    steps = [
        ("2026-09-30", "", "2027-03-30"),
        ("2026-10-15", "", "2027-03-30"),
        ("2026-08-31", "", "2027-02-28"),
        ("2024-12-01", "yes", "2026-12-01"),
    ]
    for since, audit, expected in steps:
        alleged(desk, case_id, since, audit)
        assert last(office, case_id, "discipline") == expected
    assert clocks(office, case_id)["discipline"].version == 3


def move_to_review(db: Session, opened: OpenCase, **given: object) -> None:
    move_case(db, opened, CaseAction.BEGIN_REVIEW, **given)  # type: ignore[arg-type]


def order_inspection(db: Session, opened: OpenCase, **given: object) -> None:
    move_case(db, opened, CaseAction.ORDER_INSPECTION, **given)  # type: ignore[arg-type]


def test_a_review_takes_ten_working_days_from_the_opening_and_ends_with_the_track(
    office: Office,
) -> None:
    desk = Desk(office)
    case_id = desk.opened()
    followed(desk, case_id)
    # 8 December is a holiday.
    expected = OFFICE.last_day(clocks(office, case_id)["preliminary_review"].due_at)
    assert str(expected) == last(office, case_id, "preliminary_review") == "2026-12-09"
    followed(desk, case_id, move_to_review)
    assert clocks(office, case_id)["preliminary_review"].state == ClockState.RUNNING
    followed(desk, case_id, order_inspection)
    assert clocks(office, case_id)["preliminary_review"].state == ClockState.MET


def test_closing_ends_a_case_s_clocks_and_reopening_starts_them_anew(office: Office) -> None:
    desk = Desk(office)
    case_id = desk.ready()
    alleged(desk, case_id, "2026-10-31")
    with office.db() as db:
        (report_id,) = report_ids(db, case_id)
    replied(office, "investigator", "Heard", purpose=LetterPurpose.OUTCOME)
    office.exchange()
    assert clocks(office, report_id)["feedback"].state == ClockState.MET
    allegations = unfound(office, case_id)
    desk.found("investigator", case_id, allegations)
    desk.proposed("investigator", case_id)
    followed(desk, case_id, close, by="head")
    after = clocks(office, case_id)
    assert {kind: clock.state for kind, clock in after.items()} == {
        "preliminary_review": "met",
        "discipline": "stopped",
    }
    office.clock.forward(days=20)
    followed(desk, case_id, reopen)
    again = clocks(office, case_id)
    assert {clock.state for clock in again.values()} == {"running"}
    assert last(office, case_id, "discipline") == "2027-04-30"
    assert again["preliminary_review"].id != after["preliminary_review"].id
    assert clocks(office, report_id)["feedback"].state == ClockState.RUNNING
    assert last(office, report_id, "feedback") == "2027-03-14"


def unfound(office: Office, case_id: str) -> str:
    with office.db() as db:
        return next(one.id for one in work.allegations_of(db, case_id) if one.finding is None)


def close(db: Session, opened: OpenCase, **given: object) -> None:
    today = OFFICE.day_of(given["now"])  # type: ignore[arg-type]
    closing.close_case(db, opened, **given, today=today)  # type: ignore[arg-type]


def reopen(db: Session, opened: OpenCase, **given: object) -> None:
    closing.reopen_case(db, opened, "A name came.", **given)  # type: ignore[arg-type]


def test_in_each_state_a_report_s_triage_is_to_be_done_or_is_done(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    report_id, other = desk.arrived(), desk.arrived()
    actor = sqlite_office.actor("head")
    for state in ReportState:
        with sqlite_office.here.database.writing() as db:
            opened = open_report(db, actor, report_id)
            opened.dossier.state = state
            opened.dossier.duplicate_of = other if state == ReportState.MERGED else None
            follow_report(course(db, sqlite_office), opened.dossier)
            found = clocks_of(db, [report_id])[report_id]
        (clock,) = [one for one in found if one.kind == ClockKind.TRIAGE]
        waits = state == ReportState.INFO_REQUESTED
        expected = ClockState.PAUSED if waits else ClockState.RUNNING
        assert clock.state == (expected if state in UNDECIDED else ClockState.MET), state


def test_a_report_taken_up_again_has_its_triage_before_it_anew(office: Office) -> None:
    desk = Desk(office)
    report_id = desk.arrived()
    decided(desk, report_id, triage.begin_triage)
    decided(desk, report_id, triage.set_aside, SetAside.NO_FACTS, "No names.")
    before = clocks(office, report_id)["triage"]
    assert before.state == ClockState.MET
    office.clock.forward(days=30)
    decided(desk, report_id, triage.reopen_report, "A name came.")
    after = clocks(office, report_id)["triage"]
    assert (after.state, after.id == before.id) == (ClockState.RUNNING, False)
    # Over the turn of the year, and its days off.
    assert last(office, report_id, "triage") == "2027-01-04"


def test_feedback_is_given_by_a_letter_that_tells_the_outcome_and_by_no_other(
    office: Office,
) -> None:
    desk = Desk(office)
    report_id = desk.arrived()
    replied(office, "head", "We look at it", purpose=LetterPurpose.QUESTION)
    office.exchange()
    assert clocks(office, report_id)["feedback"].state == ClockState.RUNNING
    replied(office, "head", "This came of it", purpose=LetterPurpose.OUTCOME)
    assert clocks(office, report_id)["feedback"].state == ClockState.RUNNING
    office.exchange()
    assert clocks(office, report_id)["feedback"].state == ClockState.MET


def turn(office: Office, db: Session, case_id: str, clock: Clock, seen: int = 1) -> timing.Turn:
    actor = office.actor("investigator")
    return timing.Turn(
        db=db,
        opened=get_case(db, actor, case_id),
        clock_id=clock.id,
        seen=seen,
        timekeeping=office.here.post.timekeeping,
        actor=actor,
        now=office.clock(),
    )


def test_of_two_who_pause_a_clock_at_once_one_is_told_that_the_page_is_old(
    office: Office,
) -> None:
    """F6."""
    desk = Desk(office)
    case_id = desk.opened()
    followed(desk, case_id)
    clock = clocks(office, case_id)["preliminary_review"]

    def pause() -> None:
        with office.here.database.transaction() as db:
            mine = turn(office, db, case_id, clock)
            timing.pause(mine, Reason.CRIMINAL_PROCEEDINGS, "Taken over.")

    assert kinds(at_once(pause, pause)) == ["", StaleClock.__name__]
    assert clocks(office, case_id)["preliminary_review"].version == 2


def test_only_the_feedback_comes_to_nothing_by_somebody_s_word(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.opened()
    followed(desk, case_id)
    clock = clocks(sqlite_office, case_id)["preliminary_review"]
    with sqlite_office.here.database.writing() as db, pytest.raises(NotStoppable):
        timing.give_up(turn(sqlite_office, db, case_id, clock), "Nobody is there.")


def test_a_clock_is_acted_on_through_its_own_case_only(sqlite_office: Office) -> None:
    """F1."""
    desk = Desk(sqlite_office)
    mine, other = desk.opened(), desk.opened()
    for case_id in (mine, other):
        followed(desk, case_id)
    clock = clocks(sqlite_office, other)["preliminary_review"]
    with sqlite_office.here.database.writing() as db, pytest.raises(NotFound):
        timing.resume(turn(sqlite_office, db, mine, clock))
