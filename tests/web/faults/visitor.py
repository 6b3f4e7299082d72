"""A person at a browser, over a real socket: keeps the cookie, and sends the form of the page that is open."""

import html
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Self

HOST = "127.0.0.1"
COOKIE = "__Host-ishonch"
AGENT = "canary-agent/7.1"
TIMEOUT = 120
PIECE = 64 * 1024

_FORM = re.compile(r"<form.*?</form>", re.DOTALL)
_INPUT = re.compile(r'<input [^>]*type="hidden"[^>]*>')
_ATTRIBUTE = re.compile(r'(name|value)="([^"]*)"')
_AREA = re.compile(r'<textarea [^>]*name="(\w+)"[^>]*>\r?\n?(.*?)</textarea>', re.DOTALL)
_DIGITS = re.compile(r'<p class="digits">(.*?)</p>')
_FILE_LINK = re.compile(r'href="(/\w+/mailbox/files/([0-9a-f]{32}))"')
_ALERT = re.compile(r'<div class="alert".*?</div>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")

File = tuple[str, bytes]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode()

    @property
    def alert(self) -> str:
        """What the page says on top about what went wrong."""
        found = _ALERT.search(self.text)
        return " ".join(_TAG.sub(" ", html.unescape(found[0])).split()) if found else ""

    def header(self, name: str) -> str | None:
        """Give one header."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def hidden(self) -> dict[str, str]:
        """Give the hidden fields of the page's first form."""
        form = _FORM.search(self.text)
        fields = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form[0] if form else ""))
        return {f["name"]: html.unescape(f.get("value", "")) for f in fields}

    def typed(self) -> dict[str, str]:
        """Give what stands in the page's large fields."""
        return {name: html.unescape(text) for name, text in _AREA.findall(self.text)}

    def token(self) -> str | None:
        """Give the token the page shows, if it shows one whole."""
        found = _DIGITS.search(self.text) if self.text.rstrip().endswith("</html>") else None
        return _TAG.sub(" ", found[1]) if found else None

    def files(self) -> list[str]:
        """Give the addresses of the files the page offers."""
        return [link for link, _ in _FILE_LINK.findall(self.text)]


@dataclass
class Visitor:
    """One browser; `keep` holds one connection over all requests, until the end of a `with`."""

    port: int
    keep: bool = False
    cookie: str | None = None
    _connection: HTTPConnection | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection:
            self._connection.close()

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._ask("GET", path, None, {})

    def send(self, path: str, fields: dict[str, str], files: Iterable[File] = ()) -> Answer:
        """Send a form, as browsers do that know how long it is."""
        boundary, body = form_body(fields, files)
        return self.send_raw(path, boundary, body, {"Content-Length": str(len(body))})

    def send_in_chunks(self, path: str, fields: dict[str, str], files: Iterable[File]) -> Answer:
        """Send a form without saying how long it is."""
        boundary, body = form_body(fields, files)
        pieces = (body[at : at + PIECE] for at in range(0, len(body), PIECE))
        return self.send_raw(path, boundary, pieces, {})

    def send_raw(
        self, path: str, boundary: str, body: bytes | Iterator[bytes], more: dict[str, str]
    ) -> Answer:
        """Send a multipart body, given whole or piece by piece."""
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._ask("POST", path, body, kind | more)

    def enter(self, token: str) -> Answer:
        """Open the mailbox of a token."""
        page = self.get("/en/return")
        return self.send("/en/return", page.hidden() | {"token": token})

    def _ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None, more: dict[str, str]
    ) -> Answer:
        connection = self._connection or HTTPConnection(HOST, self.port, timeout=TIMEOUT)
        headers = {"Host": HOST, "User-Agent": AGENT, "Accept-Language": "canary-tongue", **more}
        if self.cookie:
            headers["Cookie"] = f"{COOKIE}={self.cookie}"
        try:
            chunked = body is not None and "Content-Length" not in headers
            connection.request(method, path, body, headers, encode_chunked=chunked)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            if not self.keep:
                connection.close()
        self._connection = connection if self.keep else None
        self._take_cookie(answer)
        return answer

    def _take_cookie(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie" and value.startswith(f"{COOKIE}="):
                self.cookie = value.removeprefix(f"{COOKIE}=").partition(";")[0] or None


def form_body(fields: dict[str, str], files: Iterable[File] = ()) -> tuple[str, bytes]:
    """Write a multipart body: the fields, then the files; give its boundary, too."""
    boundary = secrets.token_hex(16)
    parts = [part(boundary, f'name="{name}"', text.encode()) for name, text in fields.items()]
    parts += [part(boundary, f'name="files"; filename="{n}"', content) for n, content in files]
    return boundary, b"".join([*parts, f"--{boundary}--\r\n".encode()])


def part(boundary: str, names: str, content: bytes) -> bytes:
    """Write one part of a multipart body."""
    head = f"--{boundary}\r\nContent-Disposition: form-data; {names}\r\n\r\n"
    return head.encode() + content + b"\r\n"
