"""One factor again, before what gives access or takes it: asked between the form and what it does."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.cases import access
from casework.dossiers import grants
from casework.people import leaving
from casework.staff import service as staff
from casework.staff.models import StaffSession
from tests.support.offices import PASSWORD, Office
from tests.unit.cases.desk import Desk
from tests.web.office.colleague import Colleague

LASTS = 5 * 60
FREE_TRIES = 5
VIEWS = Path(__file__).parents[3] / "casework/web/views"
GIVEN = {
    "username": "newcomer",
    "name": "Newcomer",
    "role": "investigator",
    "position": "risk-officer",
}
# What gives access to somebody or takes it from them, lets something out, or changes how somebody signs in.
VERBS = {
    *(verb.__name__ for verb in (access.give_access, access.confirm_access)),
    *(verb.__name__ for verb in (access.recuse_from_case, access.recuse_from_report)),
    *(verb.__name__ for verb in (access.revoke_from_case, access.revoke_from_report)),
    *(verb.__name__ for verb in (grants.give_grant, grants.confirm_grant)),
    *(verb.__name__ for verb in (grants.revoke_grant, grants.recuse)),
    *(verb.__name__ for verb in (staff.invite, staff.disable, leaving.leave)),
    "signed_roster",
    "_signed",
    "change_password",
    "change_recovery_code",
    "change_authenticator",
    "rotate",
    "give_keys",
    # By kind of dossier, in the views of readers.
    *("give", "confirm", "revoke", "recuse"),
    # What is gone is gone.
    *("destroy_item", "destroy_report", "destroy_case"),
}


@pytest.fixture
def office(sqlite_office: Office) -> Office:
    """An office on one engine: what is tried is tried on both where somebody signs in."""
    return sqlite_office


@pytest.fixture
def administrator(office: Office) -> Colleague:
    """An administrator who signed in a while ago."""
    browser = Colleague(office, "administrator")
    office.clock.forward(seconds=LASTS)
    browser.get("/en/staff")
    return browser


def invite(administrator: Colleague) -> int:
    """Send the form for a new account."""
    return administrator.send("/en/staff", GIVEN).status_code


def answer(browser: Colleague, secret: str) -> int:
    """Answer the question that the open page asks."""
    return browser.send(browser.path, {"step_up": secret}).status_code


def is_invited(office: Office) -> bool:
    """Whether the newcomer has an account."""
    with office.db() as db:
        return staff.find_member(db, GIVEN["username"]) is not None


@pytest.mark.parametrize("factor", ["password", "code"])
def test_what_was_typed_is_done_once_either_factor_is_given_again(
    office: Office, administrator: Colleague, factor: str
) -> None:
    """A23."""
    assert invite(administrator) == 422
    assert administrator.text_of("//h1") == "Confirm that it is you"
    assert not is_invited(office)
    secret = PASSWORD if factor == "password" else office.code("administrator")
    assert answer(administrator, secret) == 200
    assert is_invited(office)
    assert office.member("newcomer").name == GIVEN["name"]
    administrator.get("/en/staff")
    assert administrator.press("/en/staff/roster").status_code == 303


@pytest.mark.parametrize(("seconds", "still"), [(LASTS - 1, True), (LASTS, False), (-1, False)])
def test_signing_in_counts_for_some_minutes_and_not_before_it_happened(
    office: Office, seconds: int, *, still: bool
) -> None:
    """A23. F27."""
    administrator = Colleague(office, "administrator")
    administrator.get("/en/staff")
    office.clock.forward(seconds=seconds)
    invite(administrator)
    assert is_invited(office) == still


def test_a_wrong_answer_does_nothing_and_after_five_each_further_one_waits(
    office: Office, administrator: Colleague
) -> None:
    """A21. A23."""
    invite(administrator)
    assert answer(administrator, "") == 422
    for _ in range(FREE_TRIES):
        assert answer(administrator, "000000" if _ % 2 else "wrong words here") == 422
        assert "wrong" in administrator.problem()
    assert answer(administrator, PASSWORD) == 429
    assert not is_invited(office)
    office.clock.forward(seconds=3)
    assert answer(administrator, PASSWORD) == 200
    assert is_invited(office)


def test_a_code_that_was_used_proves_nothing(office: Office, administrator: Colleague) -> None:
    """A19. A20."""
    code = office.code("administrator")
    invite(administrator)
    second = Colleague(office, "administrator", signed_in=False)
    second.give_password()
    assert second.give_code(code).status_code == 303
    assert answer(administrator, code) == 422
    assert answer(administrator, office.recovery_codes["administrator"]) == 422
    assert not is_invited(office)


def test_the_password_of_a_colleague_with_the_same_words_is_checked_against_ones_own_key(
    office: Office,
) -> None:
    """A23."""
    administrator = Colleague(office, "administrator")
    other = office.member("head").password_wrap
    office.execute(
        sa.text(
            "UPDATE members SET password_wrap = :w WHERE username = 'administrator'"
        ).bindparams(w=other)
    )
    office.clock.forward(seconds=LASTS)
    administrator.get("/en/staff")
    invite(administrator)
    assert answer(administrator, PASSWORD) == 422


def test_one_session_of_a_member_proves_nothing_for_another(
    office: Office, administrator: Colleague
) -> None:
    """A23."""
    other = Colleague(office, "administrator")
    office.clock.forward(seconds=LASTS)
    for browser in (other, administrator):
        browser.get("/en/staff")
        invite(browser)
    assert answer(other, PASSWORD) == 200
    administrator.get("/en/staff")
    assert administrator.press("/en/staff/roster").status_code == 422


def test_an_answer_keeps_the_cookie_and_does_not_make_the_session_live_longer(
    office: Office, administrator: Colleague
) -> None:
    """A18."""
    sid = administrator.sid()
    for visit in range(42):
        assert administrator.get("/en/staff").status_code == 200
        if visit % 10 == 0:
            assert administrator.press("/en/staff/roster").status_code == 422
            assert answer(administrator, PASSWORD) == 303
        office.clock.forward(minutes=14)
    assert administrator.sid() == sid
    assert administrator.get("/en/staff").status_code == 200
    office.clock.forward(minutes=7)
    assert administrator.get("/en/staff").status_code == 303


def test_a_session_ended_meanwhile_is_not_brought_back(
    office: Office, administrator: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A14."""
    invite(administrator)
    real = staff.active_member

    def ending(*given: object) -> object:
        office.execute(sa.delete(StaffSession))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(staff, "active_member", ending)
    answer(administrator, PASSWORD)
    with office.db() as db:
        assert db.scalars(sa.select(StaffSession)).all() == []


def test_the_page_that_asks_carries_everything_but_secrets(
    office: Office, administrator: Colleague
) -> None:
    """A28. C1."""
    hostile = '"><script>'
    typed = {"name": hostile, "twice": ["a", "b"], "password": "four secret words", "again": "x"}
    fields = administrator.fields_of("/en/staff") | typed
    response = administrator._open("POST", "/en/staff", data=fields)
    assert response.status_code == 422
    (form,) = administrator.find("//main//form")
    carried = [(f.get("name"), f.get("value")) for f in form.xpath(".//input[@type='hidden']")]
    assert carried[0][0] == "csrf_token"
    assert carried[1:] == [("name", hostile), ("twice", "a"), ("twice", "b")]
    assert "four secret words" not in response.text
    assert answer(administrator, "four other words") == 422
    assert "four other words" not in administrator.client.get("/en/staff").text
    assert not is_invited(office)


def test_access_to_a_case_is_given_only_after_the_question(office: Office) -> None:
    """A23. F3."""
    desk = Desk(office)
    case_id = desk.opened("head", desk.accepted("head"))
    head = Colleague(office, "head")
    office.clock.forward(seconds=LASTS)
    head.get(f"/en/cases/{case_id}")
    given = {"reader-member": office.member("oversight").id}
    path = f"/en/cases/{case_id}/readers"
    assert head.send(path, given).status_code == 422
    assert head.text_of("//h1") == "Confirm that it is you"
    assert answer(head, office.code("head")) in {303, 409}


def test_every_view_that_gives_takes_or_lets_out_asks() -> None:
    """A23. F3. F4. Whoever writes another such view is told here."""
    silent = []
    asking = 0
    for path in VIEWS.glob("*.py"):
        for function in ast.parse(path.read_text()).body:
            if not isinstance(function, ast.FunctionDef) or not _is_sent(function):
                continue
            named = {n.attr for n in ast.walk(function) if isinstance(n, ast.Attribute)} | {
                n.id for n in ast.walk(function) if isinstance(n, ast.Name)
            }
            if not (named & VERBS or any("export" in word for word in named | {function.name})):
                continue
            asking += 1
            if "steps_up" not in {ast.unparse(d) for d in function.decorator_list}:
                silent.append(f"{path.name}:{function.name}")
    assert silent == []
    assert asking >= 14


def _is_sent(function: ast.FunctionDef) -> bool:
    return any(ast.unparse(d).startswith("bp.") for d in function.decorator_list)


def test_the_question_stands_nearest_to_the_view() -> None:
    """F4. Behind the check of the role: who may not do it is not asked either."""
    for path in VIEWS.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                names = [ast.unparse(d) for d in function.decorator_list]
                assert "steps_up" not in names[:-1], f"{path.name}:{function.name}"
                assert "steps_up" not in names or any("bp.post" in name for name in names)
