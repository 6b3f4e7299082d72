"""Trying tokens: what it costs, whom it holds up. Only ratios are asserted: machines differ, and may be busy."""

import hashlib
import os
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crypto.boxes import seal_box
from crypto.passwords import OWASP_MINIMUM, SALT_BYTES, derive
from crypto.tokens import CaseToken
from portal.clock import now
from tests.support.portals import make_portal
from tests.support.served import Served, served
from tests.web.client import Browser
from tests.web.faults.conftest import assert_silent
from tests.web.faults.reports import Report
from tests.web.faults.visitor import Answer, Visitor

WRONG = CaseToken(123456789).digits()
PAIRS = 40
TOGETHER = 32
MIB = 1024 * 1024


@pytest.fixture
def slow_portal(tmp_path: Path) -> Iterator[Served]:
    """One whose key derivation costs what it costs in earnest."""
    url = f"sqlite:///{tmp_path}/mailbox.db"
    with served(tmp_path, url, token_profile=OWASP_MINIMUM.name) as running:
        yield running
    assert_silent(running, WRONG, WRONG.replace(" ", ""))


def token_of(portal: Served) -> str:
    report = Report(Visitor(portal.port), "canary")
    report.go_on()
    return report.token


def entered(port: int, token: str) -> tuple[float, Answer]:
    """Enter a token at a new browser; give the seconds from sending it to the answer."""
    with Visitor(port, keep=True) as visitor:
        fields = visitor.get("/en/return").hidden() | {"token": token}
        begun = time.perf_counter()
        answer = visitor.send("/en/return", fields)
        return time.perf_counter() - begun, answer


def test_a_wrong_token_costs_what_a_right_one_costs(slow_portal: Served) -> None:
    """A6. Measured in turns; the quicker quarter, which a busy machine disturbs least."""
    right = token_of(slow_portal)
    seconds: dict[str, list[float]] = {right: [], WRONG: []}
    for _ in range(PAIRS):
        for token, found in seconds.items():
            found.append(entered(slow_portal.port, token)[0])
    quarter, middle = (
        statistics.quantiles(seconds[WRONG], n=4)[at]
        / statistics.quantiles(seconds[right], n=4)[at]
        for at in (0, 1)
    )
    print(
        f"a wrong token costs {middle:.3f} of a right one at the median, {quarter:.3f} lower down"
    )
    assert 0.85 < quarter < 1.18


def test_a_wrong_token_is_answered_with_the_headers_and_cookies_of_a_right_one(
    slow_portal: Served,
) -> None:
    """A2. A6. The only header more says where to go on."""
    _, right = entered(slow_portal.port, token_of(slow_portal))
    _, wrong = entered(slow_portal.port, WRONG)
    assert (right.status, wrong.status) == (303, 422)
    names = [{name for name, _ in answer.headers} for answer in (right, wrong)]
    assert names[0] - names[1] == {"Location"}
    assert names[1] - names[0] == set()
    cookies = [
        [(v.partition("=")[0], len(v)) for n, v in answer.headers if n == "Set-Cookie"]
        for answer in (right, wrong)
    ]
    assert cookies[0] == cookies[1] != []


def test_a_wrong_token_asks_the_database_what_a_right_one_asks(tmp_path: Path) -> None:
    """A6. Word for word, in the same order."""
    portal = make_portal(tmp_path, f"sqlite:///{tmp_path}/mailbox.db", now)
    browser = Browser(portal.app)
    browser.get("/en/report")
    browser.post("/en/report", {"text": "x", "language": "en"})
    browser.get("/en/receipt")
    assert browser.page is not None
    right = browser.page.find_class("digits")[0].text_content()
    asked: list[str] = []
    sa.event.listen(
        portal.here.database.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: asked.append(statement),
    )
    statements = []
    for token, status in ((right, 303), (WRONG, 422)):
        stranger = Browser(portal.app)
        stranger.get("/en/return")
        asked.clear()
        assert stranger.post("/en/return", {"token": token}).status_code == status
        statements.append(asked[:])
    portal.here.database.engine.dispose()
    assert statements[0] == statements[1]
    assert len([s for s in statements[0] if s.startswith("INSERT INTO sessions")]) == 1


def test_deriving_a_key_costs_no_more_after_something_was_sealed() -> None:
    """A6. A9. Sealing leaves some processors in a state that Argon2 is slow in: a request that sealed would tell."""
    turns = [(_processor_seconds(_seal), _processor_seconds(_clean)) for _ in range(12)]
    after_sealing, after_nothing = (min(seconds) for seconds in zip(*turns, strict=True))
    assert after_sealing / after_nothing < 1.2


def _processor_seconds(before: Callable[[], object]) -> float:
    before()
    begun = time.thread_time()
    derive(b"1" * 20, b"s" * SALT_BYTES, OWASP_MINIMUM)
    return time.thread_time() - begun


def _seal() -> None:
    seal_box(b"k" * 32, bytes(1000), b"")


def _clean() -> None:
    hashlib.sha512(b"").digest()


def test_many_tokens_entered_at_once_do_not_hold_up_the_pages_of_others(
    slow_portal: Served,
) -> None:
    """A9. D16. All are answered, or told to come back; and who only reads waits for none of them."""
    token = token_of(slow_portal)
    answers: list[tuple[float, Answer]] = []
    everybody = [
        threading.Thread(target=lambda: answers.append(entered(slow_portal.port, token)))
        for _ in range(TOGETHER)
    ]
    alone = [_seconds_of_a_page(slow_portal.port) for _ in range(10)]
    weight = slow_portal.memory("VmRSS")
    for one in everybody:
        one.start()
    among = []
    while any(one.is_alive() for one in everybody):
        among.append(_seconds_of_a_page(slow_portal.port))
    for one in everybody:
        one.join()
    statuses = Counter(answer.status for _, answer in answers)
    slowest = max(seconds for seconds, _ in answers)
    p95 = sorted(among)[len(among) * 95 // 100]
    grown = slow_portal.memory("VmRSS") - weight
    print(
        f"{TOGETHER} tokens at once: {dict(statuses)}, the last after {slowest * 1000:.0f} ms; "
        f"{len(among)} pages among them, p50 {statistics.median(among) * 1000:.0f} ms, "
        f"p95 {p95 * 1000:.0f} ms; alone p50 {statistics.median(alone) * 1000:.0f} ms; "
        f"bare Argon2id {_bare() * 1000:.0f} ms; {grown / MIB:.0f} MiB more"
    )
    assert statuses.keys() <= {303, 503}
    assert all(a.header("Retry-After") for _, a in answers if a.status == 503)
    assert statuses[303] >= 2
    # In the queue of the tokens a page would wait as long as they do.
    assert p95 < slowest / 4
    # One derivation's memory for each core, and some for the threads: not one for each thread.
    assert grown < (os.cpu_count() or 1) * OWASP_MINIMUM.memory_kib * 1024 + 48 * MIB


def _seconds_of_a_page(port: int) -> float:
    """Open the first page; it must come."""
    begun = time.perf_counter()
    assert Visitor(port).get("/en/").status == 200
    return time.perf_counter() - begun


def _bare() -> float:
    """Give the seconds of one bare key derivation."""
    begun = time.perf_counter()
    derive(b"1" * 20, b"s" * SALT_BYTES, OWASP_MINIMUM)
    return time.perf_counter() - begun
