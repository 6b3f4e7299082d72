"""A served instance and the people on both its sides, each brought to a page worth looking at by doing what people do."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyotp

from casework.web.listing import PAGE
from casework.web.step_up import PROVED
from portal import sessions
from portal.clock import now
from tests.browser.look.samples import (
    ANSWER,
    HOSTILE,
    HOSTILE_FILES,
    LONG_WORD,
    PLAIN_FILES,
    SAID,
    organisation,
)
from tests.browser.look.visitor import Attachment, Visitor
from tests.support.instances import Instance
from tests.unit.evidence.makers import picture

CROWD = PAGE + 5
CONFLICT = "связано-7"
TRIAGED, LINKED, SECOND, PROPOSED = "оценка-7", "дело-7", "второе-7", "закрыть-7"
ENDING = "уничтожить-7"
QUESTION, CLOSED, DAMAGED, PENDING = "вопрос-7", "закрыто-7", "повреждено-7", "ожидает-7"


class Stage:
    """The instance, and whoever came to it. What is a property is done once, when a page first asks for it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self._visitors: list[Visitor] = []

    def close(self) -> None:
        """Let everybody go."""
        for visitor in self._visitors:
            visitor.close()

    def informant(self) -> Visitor:
        """Somebody who has not been here before."""
        return self._visitor(self.instance.portal)

    def member(self) -> Visitor:
        """Somebody at a desk, not signed in."""
        return self._visitor(self.instance.office)

    def _visitor(self, origin: str) -> Visitor:
        visitor = Visitor(origin)
        self._visitors.append(visitor)
        return visitor

    # ------------------------------------------------------------------------------ informants

    def report(
        self,
        text: str,
        files: Sequence[Attachment] = (),
        language: str = "ru",
        **answers: Any,
    ) -> Visitor:
        """Report something; the visitor then sees the code."""
        visitor = self.informant()
        visitor.open(f"/{language}/report")
        visitor.send(files=files, text=text, language=language, **answers)
        return visitor

    def opened(self, visitor: Visitor) -> Visitor:
        """Type the code back; the visitor then sees the mailbox."""
        digits = visitor.shot.text("//*[@class='digits']")
        visitor.send("/receipt", token=digits)
        return visitor

    @cached_property
    def receipt(self) -> Visitor:
        """Somebody who sees the code."""
        return self.report(HOSTILE, HOSTILE_FILES)

    @cached_property
    def fresh(self) -> Visitor:
        """Somebody whose report nobody has read yet."""
        return self.opened(self.report(SAID["ru"], PLAIN_FILES))

    @cached_property
    def asked(self) -> Visitor:
        """Somebody in the middle of a conversation: files both ways, hostile text, something deleted after it was collected."""
        informant = self.opened(
            self.report(
                f"{SAID['ru']}\n\n{LONG_WORD} {QUESTION}",
                PLAIN_FILES + HOSTILE_FILES,
                category=organisation().categories[0].id,
                unit=organisation().units[2].id,
                place=HOSTILE,
                people=LONG_WORD,
                concerned=["triage-officer", "risk-officer"],
            )
        )
        self.taken_up(QUESTION)
        self.reply(QUESTION, ANSWER["ru"])
        self.message(informant, HOSTILE, PLAIN_FILES)
        self.message(informant, SAID["uz"])
        self.collect(self.head)
        informant.open("/ru/mailbox")
        form = informant.shot.document.xpath("(//form[contains(@action, '/deletion')])[3]")[0]
        informant.send(form.get("action"))
        report = self.reply(QUESTION, ANSWER["ru"], HOSTILE_FILES[:2], purpose="question")
        self.collect(self.investigator)
        self.investigator.open(report)
        self.investigator.send("/approval")
        return informant

    @cached_property
    def closed(self) -> Visitor:
        """Somebody whose report is finished."""
        informant = self.opened(self.report(f"{SAID['uz']} {CLOSED}", language="uz"))
        self.taken_up(CLOSED)
        typed: dict[str, Any] = {"aside-reason": "no_facts", "aside-words": SAID["uz"]}
        self.head.send("/setting-aside", **typed)
        self.reply(CLOSED, ANSWER["uz"])
        return informant

    @cached_property
    def damaged(self) -> Visitor:
        """Somebody one of whose letters no longer opens: bytes of it went bad on the disk."""
        informant = self.opened(self.report(f"{SAID['ru']} {DAMAGED}"))
        self.taken_up(DAMAGED)
        self.reply(DAMAGED, ANSWER["ru"])
        self.message(informant, SAID["en"])
        with closing(sqlite3.connect(self.instance.folder / "mailbox.db")) as db, db:
            row, sealed = db.execute("SELECT max(rowid), sealed FROM envelopes").fetchone()
            changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
            db.execute("UPDATE envelopes SET sealed = ? WHERE rowid = ?", (changed, row))
        self.collect(self.head)
        return informant

    @cached_property
    def emptied(self) -> Visitor:
        """Somebody who deleted all they had sent."""
        informant = self.opened(self.report(SAID["en"]))
        informant.send("/deletion")
        return informant

    def message(self, informant: Visitor, text: str, files: Sequence[Attachment] = ()) -> None:
        """Write a further message into an open mailbox."""
        informant.open("/ru/mailbox")
        informant.send("/messages", files, text=text)

    # ---------------------------------------------------------------------------------- office

    @cached_property
    def head(self) -> Visitor:
        """The head of the service, signed in."""
        return self._signed_in("head")

    @cached_property
    def investigator(self) -> Visitor:
        """An investigator, signed in."""
        return self._signed_in("investigator")

    @cached_property
    def oversight(self) -> Visitor:
        """The oversight desk, signed in, with nothing to read."""
        return self._signed_in("oversight")

    @cached_property
    def administrator(self) -> Visitor:
        """The administrator, signed in."""
        return self._signed_in("administrator")

    def prove(self, visitor: Visitor, moment: datetime) -> Visitor:
        """Let a session say that its member proved at some moment who they are: no scene waits five minutes for that."""
        # With what the office itself does it with: the row opens with the visitor's cookie alone.
        cookie = sessions._decode(visitor.cookie) or b""
        mine = {"row": sessions._id_hash(cookie)}
        with closing(sqlite3.connect(self.instance.folder / "casework.db")) as db, db:
            (box,) = db.execute("SELECT box FROM sessions WHERE id_hash = :row", mine).fetchone()
            content = sessions._opened(cookie, box) or {}
            times = {name: datetime.fromisoformat(content.pop(name)) for name in ("begun", "seen")}
            content[PROVED] = moment.isoformat()
            mine["box"] = sessions._seal(cookie, content, **times)
            db.execute("UPDATE sessions SET box = :box WHERE id_hash = :row", mine)
        return visitor

    @cached_property
    def auditor(self) -> Visitor:
        """The auditor, signed in, after a day on which something was done and reasons were given."""
        _ = self.case, self.proposed
        return self._signed_in("auditor")

    @cached_property
    def second_auditor(self) -> None:
        """Another auditor, who does not hold the key yet."""
        visitor = self._enrolling("d.rahimova", role="auditor")
        secret = visitor.shot.text("//*[@class='secret']").replace(" ", "")
        visitor.send(code=pyotp.TOTP(secret).at(now()))

    def at_the_code(self, username: str) -> Visitor:
        """Give the right password; the visitor is then asked for the six digits."""
        visitor = self.member()
        visitor.open("/ru/sign-in")
        password = self.instance.accounts[username]["password"]
        visitor.send("/sign-in", username=username, password=password)
        return visitor

    def _signed_in(self, username: str) -> Visitor:
        visitor = self.at_the_code(username)
        visitor.send(code=self.instance.code(username))
        return visitor

    @cached_property
    def crowd(self) -> None:
        """More reports than one page of the list holds, of all kinds, units and languages; two have been answered."""
        categories, units = organisation().categories, organisation().units
        for number in range(CROWD):
            language = ("ru", "uz", "en")[number % 3]
            self.report(
                f"{SAID[language]} {number}",
                PLAIN_FILES if number % 4 == 0 else (),
                language,
                category=categories[number % len(categories)].id if number % 7 else "",
                unit=units[number * 5 % len(units)].id if number % 5 else "",
            )
        self.collect(self.head)

    @cached_property
    def pending(self) -> str:
        """Where a report stands to which the head wrote a reply with a file, which waits for a second person."""
        self.report(f"{SAID['ru']} {PENDING}", PLAIN_FILES)
        address = self.reply(PENDING, ANSWER["ru"], PLAIN_FILES)
        self.collect(self.investigator)
        return address

    @cached_property
    def case(self) -> str:
        """Where a case in the middle of its work stands, of two reports; a third report was set aside and taken up again."""
        self._triaged(TRIAGED, "/setting-aside", {"aside-words": SAID["ru"]})
        self._act("/reopening", {"reopen-words": f"{LONG_WORD} {HOSTILE}"})
        address = self._opened_case(LINKED, f"Концентрат: весы и накладные {LONG_WORD}")
        self._triaged(SECOND, "/acceptance")
        self._act("/link", {"link-case": address.rpartition("/")[2]})
        colleague = self.head.open(f"/ru{address}").document.xpath(
            "//select[@name='task-owner']/option/@value"
        )[-1]
        self._act("/review")
        allegation = {"allegation-statement": SAID["ru"], "allegation-norm": HOSTILE}
        more = {"allegation-period": "ноябрь", "allegation-since": "01.10.2025"}
        self._act("/allegations", allegation | more)
        self._act("/finding", {"finding1-finding": "inconclusive", "finding1-reasons": LONG_WORD})
        self._act("/finding", {"finding1-finding": "substantiated", "finding1-reasons": HOSTILE})
        self._act("/allegations", {"allegation-statement": SAID["uz"]})
        task = {"task-title": f"Запросить накладные {LONG_WORD}", "task-owner": str(colleague)}
        self._act("/tasks", task | {"task-due_on": "2026-01-12"})
        self._act("/finishing")
        self._act("/tasks", task | {"task-due_on": "2026-01-12"})
        self._act("/notes", {"note-kind": "party", "note-words": f"{HOSTILE}\n\n{LONG_WORD}"})
        # The summary is the first note, the finding that was changed the second.
        self._act("/notes/3", {"note3-words": f"{SAID['ru']}\n\n{LONG_WORD}"})
        self._act("/summary", {"summary-title": "Концентрат: весы, накладные и пломбы"})
        return address

    @cached_property
    def evidence(self) -> str:
        """Where the register of that case stands: a file of each kind, a thing, something returned and something destroyed."""
        address = f"{self.case}/evidence"
        told: dict[str, Any] = {
            "register-source": HOSTILE,
            "register-description": f"{SAID['ru']} {LONG_WORD}",
        }
        self.head.open(f"/ru{address}")
        sent = "//form[contains(@action, '/evidence/') and not(.//textarea)]/@action"
        self._act(str(self.head.shot.document.xpath(sent)[0]))
        photograph = ("Весовая, вид сверху.jpg", picture(size=(640, 480)))
        for files in ([photograph], HOSTILE_FILES[:1], []):
            assert self.head.send("/evidence", files, **told).status == 200
        self._act(str(self.head.shot.document.xpath("//form/@action[contains(., '/copy')]")[1]))
        self._act("/citations")
        self._act("/return", {"return4-words": SAID["uz"]})
        return address

    @cached_property
    def proposed(self) -> str:
        """Where a case stands that the head asks to close, and that only a second person may close."""
        address = self._opened_case(PROPOSED, "Премии без приказа", danger="y")
        self._act("/review")
        self._act("/allegations", {"allegation-statement": SAID["ru"]})
        given = {"finding1-finding": "unsubstantiated", "finding1-reasons": SAID["uz"]}
        self._act("/finding", given)
        given = {"closure-words": SAID["ru"], "closure-feedback": "unreachable"}
        given |= {"closure-reward": "eligible", "closure-risk": "review"}
        given |= {"closure-protection": "waived", "closure-protection_reason": HOSTILE}
        self._act("/closure", given)
        return address

    @cached_property
    def ending(self) -> str:
        """Where a report stands that the head asks to destroy, and that was kept by a hold for some time."""
        self._triaged(ENDING, "/setting-aside", {"aside-words": SAID["ru"]})
        self._act("/hold", {"hold-words": f"{HOSTILE} {LONG_WORD}"})
        self._act("/hold/lifting", {"hold-words": SAID["uz"]})
        self._act("/destruction", {"destruction-reason": "retention"})
        return self.head.shot.url.removeprefix(self.head.origin).removeprefix("/ru")

    @cached_property
    def tied(self) -> str:
        """Where a report stands about a unit the head is tied to, and an investigator too, who has ended another declaration."""
        units = [unit.id for unit in organisation().units]
        for member, unit, tie in (
            (self.investigator, units[4], "reports_to"),
            (self.investigator, units[2], "related"),
            (self.head, units[2], "formerly_worked"),
        ):
            member.open("/ru/interests")
            member.send("/interests", unit=unit, tie=tie, words=f"{SAID['ru']} {LONG_WORD}")
        self.investigator.open("/ru/interests")
        self.investigator.send("/end")
        self.report(f"{SAID['ru']} {CONFLICT}", unit=units[2])
        return self.found(self.head, CONFLICT)

    def _opened_case(self, marker: str, title: str, danger: str = "") -> str:
        self._triaged(marker, "/acceptance")
        given = {"case-title": title, "case-priority": "high"}
        self._act("/cases", given | ({"case-danger": danger} if danger else {}))
        return self.head.shot.url.removeprefix(self.head.origin).removeprefix("/ru")

    def _triaged(self, marker: str, act: str, typed: Mapping[str, Any] | None = None) -> None:
        """Let a report arrive and be taken up by the head, and do one thing more with it."""
        category, unit = organisation().categories[0].id, organisation().units[2].id
        self.report(f"{SAID['ru']} {marker}", PLAIN_FILES, category=category, unit=unit)
        # Whoever is to read a case has to have found its reports.
        self.collect(self.investigator)
        self.head.open(f"/ru{self.found(self.head, marker)}")
        self._act("/triage")
        self._act(act, typed or {})

    def _act(self, action: str, typed: Mapping[str, Any] | None = None) -> None:
        assert self.head.send(action, **dict(typed or {})).status == 200, action

    def found(self, member: Visitor, marker: str) -> str:
        """Look for a report by a word in it; give the path of its page, without the language."""
        self.collect(member)
        member.send("/search", q=marker)
        (address,) = member.shot.document.xpath("//table//a/@href")
        return str(address).removeprefix("/ru")

    def collect(self, member: Visitor) -> None:
        """Collect the post as a member."""
        member.open("/ru/reports")
        member.send("/collection")

    def taken_up(self, marker: str) -> None:
        """Begin a report's triage as the head."""
        self.head.open(f"/ru{self.found(self.head, marker)}")
        self.head.send("/triage")

    def reply(
        self, marker: str, text: str, files: Sequence[Attachment] = (), purpose: str = ""
    ) -> str:
        """Reply as the head; give the address of the report."""
        path = self.found(self.head, marker)
        self.head.open(f"/ru{path}")
        self.head.send("/replies", files, text=text, purpose=purpose)
        return f"/ru{path}"

    # ----------------------------------------------------------------------------- enrolment

    def invited(self, username: str, position: str = "", role: str = "") -> str:
        """Invite somebody; give the code."""
        self.prove(self.administrator, now())
        self.administrator.open("/ru/staff")
        role = role or ("investigator" if position else "administrator")
        shot = self.administrator.send(
            "/staff", username=username, name="Нодира Каримова", role=role, position=position
        )
        return shot.text("//*[@class='secret']")

    @cached_property
    def enrolling(self) -> Visitor:
        """Somebody invited who sees the secret of the second factor."""
        return self._enrolling("n.karimova")

    @cached_property
    def enrolled(self) -> Visitor:
        """Somebody who sees the recovery code, and whom the signed list does not name yet."""
        visitor = self._enrolling("sh.yusupov", "triage-officer")
        secret = visitor.shot.text("//*[@class='secret']").replace(" ", "")
        visitor.send(code=pyotp.TOTP(secret).at(now()))
        return visitor

    def _enrolling(self, username: str, position: str = "", role: str = "") -> Visitor:
        visitor, password = self.member(), "four words are enough"
        code = self.invited(username, position, role)
        visitor.open("/ru/enrolment")
        visitor.send("/enrolment", username=username, code=code, password=password, again=password)
        return visitor


@contextmanager
def away(path: Path) -> Iterator[None]:
    """Take a file or a folder of the instance away for a while, as a lost disk does."""
    elsewhere = path.with_name(path.name + ".away")
    path.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(path)


@contextmanager
def without_table(database: Path, table: str) -> Iterator[None]:
    """Take a table away for a while, so that the database answers and is of no use."""
    with closing(sqlite3.connect(database)) as db:
        db.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            db.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
