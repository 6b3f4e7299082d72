"""A member of the office at a browser. Everything goes through the pages."""

from typing import Any

from werkzeug.test import TestResponse

from tests.support.offices import ORIGIN, PASSWORD, Office
from tests.web.pages.informant import BOUNDARY, Files, Informant, multipart

COOKIE = "__Host-ishonch-office"


class Colleague(Informant):
    """Signs in with both factors, reads and replies."""

    def __init__(self, office: Office, username: str = "", *, signed_in: bool = True) -> None:
        super().__init__(office.app, ORIGIN)
        self.office = office
        self.username = username
        if username and signed_in:
            self.sign_in()

    def sign_in(self) -> None:
        """Go through both steps."""
        assert self.give_password().status_code == 303
        assert self.give_code(self.office.code(self.username)).status_code == 303

    def give_password(self, password: str = PASSWORD, username: str = "") -> TestResponse:
        """Open the first page and send it."""
        self.get("/en/sign-in")
        given = {"username": username or self.username, "password": password}
        return self.post("/en/sign-in", given)

    def give_code(self, code: str) -> TestResponse:
        """Open the second page and send it."""
        self.get("/en/sign-in/code")
        return self.post("/en/sign-in/code", {"code": code})

    def open(self, report_id: str) -> TestResponse:
        """Open a report."""
        return self.get(f"/en/reports/{report_id}")

    def reply(
        self, report_id: str, text: str = "", files: Files = (), **fields: Any
    ) -> TestResponse:
        """Fill in and send the reply form of the open report."""
        return self.send(f"/en/reports/{report_id}/replies", {"text": text, **fields}, files)

    def press(self, path: str) -> TestResponse:
        """Press the one-button form for `path` on the open page."""
        return self.post_to(path, self.fields_of(path))

    def post_to(self, path: str, fields: dict[str, str]) -> TestResponse:
        """Send a form somewhere, whatever page is open."""
        return self._open("POST", path, data=fields)

    def send_to(self, path: str, fields: dict[str, str], files: Files) -> TestResponse:
        """Send a form with files somewhere, whatever page is open."""
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return self._open("POST", path, data=multipart(fields, files), content_type=kind)

    def sid(self) -> str | None:
        """Give the session's cookie."""
        return self.cookie(COOKIE)

    def use(self, sid: str) -> None:
        """Show a cookie, wherever it is from."""
        self.client.set_cookie(COOKIE, sid, domain="office.example", secure=True)
