"""A member leaves: nothing of theirs goes on reading, nothing is lost, and nothing is left without somebody who works it."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from casework.cases import access
from casework.cases.models import Case, Task
from casework.dossiers import grants
from casework.dossiers import service as dossiers
from casework.dossiers.models import Grant, GrantRequest
from casework.dossiers.states import DossierKind
from casework.people.leaving import SoleReader, leave, sole_reading
from casework.staff.errors import LoginRefused
from casework.staff.models import StaffSession
from casework.staff.states import AccountState
from tests.support.offices import PEOPLE, Office
from tests.unit.cases.desk import READING, Desk
from tests.unit.cases.test_triage import acts
from tests.unit.casework.reports import filed

SERVICE = set(READING)


@pytest.fixture
def quick(sqlite_office: Office) -> Desk:
    """The office's people on one engine."""
    return Desk(sqlite_office)


def left(desk: Desk, username: str) -> None:
    """Let somebody leave."""
    office = desk.office
    with office.here.database.transaction() as db:
        by = office.member("administrator").id
        leave(db, office.member(username).id, by=by, now=office.clock())


def grants_of(desk: Desk, username: str) -> list[Grant]:
    """Give where somebody stands."""
    mine = sa.select(Grant).where(Grant.member_id == desk.office.member(username).id)
    with desk.office.db() as db:
        return list(db.scalars(mine))


def test_whoever_left_reads_nothing_and_their_key_is_gone(desk: Desk) -> None:
    """F8. A13. Not even with their password, the database, and the grants the report came with."""
    report = desk.arrived()
    case_id = desk.opened("investigator", desk.accepted("investigator"))
    key = desk.office.identity("investigator")
    left(desk, "investigator")
    member = desk.office.member("investigator")
    assert member.state == AccountState.DISABLED
    keys = (member.password_wrap, member.recovery_wrap, member.totp_sealed, member.roster_key)
    assert keys == (None, None, None, None)
    assert grants_of(desk, "investigator") == []
    with pytest.raises(LoginRefused):
        desk.office.identity("investigator")
    for dossier in (report, case_id):
        assert acts(desk, dossier)[-1][0] in {"grant.revoked", "case.assigned"}
        assert ("grant.revoked", {"member": member.id}) in acts(desk, dossier)
        assert desk.allowed(dossier) == SERVICE - {"investigator"}
    with desk.office.db() as db:
        assert db.scalars(sa.select(StaffSession)).all() == []
    assert key.recipient.raw == member.recipient


def test_their_cases_and_tasks_pass_to_the_head_who_reads_them(quick: Desk) -> None:
    case_id = quick.ready("investigator")
    task = quick.set_task("investigator", case_id, "investigator")
    left(quick, "investigator")
    head = quick.office.member("head").id
    with quick.office.db() as db:
        case, open_task = db.get(Case, case_id), db.get(Task, task)
    assert case is not None
    assert open_task is not None
    assert (case.owner_id, open_task.owner_id) == (head, head)
    assert ("case.assigned", {"owner": head}) in acts(quick, case_id)


def test_where_the_head_is_outside_a_case_passes_to_another_who_reads_it(quick: Desk) -> None:
    """F2."""
    case_id = quick.opened("investigator")
    quick.outside("colleague", case_id, access.recuse_from_case, "head")
    left(quick, "investigator")
    with quick.office.db() as db:
        case = db.get(Case, case_id)
    assert case is not None
    assert case.owner_id == quick.office.member("colleague").id


def test_what_only_they_read_keeps_them_until_it_is_handed_over(desk: Desk) -> None:
    """F8. Told by kind and number; nothing has happened then."""
    report = desk.accepted("investigator")
    case_id = desk.opened("investigator", report)
    for name in ("head", "colleague"):
        desk.outside("investigator", report, access.revoke_from_report, name)
    with pytest.raises(SoleReader) as refused:
        left(desk, "investigator")
    assert refused.value.sole.dossiers == {DossierKind.REPORT: 1, DossierKind.CASE: 1}
    assert desk.office.member("investigator").state == AccountState.ACTIVE
    assert desk.readers(report) == desk.readers(case_id) == {"investigator"}
    actor, office = desk.office.actor("investigator"), desk.office
    with office.here.database.transaction() as db:
        to = office.member("colleague").id
        opened = dossiers.open_report(db, actor, report)
        grants.give_grant(db, opened, to=to, actor=actor, now=office.clock())
    with pytest.raises(SoleReader) as refused:
        left(desk, "investigator")
    assert refused.value.sole.dossiers == {DossierKind.CASE: 1}
    desk.gave("investigator", case_id, "colleague")
    left(desk, "investigator")
    assert desk.allowed(report) == desk.allowed(case_id) == {"colleague"}
    assert desk.opens("colleague", case_id)


def test_a_report_nobody_has_found_yet_keeps_whoever_it_may_be_for(sqlite_office: Office) -> None:
    """F8. An unlabelled grant may be theirs alone."""
    office = sqlite_office
    desk = Desk(office)
    filed(office)
    office.exchange()
    with office.db() as db:
        waiting = {
            name: sole_reading(db, office.member(name).id).unclaimed
            for name in (*READING, "oversight", "administrator")
        }
    assert waiting == dict.fromkeys((*READING, "oversight"), 1) | {"administrator": 0}
    with pytest.raises(SoleReader):
        left(desk, "oversight")
    desk.arrived()
    left(desk, "oversight")


def test_a_recusal_stays_and_a_request_goes(sqlite_office: Office) -> None:
    """F1. F2."""
    desk = Desk(sqlite_office)
    outside, asked = desk.arrived(), desk.arrived()
    desk.outside("head", outside, access.recuse_from_report, "oversight")
    actor = desk.office.actor("head")
    with desk.office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, asked)
        to = desk.office.member("oversight").id
        grants.give_grant(db, opened, to=to, actor=actor, now=desk.office.clock())
    left(desk, "oversight")
    assert [one.recused for one in grants_of(desk, "oversight")] == [True]
    with desk.office.db() as db:
        assert db.scalars(sa.select(GrantRequest)).all() == []


def test_the_last_but_one_reader_leaves_and_the_last_one_stays(quick: Desk) -> None:
    """F8. One after the other, each time what is left has somebody who reads it."""
    report = quick.arrived()
    for name in ("head", "investigator"):
        left(quick, name)
    with pytest.raises(SoleReader):
        left(quick, "colleague")
    assert quick.opens("colleague", report)


def test_who_lost_password_and_paper_reads_again_once_a_colleague_gives_it(
    sqlite_office: Office,
) -> None:
    """A25. F12. Nothing is lost while one grantee remains: a new account, a new key, the same dossier."""
    desk = Desk(sqlite_office)
    report = desk.arrived()
    left(desk, "investigator")
    (old,) = (one for one in PEOPLE if one.username == "investigator")
    desk.office.enrol(replace(old, username="investigator2"))
    assert not desk.opens("investigator2", report)
    actor, office = desk.office.actor("colleague"), desk.office
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, report)
        to = office.member("investigator2").id
        assert grants.give_grant(db, opened, to=to, actor=actor, now=office.clock())
    assert desk.opens("investigator2", report)
