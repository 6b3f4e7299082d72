"""A visitor without a script: opens the pages of a served instance, fills in their forms and sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
from lxml import html

TIMEOUT_SECONDS = 60
Attachment = tuple[str, bytes]


@dataclass(frozen=True)
class Shot:
    """What the application answered: where it stands, status, headers, its bytes, and how many of them travelled."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    sent: int = 0

    @cached_property
    def document(self) -> html.HtmlElement:
        """The page, parsed."""
        parser = html.HTMLParser(encoding="utf-8")
        return html.document_fromstring(self.body, parser=parser)

    def text(self, path: str) -> str:
        """Give the text at an XPath."""
        return " ".join(str(self.document.xpath(f"string({path})")).split())


class Visitor:
    """One browser with its own cookies, on one side of an instance."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._client = httpx.Client(
            base_url=origin,
            event_hooks={
                "request": [_without_kind],
                "response": [self._trust_this_machine],
            },
            follow_redirects=True,
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )
        self.shot = Shot(origin, 0, {}, b"<html></html>")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def cookie(self) -> str:
        """The one cookie an application gives."""
        (value,) = (cookie.value for cookie in self._client.cookies.jar)
        return value or ""

    def open(self, path: str) -> Shot:
        """Open a page."""
        return self._arrive(self._client.get(path))

    def send(
        self,
        action: str = "",
        files: Sequence[Attachment] = (),
        headers: Mapping[str, str] | None = None,
        **typed: str | Sequence[str],
    ) -> Shot:
        """Send the open page's first form, or the first one whose address ends so, filled in."""
        forms = self.shot.document.xpath("//main//form[@method='post']")
        form = next(form for form in forms if (form.get("action") or "").endswith(action))
        fields = _filled(form, typed)
        multipart = form.get("enctype") == "multipart/form-data"
        parts: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields]
        parts += [("files", file) for file in files]
        answer = self._client.post(
            form.get("action") or self.shot.url,
            headers=dict(headers or {}),
            **({"files": parts} if multipart else {"data": _grouped(fields)}),
        )
        return self._arrive(answer)

    def _trust_this_machine(self, _answer: httpx.Response) -> None:
        """Count what is on this very machine as secure, as browsers do: cookies that go only there come back."""
        for cookie in self._client.cookies.jar:
            cookie.secure = False

    def _arrive(self, answer: httpx.Response) -> Shot:
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name not in {"content-encoding", "content-length", "transfer-encoding", "connection"}
        }
        sent = answer.num_bytes_downloaded
        self.shot = Shot(str(answer.url), answer.status_code, headers, answer.content, sent)
        return self.shot


def _without_kind(request: httpx.Request) -> None:
    """Send no kind of a body there is none of: httpx keeps that of a form when it is led on from it."""
    if request.method == "GET":
        request.headers.pop("content-type", None)


def _filled(
    form: html.FormElement, typed: Mapping[str, str | Sequence[str]]
) -> list[tuple[str, str]]:
    """Give the form's fields in its own order, what was typed in place of what stood there."""
    standing = [(name, value) for name, value in form.form_values() if name not in typed]
    written = [
        (name, value)
        for name, values in typed.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    return standing + written


def _grouped(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped
