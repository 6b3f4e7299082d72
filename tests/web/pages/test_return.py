"""Coming back with the code: forgiving to who mistypes it, the same to whoever guesses it."""

import re
import threading

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from crypto.tokens import CaseToken, MailboxKey, derive_mailbox_key, parse_token
from portal.mailbox.models import InformantSession
from portal.views import mailbox as view
from tests.support.portals import Portal
from tests.web.pages.informant import Informant, plain
from tests.web.sample import MovableClock

pytestmark = pytest.mark.any_engine

WRONG = CaseToken(123456789).digits()


@pytest.fixture
def code(informant: Informant) -> str:
    """The code of a report; its sender has closed the browser."""
    return informant.file("What I saw")


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[CaseToken]:
    """Every key derivation the way in makes; each is really made."""
    made: list[CaseToken] = []

    def counted(token: CaseToken, *rest: object) -> MailboxKey:
        made.append(token)
        return derive_mailbox_key(token, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(view, "derive_mailbox_key", counted)
    return made


def spellings(code: str) -> list[str]:
    digits = plain(code)
    token = parse_token(code)
    arabic = digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    wide = digits.translate(str.maketrans("0123456789", "0123456789"))
    return [
        digits,
        f"\n  {code}  \n",
        "-".join(code.split()),
        ".".join(code.split()),
        "\u00a0\u200b".join(code.split()),
        arabic,
        wide,
        digits.replace("0", "O").replace("1", "l"),
        token.words("en"),
        token.words("en").upper(),
        token.words("ru").title(),
        token.words("ru").replace(" ", " - "),
        token.words("ru").replace("й", "и\u0306"),
        token.words("en").replace(" ", "\r\n"),
        f"{code}\x00",
    ]


MISTYPED = [
    ("", "Type your code"),
    (" \n ", "Type your code"),
    ("1234567890", "missing"),
    ("1" * 26, "too many"),
    ("abandon " * 7, "missing"),
    ("twenty-five digits", "not a code"),
    ("0" * 24 + "1", "mistake"),
    ("abandon " * 8, "mistake"),
    ("9" * 100_000, "too many"),
]


def test_the_code_opens_its_mailbox_however_it_is_typed(stranger: Informant, code: str) -> None:
    """A10. A11."""
    for typed in spellings(code):
        response = stranger.enter(typed)
        assert (response.status_code, response.location) == (303, "/en/mailbox"), typed
        assert stranger.get("/en/mailbox").status_code == 200
        assert stranger.said() == ["What I saw"]


def test_a_mistyped_code_is_said_to_be_mistyped_before_any_slow_work(
    portal: Portal, informant: Informant, derivations: list[CaseToken]
) -> None:
    """A5. A9."""
    for typed, words in MISTYPED:
        assert informant.enter(typed).status_code == 422
        assert words in informant.problem()
        assert informant.value_of("token") == typed
    assert derivations == []
    with portal.db() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(InformantSession)) == 0


def test_a_wrong_code_costs_what_a_right_one_costs(
    portal: Portal, code: str, derivations: list[CaseToken]
) -> None:
    """A6. One derivation, one new row and a new cookie for either."""
    for typed, status in ((code, 303), (WRONG, 422)):
        one = Informant(portal.app)
        one.get("/en/return")
        before = one.cookie()
        assert one.post("/en/return", {"token": typed}).status_code == status
        assert one.cookie() != before
    assert derivations == [parse_token(code), parse_token(WRONG)]
    with portal.db() as db:
        lengths = [len(box) for box in db.scalars(sa.select(InformantSession.box))]
    assert len(lengths) == 3
    assert len(set(lengths)) == 1


def normal(response: TestResponse, typed: str) -> tuple[object, ...]:
    """An answer without what differs by chance: tokens, cookies, and what was typed."""
    text = re.sub(r'name="csrf_token" value="[^"]*"', "", response.text.replace(typed, "CODE"))
    cookies = [re.sub(r"=[\w-]{43};", "=;", c) for c in response.headers.getlist("Set-Cookie")]
    headers = {
        n: v for n, v in response.headers.items() if n not in {"Set-Cookie", "Content-Length"}
    }
    return response.status_code, text, cookies, headers


def test_a_burned_an_unknown_and_a_guessed_code_are_answered_the_same(
    portal: Portal, informant: Informant, code: str
) -> None:
    """A2. A6. E25. F24. Byte for byte, and in every header."""
    informant.get("/en/mailbox/burning")
    assert informant.post("/en/mailbox/burning").status_code == 303
    guessed = CaseToken(parse_token(code).number + 1).digits()
    answers = []
    for typed in (code, WRONG, guessed):
        response = Informant(portal.app).enter(typed)
        answers.append(normal(response, typed))
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


def test_a_wrong_code_is_not_forgotten_and_not_called_mistyped(informant: Informant) -> None:
    assert informant.enter(WRONG).status_code == 422
    assert "No mailbox has this code" in informant.problem()
    assert informant.value_of("token") == WRONG


def test_the_code_is_in_no_address(stranger: Informant, code: str) -> None:
    """B14. Nor does the page take it from one."""
    stranger.get(f"/en/return?token={plain(code)}")
    assert stranger.value_of("token") == ""
    response = stranger.client.post(
        f"/en/return?token={plain(code)}",
        base_url=stranger.origin,
        data={"csrf_token": stranger.fields_of("/en/return?token=" + plain(code))["csrf_token"]},
    )
    assert response.status_code == 422
    assert plain(code) not in (response.location or "")


def test_failures_slow_down_their_own_browser_and_nobody_else_s(
    portal: Portal, stranger: Informant, code: str, clock: MovableClock
) -> None:
    """A5. A7. The wait grows, it ends, and it locks nothing."""
    guesser = Informant(portal.app)
    waits = []
    for _ in range(8):
        response = guesser.enter(WRONG)
        while response.status_code == 429:
            wait = int(response.headers["Retry-After"])
            waits.append(wait)
            clock.forward(seconds=wait)
            response = guesser.enter(WRONG)
        assert response.status_code == 422
    assert waits == sorted(waits)
    assert waits[-1] > waits[0] > 0
    assert stranger.enter(code).status_code == 303
    assert guesser.enter(code).status_code == 429
    clock.forward(seconds=600)
    assert guesser.enter(code).status_code == 303


def test_while_it_has_to_wait_a_browser_costs_no_slow_work(
    portal: Portal, code: str, derivations: list[CaseToken]
) -> None:
    """A5. A9."""
    guesser = Informant(portal.app)
    while guesser.enter(WRONG).status_code != 429:
        pass
    spent = len(derivations)
    for typed in (WRONG, code):
        assert guesser.enter(typed).status_code == 429
    assert len(derivations) == spent


def test_a_planted_cookie_opens_nothing_after_its_victim_came_in(
    stranger: Informant, informant: Informant, code: str
) -> None:
    """A12. B2."""
    attacker = Informant(informant.app)
    attacker.get("/en/return")
    stranger.steal_cookie(attacker)
    assert stranger.enter(code).status_code == 303
    assert stranger.get("/en/mailbox").status_code == 200
    assert attacker.get("/en/mailbox").location == "/en/return"


def test_a_browser_that_guessed_wrong_keeps_no_way_into_what_it_had_open(
    portal: Portal, informant: Informant, code: str
) -> None:
    """A12. A13. The row of the mailbox it had open is gone, and the cookie with it."""
    thief = Informant(portal.app)
    thief.steal_cookie(informant)
    assert informant.enter(WRONG).status_code == 422
    for one in (informant, thief):
        assert one.get("/en/mailbox").location == "/en/return"
    assert informant.enter(code).status_code == 303


def test_two_browsers_can_have_the_same_mailbox_open(
    informant: Informant, stranger: Informant, code: str
) -> None:
    assert stranger.enter(code).status_code == 303
    for one in (informant, stranger):
        one.get("/en/mailbox")
        assert one.said() == ["What I saw"]
    stranger.post("/en/mailbox/sign-out", stranger.fields_of("/en/mailbox/sign-out"))
    assert stranger.get("/en/mailbox").location == "/en/return"
    assert informant.get("/en/mailbox").status_code == 200


def test_a_code_of_one_report_opens_no_other(
    portal: Portal, stranger: Informant, code: str
) -> None:
    """F1."""
    other = stranger.file("Something else")
    third = Informant(portal.app)
    for typed, said in ((code, ["What I saw"]), (other, ["Something else"])):
        assert third.enter(typed).status_code == 303
        third.get("/en/mailbox")
        assert third.said() == said


def test_many_people_come_in_at_once(portal: Portal, code: str) -> None:
    """A9. D15."""
    people = [Informant(portal.app) for _ in range(8)]
    statuses: list[int] = []
    threads = [
        threading.Thread(target=lambda one=one: statuses.append(one.enter(code).status_code))
        for one in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [303] * 8


def test_an_old_page_asks_again_and_takes_nothing(
    stranger: Informant, code: str, derivations: list[CaseToken]
) -> None:
    """B1. B2."""
    stranger.get("/en/return")
    assert stranger.post("/en/return", {"token": code, "csrf_token": "old"}).status_code == 400
    assert stranger.get("/en/mailbox").location == "/en/return"
    assert derivations == []
    stranger.get("/en/return")
    assert stranger.post("/en/return", {"token": code}).status_code == 303
