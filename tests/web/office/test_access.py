"""Who may come to which page of the office: every route of the real app, walked by everybody."""

from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from casework.staff.states import PERMITTED, Action, Role
from portal.access import declared_access
from tests.support.offices import Office
from tests.unit.casework.reports import filed
from tests.web.client import Browser
from tests.web.office.colleague import Colleague

LANGUAGE, ID = "en", "0" * 32
SIGN_IN, CODE, ENROLMENT = "/en/sign-in", "/en/sign-in/code", "/en/enrolment"
# Things that are not there, by the names they have in addresses.
MISSING = dict.fromkeys(
    (
        "report_id",
        "blob_id",
        "reply_id",
        "staff_id",
        "case_id",
        "item_id",
        "allegation_id",
        "task_id",
        "member_id",
        "dossier_id",
        "clock_id",
        "interest_id",
    ),
    ID,
) | {"track": "review", "kind": "report", "act": "pause", "number": "1"}
# Leads to signing in whoever comes: tried with the sessions.
APART = "login.sign_out"
PUBLIC = {
    "enrolment.begin",
    "enrolment.start",
    "favicon",
    "health",
    "inbox.start",
    "login.check_password",
    "login.password",
    "login.recover",
    "login.recovery",
    "start",
    "static",
}


@dataclass(frozen=True)
class Way:
    """One way in: a method, an address with real ids in it, and what its view declares."""

    endpoint: str
    method: str
    path: str
    access: str

    @property
    def action(self) -> Action | None:
        """What it needs permission for."""
        return Action(self.access.removeprefix("requires ")) if "requires" in self.access else None


def ways(app: Flask, ids: dict[str, str]) -> list[Way]:
    """List every route and method."""
    found = [
        Way(rule.endpoint, method, _path(app, rule, ids), _access(app, rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.endpoint != APART
    ]
    return sorted(found, key=lambda way: (way.endpoint, way.method))


def _path(app: Flask, rule: Rule, ids: dict[str, str]) -> str:
    known = {"language": LANGUAGE, "filename": "office.css", **ids}
    values = {name: known[name] for name in rule.arguments}
    return app.url_map.bind("office.example").build(rule.endpoint, values, append_unknown=False)


def _access(app: Flask, rule: Rule) -> str:
    declared = declared_access(app, rule.endpoint)
    return declared.name if declared else "CLOSED"


@pytest.fixture
def ids(sqlite_office: Office) -> dict[str, str]:
    """A report everybody who reads may read, a file of it, and things that are not there."""
    office = sqlite_office
    filed(office, "What I saw", [("a.txt", b"a")])
    office.exchange()
    with office.db() as db:
        (report,) = office.reports()
        blob = db.connection().exec_driver_sql("SELECT id FROM entry_files").scalar_one()
    return MISSING | {"report_id": report.id, "blob_id": str(blob)}


def answers(browser: Colleague, routes: list[Way]) -> dict[tuple[str, str], str]:
    """Say what came of each: where it led, or the kind of status."""
    browser.get("/en/sign-in")
    return {(way.endpoint, way.method): _answer(browser, way) for way in routes}


def _answer(browser: Browser, way: Way) -> str:
    sent = {} if way.method == "GET" else {"data": browser.hidden_fields()}
    response = browser._open(way.method, way.path, **sent)
    if response.status_code == 303 and response.location in {SIGN_IN, CODE, ENROLMENT}:
        return str(response.location)
    return "refused" if response.status_code == 403 else "in"


def expected(routes: list[Way], role: Role | None, stage: str) -> dict[tuple[str, str], str]:
    """Say what should come of each for somebody in this role, or at this stage of signing in."""
    return {(way.endpoint, way.method): _expected(way, role, stage) for way in routes}


def _expected(way: Way, role: Role | None, stage: str) -> str:
    if way.access in {"public", f"stage {stage}"}:
        return "in"
    if way.access == "stage enrol":
        return ENROLMENT
    if way.access.startswith("stage") or stage not in {"in", "code"}:
        return SIGN_IN
    if stage == "code":
        return CODE
    permitted = way.action is None or role in PERMITTED[way.action]
    return "in" if permitted else "refused"


def test_the_public_pages_are_those_of_signing_in(sqlite_office: Office) -> None:
    """F4."""
    routes = ways(sqlite_office.app, MISSING)
    assert {way.endpoint for way in routes if way.access == "public"} == PUBLIC
    assert [way for way in routes if way.access == "CLOSED"] == []


@pytest.mark.parametrize("role", list(Role))
def test_each_role_comes_to_its_own_pages_and_no_others(
    sqlite_office: Office, ids: dict[str, str], role: Role
) -> None:
    """F3. F4."""
    routes = ways(sqlite_office.app, ids)
    browser = Colleague(sqlite_office, role.value)
    assert answers(browser, routes) == expected(routes, role, "in")


def test_nobody_comes_in_without_signing_in(sqlite_office: Office, ids: dict[str, str]) -> None:
    """F4."""
    routes = ways(sqlite_office.app, ids)
    assert answers(Colleague(sqlite_office), routes) == expected(routes, None, "nobody")


def test_who_gave_a_password_only_comes_no_further_than_the_second_factor(
    sqlite_office: Office, ids: dict[str, str]
) -> None:
    """A22."""
    for username in ("head", "administrator"):
        browser = Colleague(sqlite_office, username, signed_in=False)
        assert browser.give_password().status_code == 303
        routes = ways(sqlite_office.app, ids)
        assert answers(browser, routes) == expected(routes, None, "code")


def test_a_page_that_declares_nothing_is_closed_to_everybody(sqlite_office: Office) -> None:
    """F4."""
    sqlite_office.app.add_url_rule("/en/forgotten", "forgotten", lambda: "secret")
    for browser in (Colleague(sqlite_office), Colleague(sqlite_office, "head")):
        response = browser.get("/en/forgotten")
        assert response.status_code == 403
        assert "secret" not in response.text


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_there_is_no_other_way_to_do_anything(sqlite_office: Office, method: str) -> None:
    """B5."""
    head = Colleague(sqlite_office, "head")
    for path in ("/en/reports", "/en/sign-out", f"/en/reports/{ID}", "/en/staff"):
        assert head._open(method, path).status_code == 405


@pytest.mark.parametrize("ending", ["/x.css", ";a.js", "/", "%00", "%2e%2e", "x", "'--"])
def test_an_address_that_is_nearly_a_reports_is_none(sqlite_office: Office, ending: str) -> None:
    """A11. B13. C11."""
    head = Colleague(sqlite_office, "head")
    response = head.get(f"/en/reports/{ID}{ending}")
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"


def test_looking_at_pages_changes_nothing(sqlite_office: Office, ids: dict[str, str]) -> None:
    """B4. But for the ledger, which says who opened what."""
    office = sqlite_office
    readers = [Colleague(office, username) for username in ("head", "administrator")]
    before = _rows(office), office.portal.digest()
    for way in ways(office.app, ids):
        if way.method == "GET":
            for reader in readers:
                reader.get(way.path)
    assert (_rows(office), office.portal.digest()) == before


def _rows(office: Office) -> list[str]:
    with office.db() as db:
        connection = db.connection()
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        return [
            repr(tuple(row))
            for table in tables.scalars().all()
            if not table.startswith("ledger_")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608 - a test's
        ]
