"""Accounts from invitation to closure, on both engines."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
import sqlalchemy as sa

from casework.accounts import NewAccount
from casework.ledger.models import LedgerEntry
from casework.ledger.service import body_of
from casework.ledger.states import Act
from casework.staff import service as staff
from casework.staff.errors import (
    CodeRefused,
    InvitationRefused,
    LastAdministrator,
    NameRefused,
    PositionTaken,
    PositionUnfit,
    StaffError,
    UsernameRefused,
    UsernameTaken,
)
from casework.staff.models import Member, StaffSession
from casework.staff.rules import INVITATION_DAYS
from casework.staff.service import Enrolment
from casework.staff.states import AccountState, Role
from casework.transitions import IllegalTransition
from crypto.errors import OpenError
from crypto.passwords import CHEAP, new_recovery_code
from portal.errors import NotFound
from tests.support.offices import PASSWORD, Office
from tests.unit.casework.at_once import at_once, kinds

NEWCOMER = NewAccount(
    username="newcomer", name="Newcomer", role=Role.INVESTIGATOR, position="risk-officer"
)
SECOND = NewAccount(username="second", name="Second", role=Role.ADMINISTRATOR)


def invited(office: Office, account: NewAccount = NEWCOMER) -> str:
    """Invite somebody; give the code."""
    return office.accounts.invite(account)


def begun(office: Office, code: str, username: str = "newcomer") -> Enrolment:
    """Begin to enrol."""
    with office.db() as db:
        return staff.begin_enrolment(
            db,
            username=username,
            code=code,
            password=PASSWORD,
            profile=CHEAP,
            today=office.here.today(),
        )


def finished(office: Office, enrolment: Enrolment, code: str = "") -> str:
    """Show the second factor's digits; give the recovery code."""
    digits = code or pyotp.TOTP(enrolment.totp_secret).at(office.clock())
    with office.here.database.transaction() as db:
        return staff.finish_enrolment(
            db,
            enrolment,
            code=digits,
            profile=CHEAP,
            now=office.clock(),
            today=office.here.today(),
        )


def closed(office: Office, username: str) -> None:
    """Close an account."""
    with office.here.database.transaction() as db:
        staff.disable(db, member_id=office.member(username).id, now=office.clock())


def test_an_invited_member_enrols_and_holds_a_key_of_their_own(office: Office) -> None:
    """A24. A25."""
    enrolment = begun(office, invited(office))
    assert finished(office, enrolment).count("-") == 6
    row = office.member("newcomer")
    assert (row.state, row.invitation_hash, row.invitation_expires) == ("active", None, None)
    assert row.recipient == enrolment.identity.recipient.raw
    assert office.identity("newcomer").seed == enrolment.identity.seed


def test_the_database_holds_no_secret_of_a_member_in_clear(office: Office) -> None:
    """A25. A28."""
    code = invited(office)
    enrolment = begun(office, code)
    recovery = finished(office, enrolment)
    row = office.member("newcomer")
    stored = b"|".join(
        value if isinstance(value, bytes) else str(value).encode()
        for value in (getattr(row, column.key) for column in sa.inspect(Member).columns)
    )
    secrets = (code, recovery, PASSWORD, enrolment.totp_secret)
    assert [secret for secret in secrets if secret.encode() in stored] == []
    assert enrolment.identity.seed not in stored


def test_an_invitation_works_once(office: Office) -> None:
    code = invited(office)
    finished(office, begun(office, code))
    with pytest.raises(InvitationRefused):
        begun(office, code)


@pytest.mark.parametrize(
    ("days", "works"),
    [(INVITATION_DAYS, True), (INVITATION_DAYS + 1, False)],
    ids=["last", "after"],
)
def test_an_invitation_works_until_its_day(office: Office, days: int, works: bool) -> None:  # noqa: FBT001
    """F27."""
    code = invited(office)
    office.clock.forward(days=days)
    if works:
        assert finished(office, begun(office, code))
        return
    with pytest.raises(InvitationRefused):
        begun(office, code)


def test_an_invitation_that_ends_while_it_is_used_is_over(office: Office) -> None:
    code = invited(office)
    office.clock.forward(days=INVITATION_DAYS)
    enrolment = begun(office, code)
    office.clock.forward(days=1)
    with pytest.raises(InvitationRefused):
        finished(office, enrolment)


@pytest.mark.parametrize("kind", ["wrong", "mistyped", "empty", "other name", "unknown name"])
def test_no_other_code_and_no_other_name_opens_an_invitation(office: Office, kind: str) -> None:
    """A24."""
    code = invited(office)
    other = new_recovery_code()
    username, typed = {
        "wrong": ("newcomer", other),
        "mistyped": ("newcomer", code[:-1] + ("A" if code[-1] != "A" else "B")),
        "empty": ("newcomer", ""),
        "other name": ("head", code),
        "unknown name": ("nobody", code),
    }[kind]
    with pytest.raises(InvitationRefused):
        begun(office, typed, username)


def test_the_code_may_be_typed_as_paper_and_keyboards_have_it(office: Office) -> None:
    """A10."""
    assert begun(office, f" {invited(office).lower().replace('-', ' ')} ")


def test_an_invitation_that_was_closed_opens_nothing_any_more(office: Office) -> None:
    enrolment = begun(office, code := invited(office))
    closed(office, "newcomer")
    with pytest.raises(InvitationRefused):
        finished(office, enrolment)
    with pytest.raises(InvitationRefused):
        begun(office, code)
    assert office.member("newcomer").state == AccountState.DISABLED


def test_a_wrong_second_factor_activates_nothing(office: Office) -> None:
    enrolment = begun(office, invited(office))
    long_ago = pyotp.TOTP(enrolment.totp_secret).at(office.clock() - timedelta(hours=1))
    with pytest.raises(CodeRefused):
        finished(office, enrolment, long_ago)
    row = office.member("newcomer")
    assert (row.state, row.recipient, row.password_wrap) == ("invited", None, None)


def test_of_two_who_enrol_with_one_invitation_at_once_one_wins(office: Office) -> None:
    """A24."""
    code = invited(office)
    first, second = begun(office, code), begun(office, code)
    outcomes = at_once(lambda: finished(office, first), lambda: finished(office, second))
    assert kinds(outcomes) == ["", "InvitationRefused"]
    winner = first if isinstance(outcomes[0], str) else second
    assert office.member("newcomer").recipient == winner.identity.recipient.raw


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"username": "Newcomer"}, UsernameRefused),
        ({"username": "аdmin"}, UsernameRefused),
        ({"name": ""}, NameRefused),
        ({"name": "x" * 121}, NameRefused),
        ({"name": "a\u202eb"}, NameRefused),
        ({"username": "head"}, UsernameTaken),
        ({"role": Role.HEAD, "position": "head"}, PositionTaken),
        ({"role": Role.HEAD}, PositionUnfit),
        ({"role": Role.OVERSIGHT}, PositionUnfit),
        ({"role": Role.ADMINISTRATOR}, PositionUnfit),
        ({"position": None}, PositionUnfit),
        ({"position": "no-such"}, PositionUnfit),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else value.__name__,
)
def test_an_account_that_must_not_be_is_not_made(
    sqlite_office: Office, change: dict[str, object], refusal: type[StaffError]
) -> None:
    """C16. F5."""
    with pytest.raises(refusal):
        invited(sqlite_office, replace(NEWCOMER, **change))  # type: ignore[arg-type]
    with sqlite_office.db() as db:
        assert len(staff.all_members(db)) == 6


def test_two_invitations_at_once_do_not_make_two_accounts(office: Office) -> None:
    """F6."""
    outcomes = at_once(*(lambda: invited(office) for _ in range(2)))
    assert kinds(outcomes) == ["", "UsernameTaken"]


def test_two_invitations_at_once_do_not_fill_one_position_twice(office: Office) -> None:
    """F2. F6."""
    others = [replace(NEWCOMER, username=f"newcomer-{number}") for number in range(2)]
    outcomes = at_once(*(lambda other=other: invited(office, other) for other in others))
    assert kinds(outcomes) == ["", "PositionTaken"]


def test_a_position_is_free_again_when_its_account_is_closed_and_its_name_is_not(
    office: Office,
) -> None:
    closed(office, "colleague")
    replacement = replace(NEWCOMER, position="investigator-2")
    with pytest.raises(UsernameTaken):
        invited(office, replace(replacement, username="colleague"))
    assert invited(office, replacement)


def test_closing_an_account_ends_all_its_sessions_and_nobody_elses(office: Office) -> None:
    """A13."""
    for number, username in enumerate(["head", "head", "colleague"]):
        office.execute(
            sa.insert(StaffSession).values(
                id_hash=bytes([number]) * 32,
                box=b"b",
                day=office.here.today(),
                member_id=office.member(username).id,
            )
        )
    closed(office, "head")
    with office.db() as db:
        left = db.scalars(sa.select(StaffSession.member_id)).all()
    assert left == [office.member("colleague").id]


def test_an_account_is_closed_once(office: Office) -> None:
    closed(office, "head")
    with pytest.raises(IllegalTransition):
        closed(office, "head")
    with pytest.raises(NotFound), office.here.database.transaction() as db:
        staff.disable(db, member_id="0" * 32, now=office.clock())


def test_the_last_administrator_stays(office: Office) -> None:
    """F7."""
    invited(office, SECOND)
    with pytest.raises(LastAdministrator):
        closed(office, "administrator")


def test_two_administrators_cannot_close_each_other_at_once(office: Office) -> None:
    """F7."""
    office.enrol(SECOND)
    outcomes = at_once(lambda: closed(office, "administrator"), lambda: closed(office, "second"))
    assert kinds(outcomes) == ["", "LastAdministrator"]
    states = {office.member(name).state for name in ("administrator", "second")}
    assert states == {"active", "disabled"}


def test_a_second_administrator_gets_the_roster_key_when_the_list_is_next_signed(
    office: Office,
) -> None:
    office.enrol(SECOND)
    assert seed_of(office, "second") is None
    office.sign_roster()
    assert seed_of(office, "second") == seed_of(office, "administrator") == office.seed


def test_nobody_but_administrators_is_given_the_roster_key(office: Office) -> None:
    """F3."""
    office.enrol(NEWCOMER)
    office.sign_roster()
    held = {username: office.member(username).roster_key for username in office.totp_secrets}
    assert [name for name, key in held.items() if key] == ["administrator"]


def test_a_roster_key_moved_to_another_row_opens_nothing(office: Office) -> None:
    """F9."""
    office.enrol(SECOND)
    stolen = office.member("administrator").roster_key
    move = sa.update(Member).where(Member.username == "second").values(roster_key=stolen)
    office.execute(move)
    with pytest.raises(OpenError):
        seed_of(office, "second")


def seed_of(office: Office, username: str) -> bytes | None:
    """Open the roster key as this member."""
    with office.db() as db:
        return staff.roster_seed(db, office.member(username).id, office.identity(username))


def test_what_is_done_to_accounts_and_to_the_signed_list_is_in_the_ledger(office: Office) -> None:
    """F4. Who did it, where somebody was signed in; never a name or a code."""
    with office.db() as db:
        before = db.scalar(sa.select(sa.func.count()).select_from(LedgerEntry)) or 0
    code, administrator = invited(office), office.member("administrator").id
    newcomer = office.member(NEWCOMER.username).id
    with office.here.database.transaction() as db:
        staff.disable(db, member_id=newcomer, now=office.clock(), by=administrator)
    office.accounts.sign_roster(office.seed, administrator)
    with office.db() as db:
        entries = db.scalars(sa.select(LedgerEntry).order_by(LedgerEntry.number)).all()[before:]
    bodies = [body_of(entry) for entry in entries]
    assert [(body.act, body.actor) for body in bodies] == [
        (Act.MEMBER_INVITED, None),
        (Act.MEMBER_DISABLED, administrator),
        (Act.ROSTER_SIGNED, administrator),
    ]
    assert [body.subject for body in bodies[:2]] == [newcomer, newcomer]
    signed = office.here.settings.roster.read_bytes()
    assert bodies[2].change == {"sha256": hashlib.sha256(signed).hexdigest()}
    assert code not in str(bodies)
    assert NEWCOMER.name not in str(bodies)
