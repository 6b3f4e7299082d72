"""Slow senders hold up nobody; and after all that can go wrong, the log names nobody."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from tests.support.served import Served
from tests.web.faults.conftest import assert_silent
from tests.web.faults.reports import REPORT, Report, some_files, store_of
from tests.web.faults.visitor import AGENT, COOKIE, HOST, Visitor, form_body

SLOW = 40


@contextmanager
def trickling(port: int) -> Iterator[list[socket.socket]]:
    """Let many send the beginning of a report, and then a byte each, again and again, until the end of the block."""
    done = threading.Event()
    with ExitStack() as stack:
        senders = [stack.enter_context(_begin(port)) for _ in range(SLOW)]
        trickle = threading.Thread(target=_trickle, args=(senders, done))
        trickle.start()
        try:
            yield senders
        finally:
            done.set()
            trickle.join()


def _begin(port: int) -> socket.socket:
    visitor = Visitor(port)
    fields = visitor.get(REPORT).hidden() | {"text": "canary", "language": "en"}
    boundary, body = form_body(fields, some_files(10_000))
    head = (
        f"POST {REPORT} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {COOKIE}={visitor.cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    connection = socket.create_connection((HOST, port), timeout=60)
    connection.sendall(head.encode() + body[:-9_000])
    return connection


def _trickle(senders: list[socket.socket], done: threading.Event) -> None:
    while not done.wait(0.05):
        for sender in senders:
            with suppress(OSError):
                sender.send(b"x")


def test_who_sends_byte_by_byte_holds_up_nobody_and_leaves_nothing(portal: Served) -> None:
    """D5. D8. D15. Forty uploads that do not end, and a report with files is taken as ever."""
    with trickling(portal.port) as senders:
        report = Report(Visitor(portal.port), "canary", some_files(1000, 700_000))
        answer = report.go_on()
        assert report.token, answer.alert
        assert report.is_whole()
        # Nor did it wait until they were given up.
        assert select.select(senders, [], [], 0)[0] == []
    portal.stop()
    store = store_of(portal)
    assert store.rows["mailboxes"] == 1
    assert store.files == store.named


def test_after_everything_that_can_be_done_here_the_log_names_nobody(portal: Served) -> None:
    """A28. C18. E1. E2. A report, a token right and wrong, and every fault that is logged."""
    visitor = Visitor(portal.port)
    report = Report(visitor, "canary-text", [("canary-\x1b[31m.pdf", b"canary-content")])
    report.go_on()
    for token in (report.token, "12345" * 5, "canary"):
        Visitor(portal.port).enter(token)
    for path in ("/en/canary", "/canary%7F", "/en/mailbox/files/canary", "/healthz?canary"):
        visitor.get(path)
    Visitor(portal.port, cookie="canary").get("/en/mailbox")
    Visitor(portal.port).send(REPORT, {"text": "canary", "csrf_token": "canary"})
    visitor.send_raw(REPORT, "canary", b"canary", {"Content-Length": "6"})
    _begin(portal.port).close()
    (portal.folder / "blobs").rename(portal.folder / "elsewhere")
    failed = Report(Visitor(portal.port), "canary", some_files(10))
    assert failed.go_on().status == 503
    assert visitor.get("/healthz").status == 503
    (portal.folder / "elsewhere").rename(portal.folder / "blobs")
    assert portal.stop() == 0
    lines = portal.lines()
    assert {"started", "swept", "storage", "stopped"} <= {line.get("event") for line in lines}
    assert all(len(str(line["at"])) == len("2026-11-24") for line in lines)
    spellings = (report.token.strip(), report.token.replace(" ", ""), "12345123451234512345")
    assert_silent(portal, *spellings, AGENT, "tongue", visitor.cookie or "")
