"""A report on its way through nginx with the site of deploy/nginx: what is refused, what passes, and what stays behind.

Where nginx is not installed the portal alone is held to the same.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from casework.instance import Addresses, write_settings
from tests.journeys.marked import MarkedInformant, Marks, unverified
from tests.support.canary import Canary
from tests.support.instances import Instance, free_port

SITE = (Path(__file__).parents[2] / "deploy" / "nginx" / "portal.conf").read_text("utf-8")
FRONTS = ["nothing", *(["nginx"] if shutil.which("nginx") else [])]
AROUND = """{user}
pid {folder}/pid; daemon off; worker_processes 1;
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/site.conf;
}}
"""
SECONDS = 30


@dataclass(frozen=True, slots=True)
class Front:
    """What informants speak to, where what is behind it keeps its files, and what it keeps itself."""

    origin: str
    instance: Instance
    folder: Path
    portal: subprocess.Popen[bytes]


@pytest.fixture(scope="module", params=FRONTS)
def front(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("front")
    instance = Instance(folder / "instance")
    instance.prepare()
    bind = f"127.0.0.1:{instance.portal_port}"
    if request.param == "nginx":
        bind = f"unix:/tmp/ishonch-{os.getpid()}"  # a socket's path has to be short
        address = Addresses(portal_origin="https://127.0.0.1", office_origin=instance.office)
        write_settings(instance.folder, address)
    command = ["-m", "portal", "--instance", str(instance.folder), "--bind", bind]
    with _running([sys.executable, *command]) as portal:
        if request.param == "nothing":
            _wait_for(instance.portal)
            yield Front(instance.portal, instance, folder / "nothing", portal)
            return
        origin = f"https://127.0.0.1:{_configure(folder, bind)}"
        around = ["-p", str(folder), "-c", str(folder / "nginx.conf")]
        with _running(["nginx", *around, "-e", str(folder / "errors")]):
            _wait_for(origin)
            yield Front(origin, instance, folder, portal)


def _configure(folder: Path, bind: str) -> int:
    """Write the site as an operator would: with names, addresses and paths of this place."""
    made: list[str | Path] = ["-keyout", folder / "key.pem", "-out", folder / "fullchain.pem"]
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    subprocess.run([*request, *made], check=True, capture_output=True)
    secure, plain = free_port(), free_port()
    site = SITE
    for theirs, ours in (
        ("unix:/run/ishonch-portal/socket", bind),
        ("/etc/ssl/ishonch", str(folder)),
        ("report.example.uz", "127.0.0.1"),
        ("listen 443", f"listen 127.0.0.1:{secure}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
    ):
        assert theirs in site
        site = site.replace(theirs, ours)
    kept = [line for line in site.splitlines() if "[::]" not in line]
    (folder / "site.conf").write_text("\n".join(kept))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    return secure


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    yield process
    process.terminate()
    process.wait(SECONDS)


def _wait_for(origin: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{origin}/healthz", verify=unverified()).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {origin}")


@pytest.mark.parametrize(
    "lengths",
    [
        "Content-Length: 4\r\nContent-Length: 40\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4, 40\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ],
    ids=["two lengths", "length, chunks", "chunks, length", "a list", "no such coding"],
)
def test_a_request_of_two_lengths_is_refused_and_nothing_after_it_is_answered(
    front: Front, lengths: str
) -> None:
    """B21."""
    smuggled = "0\r\n\r\nGET /ru/help HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    head = f"POST /ru/report HTTP/1.1\r\nHost: 127.0.0.1\r\n{lengths}\r\n"
    answer = _raw(front.origin, head + smuggled)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 501"))
    assert answer.count(b"HTTP/1.1 ") == 1


def test_a_report_passes_and_leaves_nothing_behind(front: Front) -> None:
    """B11. D7. E1. While it passes, what has come is sealed on the other side already: nobody holds it in between."""
    marks = Marks()
    person = MarkedInformant(front.origin, marks)
    # nginx takes the port out of the name it passes on: an address on port 443 has none.
    del person.headers["Referer"]
    connection = person.begin_upload(marks.file("half", 3_000_000))
    end = time.monotonic() + SECONDS
    while _size(front.instance.folder / "blobs" / "staging") < 2_500_000:
        assert time.monotonic() < end
        time.sleep(0.05)
    canary = Canary({"Latin": marks.latin, "Cyrillic": marks.cyrillic})
    assert canary.heard_below(front.folder) == {}
    connection.close()
    file = marks.file("whole", 700_000)
    token = person.report({"text": marks.text("report"), "language": "ru"}, [file])
    person.send("/ru/receipt", {"token": token.digits})
    assert person.download(file.name) == file.content
    person.get(f"/{marks.latin}")
    person.close()
    assert canary.heard_below(front.folder) == {}


def test_what_is_far_too_large_is_refused_at_once_in_words_for_people(front: Front) -> None:
    """D1. By its announced length, before any of it is sent; nginx has no page of ours, so it says that nothing came."""
    head = "POST /ru/report HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n"
    answer = _raw(front.origin, head).decode()
    assert answer.startswith("HTTP/1.1 4")
    if front.origin.startswith("https"):
        assert answer.startswith("HTTP/1.1 413")
        assert "Ничего не получено" in answer
    assert "nginx/" not in answer


def test_a_portal_that_does_not_answer_has_received_nothing_and_nginx_says_so(
    front: Front,
) -> None:
    """E12. The last test of a front: it ends the portal."""
    front.portal.terminate()
    front.portal.wait(SECONDS)
    if not front.origin.startswith("https"):
        with pytest.raises(ConnectionRefusedError):
            _raw(front.origin, "")
        return
    answer = _raw(front.origin, "GET /ru/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 502")
    assert "Ничего не получено" in answer.decode()
    assert b"no-store" in answer
    assert b"nginx/" not in answer


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0


def _raw(origin: str, request: str) -> bytes:
    """Send bytes as they are, and read until the other side closes or says nothing more."""
    url = httpx.URL(origin)
    assert url.port is not None
    connection: socket.socket = socket.create_connection((url.host, url.port), timeout=SECONDS)
    if url.scheme == "https":
        connection = unverified().wrap_socket(connection)
    with connection:
        connection.sendall(request.encode())
        if url.scheme == "http":
            # Who waits for more of a body learns that there is none.
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(2)
        answer = b""
        try:
            while data := connection.recv(65536):
                answer += data
        except (TimeoutError, ConnectionResetError):
            pass
        return answer
