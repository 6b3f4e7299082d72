"""Destroying a dossier: two people, in order, against every hold; nothing of it stays but ids in the ledger."""

from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases.guard import case_ids
from casework.clocks.models import Clock
from casework.destruction import service as destruction
from casework.destruction.models import Destruction
from casework.destruction.service import Kept, OwnDestruction
from casework.dossiers import transit, triage
from casework.dossiers.models import Entry, Grant, Note, Offer, Report, Trial
from casework.dossiers.states import ReportState, SetAside
from casework.post.service import _report
from casework.records import CaseworkModel
from casework.transitions import IllegalTransition
from portal.errors import NotFound
from portal.mailbox.models import Mailbox, MailboxModel
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.cases.test_triage import acts, state_of
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.casework.test_post import FILE


def set_aside(desk: Desk, **fields: Any) -> str:
    """Let a report arrive and be set aside."""
    report_id = desk.arrived(**fields)
    desk.report("investigator", report_id, triage.begin_triage)
    desk.report("investigator", report_id, triage.set_aside, SetAside.NO_FACTS, "Nothing to check")
    return report_id


def closed(desk: Desk, *reports: str) -> str:
    """Open a case and close it; give its id."""
    case_id = desk.opened("investigator", *reports)
    desk.made_ready("investigator", case_id)
    desk.set_task("investigator", case_id, "head")
    for task in _tasks(desk, case_id):
        desk.ended_task("investigator", case_id, task)
    desk.noted("head", case_id, "A note")
    desk.proposed("investigator", case_id)
    desk.closed("head", case_id)
    return case_id


def _tasks(desk: Desk, case_id: str) -> list[str]:
    with desk.office.db() as db:
        found = sa.text("SELECT id FROM tasks WHERE case_id = :case")
        return list(db.scalars(found, {"case": case_id}))


def naming(office: Office, wanted: str, *, mailbox: bool = False) -> set[str]:
    """Say which tables have a row in which something is this id, or one of its texts or bytes contains it."""
    database = office.here.mailbox if mailbox else office.here.database
    metadata = MailboxModel.metadata if mailbox else CaseworkModel.metadata
    with database.reading() as db:
        return {
            table.name
            for table in metadata.sorted_tables
            for row in db.execute(sa.select(table))
            for value in row
            if wanted in str(value) or (isinstance(value, bytes) and wanted.encode() in value)
        }


def test_a_report_goes_with_all_that_hangs_on_it_and_only_ids_stay(desk: Desk) -> None:
    """F18. On each engine, row by row; a report beside it stays whole, and so does the ledger."""
    office = desk.office
    other, report_id = set_aside(desk), set_aside(desk, files=[FILE])
    before = counted(office, other)
    desk.asked("head", report_id)
    files = desk.destroyed("colleague", report_id)
    assert len(files) == 1
    assert all(office.here.blobs.exists(file) for file in files)
    assert naming(office, report_id) == {"destructions", "ledger_entries"}
    with office.db() as db:
        assert not db.scalars(sa.select(Clock).where(Clock.subject_id == report_id)).all()
        left = db.scalars(sa.select(Destruction)).one()
    assert (left.reason, left.destroyed_on) == ("retention", office.here.today())
    assert counted(office, other) == before
    asked_by = office.member("head").id
    assert acts(desk, report_id)[-2:] == [
        ("destruction.asked", {"reason": "retention"}),
        (
            "dossier.destroyed",
            {"kind": "report", "reason": "retention", "asked_by": asked_by},
        ),
    ]
    for username in ("head", "colleague", "investigator"):
        assert not desk.opens(username, report_id)


def counted(office: Office, report_id: str) -> list[int]:
    """Count what hangs on a report."""
    kept = [model.dossier_id for model in (Entry, Grant, Offer, Trial, Note)]
    with office.db() as db:
        return [
            db.scalars(sa.select(sa.func.count()).where(column == report_id)).one()
            for column in (*kept, Clock.subject_id)
        ]


def test_a_case_goes_before_its_reports_and_one_in_another_case_stays_there(desk: Desk) -> None:
    """F17. F18."""
    one, two = desk.accepted(), desk.accepted()
    case_id, other = closed(desk, one, two), desk.opened("investigator", two)
    with pytest.raises(Kept) as refused:
        desk.asked("head", one)
    assert refused.value.obstacle == "in_case"
    with pytest.raises(Kept) as refused:
        desk.asked("head", other)
    assert refused.value.obstacle == "open"
    desk.asked("head", case_id)
    desk.destroyed("investigator", case_id)
    assert naming(desk.office, case_id) == {"destructions", "ledger_entries"}
    assert state_of(desk, one) == ReportState.CONCLUDED
    assert state_of(desk, two) == ReportState.LINKED
    with desk.office.db() as db:
        assert case_ids(db, two) == [other]
    desk.asked("investigator", one)
    desk.destroyed("head", one)
    assert naming(desk.office, one) == {"destructions", "ledger_entries"}


def test_who_asks_does_not_agree_as_well_and_who_reads_it_not_has_no_say(
    sqlite_office: Office,
) -> None:
    """F1."""
    desk = Desk(sqlite_office)
    report_id = set_aside(desk)
    desk.asked("head", report_id)
    with pytest.raises(OwnDestruction):
        desk.destroyed("head", report_id)
    with pytest.raises(NotFound):
        desk.destroyed("oversight", report_id)
    assert desk.opens("head", report_id)
    desk.destroyed("investigator", report_id)
    assert not desk.opens("head", report_id)


def test_a_hold_keeps_a_dossier_until_somebody_lifts_it_and_says_why(desk: Desk) -> None:
    """F17."""
    office, report_id = desk.office, set_aside(desk)
    today = office.here.today()
    desk.asked("head", report_id)
    desk.ending("investigator", report_id, destruction.set_hold, "A court asks", today=today)
    with pytest.raises(Kept) as refused:
        desk.destroyed("colleague", report_id)
    assert refused.value.obstacle == "hold"
    with pytest.raises(IllegalTransition):
        desk.ending("head", report_id, destruction.set_hold, "Again", today=today)
    assert naming(office, "A court asks") == set()
    desk.ending("head", report_id, destruction.lift_hold, "It is over")
    with pytest.raises(IllegalTransition):
        desk.ending("head", report_id, destruction.lift_hold, "Again")
    desk.destroyed("colleague", report_id)
    told = [act for act, _ in acts(desk, report_id) if act.startswith(("hold", "d"))]
    assert told == ["destruction.asked", "hold.set", "hold.lifted", "dossier.destroyed"]


def test_what_somebody_works_on_waits_for_or_repeats_is_kept(sqlite_office: Office) -> None:
    """F17."""
    desk = Desk(sqlite_office)
    first, second = set_aside(desk), desk.arrived()
    with pytest.raises(Kept) as refused:
        desk.asked("head", second)
    assert refused.value.obstacle == "open"
    desk.report("head", second, triage.begin_triage)
    sqlite_office.execute(
        sa.update(Report).where(Report.id == second).values(state="merged", duplicate_of=first)
    )
    with pytest.raises(Kept) as refused:
        desk.asked("head", first)
    assert refused.value.obstacle == "repeated"
    author = sqlite_office.member("head").id
    letter = sa.update(Entry).where(Entry.dossier_id == second)
    sqlite_office.execute(letter.values(state="queued", author_id=author))
    with pytest.raises(Kept) as refused:
        desk.asked("head", second)
    assert refused.value.obstacle == "letters"
    sqlite_office.execute(letter.values(state="delivered"))
    for report_id in (second, first):
        desk.asked("head", report_id)
        desk.destroyed("colleague", report_id)


def test_what_changed_since_it_was_asked_for_is_looked_at_anew(sqlite_office: Office) -> None:
    """F6."""
    desk = Desk(sqlite_office)
    report_id = set_aside(desk)
    desk.asked("head", report_id)
    with pytest.raises(IllegalTransition):
        desk.asked("colleague", report_id)
    desk.report("head", report_id, triage.reopen_report, "New facts")
    with pytest.raises(IllegalTransition):
        desk.ending("colleague", report_id, destruction.destroy_report, seen=1, today=None)
    with pytest.raises(Kept):
        desk.destroyed("colleague", report_id)
    desk.ending("head", report_id, destruction.refuse_destruction)
    with pytest.raises(IllegalTransition):
        desk.ending("head", report_id, destruction.refuse_destruction)
    assert naming(sqlite_office, report_id) > {"dossiers", "entries", "grants"}
    assert acts(desk, report_id)[-1] == ("destruction.refused", {})


def test_of_two_who_agree_at_once_one_destroys_it_and_the_other_finds_nothing(desk: Desk) -> None:
    """F6."""
    report_id = set_aside(desk)
    desk.asked("head", report_id)
    outcomes = at_once(
        lambda: desk.destroyed("colleague", report_id),
        lambda: desk.destroyed("investigator", report_id),
    )
    assert kinds(outcomes) == ["", "NotFound"], outcomes
    told = [act for act, _ in acts(desk, report_id)]
    assert told.count("dossier.destroyed") == 1


def test_the_post_empties_its_mailbox_and_nothing_brings_it_back(desk: Desk) -> None:
    """F18. F19. Neither a letter that was being collected, nor one the informant writes before the mailbox is gone."""
    office, report_id = desk.office, set_aside(desk, files=[FILE])
    with office.here.mailbox.reading() as db:
        mailbox = db.scalars(sa.select(Mailbox)).one()
    files = [path for path in office.here.post.mailbox_blobs.root.rglob("*") if path.is_file()]
    assert files
    desk.asked("head", report_id)
    desk.destroyed("colleague", report_id)
    with office.here.database.transaction() as db:
        transit.receive(db, report=_report(mailbox), offers=[b"grant"], entries=[])
    assert naming(office, report_id) == {"destructions", "ledger_entries"}
    assert "grants" in naming(office, mailbox.id, mailbox=True)
    office.exchange()
    assert naming(office, mailbox.id, mailbox=True) == set()
    assert naming(office, mailbox.id) == set()
    assert not [path for path in files if path.exists()]
    office.exchange()
    assert office.reports() == []
