"""The one mail that the office sends: the same words to everybody on every day, in the reader's language.

Where it goes is read from the settings file alone, never from anything that came through a page (E22). It names
neither a report nor a case nor how many: who reads along learns that the office has work.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from casework.records import new_id
from portal.hardening import TEMPLATES
from portal.settings import Addressee, MailRelay

PATIENCE = 10.0
# What this side calls itself: asking for the machine's own name would ask a name server.
_NAME = "ishonch.invalid"


def reminder(to: Addressee, *, sender: str, now: datetime) -> EmailMessage:
    """Write the mail."""
    subject, _, text = (
        (TEMPLATES / "mail" / f"reminder.{to.language}.txt").read_text("utf-8").partition("\n\n")
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to.address, subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{new_id()}@{_NAME}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


@contextmanager
def connected(relay: MailRelay) -> Iterator[smtplib.SMTP]:
    """Reach the relay; with STARTTLS, one whose certificate does not hold gets nothing. Raises OSError."""
    with smtplib.SMTP(relay.host, relay.port, local_hostname=_NAME, timeout=PATIENCE) as smtp:
        if relay.starttls:
            smtp.starttls(context=ssl.create_default_context())
        yield smtp
