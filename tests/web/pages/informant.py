"""An informant at a browser: writes, reads their code, comes back. Everything goes through the pages."""

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any

from werkzeug.test import TestResponse

from tests.web.client import Browser

BOUNDARY = "----WebKitFormBoundaryabcdefghijklmnop"
Files = Iterable[tuple[str, bytes]]


class Informant(Browser):
    """Sends forms as a browser does: hidden fields first, files last, in one multipart body."""

    def open_report(self, language: str = "en") -> None:
        """Open the report form."""
        assert self.get(f"/{language}/report").status_code == 200

    def send(
        self, action: str, fields: Mapping[str, Any] | None = None, files: Files = (), **more: Any
    ) -> TestResponse:
        """Fill in and send the open page's form for `action`."""
        given = {**self.fields_of(action), **(fields or {})}
        body = multipart(given, files)
        return self._open(
            "POST",
            action,
            data=body,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
            **more,
        )

    def report(self, text: str = "What I saw", files: Files = (), **fields: Any) -> TestResponse:
        """Send the open report form."""
        return self.send(self.path, {"text": text, **fields}, files)

    def code(self, language: str = "en") -> str:
        """Open the receipt and read the code, as 25 digits in groups."""
        assert self.get(f"/{language}/receipt").status_code == 200
        return self.text_of("//*[@class='digits']")

    def file(self, text: str = "What I saw", files: Files = (), **fields: Any) -> str:
        """Report, keep the code, type it back; give the code."""
        self.open_report()
        assert self.report(text, files, **fields).status_code == 303
        code = self.code()
        assert self.post("/en/receipt", {"token": code}).status_code == 303
        assert self.get("/en/mailbox").status_code == 200
        return code

    def write(self, text: str = "", files: Files = (), **fields: Any) -> TestResponse:
        """Send a further message from the open mailbox page."""
        return self.send("/en/mailbox/messages", {"text": text, **fields}, files)

    def enter(self, code: str, language: str = "en") -> TestResponse:
        """Come back with a code."""
        self.get(f"/{language}/return")
        return self.post(f"/{language}/return", {"token": code})

    def fields_of(self, action: str) -> dict[str, str]:
        """Give the hidden fields of the open page's form that goes to `action`, or to the page itself."""
        own = "not(@action)" if self.path == action else "false()"
        (form, *_) = self.find(f"//form[@method='post'][@action='{action}' or {own}]")
        return {f.get("name"): f.get("value", "") for f in form.xpath(".//input[@type='hidden']")}

    def find(self, xpath: str) -> list[Any]:
        """Give what an expression finds in the open page."""
        assert self.page is not None
        return list(self.page.xpath(xpath))

    def text_of(self, xpath: str) -> str:
        """Give the text of the first such element of the open page, blanks made one."""
        assert self.page is not None
        return " ".join(str(self.page.xpath(f"string({xpath})")).split())

    def value_of(self, name: str) -> str:
        """Give what stands in a text control of the open page."""
        (control,) = self.find(f"//textarea[@name='{name}'] | //input[@name='{name}']")
        if control.tag == "textarea":
            return str(control.text or "").removeprefix("\n")
        return str(control.get("value", ""))

    def chosen(self, name: str) -> list[str]:
        """Give what is chosen in a list or in a group of tick boxes of the open page."""
        options = f"//select[@name='{name}']/option[@selected]/@value"
        found = self.find(f"{options} | //input[@name='{name}'][@checked]/@value")
        return [str(value) for value in found]

    def kept(self) -> list[str]:
        """Give the names of the files the open page says are already here."""
        return [str(name.text_content()) for name in self.find("//*[@class='kept']//bdi")]

    def kept_id(self, place: int = 0) -> str:
        """Give the value of a kept file's tick box."""
        return str(self.find("//input[@name='remove_kept']/@value")[place])

    def problem(self) -> str:
        """Give what the page says is wrong."""
        return self.text_of("//*[@role='alert']")

    def said(self) -> list[str]:
        """Give what the letters of the open thread say, oldest first."""
        found = self.find("//*[@class='thread']/li/*[@class='said']")
        return [str(element.text_content()) for element in found]

    def links(self) -> list[str]:
        """Give the addresses of the open thread's files, in order."""
        return [str(link) for link in self.find("//*[@class='files']//a/@href")]

    def steal_cookie(self, other: Browser) -> None:
        """Use another browser's cookie."""
        self.client.set_cookie(
            "__Host-ishonch", other.cookie() or "", domain="portal.example", secure=True
        )

    @property
    def path(self) -> str:
        """The path of the page that is open."""
        return self._address.removeprefix(self.origin)


def multipart(fields: Mapping[str, Any], files: Files) -> bytes:
    """Write a form's body as browsers write it; a list of values is a field several times."""
    body = io.BytesIO()
    for name, value in fields.items():
        for one in value if isinstance(value, list | tuple) else [value]:
            body.write(_part(f'name="{name}"') + str(one).encode() + b"\r\n")
    for name, content in files:
        body.write(_part(f'name="files"; filename="{name}"', "application/octet-stream"))
        body.write(content + b"\r\n")
    return body.getvalue() + f"--{BOUNDARY}--\r\n".encode()


def plain(code: str) -> str:
    """Give a code without its blanks."""
    return re.sub(r"\D", "", code)


def _part(disposition: str, kind: str = "") -> bytes:
    lines = [f"--{BOUNDARY}", f"Content-Disposition: form-data; {disposition}"]
    return "\r\n".join([*lines, *([f"Content-Type: {kind}"] if kind else []), "", ""]).encode()
