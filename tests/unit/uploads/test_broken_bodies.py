"""A body that ends early, lies about its length or is no form is a 400, and nothing of it stays."""

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import request

from crypto.recipients import Identity
from tests.unit.uploads import server
from tests.unit.uploads.conftest import BOUNDARY, Desk, body, file, text

URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no multipart at all",
        body(text("t", "x"), file("f", b"x" * 100_000))[:-2000],
        body(text("t", "x"), file("f", b"x"))[: -len(f"--{BOUNDARY}--\r\n")],
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
        f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n--{BOUNDARY}--\r\n".encode(),
        body(text("t", "x")).replace(b'"t"', b'"\xff"'),
    ],
    ids=["empty", "text", "cut in a file", "cut at the end", "no disposition", "no name", "bytes"],
)
def test_a_broken_body_is_400_and_leaves_nothing(desk: Desk, raw: bytes) -> None:
    """D1, D8."""
    assert desk.stream(io.BytesIO(raw)) == 400
    assert desk.stream(io.BytesIO(raw), announced=len(raw)) == 400
    assert desk.stream(io.BytesIO(raw), announced=len(raw), terminated=False) == 400
    assert desk.left() == []


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 300])
def test_a_boundary_no_browser_sends_is_400(desk: Desk, boundary: str) -> None:
    """D2."""
    desk.app.before_request(lambda: request.form and None)
    kind = "multipart/form-data" + boundary
    assert desk.client.post("/report", data=b"x", content_type=kind).status_code == 400


@pytest.mark.parametrize("announced", [10, 100_000])
def test_a_lie_about_the_length_is_400_and_leaves_nothing(desk: Desk, announced: int) -> None:
    """D1."""
    raw = io.BytesIO(body(text("t", "x"), file("f", b"x" * 50_000)))
    assert desk.stream(raw, announced=announced, terminated=False) == 400
    assert desk.left() == []


def test_without_length_and_end_nothing_is_read(desk: Desk) -> None:
    """D1: a server that cannot say where the body ends."""
    stream = io.BytesIO(body(file("f", b"x")))
    assert desk.stream(stream, terminated=False) == 400
    assert stream.tell() == 0


def test_what_a_chunked_stream_raises_is_400(desk: Desk) -> None:
    """D1: the sender vanishes in the middle."""

    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(size)

    status = desk.stream(Breaking(body(file("f", b"x"))[:-5]))
    assert status == 400
    assert desk.left() == []


@pytest.mark.parametrize("end", [b"x", b"\r", b"\n", b"-", b"-\r\n", b" \t.\r\n", b"\r\n\r\n"])
def test_a_boundary_that_occurs_in_a_file_is_400_and_leaves_nothing(desk: Desk, end: bytes) -> None:
    """D1: no browser chooses such a one."""
    data = b"x" * 100_000 + f"\r\n--{BOUNDARY}".encode() + end
    assert desk.post(body(text("t", "x"), file("f", data))) == 400
    assert desk.left() == []


def test_half_a_text_is_not_taken_for_a_whole_one(desk: Desk) -> None:
    """D1. D8: gunicorn ends a body that breaks off as it ends any other."""
    raw = b"text=they+are+dumping+acid+at+night"
    for announced, status in ((len(raw), 200), (len(raw) + 1, 400), (None, 200)):
        desk.form = {}
        assert desk.stream(io.BytesIO(raw), URLENCODED, announced=announced) == status
        assert bool(desk.form) == (status == 200)


def test_what_stands_before_and_behind_a_form_is_nobodys(desk: Desk) -> None:
    """D2."""
    raw = b"before\r\n" + body(text("t", "x"), file("f", b"y")) + b"behind" * 100_000
    assert desk.post(raw) == 200
    assert desk.form == {"t": ["x"]}
    assert desk.opened() == b"y"


# On a real server


@pytest.fixture(scope="module")
def gunicorn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[server.Server, Path]]:
    root = tmp_path_factory.mktemp("blobs")
    with server.serving("sealing_app", root, Identity.generate().encode()) as running:
        yield running, root


def answer(running: server.Server, head: bytes, sent: bytes) -> bytes:
    """Send a request, end it there, and give the answer's first line."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=30) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + head + b"\r\n" + sent)
        connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline()


MULTIPART = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n".encode()
CHUNKED = MULTIPART + b"Transfer-Encoding: chunked\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("head", "sent"),
    [
        (MULTIPART + b"Content-Length: 500000\r\n", body(file("f", b"x" * 300_000))),
        (MULTIPART + b"Content-Length: 500000\r\n", file("f", b"x" * 300_000)),
        (f"Content-Type: {URLENCODED}\r\nContent-Length: 9\r\n".encode(), b"text=hal"),
        (CHUNKED, chunk(file("f", b"x" * 300_000))),
        (CHUNKED, chunk(file("f", b"x" * 300_000)) + b"no size\r\n"),
        (CHUNKED, chunk(file("f", b"x" * 300_000)) + b"5\r\nfour\r\n"),
        (CHUNKED, chunk(body(file("f", b"x" * 300_000))) + b"0\r\nno trailer\r\n\r\n"),
    ],
    ids=[
        "short, though the form is whole",
        "short in a file",
        "short in a text",
        "no last chunk",
        "no size",
        "wrong size",
        "bad trailer",
    ],
)
def test_what_a_server_raises_for_a_body_broken_off_is_400(
    gunicorn: tuple[server.Server, Path], head: bytes, sent: bytes
) -> None:
    """D1. D8."""
    running, root = gunicorn
    assert answer(running, head, sent).startswith(b"HTTP/1.1 400 ")
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_chunked_body_that_is_whole_is_taken(gunicorn: tuple[server.Server, Path]) -> None:
    """D1."""
    running, root = gunicorn
    whole = body(file("f", b"x" * 300_000))
    sent = b"".join(chunk(whole[at : at + 1000]) for at in range(0, len(whole), 1000))
    assert answer(running, CHUNKED, sent + b"0\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    (blob,) = (path for path in root.rglob("*") if path.is_file())
    blob.unlink()
