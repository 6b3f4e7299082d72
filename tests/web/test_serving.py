"""The real server, spoken to byte by byte: what never becomes a request must tell and log as little as what does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.headers import HEADERS
from portal.serving import BindError, _check_bind
from tests.web.sample import MovableClock, make_sample, make_settings

ROOT = Path(__file__).parents[2]
CANARY = "canary-7f3a"
START_SECONDS = 30


class Server:
    """A server process of ours, and what it logged."""

    def __init__(self, folder: Path, *command: str, port: int) -> None:
        self.port = port
        self.log = folder / "log.txt"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, stdout=log, stderr=log
            )
        self._wait()

    def ask(self, raw: bytes) -> bytes:
        """Send bytes, give all that comes back until the other end closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(raw)
            parts = []
            try:
                while part := connection.recv(65536):
                    parts.append(part)
            except ConnectionResetError:
                pass
            return b"".join(parts)

    def get(self, path: str, headers: str = "", method: str = "GET") -> bytes:
        return self.ask(
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{headers}\r\n".encode()
        )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError(self.log.read_text())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    running = Server(folder, "tests.web.server", str(folder), f"127.0.0.1:{port}", port=port)
    yield running
    if running.process.poll() is None:
        running.stop()


def head_of(answer: bytes) -> tuple[str, dict[str, list[str]]]:
    """Give the status and the headers of an answer."""
    status, *lines = answer.split(b"\r\n\r\n")[0].decode().split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers.setdefault(name.title(), []).append(value)
    return status.partition(" ")[2], headers


UNREADABLE = [
    (f"GET /{CANARY} HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", "400"),
    (f"{CANARY}\r\n\r\n", "400"),
    (f"GET / HTTP/1.1\r\n{CANARY} : x\r\n\r\n", "400"),
    (f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n {CANARY}\r\n\r\n", "400"),
    (f"GET /{'a' * 9000}{CANARY} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "414"),
    (f"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: {'a' * 9000}{CANARY}\r\n\r\n", "431"),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + f"X: {CANARY}\r\n" * 200 + "\r\n", "431"),
    (f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {CANARY}\r\n\r\n", "400"),
    (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "400",
    ),
    (
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "400",
    ),
    (f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: {CANARY}\r\n\r\n", "400"),
]


@pytest.mark.parametrize(("raw", "status"), UNREADABLE)
def test_what_cannot_be_read_gets_the_same_headers_and_nothing_back(
    server: Server, raw: str, status: str
) -> None:
    """B8. B21. E1."""
    answer = server.ask(raw.encode())
    said, headers = head_of(answer)
    assert said.startswith(status)
    for name, value in HEADERS.items():
        assert headers[name.title()] == [value]
    assert "Server" not in headers
    assert CANARY.encode() not in answer
    assert b"gunicorn" not in answer.lower()


def test_an_ordinary_answer_does_not_name_the_server(server: Server) -> None:
    """B16."""
    for path in ("/en/", "/nothing", "/healthz"):
        _status, headers = head_of(server.get(path))
        assert "Server" not in headers
        assert headers["Cache-Control"] == ["no-store"]


def test_two_hosts_are_none(server: Server) -> None:
    """B10."""
    answer = server.ask(
        b"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    )
    status, headers = head_of(answer)
    assert status.startswith("400")
    assert headers["X-Frame-Options"] == ["DENY"]
    assert b"evil" not in answer


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-Proto: https",
        "X-Forwarded-Ssl: on",
        "X-Forwarded-Protocol: ssl",
        "X-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off",
        "X-Forwarded-Host: evil.example",
        "Script-Name: /evil",
        "SCRIPT_NAME: /evil",
        "Path-Info: /evil",
        "PATH_INFO: /evil",
        "X_Forwarded_Host: evil.example",
    ],
)
def test_no_header_moves_the_request_elsewhere(server: Server, header: str) -> None:
    """B11. Nor makes it fail: the server itself refuses some of them from a proxy it trusts."""
    answer = server.get("/echo", f"{header}\r\n")
    assert head_of(answer)[0] == "200 OK"
    assert answer.endswith(b"\r\nhttp 127.0.0.1 /echo")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example/en/",
        "/en//mailbox",
        "http://evil.example/en/",
        "/en/../../etc/passwd",
        "/en/%2e%2e/x",
    ],
)
def test_a_path_that_points_elsewhere_is_not_followed(server: Server, path: str) -> None:
    """B9. B10. B13."""
    status, headers = head_of(server.get(path))
    assert status[:3] in {"404", "400", "200"}
    assert "Location" not in headers
    assert headers["Cache-Control"] == ["no-store"]


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "CONNECT"])
def test_methods_that_reveal_are_refused(server: Server, method: str) -> None:
    """B5."""
    answer = server.get("/en/", f"X-Secret: {CANARY}\r\n", method)
    assert head_of(answer)[0][:3] in {"405", "400"}
    assert CANARY.encode() not in answer


def test_a_header_that_would_split_the_answer_never_leaves(server: Server) -> None:
    """C10."""
    answer = server.get("/illegal")
    assert head_of(answer)[0].startswith("500")
    assert b"planted" not in answer


def test_after_all_this_the_log_holds_no_word_of_it(server: Server) -> None:
    """A28. C18. E1. E2. Of each line: the day, where in our program, and never what was sent or by whom."""
    server.get(
        f"/en/raise/bug?{CANARY}", f"User-Agent: {CANARY}\r\nX-Forwarded-For: 203.0.113.9\r\n"
    )
    server.get("/broken", f"User-Agent: {CANARY}\r\n")
    server.ask(f"{CANARY} / HTTP/9\r\n\r\n".encode())
    text = server.log.read_text()
    for secret in (CANARY, "canary", "203.0.113.9", "127.0.0.1", "/en/", "HTTP/"):
        assert secret not in text
    lines = server.lines()
    assert {"started", "unexpected"} <= {line.get("event") for line in lines}
    assert all(len(str(line["at"])) == len("2026-11-24") for line in lines)


def test_slow_senders_hold_up_nobody(server: Server) -> None:
    """D5. Forty who never finish their request, and the page still comes."""
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    try:
        for connection in slow:
            connection.sendall(
                b"POST /en/form HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nx"
            )
        assert head_of(server.get("/en/"))[0] == "200 OK"
    finally:
        for connection in slow:
            connection.close()


def test_a_connection_is_kept_for_the_next_request(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b""
            while not answer.endswith(b"ok\n"):
                answer += connection.recv(65536)


def test_the_processes_leave_no_core_and_no_file_for_others(server: Server) -> None:
    """E19. F14."""
    for pid in (server.process.pid, *children(server.process.pid)):
        limits = Path(f"/proc/{pid}/limits").read_text()
        (core,) = [line.split() for line in limits.splitlines() if line.startswith("Max core")]
        assert core[4:6] == ["0", "0"]
        assert "Umask:\t0077" in Path(f"/proc/{pid}/status").read_text()


def test_no_other_process_of_the_same_user_looks_into_it() -> None:
    """E19."""
    program = (
        "import ctypes; from portal.serving import _seal_process; get = ctypes.CDLL(None).prctl;"
        "before = get(3, 0, 0, 0, 0); _seal_process(); print(before, get(3, 0, 0, 0, 0))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["1", "0"], done.stderr


def test_one_arbiter_and_one_worker_stay_small(server: Server) -> None:
    """At most 90 MB each, idle."""
    (worker,) = children(server.process.pid)
    for pid in (server.process.pid, worker):
        fields = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        )
        assert int(fields["VmRSS"].split()[0]) < 90 * 1024


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_sigterm_lets_what_is_under_way_finish_and_ends_with_success(tmp_path: Path) -> None:
    port = free_port()
    ending = Server(tmp_path, "tests.web.server", str(tmp_path), f"127.0.0.1:{port}", port=port)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        time.sleep(0.3)
        worker = children(ending.process.pid)
        ending.process.send_signal(signal.SIGTERM)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.endswith(b"slow but whole")
    assert ending.process.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in worker)
    assert [line.get("event") for line in ending.lines()] == ["started", "stopped"]


def test_a_unix_socket_is_open_to_its_group_alone(tmp_path: Path) -> None:
    path = tmp_path / "portal.sock"
    with (tmp_path / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.server", str(tmp_path), f"unix:{path}"],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        end = time.monotonic() + START_SECONDS
        while (
            not (path.exists() and path.stat().st_mode & 0o777 == 0o660) and time.monotonic() < end
        ):
            time.sleep(0.02)
        assert path.stat().st_mode & 0o777 == 0o660
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(
                b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n"
            )
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK")
    finally:
        process.terminate()
        assert process.wait(60) == 0
    assert not path.exists()


@pytest.mark.parametrize(
    "bind",
    [
        "0.0.0.0:8080",
        "[::]:8080",
        "192.0.2.1:80",
        "portal.example:80",
        ":80",
        "8080",
        "unix:relative",
        "127.0.0.1:",
    ],
)
def test_the_network_is_never_listened_to(bind: str) -> None:
    with pytest.raises(BindError):
        _check_bind(bind)


@pytest.mark.parametrize(
    "bind", ["127.0.0.1:8080", "localhost:1", "[::1]:8080", "unix:/run/x.sock"]
)
def test_this_machine_alone_is_listened_to(bind: str) -> None:
    _check_bind(bind)


def test_the_environment_does_not_turn_debugging_on(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F15."""
    monkeypatch.setenv("FLASK_DEBUG", "1")
    app = make_sample(make_settings(tmp_path, f"sqlite:///{tmp_path}/m.db"), clock)
    assert not app.debug
    assert os.environ["FLASK_DEBUG"] == "1"
    app.extensions["ishonch"].database.engine.dispose()
