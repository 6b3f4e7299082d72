"""Who is on a journey, and what each of them does with a browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from playwright.sync_api import Page

from tests.journeys.browsers import follow, settled
from tests.support.instances import Instance


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as somebody sends it."""

    name: str
    content: bytes

    @property
    def upload(self) -> dict[str, object]:
        """Give it as the browser takes it: from memory, so that no test leaves it on a disk."""
        return {"name": self.name, "mimeType": "application/octet-stream", "buffer": self.content}


@dataclass(frozen=True, slots=True)
class Token:
    """A case token as it was shown: in digits, and in words of one or two languages."""

    digits: str
    words: Sequence[str]

    def telling(self) -> list[str]:
        """Give its parts that nothing else would say: groups of digits, and words in pairs."""
        pairs = [pair for words in self.words for pair in pairwise(words.split())]
        return [*self.digits.split(), *(" ".join(pair) for pair in pairs)]


class Informant:
    """Somebody who reports, on one device, in one language."""

    def __init__(self, page: Page, origin: str, language: str) -> None:
        self.page = page
        self.origin = origin
        self.language = language

    def arrive(self) -> None:
        """Come to the first page, and choose the language by its link."""
        self.page.goto(self.origin + "/")
        follow(self.page, f".languages a[hreflang={self.language}]")
        self._settled()

    def report(
        self,
        text: str,
        files: Sequence[SentFile] = (),
        answers: Mapping[str, str] | None = None,
        concerned: Sequence[str] = (),
    ) -> Token:
        """Tell what happened; gives the token that is shown then."""
        follow(self.page, "a.way.first")
        self._settled()
        self.page.fill("#text", text)
        for name, answer in (answers or {}).items():
            self._answer(name, answer)
        for position in concerned:
            self.page.check(f"input[name=concerned][value={position}]")
        self._attach(files)
        follow(self.page, "#send button")
        return self.token()

    def token(self) -> Token:
        """Read the token from the page that shows it once."""
        self._settled()
        digits = " ".join(self.page.locator(".digits span").all_inner_texts())
        return Token(digits, self.page.locator(".words").all_inner_texts())

    def confirm(self, spelling: str) -> None:
        """Type the token back from paper."""
        self.page.fill("#token", spelling)
        follow(self.page, "form.retype button")
        self._settled()

    def come_back(self, spelling: str) -> None:
        """Come with the token, in either spelling."""
        self.arrive()
        follow(self.page, "a.way:not(.first)")
        self._settled()
        self.page.fill("#token", spelling)
        follow(self.page, "main form button[type=submit]")
        self._settled()

    def look_again(self) -> None:
        """Open the mailbox anew, to see what came."""
        self.page.reload()
        self._settled()

    def write(self, text: str, files: Sequence[SentFile] = ()) -> None:
        """Send a further message."""
        self.page.fill("#text", text)
        self._attach(files)
        follow(self.page, "form[enctype] button[type=submit]")
        self._settled()

    def said(self) -> list[str]:
        """Give the texts of the thread, oldest first."""
        return self.page.locator(".thread > li > .said").all_inner_texts()

    def download(self, name: str) -> bytes:
        """Take a file of the thread."""
        return downloaded(self.page, name)

    def delete_letter(self, text: str) -> None:
        """Destroy a letter of one's own."""
        letter = self.page.locator(".thread > li.mine").filter(has_text=text)
        follow(self.page, letter.locator("button.danger"))
        self._settled()

    def burn(self) -> None:
        """Destroy the token."""
        follow(self.page, "a.danger-link")
        self._settled()
        follow(self.page, "button.danger")
        self._settled()

    def close(self) -> None:
        """Close the mailbox."""
        follow(self.page, ".end form button")
        self._settled()

    def is_inside(self) -> bool:
        """Whether a mailbox is open."""
        return self.page.url.endswith("/mailbox")

    def _answer(self, name: str, answer: str) -> None:
        field = self.page.locator(f"#{name}")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(answer)
        else:
            field.fill(answer)

    def _attach(self, files: Sequence[SentFile]) -> None:
        if files:
            self.page.set_input_files("#files", [file.upload for file in files])  # type: ignore[arg-type]

    def _settled(self) -> None:
        settled(self.page, self.language)


class Member:
    """Somebody of the office, on one device, in one language."""

    def __init__(self, page: Page, instance: Instance, username: str, language: str = "en") -> None:
        self.page = page
        self.instance = instance
        self.username = username
        self.language = language

    @property
    def origin(self) -> str:
        """Where the office is."""
        return self.instance.office

    def sign_in(self) -> None:
        """Sign in with password and second factor."""
        account = self.instance.accounts[self.username]
        self.enter(account["password"], account["totp_secret"])

    def enter(self, password: str, totp_secret: str) -> None:
        """Sign in with these."""
        self.try_password(password)
        self.page.fill("#code", self.instance.fresh_code(totp_secret))
        self.submit()

    def try_password(self, password: str) -> None:
        """Go to the first page, and from there through the first door."""
        self.page.goto(f"{self.origin}/{self.language}/")
        self._settled()
        self.page.fill("#username", self.username)
        self.page.fill("#password", password)
        self.submit()

    def submit(self) -> None:
        """Send the form of a page that has one."""
        follow(self.page, "main form button[type=submit]")
        self._settled()

    def sign_out(self) -> None:
        """Sign out."""
        follow(self.page, ".member button")
        self._settled()

    def collect(self) -> None:
        """Collect what came."""
        self.page.goto(f"{self.origin}/{self.language}/reports")
        follow(self.page, ".bar form.action button")
        self._settled()

    def listed(self) -> int:
        """Count the reports in the list."""
        self.page.goto(f"{self.origin}/{self.language}/reports")
        self._settled()
        return self.page.locator("table.reports tbody tr").count()

    def found(self, words: str) -> int:
        """Count the reports in which words occur."""
        self.page.goto(f"{self.origin}/{self.language}/reports")
        self.page.fill("#q", words)
        follow(self.page, ".search button")
        self._settled()
        return self.page.locator("table.reports tbody tr").count()

    def open(self, words: str) -> None:
        """Open the one report in which words occur."""
        assert self.found(words) == 1
        follow(self.page, "table.reports tbody a")
        self._settled()

    def said(self) -> list[str]:
        """Give the texts of the conversation, oldest first."""
        return self.page.locator(".thread:not(.pending) > li > .said").all_inner_texts()

    def files(self) -> list[str]:
        """Name the files of the page."""
        return self.page.locator(".files a").all_inner_texts()

    def download(self, name: str) -> bytes:
        """Take a file of the conversation."""
        return downloaded(self.page, name)

    def reply(self, text: str, files: Sequence[SentFile] = (), purpose: str = "") -> None:
        """Write to the informant."""
        self.page.fill("#text", text)
        self.page.select_option("#purpose", purpose)
        if files:
            self.page.set_input_files("#files", [file.upload for file in files])  # type: ignore[arg-type]
        follow(self.page, "form[enctype] button[type=submit]:not([name])")
        self._settled()

    def go(self, path: str) -> int:
        """Go to a page by its address; gives the status."""
        response = self.page.goto(f"{self.origin}/{self.language}{path}")
        assert response is not None
        if response.ok:
            self._settled()
        return response.status

    @property
    def path(self) -> str:
        """The address of the open page, which is the same in every language."""
        return self.page.url.removeprefix(f"{self.origin}/{self.language}")

    def offers(self, action: str) -> bool:
        """Whether the page has a form whose address ends so."""
        return self.page.locator(f"main form[action$='{action}']").count() > 0

    def press(self, action: str, **answers: str) -> None:
        """Fill in and send the form whose address ends so."""
        form = self.page.locator(f"main form[action$='{action}']")
        for name, answer in answers.items():
            field = form.locator(f"[name$='-{name}']")
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(answer)
            else:
                field.fill(answer)
        follow(self.page, form.locator("button[type=submit]"))
        self._settled()
        if self.page.locator("#step_up").count():
            self.page.fill("#step_up", self.instance.accounts[self.username]["password"])
            self.submit()

    def can_approve(self) -> bool:
        """Whether the page offers to let a waiting reply go."""
        return self.page.locator(".pending form[action$=approval]").count() > 0

    def approve(self) -> None:
        """Let the waiting reply go."""
        follow(self.page, ".pending form[action$=approval] button")
        self._settled()

    def _settled(self) -> None:
        settled(self.page, self.language)


def downloaded(page: Page, name: str) -> bytes:
    """Take a file by its link; it is a download, whatever it is."""
    with page.expect_download() as download:
        page.locator(".files a").filter(has_text=name).click()
    assert download.value.suggested_filename == name
    content = Path(download.value.path()).read_bytes()
    download.value.delete()
    return content
