"""What answers must not carry along: times, versions, previews, anything fetched for somebody."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from crypto.boxes import OVERHEAD, seal_box
from tests.web.client import Browser

ROOT = Path(__file__).parents[2]


def test_a_compressed_answer_carries_no_time_and_no_name(browser: Browser) -> None:
    """E5. The gzip header has room for both."""
    response = browser.get("/static/portal.css", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    flags, time = response.data[3], response.data[4:8]
    assert (flags, time) == (0, bytes(4))


def test_boxes_and_files_begin_with_no_time() -> None:
    """E7. Two made at different moments share no prefix, and the format has no room for a time: salt, then ciphertext."""
    first, second = (seal_box(bytes(32), b"the same", b"context") for _ in range(2))
    assert len(first) == len(b"the same") + OVERHEAD
    assert not {first[i : i + 4] for i in range(0, 32, 4)} & {
        second[i : i + 4] for i in range(0, 32, 4)
    }


@pytest.mark.parametrize("path", ["/en/", "/en/nowhere", "/static/portal.css", "/healthz"])
def test_no_answer_tells_a_version_or_a_system(browser: Browser, path: str) -> None:
    """E12."""
    response = browser.get(path)
    said = str(response.headers) + response.get_data(as_text=True)
    assert "Server" not in response.headers
    for name in ("flask", "werkzeug", "gunicorn", "jinja", "python", "debian"):
        assert name not in said.lower()
    for package in ("flask", "werkzeug", "gunicorn"):
        assert version(package) not in said
    assert not re.search(r"\?v=", said)


def test_nothing_is_unpacked_previewed_or_written_into_archives() -> None:
    """C9. C12. D3. D4. No code of ours reads what is inside a file, shows a picture of it, or packs names into an archive.

    But for evidence: what makes cleaned copies, in a process that can write to no file, and what packs an export.
    """
    readers = re.compile(r"^\s*(?:import|from) (?:zipfile|tarfile|PIL|lxml|xml)\b", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT))
        for package in ("crypto", "portal", "casework")
        for path in (ROOT / package).rglob("*.py")
        if readers.search(path.read_text())
    ]
    assert {path for path in found if not path.startswith("casework/evidence/cleaning/")} == {
        "casework/evidence/archive.py"
    }


def test_no_code_of_ours_opens_a_connection_to_anywhere_a_sender_could_name() -> None:
    """E21. E22. One asks our own loopback ports whether they serve; one hands mail to the relay of the settings file."""
    clients = re.compile(
        r"^\s*(?:import|from) (?:urllib\.request|smtplib|ftplib|requests|httpx|aiohttp)\b",
        re.MULTILINE,
    )
    sources = [p for pkg in ("crypto", "portal", "casework") for p in (ROOT / pkg).rglob("*.py")]
    assert [p.name for p in sources if clients.search(p.read_text())] == ["mail.py"]
    assert (
        "smtplib.SMTP(relay.host, relay.port" in (ROOT / "casework/reminders/mail.py").read_text()
    )
    assert [p.name for p in sources if "MailRelay(" in p.read_text()] == ["settings.py"]
    assert [p.name for p in sources if "HTTPConnection(" in p.read_text()] == ["supervision.py"]
    assert 'HTTPConnection("127.0.0.1", port' in (ROOT / "casework/supervision.py").read_text()
