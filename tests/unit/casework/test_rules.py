from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pyotp
import pytest

from casework.staff.rules import fits, invitation_end, is_name, is_username, matching_step
from casework.staff.states import Role
from portal.organisation import load_organisation
from tests.web.sample import PROFILE

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = 59_000_000
NOW = datetime.fromtimestamp(STEP * 30, UTC)
POSITIONS = load_organisation(PROFILE).positions
FITTING = {
    "head": Role.HEAD,
    "triage-officer": Role.INVESTIGATOR,
    "investigator-1": Role.INVESTIGATOR,
    "investigator-2": Role.INVESTIGATOR,
    "registers-officer": Role.INVESTIGATOR,
    "risk-officer": Role.INVESTIGATOR,
    "audit-committee-chair": Role.OVERSIGHT,
    "audit-committee-member": Role.OVERSIGHT,
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("position", [*FITTING, ""])
def test_a_role_belongs_to_its_own_desk_and_administrators_and_auditors_to_none(
    position: str, role: Role
) -> None:
    """F2. F3."""
    found = next((p for p in POSITIONS if p.id == position), None)
    fitting = {FITTING[position]} if position else {Role.ADMINISTRATOR, Role.AUDITOR}
    assert fits(role, found) == (role in fitting)


def test_the_positions_tried_are_those_of_the_profile() -> None:
    assert {position.id for position in POSITIONS} == FITTING.keys()


@pytest.mark.parametrize("name", ["ab", "n.karimova", "a-b_c.9", "9lives", "x" * 32])
def test_a_plain_user_name_is_taken(name: str) -> None:
    assert is_username(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "a", "x" * 33, ".ab", "-ab", "_ab", "Nodira", "a b", "ab\n", "a\0b"),
        *("аdmin", "ａdmin", "admın", "a\u200db", "a/b", "karimova@agmk"),
    ],
    ids=ascii,
)
def test_a_user_name_that_could_pass_for_another_is_refused(name: str) -> None:
    """A11. C16."""
    assert not is_username(name)


@pytest.mark.parametrize("name", ["Нодира Каримова", "Gʻafur Gʻulom", "李雷", "O'Neil-Smith Jr."])
def test_a_name_of_any_script_is_taken(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", " Nodira", "x" * 121, "a\nb", "a\x1b[31mb", "a\u202eb", "a\u200bb", "a\0b"],
    ids=ascii,
)
def test_a_name_that_plays_with_whoever_prints_it_is_refused(name: str) -> None:
    """C15. C23."""
    assert not is_name(name)


def test_an_invitation_of_today_works_for_a_week() -> None:
    assert invitation_end(date(2026, 2, 25)) == date(2026, 3, 4)


@pytest.mark.parametrize("away", [-2, -1, 0, 1, 2])
def test_a_code_is_good_one_step_either_way_and_no_further(away: int) -> None:
    """A20. F27."""
    code = pyotp.TOTP(SECRET).generate_otp(STEP + away)
    assert matching_step(SECRET, code, NOW) == (STEP + away if abs(away) <= 1 else None)


def test_the_window_moves_with_the_second_the_step_begins() -> None:
    """A20."""
    code = pyotp.TOTP(SECRET).generate_otp(STEP)
    second = timedelta(seconds=1)
    assert matching_step(SECRET, code, NOW - 30 * second) == STEP
    assert matching_step(SECRET, code, NOW - 31 * second) is None
    assert matching_step(SECRET, code, NOW + 59 * second) == STEP
    assert matching_step(SECRET, code, NOW + 60 * second) is None


def _wide(code: str) -> str:
    return "".join(chr(ord(digit) + 0xFEE0) for digit in code)


def _halved(code: str) -> str:
    return f" {code[:3]} {code[3:]} "


@pytest.mark.parametrize("spell", [str, _halved, _wide])
def test_a_code_may_be_typed_with_blanks_or_wide_digits(spell: Callable[[str], str]) -> None:
    """A10."""
    code = pyotp.TOTP(SECRET).generate_otp(STEP)
    assert matching_step(SECRET, spell(code), NOW) == STEP


@pytest.mark.parametrize(
    "typed",
    ["", "12345", "1234567", "12345a", "123\x00456", "१२३४५६", "-12345", "1" * 200],
    ids=ascii,
)
def test_what_is_no_code_matches_nothing(typed: str) -> None:
    """A11."""
    assert matching_step(SECRET, typed, NOW) is None
