"""Sessions, on both engines: the cookie, the row, and their ends."""

import base64
import hashlib
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from crypto.boxes import open_box
from crypto.errors import OpenError
from portal.database import Database
from portal.mailbox.models import InformantSession
from portal.services import Services
from portal.sessions import BOX_STEP, sweep_sessions
from tests.web.client import Browser
from tests.web.conftest import dispose
from tests.web.sample import MovableClock, make_sample, make_settings


@pytest.fixture
def app(tmp_path: Path, database_url: str, clock: MovableClock) -> Iterator[Flask]:
    made = make_sample(make_settings(tmp_path, database_url), clock)
    yield made
    dispose(made)


@pytest.fixture
def inside(browser: Browser) -> Browser:
    """A browser with an open mailbox."""
    log_in(browser)
    return browser


def log_in(browser: Browser, **data: str) -> None:
    browser.get("/en/")
    assert browser.post("/en/login", {"mailbox": "m1", **data}).status_code == 303


def is_in(browser: Browser) -> bool:
    return browser.get("/en/mailbox").status_code == 200


def rows(app: Flask) -> list[tuple[bytes, bytes, date]]:
    here: Services = app.extensions["ishonch"]
    model = InformantSession
    with here.database.reading() as db:
        found = db.execute(sa.select(model.id_hash, model.box, model.day))
        return [(row.id_hash, row.box, row.day) for row in found]


def set_cookies(browser: Browser, path: str, data: dict[str, str] | None = None) -> list[str]:
    response = browser.get(path) if data is None else browser.post(path, data)
    return response.headers.getlist("Set-Cookie")


def test_the_cookie_has_every_guard_and_no_life_of_its_own(browser: Browser) -> None:
    """A16."""
    (cookie,) = set_cookies(browser, "/en/")
    name_and_value, *attributes = cookie.split("; ")
    assert name_and_value.startswith("__Host-ishonch=")
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]


def test_the_cookie_says_nothing(app: Flask, browser: Browser) -> None:
    """A15. A28."""
    log_in(browser, identity="AGE-SECRET-KEY-CANARY")
    value = browser.cookie() or ""
    raw = base64.urlsafe_b64decode(value + "=")
    assert len(raw) == 32
    assert b"CANARY" not in raw
    ((id_hash, box, day),) = rows(app)
    assert id_hash == hashlib.sha256(raw).digest()
    assert b"CANARY" not in box
    assert len(box) - BOX_STEP in range(64)
    assert str(day) == "2026-11-24"


def test_every_row_has_one_length(app: Flask, browser: Browser) -> None:
    """E8. How far a session got is not told by its row."""
    log_in(browser)
    log_in(Browser(app), token="123456789012345678901234", identity="A" * 80)
    assert len({len(box) for _, box, _ in rows(app)}) == 1


def test_looking_around_sets_a_cookie_only_with_a_form_and_writes_nothing(
    app: Flask, browser: Browser
) -> None:
    """B4. D10."""
    assert set_cookies(browser, "/en/plain") == []
    assert len(set_cookies(browser, "/en/")) == 1
    assert set_cookies(browser, "/en/") == []
    assert set_cookies(browser, "/nothing") == []
    assert rows(app) == []


def test_logging_in_makes_a_new_cookie_and_the_old_one_opens_nothing(
    app: Flask, browser: Browser
) -> None:
    """A12."""
    browser.get("/en/")
    planted = browser.cookie()
    log_in(browser)
    assert browser.cookie() != planted
    thief = Browser(app)
    thief.client.set_cookie("__Host-ishonch", planted or "", domain="portal.example", secure=True)
    assert not is_in(thief)
    assert is_in(browser)


def test_logging_in_again_ends_the_session_before(app: Flask, inside: Browser) -> None:
    """A12. A13."""
    old = inside.cookie() or ""
    log_in(inside)
    assert len(rows(app)) == 1
    thief = Browser(app)
    thief.client.set_cookie("__Host-ishonch", old, domain="portal.example", secure=True)
    assert not is_in(thief)


def test_signing_out_deletes_row_and_cookie_and_clears_the_browser(
    app: Flask, inside: Browser
) -> None:
    """A13. B3. B12."""
    stolen = inside.cookie() or ""
    inside.get("/en/mailbox")
    response = inside.post("/en/sign-out")
    assert response.status_code == 303
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-ishonch=;")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert rows(app) == []
    inside.client.set_cookie("__Host-ishonch", stolen, domain="portal.example", secure=True)
    assert not is_in(inside)


def test_signing_out_needs_the_form(app: Flask, inside: Browser) -> None:
    """B3."""
    assert inside.get("/en/sign-out").status_code == 405
    assert inside.client.post("/en/sign-out", base_url=inside.origin).status_code == 400
    assert len(rows(app)) == 1


@pytest.mark.parametrize(
    "spelling", ["", "x", "A" * 42, "A" * 44, "A" * 43 + "=", "A" * 42 + "B", "é" * 43, "+" * 43]
)
def test_a_cookie_in_any_other_spelling_is_a_new_visitor_s(browser: Browser, spelling: str) -> None:
    """A12. A17."""
    browser.client.set_cookie("__Host-ishonch", spelling, domain="portal.example", secure=True)
    response = browser.get("/en/")
    assert response.status_code == 200
    assert len(response.headers.getlist("Set-Cookie")) == 1


def test_the_other_side_s_cookie_is_nothing_here(app: Flask, inside: Browser) -> None:
    """A17."""
    other = Browser(app)
    other.client.set_cookie(
        "__Host-ishonch-office", inside.cookie() or "", domain="portal.example", secure=True
    )
    assert not is_in(other)


@pytest.mark.parametrize(("minutes", "open_still"), [(14.99, True), (15, False)])
def test_an_unused_session_ends_after_a_quarter_of_an_hour(
    app: Flask, inside: Browser, clock: MovableClock, minutes: float, *, open_still: bool
) -> None:
    """A18."""
    clock.forward(minutes=minutes)
    assert is_in(inside) is open_still
    assert len(rows(app)) == open_still


@pytest.mark.parametrize(("last", "open_still"), [(9.99, True), (10, False)])
def test_a_used_session_ends_after_two_hours_all_the_same(
    inside: Browser, clock: MovableClock, last: float, *, open_still: bool
) -> None:
    """A18."""
    for _ in range(11):
        clock.forward(minutes=10)
        assert is_in(inside)
    clock.forward(minutes=last)
    assert is_in(inside) is open_still


def test_using_a_session_keeps_it_alive(inside: Browser, clock: MovableClock) -> None:
    """A18."""
    for _ in range(4):
        clock.forward(minutes=10)
        assert is_in(inside)


def test_a_session_is_touched_once_a_minute_at_most(
    app: Flask, inside: Browser, clock: MovableClock
) -> None:
    before = rows(app)
    clock.forward(seconds=59)
    is_in(inside)
    assert rows(app) == before
    clock.forward(seconds=1)
    is_in(inside)
    assert rows(app) != before


def test_using_one_session_leaves_the_others_alone(
    app: Flask, inside: Browser, clock: MovableClock
) -> None:
    other = Browser(app)
    log_in(other)
    clock.forward(minutes=10)
    assert is_in(inside)
    assert is_in(other)
    clock.forward(minutes=10)
    assert is_in(inside)
    clock.forward(minutes=10)
    assert is_in(inside)
    assert not is_in(other)


def test_a_clock_turned_back_ends_the_session(inside: Browser, clock: MovableClock) -> None:
    """F27. Its age is not known any more; a step of some seconds is borne."""
    clock.forward(seconds=-30)
    assert is_in(inside)
    clock.forward(hours=-1)
    assert not is_in(inside)


def test_a_row_swapped_in_from_another_session_does_not_open(app: Flask, inside: Browser) -> None:
    """F9."""
    log_in(Browser(app), mailbox="m2")
    mine = hashlib.sha256(base64.urlsafe_b64decode((inside.cookie() or "") + "=")).digest()
    (other,) = [box for id_hash, box, _ in rows(app) if id_hash != mine]
    here: Services = app.extensions["ishonch"]
    with here.database.transaction() as db:
        db.execute(
            sa.update(InformantSession).where(InformantSession.id_hash == mine).values(box=other)
        )
    assert not is_in(inside)


def test_a_deleted_row_stays_deleted_while_other_requests_save(
    app: Flask, inside: Browser, clock: MovableClock
) -> None:
    """A14. Requests of the same session, each of which touches it, race the one that ends it."""
    inside.get("/en/mailbox")
    form = inside.hidden_fields()
    cookie = inside.cookie() or ""
    clock.forward(minutes=2)
    begin = threading.Barrier(9)
    statuses: list[int] = []

    def keep_alive() -> None:
        mine = Browser(app)
        mine.client.set_cookie("__Host-ishonch", cookie, domain="portal.example", secure=True)
        begin.wait()
        for _ in range(10):
            clock.forward(seconds=61)
            statuses.append(mine.get("/en/mailbox").status_code)

    threads = [threading.Thread(target=keep_alive) for _ in range(8)]
    for thread in threads:
        thread.start()
    begin.wait()
    assert (
        inside.client.post(
            "/en/sign-out",
            base_url=inside.origin,
            headers={"Referer": inside.origin + "/"},
            data=form,
        ).status_code
        == 303
    )
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 303}
    assert rows(app) == []


def test_a_touch_that_comes_after_the_end_writes_nothing(
    app: Flask, inside: Browser, clock: MovableClock
) -> None:
    """A14. The row goes between reading and saving: held open there, always the same way."""
    here: Services = app.extensions["ishonch"]
    clock.forward(minutes=2)
    transaction = here.database.transaction

    def after_somebody_else_s_end() -> object:
        here.database.transaction = transaction  # type: ignore[method-assign]
        with transaction() as db:
            db.execute(sa.delete(InformantSession))
        return transaction()

    here.database.transaction = after_somebody_else_s_end  # type: ignore[assignment,method-assign]
    assert is_in(inside)
    assert rows(app) == []
    assert not is_in(inside)


def test_a_view_that_writes_does_not_wait_for_its_own_session(
    inside: Browser, clock: MovableClock
) -> None:
    """D15. The touch is over before the view takes the write lock."""
    inside.get("/en/mailbox")
    clock.forward(minutes=5)
    log_in(inside)
    assert is_in(inside)


@pytest.mark.usefixtures("inside")
def test_rows_of_days_gone_by_are_swept(app: Flask, clock: MovableClock) -> None:
    here: Services = app.extensions["ishonch"]
    for days, swept in ((1, 0), (1, 1)):
        clock.forward(days=days)
        with here.database.transaction() as db:
            assert sweep_sessions(db, here) == swept
    assert rows(app) == []


def test_without_the_database_public_pages_open_and_sessions_are_not_forgotten(
    app: Flask, inside: Browser, tmp_path: Path
) -> None:
    """A database that is down sends nobody to the log-in page, and takes no typed text away."""
    here: Services = app.extensions["ishonch"]
    inside.get("/en/form")
    there, here.database = here.database, Database(f"sqlite:///{tmp_path}/gone/away.db")
    assert inside.get("/en/mailbox").status_code == 503
    assert inside.get("/en/").status_code == 200
    assert inside.get("/healthz").status_code == 503
    inside.get("/en/form")
    assert inside.post("/en/form", {"csrf_token": "old", "text": "kept"}).status_code == 400
    here.database = there
    assert is_in(inside)


@pytest.mark.usefixtures("inside")
def test_the_key_of_a_row_is_in_no_row(app: Flask) -> None:
    """A15. What is stored does not open what is stored."""
    ((id_hash, box, _day),) = rows(app)
    with pytest.raises(OpenError):
        open_box(id_hash, box, b"ishonch/v1 session")
