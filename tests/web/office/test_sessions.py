"""Sessions of staff: whose they are, when they end, and what a cookie is worth elsewhere."""

import base64
import json

import pytest
import sqlalchemy as sa

from casework.staff.models import Member, StaffSession
from tests.support.offices import ORIGIN, PASSWORD, Office
from tests.unit.casework.test_accounts import NEWCOMER, closed, invited
from tests.web.office.colleague import COOKIE, Colleague
from tests.web.pages.informant import Informant

SIGN_IN = "/en/sign-in"
IDLE_MINUTES, ABSOLUTE_MINUTES = 15, 600
NEW = "four other words here"


def is_in(browser: Colleague) -> bool:
    """Whether the browser still comes to the member's pages."""
    response = browser.get("/en/home")
    assert response.status_code == 303
    return response.location != SIGN_IN


def rows(office: Office) -> list[bytes]:
    """Give the rows' keys."""
    with office.db() as db:
        return list(db.scalars(sa.select(StaffSession.id_hash)))


def bearer(office: Office, sid: str) -> Colleague:
    """Somebody else who got hold of a cookie."""
    browser = Colleague(office)
    browser.use(sid)
    return browser


def test_each_step_of_signing_in_has_a_cookie_of_its_own(office: Office) -> None:
    """A12."""
    head = Colleague(office, "head", signed_in=False)
    head.get(SIGN_IN)
    sids = [head.sid()]
    head.give_password()
    sids.append(head.sid())
    head.give_code(office.code("head"))
    sids.append(head.sid())
    assert None not in sids
    assert len(set(sids)) == 3
    for old in sids[:2]:
        assert bearer(office, str(old)).get("/en/reports").location == SIGN_IN
        assert bearer(office, str(old)).get("/en/sign-in/code").location == SIGN_IN
    assert len(rows(office)) == 1


def test_a_cookie_planted_before_signing_in_is_worth_nothing_after_it(office: Office) -> None:
    """A12."""
    attacker, head = Colleague(office), Colleague(office, "head", signed_in=False)
    attacker.get(SIGN_IN)
    planted = str(attacker.sid())
    head.use(planted)
    head.sign_in()
    assert head.sid() != planted
    assert attacker.get("/en/reports").location == SIGN_IN


def test_signing_out_ends_the_session_and_asks_the_browser_to_forget(office: Office) -> None:
    """A13. B12."""
    head = Colleague(office, "head")
    sid = str(head.sid())
    head.get("/en/reports")
    response = head.press("/en/sign-out")
    assert (response.status_code, response.location) == (303, SIGN_IN)
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert rows(office) == []
    assert not is_in(bearer(office, sid))


def test_signing_out_takes_a_form_of_ours(office: Office) -> None:
    """B1. B3."""
    head = Colleague(office, "head")
    assert head.get("/en/sign-out").status_code == 405
    for token in ("", "forged"):
        assert head.post_to("/en/sign-out", {"csrf_token": token}).status_code == 400
    stranger = Colleague(office)
    stranger.get(SIGN_IN)
    assert head.post_to("/en/sign-out", stranger.hidden_fields()).status_code == 400
    assert is_in(head)


def test_closing_an_account_ends_its_sessions_in_every_browser_and_stage(office: Office) -> None:
    """A13."""
    inside = [Colleague(office, "colleague") for _ in range(2)]
    half = Colleague(office, "colleague", signed_in=False)
    half.give_password()
    bystander = Colleague(office, "head")
    closed(office, "colleague")
    assert [is_in(browser) for browser in inside] == [False, False]
    assert half.get("/en/sign-in/code").location == SIGN_IN
    assert is_in(bystander)


def test_a_session_that_outlived_its_account_opens_nothing(office: Office) -> None:
    """A13. F8."""
    browsers = [Colleague(office, username) for username in ("head", "administrator")]
    office.execute(sa.update(Member).values(state="disabled"))
    assert len(rows(office)) == 2
    assert [is_in(browser) for browser in browsers] == [False, False]


def test_an_enrolment_under_way_ends_with_its_account(office: Office) -> None:
    """A13."""
    code, newcomer = invited(office), Colleague(office)
    newcomer.get("/en/enrolment")
    fields = {"username": NEWCOMER.username, "code": code, "password": PASSWORD}
    assert newcomer.post("/en/enrolment", {**fields, "again": PASSWORD}).status_code == 303
    closed(office, NEWCOMER.username)
    assert newcomer.get("/en/enrolment/second-factor").location == "/en/enrolment"


def test_a_new_password_ends_the_sessions_of_that_member_only(office: Office) -> None:
    """A13."""
    thief, bystander, owner = (Colleague(office, n) for n in ("head", "colleague", "investigator"))
    half = Colleague(office, "head", signed_in=False)
    half.give_password()
    owner.get("/en/recovery")
    fields = {"username": "head", "code": office.recovery_codes["head"]}
    response = owner.post("/en/recovery", {**fields, "password": NEW, "again": NEW})
    assert response.status_code == 303
    assert not is_in(thief)
    assert half.get("/en/sign-in/code").location == SIGN_IN
    assert is_in(bystander)
    assert is_in(owner)


@pytest.mark.parametrize(
    ("seconds", "still"), [(IDLE_MINUTES * 60 - 1, True), (IDLE_MINUTES * 60, False)]
)
def test_a_session_ends_when_nothing_happened_for_a_while(
    office: Office, seconds: int, *, still: bool
) -> None:
    """A18. F25."""
    head = Colleague(office, "head")
    office.clock.forward(seconds=seconds)
    assert is_in(head) == still


@pytest.mark.parametrize(("seconds", "still"), [(-1, True), (0, False)])
def test_a_session_ends_however_much_it_is_used(
    office: Office, seconds: int, *, still: bool
) -> None:
    """A18."""
    head = Colleague(office, "head")
    steps = ABSOLUTE_MINUTES // 10
    for _ in range(steps - 1):
        office.clock.forward(minutes=10)
        assert is_in(head)
    office.clock.forward(minutes=10, seconds=seconds)
    assert is_in(head) == still


def test_the_step_between_password_and_code_does_not_wait_for_ever(office: Office) -> None:
    """A18. A22."""
    head = Colleague(office, "head", signed_in=False)
    head.give_password()
    office.clock.forward(minutes=IDLE_MINUTES)
    assert head.get("/en/sign-in/code").location == SIGN_IN


def test_a_cookie_says_nothing_and_has_its_flags(office: Office) -> None:
    """A15. A16."""
    head = Colleague(office, "head", signed_in=False)
    first = head.give_password()
    (header,) = first.headers.getlist("Set-Cookie")
    name, _, rest = header.partition("=")
    value, *flags = rest.split("; ")
    assert name == COOKIE
    assert set(flags) == {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"}
    raw = base64.urlsafe_b64decode(value + "=")
    assert len(raw) == 32
    for told in (office.member("head").id, "head", "code", office.totp_secrets["head"]):
        assert told.encode() not in raw
        assert told not in value


def test_a_row_of_sessions_opens_without_its_cookie_to_nobody(office: Office) -> None:
    """A15."""
    Colleague(office, "head")
    with office.db() as db:
        (row,) = db.scalars(sa.select(StaffSession))
        stored = row.box + row.id_hash
    seed = office.identity("head").encode().encode()
    assert seed not in stored
    assert b"stage" not in stored
    with pytest.raises(ValueError, match=r"."):
        json.loads(row.box)


def test_an_informants_cookie_is_nothing_to_the_office_and_the_reverse(office: Office) -> None:
    """A17."""
    informant = Informant(office.portal.app)
    informant.file("What I saw")
    theirs = str(informant.cookie())
    for name in (COOKIE, "__Host-ishonch"):
        browser = Colleague(office)
        browser.client.set_cookie(name, theirs, domain="office.example", secure=True)
        assert browser.get("/en/reports").location == SIGN_IN
    head = Colleague(office, "head")
    for name in (COOKIE, "__Host-ishonch"):
        visitor = Informant(office.portal.app)
        visitor.client.set_cookie(name, str(head.sid()), domain="portal.example", secure=True)
        assert visitor.get("/en/mailbox").location == "/en/return"


def test_a_form_of_the_portal_is_no_form_of_the_office(office: Office) -> None:
    """A17. B6."""
    informant, head = Informant(office.portal.app), Colleague(office, "head")
    informant.get("/en/return")
    assert head.post_to("/en/sign-out", informant.hidden_fields()).status_code == 400


def test_a_form_sent_from_the_portals_pages_is_refused(office: Office) -> None:
    """B1."""
    head = Colleague(office, "head")
    head.get("/en/reports")
    fields = head.fields_of("/en/sign-out")
    for headers in (
        {"Origin": "https://portal.example"},
        {"Referer": "https://portal.example/"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        response = head.client.post("/en/sign-out", data=fields, base_url=ORIGIN, headers=headers)
        assert response.status_code == 403
    assert is_in(head)


def test_no_page_of_a_member_is_kept_by_a_browser(office: Office) -> None:
    """B12."""
    head = Colleague(office, "head")
    for path in ("/en/reports", "/en/sign-in", f"/en/reports/{'0' * 32}", "/en/staff"):
        assert head.get(path).headers["Cache-Control"] == "no-store"
