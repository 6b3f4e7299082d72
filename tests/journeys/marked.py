"""An informant every trait of whom is marked: their words and files, their address, and all a browser says of its owner."""

import secrets
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import httpx
from lxml import html

from tests.journeys.people import SentFile, Token

ADDRESS = "127.0.0.77"
_FORM = "//main//form"
_CYRILLIC = "бвгджзклмнпрстфхцчшщ"


def unverified() -> ssl.SSLContext:
    """Speak TLS with whoever is there: tests make their certificates themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Marks:
    """Words nobody else says: one of Latin letters, and one of Cyrillic ones."""

    def __init__(self) -> None:
        self.latin = "zq" + secrets.token_hex(8)
        self.cyrillic = "".join(secrets.choice(_CYRILLIC) for _ in range(10))

    def text(self, kind: str) -> str:
        """Give a marked sentence."""
        return f"{kind}: {self.latin} saw {self.cyrillic}"

    def file(self, kind: str, size: int) -> SentFile:
        """Give a marked file, marked all through, under a marked name."""
        line = f"{kind} {self.latin} {self.cyrillic}\n".encode()
        return SentFile(
            f"{kind}-{self.latin}-{self.cyrillic}.txt", (line * (size // len(line) + 1))[:size]
        )


class MarkedInformant:
    """Speaks HTTP as a browser does; each one is another device."""

    def __init__(self, origin: str, marks: Marks, language: str = "ru") -> None:
        self.origin = origin
        self.language = language
        self.cookie = ""
        self.page: Any = None
        self.headers = {
            "User-Agent": f"Mozilla/5.0 ({marks.latin})",
            "Accept-Language": f"uz,{marks.latin};q=0.9",
            "X-Forwarded-For": f"203.0.113.7, {marks.latin}",
            "X-Real-IP": marks.latin,
            "Forwarded": f"for={marks.latin}",
            "Via": f"1.1 {marks.latin}",
            "Referer": f"{origin}/ru/?{marks.latin}",
        }
        transport = httpx.HTTPTransport(local_address=ADDRESS, verify=unverified())
        self._client = httpx.Client(transport=transport, base_url=origin, timeout=60)

    def close(self) -> None:
        """Go away."""
        self._client.close()

    def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return self._take(self._client.get(path, headers=self._sent()))

    def send(
        self, path: str, fields: dict[str, Any], files: Sequence[SentFile] = (), form: str = _FORM
    ) -> httpx.Response:
        """Send a form of the open page, with its hidden fields, and go where it leads."""
        data = {**self.hidden(form), **fields}
        parts = [("files", (file.name, file.content)) for file in files]
        # A form that can take files is sent in parts even if it has none.
        parts = parts or ([("files", ("", b""))] if "submission" in data else [])
        return self._take(
            self._client.post(path, data=data, files=parts or None, headers=self._sent())
        )

    def hidden(self, form: str = _FORM) -> dict[str, str]:
        """Give the hidden fields of the first form of the open page that fits."""
        fields = self.page.xpath(f"({form})[1]//input[@type='hidden']")
        return {field.get("name"): field.get("value") for field in fields}

    def report(self, fields: dict[str, Any], files: Sequence[SentFile]) -> Token:
        """Report, and read the token."""
        self.get(f"/{self.language}/report")
        self.send(f"/{self.language}/report", fields, files)
        return self.token()

    def token(self) -> Token:
        """Read the token from the open page."""
        digits = " ".join(self.page.xpath("//*[@class='digits']/span/text()"))
        return Token(digits, self.page.xpath("//*[@class='words']/text()"))

    def come_back(self, spelling: str) -> bool:
        """Come with the token; says whether that opened anything."""
        self.get(f"/{self.language}/return")
        return self.send(f"/{self.language}/return", {"token": spelling}).url.path.endswith(
            "/mailbox"
        )

    def said(self) -> list[str]:
        """Give the texts of the open thread."""
        return [
            s.text_content() for s in self.page.xpath("//ol[@class='thread']/li/*[@class='said']")
        ]

    def download(self, name: str) -> bytes:
        """Take a file of the open thread."""
        (link,) = self.page.xpath("//ul[@class='files']//a[.=$name]/@href", name=name)
        return self._client.get(link, headers=self._sent()).read()

    def begin_upload(self, file: SentFile) -> socket.socket:
        """Begin to send a report with a file, and stop half-way; the connection stays open."""
        self.get(f"/{self.language}/report")
        fields = {**self.hidden(), "text": file.name}
        body = b"".join(
            f'--bound\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        )
        head = f'--bound\r\nContent-Disposition: form-data; name="files"; filename="{file.name}"\r\n\r\n'
        half = body + head.encode() + file.content
        host, port = self._client.base_url.host, self._client.base_url.port
        assert port is not None
        connection = socket.create_connection((host, port), source_address=(ADDRESS, 0))
        if self._client.base_url.scheme == "https":
            connection = unverified().wrap_socket(connection)
        lines = [
            f"POST /{self.language}/report HTTP/1.1",
            f"Host: {host}:{port}",
            "Content-Type: multipart/form-data; boundary=bound",
            f"Content-Length: {2 * len(half)}",
            *(f"{name}: {value}" for name, value in self._sent().items()),
        ]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + half)
        return connection

    def _take(self, response: httpx.Response) -> httpx.Response:
        """Keep what a browser keeps: the cookie and the page; go where it is sent."""
        for cookie in response.headers.get_list("set-cookie"):
            self.cookie = cookie.partition(";")[0]
        if response.is_redirect:
            return self.get(response.headers["location"])
        if response.headers["content-type"].startswith("text/html"):
            self.page = html.fromstring(response.text)
        return response

    def _sent(self) -> dict[str, str]:
        return {**self.headers, **({"Cookie": self.cookie} if self.cookie else {})}
