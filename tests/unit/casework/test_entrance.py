"""Signing in, below the pages, on both engines."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2.low_level import hash_secret_raw

from casework.staff import entrance
from casework.staff import service as staff
from casework.staff.entrance import Unlocked
from casework.staff.errors import CodeRefused, LoginRefused
from casework.staff.models import Member, StaffSession
from casework.staff.states import Role
from crypto import passwords
from crypto.passwords import (
    CHEAP,
    MAX_PASSWORD_BYTES,
    Profile,
    needs_rehash,
    new_recovery_code,
    wrap_identity,
)
from crypto.recipients import Identity
from tests.support.offices import PASSWORD, Office
from tests.unit.casework.at_once import at_once, kinds

NEW = "another rather long password"
OLD = Profile("old", 16, 2, 1)


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The secrets that were derived from, one for each Argon2id."""
    made: list[bytes] = []

    def counted(secret: bytes, *rest: object, **more: object) -> bytes:
        made.append(secret)
        return hash_secret_raw(secret, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(passwords, "hash_secret_raw", counted)
    return made


def unlocked(office: Office, password: str = PASSWORD, username: str = "head") -> Unlocked:
    """Open a member's key."""
    with office.db() as db:
        return entrance.check_password(db, username=username, password=password, profile=CHEAP)


def recovered(office: Office, code: str = "", username: str = "head") -> Unlocked:
    """Open a member's key with the printed code."""
    typed = code or office.recovery_codes[username]
    with office.db() as db:
        return entrance.check_recovery_code(
            db, username=username, recovery_code=typed, profile=CHEAP
        )


def entered(office: Office, key: Unlocked) -> None:
    """Begin a session with an open key."""
    with office.here.database.transaction() as db:
        entrance.enter(db, key)


def shown(office: Office, code: str, username: str = "head") -> None:
    """Show six digits."""
    with office.here.database.transaction() as db:
        entrance.check_code(
            db,
            member_id=office.member(username).id,
            identity=office.identity(username),
            code=code,
            now=office.clock(),
        )


def changed(office: Office, key: Unlocked, password: str = NEW) -> None:
    """Put a new password in force."""
    with office.here.database.transaction() as db:
        entrance.set_password(db, key, wrap_identity(key.identity, password, CHEAP))


def disabled(office: Office, username: str = "head") -> None:
    """Close an account."""
    with office.here.database.transaction() as db:
        staff.disable(db, member_id=office.member(username).id, now=office.clock())


def old_wrap(office: Office, username: str = "head") -> None:
    """Let the key be wrapped as it was before the profile changed."""
    wrap = wrap_identity(office.identity(username), PASSWORD, OLD)
    office.execute(sa.update(Member).where(Member.username == username).values(password_wrap=wrap))


def unlocked_after_closing(office: Office) -> Unlocked:
    disabled(office)
    return unlocked(office)


def recovered_after_closing(office: Office) -> Unlocked:
    disabled(office)
    return recovered(office)


REFUSED: dict[str, Callable[[Office], Unlocked]] = {
    "unknown": lambda office: unlocked(office, username="nobody"),
    "wrong password": lambda office: unlocked(office, "not the right one"),
    "closed, right password": unlocked_after_closing,
    "invited": lambda office: unlocked(office, username="guest"),
    "unknown, recovery": lambda office: recovered(office, new_recovery_code(), "nobody"),
    "wrong recovery code": lambda office: recovered(office, new_recovery_code()),
    "closed, right recovery code": recovered_after_closing,
    "the code in place of the password": lambda office: unlocked(
        office, office.recovery_codes["head"]
    ),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_every_refusal_costs_exactly_one_derivation(
    sqlite_office: Office, derivations: list[bytes], kind: str
) -> None:
    """A1. A2."""
    invite_guest(sqlite_office)
    derivations.clear()
    with pytest.raises(LoginRefused):
        REFUSED[kind](sqlite_office)
    assert len(derivations) == 1


def invite_guest(office: Office) -> None:
    """Let there be an account nobody enrolled for yet."""
    with office.here.database.transaction() as db:
        staff.invite(
            db,
            username="guest",
            name="Guest",
            role=Role.INVESTIGATOR,
            position=office.accounts.organisation.position("risk-officer"),
            now=office.clock(),
            today=office.here.today(),
        )


def test_the_right_password_costs_as_much_as_a_wrong_one(
    sqlite_office: Office, derivations: list[bytes]
) -> None:
    """A1."""
    unlocked(sqlite_office)
    assert len(derivations) == 1


@pytest.mark.parametrize(
    "password",
    ["x" * (MAX_PASSWORD_BYTES + 1), "ж" * MAX_PASSWORD_BYTES, "x" * 10_000_000],
    ids=len,
)
@pytest.mark.parametrize("username", ["head", "nobody"])
def test_a_password_beyond_any_limit_costs_no_derivation(
    sqlite_office: Office, derivations: list[bytes], username: str, password: str
) -> None:
    """A9."""
    with pytest.raises(LoginRefused):
        unlocked(sqlite_office, password, username)
    assert derivations == []


def test_a_mistyped_recovery_code_costs_no_derivation_whoever_it_is_for(
    sqlite_office: Office, derivations: list[bytes]
) -> None:
    """A1. A9."""
    for username in ("head", "nobody"):
        with pytest.raises(LoginRefused):
            recovered(sqlite_office, "AAAA-BBBB", username)
    assert derivations == []


@pytest.mark.parametrize("form", ["NFC", "NFD", "fullwidth"])
def test_a_password_opens_in_whatever_form_a_keyboard_spells_it(
    sqlite_office: Office, form: str
) -> None:
    """A10."""
    forms = {"NFC": "Пароль кафе́ ёлка", "NFD": "Пароль кафе\u0301 е\u0308лка"}
    forms["fullwidth"] = forms["NFC"].replace(" ", "\u3000")
    changed(sqlite_office, recovered(sqlite_office), forms["NFC"])
    assert unlocked(sqlite_office, forms[form])


@pytest.mark.parametrize(
    "typed", [PASSWORD + "\0", "\0" + PASSWORD, PASSWORD.upper(), PASSWORD + " "]
)
def test_nothing_is_cut_off_or_forgiven_in_a_password(sqlite_office: Office, typed: str) -> None:
    """A10. A11."""
    with pytest.raises(LoginRefused):
        unlocked(sqlite_office, typed)


def test_a_key_wrapped_with_outdated_parameters_is_wrapped_anew(office: Office) -> None:
    """A27."""
    old_wrap(office)
    seed = unlocked(office).identity.seed
    entered(office, unlocked(office))
    wrap = office.member("head").password_wrap
    assert wrap is not None
    assert not needs_rehash(wrap, CHEAP)
    assert unlocked(office).identity.seed == seed
    assert unlocked(office).renewed is None


def test_wrapping_anew_does_not_bring_an_old_password_back(office: Office) -> None:
    """A13. A27."""
    old_wrap(office)
    late = unlocked(office)
    changed(office, recovered(office))
    with pytest.raises(LoginRefused):
        entered(office, late)
    assert unlocked(office, NEW)
    with pytest.raises(LoginRefused):
        unlocked(office)


def test_who_was_trying_a_password_while_the_account_was_closed_does_not_get_in(
    office: Office,
) -> None:
    """A13."""
    late = unlocked(office)
    disabled(office)
    with pytest.raises(LoginRefused):
        entered(office, late)


def test_a_recovery_begun_before_the_account_was_closed_changes_nothing(office: Office) -> None:
    """A13."""
    late, wrap = recovered(office), office.member("head").password_wrap
    disabled(office)
    with pytest.raises(LoginRefused):
        changed(office, late)
    assert office.member("head").password_wrap == wrap


def test_a_new_password_ends_every_session_of_the_member(office: Office) -> None:
    """A13."""
    for number, username in enumerate(("head", "colleague")):
        office.execute(
            sa.insert(StaffSession).values(
                id_hash=bytes([number]) * 32,
                box=b"b",
                day=office.here.today(),
                member_id=office.member(username).id,
            )
        )
    changed(office, recovered(office))
    with office.db() as db:
        assert list(db.scalars(sa.select(StaffSession.member_id))) == [
            office.member("colleague").id
        ]


def test_the_recovery_code_opens_the_same_key_and_goes_on_working(office: Office) -> None:
    """A25."""
    key: Identity = unlocked(office).identity
    changed(office, recovered(office))
    assert unlocked(office, NEW).identity.seed == key.seed
    assert recovered(office).identity.seed == key.seed


def test_a_code_works_once(office: Office) -> None:
    """A19."""
    code = office.code("head")
    shown(office, code)
    with pytest.raises(CodeRefused):
        shown(office, code)


def test_an_earlier_code_does_not_work_after_a_later_one(office: Office) -> None:
    """A19. A20."""
    office.clock.forward(seconds=90)
    first, second = office.digits("head", -1), office.digits("head")
    shown(office, first)
    shown(office, second)
    for code in (first, second):
        with pytest.raises(CodeRefused):
            shown(office, code)
    shown(office, office.digits("head", +1))


def test_a_later_code_shuts_out_those_before_it(office: Office) -> None:
    """A20."""
    office.clock.forward(seconds=90)
    shown(office, office.digits("head", +1))
    for steps in (-1, 0):
        with pytest.raises(CodeRefused):
            shown(office, office.digits("head", steps))


def test_a_code_shown_many_times_at_once_works_once(office: Office) -> None:
    """A20."""
    code = office.code("head")
    outcomes = at_once(*(lambda: shown(office, code) for _ in range(6)))
    assert kinds(outcomes) == ["", *["CodeRefused"] * 5]


def test_the_code_of_the_enrolment_does_not_sign_in(office: Office) -> None:
    """A19."""
    with pytest.raises(CodeRefused):
        shown(office, office.digits("head", -1))


def test_a_colleagues_code_is_no_code_of_mine(office: Office) -> None:
    """A24."""
    with pytest.raises(CodeRefused):
        shown(office, office.code("colleague"))


def test_a_closed_account_gets_in_with_no_code(office: Office) -> None:
    """A13."""
    identity, code = office.identity("head"), office.code("head")
    disabled(office)
    with pytest.raises(CodeRefused), office.here.database.transaction() as db:
        entrance.check_code(
            db,
            member_id=office.member("head").id,
            identity=identity,
            code=code,
            now=office.clock(),
        )


def test_a_clock_turned_back_brings_no_code_back(office: Office) -> None:
    """A20. F27."""
    code = office.code("head")
    shown(office, code)
    office.clock.forward(seconds=-30)
    with pytest.raises(CodeRefused):
        shown(office, code)
