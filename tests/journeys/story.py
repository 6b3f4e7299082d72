"""The story of a marked informant, told once: what was heard at each of its moments is kept for the tests to judge."""

import os
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser

from crypto.passwords import OWASP_MINIMUM, unwrap_identity
from crypto.tokens import MailboxKey, derive_mailbox_key, parse_token
from portal.mailbox.service import locator_hash
from portal.roster import open_grant
from tests.journeys.browsers import Visits
from tests.journeys.marked import ADDRESS, MarkedInformant, Marks
from tests.journeys.people import Member, Token
from tests.journeys.witness import (
    Heard,
    connected,
    heard_everywhere,
    heard_in_pages,
    running,
    urls,
)
from tests.support.canary import Canary
from tests.support.instances import Instance

PIECE = 24


@dataclass
class Story:
    """What became of it."""

    instance: Instance
    heard: dict[str, Heard] = field(default_factory=dict)
    thread_after_the_kill: list[str] = field(default_factory=list)
    files_after_the_kill: list[bytes] = field(default_factory=list)
    core_limits: set[str] = field(default_factory=set)
    after_the_abort: set[str] = field(default_factory=set)
    deleted: list[Heard] = field(default_factory=list)
    burned: list[Heard] = field(default_factory=list)
    opens_after_burning: bool = True


class Teller:
    """Tells the story on one instance."""

    def __init__(self, instance: Instance, browser: Browser) -> None:
        self.instance = instance
        self.marks = Marks()
        self.visits = Visits(browser)
        self.story = Story(instance)
        self.sent = [
            self.marks.file("photo", 700_000),
            self.marks.file("note", 5_000),
            self.marks.file("later", 600_000),
        ]
        self.answer = self.marks.file("paper", 650_000)
        self.cookies: list[str] = []
        self.kept: list[MarkedInformant] = []

    def tell(self) -> Story:
        """Tell it from beginning to end."""
        token = self._report()
        self._stray()
        self._correspond(token)
        canary = self._canary(token)
        self._listen("while it runs", canary)
        self._abort()
        self._listen("after a crash", canary)
        upload = self._upload_half()
        self._listen("in the middle of an upload", canary)
        self.instance.kill()
        upload.close()
        self._listen("after the power went", canary)
        self.instance.start()
        self._return(token)
        self._delete_and_burn(token)
        self.visits.end()
        for informant in self.kept:
            informant.close()
        assert self.instance.stop() == 0
        self._listen("after the end", canary)
        return self.story

    def _informant(self) -> MarkedInformant:
        informant = MarkedInformant(self.instance.portal, self.marks)
        self.kept.append(informant)
        return informant

    def _report(self) -> Token:
        """Report; the first try lacks the text, so its file waits for the second as a draft does."""
        person = self._informant()
        person.get("/ru/report")
        answers = {name: self.marks.text(name) for name in ("place", "period", "people", "source")}
        person.send("/ru/report", answers, self.sent[:1])
        fields = {**answers, "text": self.marks.text("report"), "language": "ru"}
        person.send("/ru/report", fields, self.sent[1:2])
        token = person.token()
        wrong = self._another(token)
        person.send("/ru/receipt", {"token": wrong})
        self.cookies.append(person.cookie)
        person.send("/ru/receipt", {"token": token.digits})
        assert person.said()[0] == self.marks.text("report")
        self.cookies.append(person.cookie)
        return token

    @staticmethod
    def _another(token: Token) -> str:
        """Give a token that is well formed, and nobody's."""
        number = parse_token(token.digits)
        return type(number)(10**24 - 1 - number.number).digits()

    def _stray(self) -> None:
        """Do all that ends in an error page, a refusal, or a line in the log."""
        person, mark = self._informant(), self.marks.latin
        person.get("/ru/")
        for path in (f"/{mark}", f"/ru/report?{mark}", f"/ru/mailbox/files/{mark}"):
            person.get(path)
        person.cookie = f"__Host-ishonch={mark}"
        person.get("/ru/mailbox")
        blobs = self.instance.folder / "blobs"
        blobs.rename(blobs.with_name("away"))
        person.get("/ru/report")
        refused = person.send("/ru/report", {"text": self.marks.text("refused")}, self.sent[1:2])
        assert refused.status_code == 503
        blobs.with_name("away").rename(blobs)
        for garbage in (f"{mark}\r\n\r\n", f"GET /{mark} HTTP/1.1\r\n{mark}: {mark * 900}\r\n\r\n"):
            with socket.create_connection(
                ("127.0.0.1", self.instance.portal_port), source_address=(ADDRESS, 0)
            ) as connection:
                connection.sendall(garbage.encode())
                connection.recv(4096)

    def _correspond(self, token: Token) -> None:
        """The office reads and answers, the informant comes back in words, a second member lets a file go."""
        head = Member(self.visits.begin(), self.instance, "head")
        head.sign_in()
        head.open(self.marks.latin)
        head.reply(self.marks.text("question"), purpose="question")
        later = self._informant()
        assert not later.come_back(self._another(token))
        assert later.come_back(token.words[0])
        later.send(
            "/ru/mailbox/messages", {"text": self.marks.text("answer")}, self.sent[2:], MESSAGE
        )
        self.cookies.append(later.cookie)
        head.collect()
        head.open(self.marks.latin)
        head.reply(self.marks.text("paper"), [self.answer])
        investigator = Member(self.visits.begin(), self.instance, "investigator")
        investigator.sign_in()
        investigator.open(self.marks.latin)
        investigator.approve()
        assert later.come_back(token.digits)
        assert later.download(self.answer.name) == self.answer.content
        self.cookies.append(later.cookie)

    def _canary(self, token: Token) -> Canary:
        """Know everything that must not be heard: what was said and shown, and every key that would open it."""
        key = self._key(token)
        account = self.instance.accounts["head"]
        mailbox, casework = urls(self.instance)
        with connected(casework) as connection:
            wrapped = sa.text("SELECT password_wrap FROM members WHERE username = 'head'")
            staff = unwrap_identity(bytes(connection.scalar(wrapped)), account["password"])
        with connected(mailbox) as connection:
            grants = [
                bytes(row[0]) for row in connection.execute(sa.text("SELECT sealed FROM grants"))
            ]
        dossier = open_grant(grants, staff)
        assert dossier is not None
        return Canary(
            {
                "what was said": self.marks.latin,
                "what was said in Cyrillic": self.marks.cyrillic,
                "the address": ADDRESS,
                "the token": token.digits,
                "the token in one piece": token.digits.replace(" ", ""),
                "the token without its check": token.digits.replace(" ", "")[:-1],
                **{f"the token in words {i}": words for i, words in enumerate(token.words)},
                "the token in bytes": parse_token(token.digits).number.to_bytes(10, "big"),
                "the locator": key.locator,
                **{f"a cookie {i}": c.partition("=")[2] for i, c in enumerate(self.cookies)},
                **{
                    f"the {name} key": identity.seed
                    for name, identity in (
                        ("mailbox", key.identity),
                        ("dossier", dossier),
                        ("staff", staff),
                    )
                },
                "any key in writing": "AGE-SECRET-KEY-PQ-1",
                "a password": account["password"],
            }
        )

    def _listen(self, moment: str, canary: Canary) -> None:
        heard = heard_everywhere(self.instance, canary)
        if moment == "after the end":
            heard |= heard_in_pages(self.instance, canary)
        self.story.heard[moment] = heard

    def _abort(self) -> None:
        """Let the portal's worker crash as a fault in a library would: with a core file, if it were let."""
        for process in running(self.instance)[1:]:
            limits = Path(f"/proc/{process}/limits").read_text().splitlines()
            self.story.core_limits |= {line for line in limits if line.startswith("Max core")}
        before = set(self.instance.folder.rglob("*"))
        listener, worker = self.instance.side("portal")
        os.kill(worker, signal.SIGABRT)
        while self.instance.side("portal") in ([listener], [listener, worker]):
            time.sleep(0.05)
        self.story.after_the_abort = {
            str(path) for path in set(self.instance.folder.rglob("*")) - before
        }

    def _upload_half(self) -> socket.socket:
        """Send half of a large file, and wait until the portal has taken it in."""
        person, file = self._informant(), self.marks.file("half", 3_000_000)
        staging = self.instance.folder / "blobs" / "staging"
        before = set(staging.iterdir())
        connection = person.begin_upload(file)
        while sum(path.stat().st_size for path in set(staging.iterdir()) - before) < 2_500_000:
            time.sleep(0.05)
        return connection

    def _return(self, token: Token) -> None:
        person = self._informant()
        assert person.come_back(token.digits)
        self.story.thread_after_the_kill = person.said()
        self.story.files_after_the_kill = [
            person.download(file.name) for file in (*self.sent, self.answer)
        ]

    def _delete_and_burn(self, token: Token) -> None:
        """Delete a letter the office never had, and burn the token; look for pieces of the sealed bytes before and after."""
        person = self._informant()
        assert person.come_back(token.digits)
        with self.instance.paused("casework"):
            person.send("/ru/mailbox/messages", {"text": "regretted"}, self.sent[1:2], MESSAGE)
            letter, pieces = self._sealed_last()
            self.story.deleted.append(heard_everywhere(self.instance, pieces))
            person.send(f"/ru/mailbox/letters/{letter}/deletion", {})
            self.story.deleted.append(heard_everywhere(self.instance, pieces))
        locator = Canary({"the locator's hash": locator_hash(self._key(token).locator)})
        self.story.burned.append(heard_everywhere(self.instance, locator))
        person.get("/ru/mailbox/burning")
        person.send("/ru/mailbox/burning", {})
        self.story.burned.append(heard_everywhere(self.instance, locator))
        self.story.opens_after_burning = self._informant().come_back(token.digits)

    def _key(self, token: Token) -> MailboxKey:
        salt = bytes.fromhex((self.instance.folder / "secrets" / "kdf-salt").read_text())
        return derive_mailbox_key(parse_token(token.digits), salt, OWASP_MINIMUM)

    def _sealed_last(self) -> tuple[str, Canary]:
        """Give the id of the letter that came last, and pieces of its sealed bytes and of its file's."""
        mailbox, _ = urls(self.instance)
        last = sa.text("SELECT id, sealed FROM envelopes WHERE NOT collected")
        blob = sa.text("SELECT id FROM blobs WHERE envelope_id = :letter")
        with connected(mailbox) as connection:
            ((letter, sealed),) = connection.execute(last).all()
            name = connection.scalar(blob, {"letter": letter})
        (path,) = (self.instance.folder / "blobs").rglob(name)
        texts = {"letter": bytes(sealed), "file": path.read_bytes()}
        pieces = {
            f"the {what} at {at}": text[at : at + PIECE]
            for what, text in texts.items()
            # Behind the readable beginning of an age file, and then all through.
            for at in range(200, len(text) - PIECE, len(text) // 12)
        }
        return letter, Canary({**pieces, "the file's name": name})


MESSAGE = "//form[contains(@action, '/mailbox/messages')]"
