"""What staff type and hold is in no log, no page but its own, and no row in clear."""

import logging
from pathlib import Path

import pyotp
import pytest

from casework.dossiers import service as dossiers
from casework.staff import entrance
from portal.logs import AllowListFormatter
from tests.support.offices import PASSWORD, Office
from tests.unit.casework.test_accounts import NEWCOMER, invited
from tests.web.office.colleague import Colleague
from tests.web.office.reports import found, report_about, seen
from tests.web.pages.informant import Informant

CANARY = "canary-7f3a"


def formatted(office: Office, records: list[logging.LogRecord]) -> str:
    """Write the records as the process would."""
    formatter = AllowListFormatter(office.clock, with_time=True)
    return "\n".join(formatter.format(record) for record in records)


def test_nothing_that_was_typed_is_logged_not_even_when_it_fails(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A28. C18. E1."""
    office = sqlite_office
    caplog.set_level(logging.DEBUG)
    report = report_about(office, text=f"{CANARY} text", files=[(f"{CANARY}.txt", b"x")])
    head = Colleague(office, "head")
    head.open(report)
    head.reply(report, f"{CANARY} reply")
    found(head, CANARY)
    stranger = Colleague(office)
    for username in (f"{CANARY}\r\nlogin", "head"):
        stranger.give_password(f"{CANARY} password", username)

    def failing(*_given: object, **more: object) -> None:
        raise ValueError(f"{CANARY} {more}")

    with monkeypatch.context() as patch:
        patch.setattr(entrance, "check_password", failing)
        patch.setattr(dossiers, "open_dossiers", failing)
        assert stranger.give_password(f"{CANARY} password", "head").status_code == 500
        failed = head.get("/en/reports")
    assert failed.status_code == 500
    assert CANARY not in failed.text
    lines = formatted(office, caplog.records)
    assert "ValueError" in lines
    assert "login_refused" in lines
    secrets = (CANARY, PASSWORD, report, office.member("head").id, *office.totp_secrets.values())
    assert [secret for secret in secrets if secret in lines] == []


def test_no_secret_of_a_member_is_on_a_page_of_anybodys(office: Office) -> None:
    """A28."""
    browsers = [Colleague(office, username) for username in ("head", "administrator")]
    pages = [
        browser.get(path).text
        for browser in browsers
        for path in ("/en/reports", "/en/staff", "/en/sign-in", "/en/recovery", "/en/enrolment")
    ]
    secrets = [PASSWORD, *office.totp_secrets.values(), *office.recovery_codes.values()]
    secrets += [office.identity(name).encode() for name in ("head", "administrator")]
    assert [secret for secret in secrets for page in pages if secret in page] == []


def test_a_refused_form_gives_no_password_back(office: Office) -> None:
    """A28."""
    head = Colleague(office, "head", signed_in=False)
    assert CANARY not in head.give_password(CANARY).text
    browser = Colleague(office)
    for page in ("recovery", "enrolment"):
        browser.get(f"/en/{page}")
        fields = {"username": "head", "code": "x", "password": CANARY, "again": CANARY}
        assert CANARY not in browser.post(f"/en/{page}", fields).text


def test_nothing_of_a_whole_day_at_the_office_lies_in_clear_on_its_disk(
    sqlite_office: Office, tmp_path: Path
) -> None:
    """A25. A28. E18."""
    office = sqlite_office
    newcomer = Colleague(office, NEWCOMER.username, signed_in=False)
    code = invited(office)
    newcomer.get("/en/enrolment")
    words = f"{CANARY} four words"
    fields = {"username": NEWCOMER.username, "code": code, "password": words, "again": words}
    newcomer.post("/en/enrolment", fields)
    newcomer.get("/en/enrolment/second-factor")
    secret = newcomer.text_of("//*[@class='secret']").replace(" ", "")
    newcomer.post("/en/enrolment/second-factor", {"code": pyotp.TOTP(secret).at(office.clock())})
    newcomer.get("/en/enrolment/recovery-code")
    recovery = newcomer.text_of("//*[@class='secret']")
    informant = Informant(office.portal.app)
    token = informant.file(f"{CANARY} report", [(f"{CANARY}.txt", f"{CANARY} bytes".encode())])
    head = Colleague(office, "head")
    (report,) = seen(head).ids
    head.open(report)
    head.reply(report, f"{CANARY} reply", [(f"{CANARY}.doc", f"{CANARY} answer".encode())])
    needles = [CANARY, code, secret, recovery, PASSWORD, token, token.replace(" ", "")]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(len(needle) > 8 for needle in needles)
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert [needle for needle in needles if needle.encode() in content] == [], path
