"""The code: shown in one browser until it has been typed back, and then nowhere."""

import base64
import hashlib
import json
import re
from itertools import pairwise

import pytest
import sqlalchemy as sa

from crypto.boxes import open_box, subkey
from crypto.tokens import parse_token
from portal.mailbox.models import InformantSession
from tests.support.portals import Portal
from tests.web.pages.informant import Informant, plain
from tests.web.sample import MovableClock

pytestmark = pytest.mark.any_engine


@pytest.fixture
def told(informant: Informant) -> Informant:
    """Somebody who has just sent a report."""
    informant.open_report()
    assert informant.report().status_code == 303
    return informant


def words_on_page(informant: Informant) -> dict[str, str]:
    found = informant.find("//*[@class='words']")
    return {str(one.get("lang")): str(one.text_content()) for one in found}


def session_of(portal: Portal, informant: Informant) -> dict[str, str]:
    """What this browser's row holds, opened with its cookie, as a thief of both would."""
    cookie = base64.urlsafe_b64decode((informant.cookie() or "") + "=")
    mine = InformantSession.id_hash == hashlib.sha256(cookie).digest()
    with portal.db() as db:
        box = db.scalar(sa.select(InformantSession.box).where(mine))
    key = subkey(cookie, "ishonch/v1 session row")
    content: dict[str, str] = json.loads(open_box(key, box, b"ishonch/v1 session"))
    return content


def test_the_code_is_shown_in_digits_and_in_words_and_both_are_the_same(told: Informant) -> None:
    digits = told.code()
    assert re.fullmatch(r"(\d{5} ){4}\d{5}", digits)
    (words,) = words_on_page(told).values()
    assert parse_token(words) == parse_token(digits)


@pytest.mark.parametrize(
    ("language", "lists"),
    [("en", ["en"]), ("ru", ["ru"]), ("uz", ["ru", "en"]), ("uz-Cyrl", ["ru", "en"])],
)
def test_the_words_are_those_of_the_page_s_language_or_of_both_lists_where_it_has_none(
    told: Informant, language: str, lists: list[str]
) -> None:
    digits = told.code(language)
    words = words_on_page(told)
    assert list(words) == lists
    for spelling in words.values():
        assert len(spelling.split()) == 8
        assert parse_token(spelling) == parse_token(digits)


def test_the_code_does_not_change_while_it_is_looked_at(told: Informant) -> None:
    assert told.code() == told.code() == told.code("ru")


def test_another_browser_sees_no_code(told: Informant, stranger: Informant) -> None:
    """F1. B14."""
    for one in (stranger, Informant(told.app)):
        response = one.get("/en/receipt")
        assert response.status_code == 303
        assert response.location == "/en/return"
        assert response.headers["Cache-Control"] == "no-store"
    assert told.get("/en/receipt").headers["Cache-Control"] == "no-store"


def test_the_code_is_in_no_address_no_title_and_no_link(told: Informant) -> None:
    """B14."""
    digits = told.code()
    outside = " ".join(str(v) for v in told.find("//@* | //title/text()")).casefold()
    words = words_on_page(told)["en"].split()
    pairs = [f"{first}.{{1,3}}{second}" for first, second in pairwise(words)]
    for secret in (*digits.split(), *pairs):
        assert not re.search(secret, outside)


def test_before_it_is_typed_back_the_mailbox_leads_to_the_code(told: Informant) -> None:
    for path in ("/en/mailbox", "/en/mailbox/burning"):
        response = told.get(path)
        assert (response.status_code, response.location) == (303, "/en/receipt")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Type your code"),
        ("12345", "missing"),
        ("my code", "not a code"),
        ("00000 00000 00000 00000 00001", "mistake in the code"),
        ("00000 00000 00000 00000 00000", "not the code shown above"),
    ],
)
def test_a_wrong_code_typed_back_says_what_is_wrong_and_shows_the_code_again(
    told: Informant, typed: str, words: str
) -> None:
    digits = told.code()
    assert told.post("/en/receipt", {"token": typed}).status_code == 422
    assert words in told.problem()
    assert told.text_of("//*[@class='digits']") == digits
    assert told.value_of("token") == typed
    assert told.get("/en/mailbox").location == "/en/receipt"


@pytest.mark.parametrize("spelling", ["digits", "words", "together", "ru words", "capitals"])
def test_either_spelling_typed_back_opens_the_mailbox(told: Informant, spelling: str) -> None:
    """A10."""
    digits = told.code("ru" if spelling == "ru words" else "en")
    words = "".join(words_on_page(told).values())
    typed = {"digits": digits, "together": plain(digits), "capitals": f"  {words.upper()}\n"}
    assert told.post("/en/receipt", {"token": typed.get(spelling, words)}).status_code == 303
    assert told.get("/en/mailbox").status_code == 200
    assert told.said() == ["What I saw"]


def test_once_typed_back_the_code_is_nowhere(portal: Portal, told: Informant) -> None:
    """A28. E19. Not even in the session's own row, opened with the cookie; and the cookie is a new one."""
    digits = told.code()
    assert session_of(portal, told)["token"] == str(int(plain(digits)[:-1]))
    before = told.cookie()
    told.post("/en/receipt", {"token": digits})
    content = session_of(portal, told)
    assert sorted(content) == ["begun", "identity", "mailbox", "seen"]
    assert told.cookie() != before
    with portal.db() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(InformantSession)) == 1
    response = told.get("/en/receipt")
    assert (response.status_code, response.location) == (303, "/en/mailbox")
    for path in ("/en/", "/en/mailbox", "/en/return", "/en/report", "/en/mailbox/burning"):
        page = told.get(path).text
        assert plain(digits) not in page
        assert digits[:11] not in page


def test_the_cookie_that_saw_the_code_is_dead_once_it_is_typed_back(
    told: Informant, stranger: Informant
) -> None:
    """A12. A13."""
    digits = told.code()
    stranger.steal_cookie(told)
    told.post("/en/receipt", {"token": digits})
    for path in ("/en/receipt", "/en/mailbox"):
        assert stranger.get(path).location == "/en/return"


def test_a_forged_form_does_not_pass_the_code_page(told: Informant) -> None:
    """B1. A28. And what it sent is not shown."""
    digits = told.code()
    response = told.post("/en/receipt", {"token": digits, "csrf_token": "forged"})
    assert response.status_code == 400
    assert digits[:11] not in response.text
    assert told.code() == digits


@pytest.mark.parametrize(("minutes", "shown"), [(14.9, True), (15, False)])
def test_the_code_stays_on_the_screen_of_nobody_for_ever(
    portal: Portal, told: Informant, clock: MovableClock, minutes: float, *, shown: bool
) -> None:
    """A18. Whoever wrote it down comes in with it all the same."""
    digits = told.code()
    clock.forward(minutes=minutes)
    assert (told.get("/en/receipt").status_code == 200) is shown
    other = Informant(portal.app)
    assert other.enter(digits).location == "/en/mailbox"


def test_the_page_says_that_the_code_is_shown_once(told: Informant) -> None:
    told.code()
    assert "shown only once" in told.text_of("//*[@class='once']")
