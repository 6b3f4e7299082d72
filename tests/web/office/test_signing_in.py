"""Signing in through the pages: what a stranger learns, and how often they may try."""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from casework.staff import entrance, service
from crypto.passwords import MAX_PASSWORD_BYTES, new_recovery_code
from tests.support.offices import PASSWORD, Office
from tests.unit.casework.at_once import at_once
from tests.unit.casework.test_accounts import NEWCOMER, closed, invited
from tests.web.office.colleague import Colleague

pytestmark = pytest.mark.any_engine

WRONG = "not the right password"
CODE = new_recovery_code()
FREE_TRIES = 5


def told(response: TestResponse, username: str) -> tuple[int, list[tuple[str, str]], str]:
    """All that a stranger sees of an answer, but the token of its form, and the name they gave."""
    page = re.sub(r'(csrf_token" value=)"[^"]+"', r"\1", response.text)
    headers = [
        (name, value.partition("=")[0] if name == "Set-Cookie" else value)
        for name, value in response.headers
        if name != "Content-Length"
    ]
    return response.status_code, headers, page.replace(f'value="{username}"', "value")


@pytest.fixture
def kinds_of_account(office: Office) -> dict[str, str]:
    """User names, by what there is behind them."""
    invited(office, NEWCOMER)
    closed(office, "colleague")
    return {"known": "head", "unknown": "nobo", "invited": "newcomer", "closed": "colleague"}


def answer(
    office: Office, username: str, password: str, page: str
) -> tuple[int, list[tuple[str, str]], str]:
    """Try a name on one of the pages a stranger can open; give what it told."""
    browser = Colleague(office)
    browser.get(f"/en/{page}")
    fields = {"username": username, "password": password, "again": password, "code": CODE}
    return told(browser.post(f"/en/{page}", fields), username)


@pytest.mark.parametrize("page", ["sign-in", "recovery", "enrolment"])
def test_every_refusal_says_sets_and_sends_the_same(
    office: Office, kinds_of_account: dict[str, str], page: str
) -> None:
    """A2. A3."""
    for _ in range(FREE_TRIES + 1):
        answers = {
            kind: answer(office, name, "a new one of four words", page)
            for kind, name in kinds_of_account.items()
        }
        assert [k for k, one in answers.items() if one != answers["unknown"]] == []
    assert answers["unknown"][0] == 429


def test_a_closed_account_is_refused_with_the_right_password_as_any_other(
    office: Office, kinds_of_account: dict[str, str]
) -> None:
    """A2."""
    right = answer(office, kinds_of_account["closed"], PASSWORD, "sign-in")
    assert right == answer(office, kinds_of_account["unknown"], PASSWORD, "sign-in")
    assert right[0] == 422


def test_signing_in_takes_both_factors(office: Office) -> None:
    head = Colleague(office, "head", signed_in=False)
    head.get("/en/sign-in")
    first = head.post("/en/sign-in", {"username": " Head ", "password": PASSWORD})
    assert (first.status_code, first.location) == (303, "/en/sign-in/code")
    assert head.get("/en/reports").location == "/en/sign-in/code"
    second = head.give_code(office.code("head"))
    assert (second.status_code, second.location) == (303, "/en/")
    assert head.get("/en/reports").status_code == 200
    assert "Head of Service" in head.text_of("//header")


def test_a_code_that_was_used_does_not_sign_in_again(office: Office) -> None:
    """A19."""
    first = Colleague(office, "head", signed_in=False)
    first.give_password()
    code = office.code("head")
    assert first.give_code(code).status_code == 303
    second = Colleague(office, "head", signed_in=False)
    second.give_password()
    assert second.give_code(code).status_code == 422
    assert second.get("/en/reports").location == "/en/sign-in/code"


ODD = ("x" * (MAX_PASSWORD_BYTES + 1), "ж" * MAX_PASSWORD_BYTES, "a\0b", "\ud800", "\u202e" * 12)


@pytest.mark.parametrize(
    "username",
    ["head", "nobody", "he\0ad", "\ud800", "x" * 300],
    ids=["known", "unknown", "NUL", "surrogate", "long"],
)
def test_odd_passwords_and_names_are_refused_and_nothing_fails(
    office: Office, username: str
) -> None:
    """A9. A11."""
    browser = Colleague(office)
    for password in ODD:
        office.clock.forward(minutes=6)
        browser.get("/en/sign-in")
        body = {"username": username, "password": password}
        sent = {name: value.encode("utf-8", "surrogatepass") for name, value in body.items()}
        assert browser.post("/en/sign-in", sent).status_code == 422, ascii(password[:9])


def test_ten_megabytes_of_password_are_not_even_read_into_a_form(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A9. D2."""
    monkeypatch.setattr(entrance, "unwrap_identity", _never)
    browser = Colleague(sqlite_office, "head", signed_in=False)
    assert browser.give_password("x" * 10_000_000).status_code == 413


def _never(*_given: object) -> None:
    raise AssertionError("a key was derived")


def test_a_user_name_is_not_told_from_its_capitals_and_blanks(office: Office) -> None:
    """A10."""
    browser = Colleague(office, "  HEAD\t", signed_in=False)
    assert browser.give_password().status_code == 303


def wrong_codes(office: Office) -> list[str]:
    """Codes the head's authenticator shows at other times."""
    return [office.digits("head", steps) for steps in range(100, 130)]


def test_after_five_wrong_codes_each_further_one_waits_longer_whatever_browser_it_comes_from(
    office: Office,
) -> None:
    """A7. A21."""
    browsers = [Colleague(office, "head", signed_in=False) for _ in range(2)]
    for browser in browsers:
        assert browser.give_password().status_code == 303
    codes, waits = iter(wrong_codes(office)), []
    for tries in range(10):
        response = browsers[tries % 2].give_code(next(codes))
        if response.status_code == 429:
            waits.append(int(response.headers["Retry-After"]))
            office.clock.forward(seconds=waits[-1])
            response = browsers[tries % 2].give_code(next(codes))
        assert response.status_code == 422
    assert waits == [2, 3, 5, 9, 17]
    assert browsers[0].give_code(office.digits("head")).status_code == 429
    office.clock.forward(minutes=5, seconds=1)
    assert browsers[0].give_code(office.code("head")).status_code == 303


def test_signing_in_forgets_the_failures_before_it(office: Office) -> None:
    """A7."""
    for _ in range(2):
        head = Colleague(office, "head", signed_in=False)
        for _ in range(FREE_TRIES - 1):
            assert head.give_password(WRONG).status_code == 422
        assert head.give_password().status_code == 303
        for code in wrong_codes(office)[: FREE_TRIES - 1]:
            assert head.give_code(code).status_code == 422
        assert head.give_code(office.code("head")).status_code == 303


def test_failing_in_a_colleagues_name_holds_up_nobody_else(office: Office) -> None:
    """A7."""
    stranger = Colleague(office, "colleague", signed_in=False)
    for _ in range(FREE_TRIES):
        stranger.give_password(WRONG)
    assert stranger.give_password(WRONG).status_code == 429
    assert Colleague(office, "head").get("/en/reports").status_code == 200
    assert stranger.give_password().status_code == 429
    office.clock.forward(seconds=5)
    assert stranger.give_password().status_code == 303


BURST = 12
Counted = Callable[..., object]


def counted(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[int]:
    """Count the calls of a function."""
    real: Counted = getattr(module, name)
    calls: list[int] = []

    def counting(*given: object, **more: object) -> object:
        calls.append(1)
        return real(*given, **more)

    monkeypatch.setattr(module, name, counting)
    return calls


def test_many_codes_sent_at_once_are_five_tries_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A21."""
    browsers = [Colleague(office, "head", signed_in=False) for _ in range(BURST)]
    for browser in browsers:
        browser.give_password()
        browser.get("/en/sign-in/code")
    tried = counted(monkeypatch, entrance, "check_code")
    codes = wrong_codes(office)
    answers = at_once(
        *(
            lambda browser=browser, code=code: browser.post("/en/sign-in/code", {"code": code})
            for browser, code in zip(browsers, codes, strict=False)
        )
    )
    statuses = sorted(response.status_code for response in answers)
    assert statuses == [422] * FREE_TRIES + [429] * (BURST - FREE_TRIES)
    assert len(tried) == FREE_TRIES


def test_many_passwords_sent_at_once_are_five_tries_and_no_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A8. A21."""
    browsers = [Colleague(office) for _ in range(BURST)]
    for browser in browsers:
        browser.get("/en/sign-in")
    tried = counted(monkeypatch, entrance, "check_password")
    fields = {"username": "head", "password": WRONG}
    at_once(*(lambda browser=browser: browser.post("/en/sign-in", fields) for browser in browsers))
    assert len(tried) == FREE_TRIES


def test_a_database_that_is_away_counts_against_nobody(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A7."""
    head = Colleague(sqlite_office, "head", signed_in=False)
    with monkeypatch.context() as patch:
        patch.setattr(entrance, "check_password", _broken)
        for _ in range(FREE_TRIES + 3):
            assert head.give_password().status_code == 503
    assert head.give_password().status_code == 303


def _broken(*_given: object, **_more: object) -> None:
    raise OSError


def test_a_forged_form_signs_nobody_in(office: Office) -> None:
    """B1. B2."""
    browser = Colleague(office)
    browser.get("/en/sign-in")
    fields = {"username": "head", "password": PASSWORD}
    for token in ("", "forged"):
        response = browser.post_to("/en/sign-in", {**fields, "csrf_token": token})
        assert response.status_code == 400
    assert browser.get("/en/sign-in/code").location == "/en/sign-in"


def test_a_new_password_by_the_printed_code_still_asks_for_the_second_factor(
    office: Office,
) -> None:
    """A23. A25."""
    head = Colleague(office, "head", signed_in=False)
    head.get("/en/recovery")
    new = "four other words here"
    response = head.post(
        "/en/recovery",
        {
            "username": "head",
            "code": office.recovery_codes["head"].lower(),
            "password": new,
            "again": new,
        },
    )
    assert (response.status_code, response.location) == (303, "/en/sign-in")
    assert head.give_password().status_code == 422
    assert head.give_password(new).status_code == 303
    assert head.get("/en/reports").location == "/en/sign-in/code"
    assert head.give_code(office.code("head")).status_code == 303


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), ("password1234567", "password1234567"), ("head and more words", "other")],
    ids=["short", "common", "differ"],
)
def test_a_weak_or_mistyped_new_password_is_refused_before_anything_else(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, password: str, again: str
) -> None:
    """A9."""
    monkeypatch.setattr(entrance, "check_recovery_code", _never)
    monkeypatch.setattr(service, "begin_enrolment", _never)
    for page in ("recovery", "enrolment"):
        browser = Colleague(sqlite_office)
        browser.get(f"/en/{page}")
        fields = {"username": "head", "code": "x", "password": password, "again": again}
        assert browser.post(f"/en/{page}", fields).status_code == 422
        assert browser.problem()
        assert browser.value_of("username") == "head"
        assert browser.value_of("password") == browser.value_of("again") == ""
