"""The daily mail: to whoever has something to do, once, in words that are always the same; over a real socket."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from casework.reminders.mail import reminder
from casework.reminders.models import Reminder
from casework.reminders.service import claim
from casework.web.jobs import remind
from portal.cyrillic import to_cyrillic
from portal.organisation import LANGUAGES
from portal.settings import Addressee
from tests.support.offices import Office
from tests.support.relay import Relay, relaying
from tests.unit.cases.desk import Desk
from tests.unit.casework.at_once import at_once

MEMBERS = (
    Addressee(username="head", address="head@example.org", language="ru"),
    Addressee(username="investigator", address="first@example.org", language="en"),
    Addressee(username="oversight", address="audit@example.org", language="uz"),
    Addressee(username="administrator", address="admin@example.org", language="en"),
)


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Where mail is handed over."""
    with relaying() as started:
        yield started


def reminding(office: Office, relay: Relay) -> Office:
    """Tell an office where its mail goes."""
    office.here.settings = replace(
        office.here.settings,
        smtp_host="127.0.0.1",
        smtp_port=relay.port,
        smtp_from="office@example.org",
        smtp_starttls=False,
        reminders=MEMBERS,
    )
    return office


def due_today(office: Office) -> None:
    """Let a report come whose receipt is to be confirmed today."""
    Desk(office).arrived()
    office.clock.forward(days=7)


def receivers(relay: Relay) -> list[str]:
    return sorted(str(mail["To"]) for mail in relay.mails)


def test_whoever_has_something_due_by_tonight_is_reminded_once_a_day(
    office: Office, relay: Relay
) -> None:
    reminding(office, relay)
    Desk(office).arrived()
    office.clock.forward(days=6)
    remind(office.here)
    assert relay.mails == []
    office.clock.forward(days=1)
    for _ in range(3):
        remind(office.here)
    assert receivers(relay) == ["first@example.org", "head@example.org"]
    office.clock.forward(days=1)
    remind(office.here)
    assert len(relay.mails) == 4
    with office.db() as db:
        days = set(db.scalars(sa.select(Reminder.day)))
    assert days == {office.here.today()}


def test_who_may_not_read_what_is_due_is_not_reminded_of_it(
    sqlite_office: Office, relay: Relay
) -> None:
    """F2."""
    reminding(sqlite_office, relay)
    Desk(sqlite_office).arrived(concerned=["head"])
    sqlite_office.clock.forward(days=7)
    remind(sqlite_office.here)
    assert receivers(relay) == ["audit@example.org"]


def test_a_task_due_today_is_something_to_do(sqlite_office: Office, relay: Relay) -> None:
    office = reminding(sqlite_office, relay)
    desk = Desk(office)
    desk.set_task("investigator", desk.opened(), "investigator")
    # Without the clocks, which are due as well.
    office.execute(sa.text("UPDATE clocks SET state = 'stopped'"))
    office.clock.forward(days=7)
    remind(office.here)
    assert receivers(relay) == ["first@example.org"]


def test_the_words_are_the_same_whatever_is_due(sqlite_office: Office, relay: Relay) -> None:
    """C20. E22."""
    office = reminding(sqlite_office, relay)
    due_today(office)
    remind(office.here)
    Desk(office).arrived("What another saw")
    office.clock.forward(days=9)
    remind(office.here)
    bodies = {(str(m["To"]), str(m["Subject"]), m.get_payload()) for m in relay.mails}
    assert (len(relay.mails), len(bodies)) == (4, 2)
    assert {name for mail in relay.mails for name in mail.keys()} == {  # noqa: SIM118 - of a mail
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


def test_nothing_is_sent_before_the_morning_or_without_a_relay(
    sqlite_office: Office, relay: Relay
) -> None:
    office = sqlite_office
    due_today(office)
    remind(office.here)
    reminding(office, relay)
    keeping = office.here.post.timekeeping
    office.clock.moment = keeping.beginning_of(office.here.today()) + timedelta(hours=6, minutes=59)
    remind(office.here)
    assert relay.mails == []
    office.clock.forward(minutes=1)
    remind(office.here)
    assert len(relay.mails) == 2


def test_a_mail_that_was_refused_is_tried_again(sqlite_office: Office, relay: Relay) -> None:
    office = reminding(sqlite_office, relay)
    due_today(office)
    relay.refuses = True
    remind(office.here)
    assert relay.said.count("RCPT") == 1
    relay.refuses = False
    remind(office.here)
    assert len(relay.mails) == 2


def test_a_relay_without_a_certificate_that_holds_gets_nothing(
    sqlite_office: Office, relay: Relay
) -> None:
    office = reminding(sqlite_office, relay)
    office.here.settings = replace(office.here.settings, smtp_starttls=True)
    due_today(office)
    remind(office.here)
    assert relay.mails == []
    assert "MAIL" not in relay.said


def test_of_two_processes_one_reminds(office: Office) -> None:
    """F6."""
    member_id, today = office.member("head").id, office.here.today()
    won: list[bool] = []

    def one() -> None:
        with office.here.database.transaction() as db:
            won.append(claim(db, member_id, today))

    at_once(one, one)
    assert sorted(won) == [False, True]


def test_the_mail_is_written_in_every_language_and_uzbek_says_one_thing_in_two_scripts(
    sqlite_office: Office,
) -> None:
    written = {
        language: reminder(
            Addressee(username="head", address="head@example.org", language=language),
            sender="office@example.org",
            now=sqlite_office.clock(),
        )
        for language in LANGUAGES
    }
    texts = {language: mail.get_content() for language, mail in written.items()}
    assert len(set(texts.values())) == len(LANGUAGES)
    assert texts["uz-Cyrl"] == to_cyrillic(texts["uz"])
    assert written["uz-Cyrl"]["Subject"] == to_cyrillic(str(written["uz"]["Subject"]))
