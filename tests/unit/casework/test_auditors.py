"""Auditors: they read the ledger with its reasons, and no dossier; nobody else reads the reasons."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.accounts import NewAccount
from casework.cases import closing, service, timing
from casework.cases.states import CaseAction
from casework.clocks.states import Reason
from casework.destruction.service import set_hold
from casework.dossiers import grants, triage
from casework.dossiers.grants import NotEligible
from casework.dossiers.models import Grant
from casework.dossiers.service import open_report
from casework.dossiers.states import Route, SetAside
from casework.ledger.models import AuditGrant, AuditKey, LedgerEntry
from casework.ledger.service import body_of, detail_of, entries_of
from casework.ledger.states import Act
from casework.staff import auditors
from casework.staff import service as staff
from casework.staff.errors import NoAuditKey
from casework.staff.models import Member
from casework.staff.states import Role
from crypto.errors import OpenError
from crypto.recipients import Identity
from portal.errors import NotFound
from tests.support.offices import PEOPLE, Office
from tests.unit.cases.desk import Desk
from tests.unit.cases.test_work_clocks import clocks

SECOND = NewAccount(username="second", name="Second Auditor", role=Role.AUDITOR)
WHY = "Her brother works there; see the letter of 5 May."


def keys_of(office: Office, username: str) -> list[Identity]:
    """Open the auditors' keys a member holds."""
    with office.db() as db:
        return auditors.held_keys(db, office.member(username).id, office.identity(username))


def given(office: Office, to: str, by: str = "auditor") -> None:
    """Give the keys to a colleague."""
    ids = {"to": office.member(to).id, "by": office.member(by).id}
    with office.here.database.transaction() as db:
        auditors.give_keys(db, **ids, identity=office.identity(by), now=office.clock())


def closed(office: Office, username: str) -> None:
    """Close an account."""
    member_id = office.member(username).id
    with office.here.database.transaction() as db:
        staff.disable(db, member_id=member_id, now=office.clock())


def reasons(office: Office, subject: str, *keys: Identity) -> list[tuple[str, str]]:
    """Give the acts on something that have a reason, with the reason."""
    with office.db() as db:
        found = [entry for entry in entries_of(db, subject) if entry.sealed is not None]
        return [(body_of(entry).act, detail_of(entry, *keys)) for entry in found]


def test_the_first_auditor_has_the_key_and_nobody_else_has(sqlite_office: Office) -> None:
    """F3. F16."""
    assert {one.username: len(keys_of(sqlite_office, one.username)) for one in PEOPLE} == {
        one.username: int(one.role == Role.AUDITOR) for one in PEOPLE
    }


def test_the_reasons_open_to_auditors_alone(sqlite_office: Office) -> None:
    """F3."""
    desk = Desk(sqlite_office)
    report_id = desk.arrived()
    desk.report("head", report_id, triage.begin_triage)
    desk.report("head", report_id, triage.set_aside, SetAside.NO_FACTS, WHY)
    (key,) = keys_of(sqlite_office, "auditor")
    assert reasons(sqlite_office, report_id, key) == [(Act.REPORT_MOVED, WHY)]
    for one in PEOPLE:
        with pytest.raises(OpenError):
            reasons(sqlite_office, report_id, sqlite_office.identity(one.username))


def test_every_reason_typed_is_in_the_ledger_and_not_in_clear(sqlite_office: Office) -> None:
    """F9."""
    desk = Desk(sqlite_office)
    routed, case_id = desk.arrived(), desk.ready()
    desk.report("head", routed, triage.begin_triage)
    desk.report("head", routed, triage.reroute, Route.SAFETY, WHY)
    desk.report("head", routed, triage.reopen_report, WHY)
    today = sqlite_office.here.today()
    desk.proposed("investigator", case_id)
    desk.case("head", case_id, closing.return_closure, WHY, today=today)
    desk.proposed("investigator", case_id)
    desk.case("head", case_id, closing.close_case, today=today)
    desk.case("head", case_id, closing.reopen_case, WHY)
    desk.report("head", held := desk.arrived(), set_hold, WHY, today=today)
    clock = clocks(sqlite_office, held)["triage"]
    with sqlite_office.here.database.transaction() as db:
        head = sqlite_office.actor("head")
        turn = timing.Turn(
            db=db,
            opened=open_report(db, head, held),
            clock_id=clock.id,
            seen=1,
            timekeeping=sqlite_office.here.post.timekeeping,
            actor=head,
            now=sqlite_office.clock(),
        )
        timing.pause(turn, Reason.AWAITING_INFORMANT, WHY)
    (key,) = keys_of(sqlite_office, "auditor")
    assert reasons(sqlite_office, held, key) == [(Act.HOLD_SET, WHY), (Act.CLOCK_PAUSED, WHY)]
    assert reasons(sqlite_office, routed, key) == [(Act.REPORT_MOVED, WHY)] * 2
    assert [act for act, _ in reasons(sqlite_office, case_id, key)] == [
        Act.CLOSURE_PROPOSED,
        Act.CLOSURE_RETURNED,
        Act.CLOSURE_PROPOSED,
        Act.CASE_MOVED,
    ]
    with sqlite_office.db() as db:
        written = [(one.body, one.sealed or b"") for one in db.scalars(sa.select(LedgerEntry))]
    assert not [one for pair in written for one in pair if b"brother" in one]


def test_a_new_auditor_reads_earlier_reasons_once_a_colleague_gives_the_key(
    office: Office,
) -> None:
    desk = Desk(office)
    report_id = desk.arrived()
    desk.report("head", report_id, triage.begin_triage)
    desk.report("head", report_id, triage.set_aside, SetAside.NO_FACTS, WHY)
    office.enrol(SECOND)
    assert keys_of(office, "second") == []
    with office.db() as db:
        assert [one.username for one in auditors.waiting(db, office.member("auditor").id)] == [
            "second"
        ]
        assert auditors.waiting(db, office.member("second").id) == []
    given(office, "second")
    given(office, "second")
    assert reasons(office, report_id, *keys_of(office, "second")) == [(Act.REPORT_MOVED, WHY)]
    with office.db() as db:
        assert auditors.waiting(db, office.member("auditor").id) == []
        acts = [body_of(entry).act for entry in entries_of(db, office.member("second").id)]
    assert acts.count(Act.AUDIT_KEY_GIVEN) == 1


def test_who_holds_no_key_gives_none_and_nobody_but_an_auditor_is_given_one(
    sqlite_office: Office,
) -> None:
    """F3. F16."""
    sqlite_office.enrol(SECOND)
    with pytest.raises(NoAuditKey):
        given(sqlite_office, "auditor", by="second")
    for to in ("administrator", "head"):
        with pytest.raises(NotFound):
            given(sqlite_office, to)
    closed(sqlite_office, "second")
    with pytest.raises(NotFound):
        given(sqlite_office, "second")


def test_when_the_last_auditor_left_the_next_one_gets_a_key_that_opens_nothing_earlier(
    sqlite_office: Office,
) -> None:
    """F16. An administrator who invites themselves reads no reason of before."""
    desk = Desk(sqlite_office)
    report_id = desk.arrived()
    desk.report("head", report_id, triage.begin_triage)
    desk.report("head", report_id, triage.set_aside, SetAside.NO_FACTS, "before")
    closed(sqlite_office, "auditor")
    sqlite_office.enrol(SECOND)
    (key,) = keys_of(sqlite_office, "second")
    desk.report("head", report_id, triage.reopen_report, "after")
    with sqlite_office.db() as db:
        first, second = (one for one in entries_of(db, report_id) if one.sealed is not None)
        assert detail_of(second, key) == "after"
        with pytest.raises(OpenError):
            detail_of(first, key)
        assert db.scalar(sa.select(sa.func.count()).select_from(AuditKey)) == 2


def test_an_auditor_is_let_into_no_dossier(office: Office) -> None:
    """F2. F3. Nor by the database, whatever a program asks it for."""
    desk = Desk(office)
    case_id = desk.opened()
    auditor, head = office.member("auditor"), office.actor("head")
    with office.here.database.writing() as db:
        opened = service.get_case(db, head, case_id)
        for member in (auditor, office.member("administrator")):
            with pytest.raises(NotEligible):
                grants.give_grant(db, opened, to=member.id, actor=head, now=office.clock())
            refused_by_database(db, sa.insert(Grant).values(**grant_of(case_id, member.id)))
        mine = Grant.member_id == head.id, Grant.dossier_id == case_id
        refused_by_database(db, sa.update(Grant).where(*mine).values(member_id=auditor.id))
        outside = {"sealed": None, "recused": True}
        db.execute(sa.insert(Grant).values(**(grant_of(case_id, auditor.id) | outside)))
    with office.db() as db, pytest.raises(NotFound):
        open_report(db, office.actor("auditor"), case_id)


def test_nobody_becomes_an_auditor_in_an_account_that_read_and_no_auditor_anything_else(
    office: Office,
) -> None:
    """F3. Administrator and auditor are two people; who audits has read nothing they audit."""
    with office.here.database.writing() as db:
        for username, role in (
            *((one.username, "auditor") for one in PEOPLE if one.username != "auditor"),
            ("auditor", "administrator"),
        ):
            member = Member.username == username
            values = {"role": role, "position": None}
            refused_by_database(db, sa.update(Member).where(member).values(**values))


def test_the_database_lets_nobody_but_an_auditor_hold_their_key(office: Office) -> None:
    """F3."""
    head, auditor = office.member("head").id, office.member("auditor").id
    with office.here.database.writing() as db:
        for username in ("administrator", "head", "oversight"):
            row = {"key_number": 1, "member_id": office.member(username).id, "sealed": b"s"}
            refused_by_database(db, sa.insert(AuditGrant).values(**row))
        for values in (
            {"member_id": head},
            {"sealed": b""},
            {"given_by": auditor},
            {"key_number": 7},
        ):
            refused_by_database(db, sa.update(AuditGrant).values(**values))
        key = {"number": 2, "recipient": b"k" * 1216}
        for change in ({"number": 0}, {"recipient": b"k"}, {"number": 1}):
            refused_by_database(db, sa.insert(AuditKey).values(**(key | change)))


def test_a_case_taken_on_says_no_reason_where_none_is_asked_for(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.opened()
    desk.case("investigator", case_id, service.move_case, CaseAction.BEGIN_REVIEW)
    assert reasons(sqlite_office, case_id, *keys_of(sqlite_office, "auditor")) == []


def grant_of(dossier_id: str, member_id: str) -> dict[str, Any]:
    return {"dossier_id": dossier_id, "member_id": member_id, "sealed": b"s", "recused": False}


def refused_by_database(db: Any, statement: Any) -> None:
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(statement)
