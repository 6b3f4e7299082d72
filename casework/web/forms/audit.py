"""What an auditor looks for in the ledger."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Optional

from casework.ledger.rules import MAX_ID
from casework.ledger.search import Wanted
from casework.web.forms.cases import Day
from portal.forms.fields import Choice, Form, at_most, clean, entered

Choices = Sequence[tuple[str, str]]
_DAYS = ["%d.%m.%Y", "%Y-%m-%d"]


def _reference(text: str | None) -> str | None:
    """Spell a reference as it is stored, however it was copied from a page."""
    return (clean(text) or "").lower() if text else text


class AuditForm(Form):
    """A form in an address: it asks and changes nothing, and what it names are random ids."""

    reference = StringField(_l("Reference"), filters=[_reference], validators=[at_most(MAX_ID)])
    who = Choice(_l("Who"), default="")
    act = Choice(_l("What was done"), default="")
    since = Day(_l("From"), format=_DAYS, validators=[Optional()])
    until = Day(_l("Up to"), format=_DAYS, validators=[Optional()])

    @classmethod
    def of(cls, people: Choices, acts: Choices) -> Self:
        """Make the form with the members and the acts there are, as the address fills it in."""
        form = cls(formdata=request.args)
        form.who.choices = [("", _l("Anybody")), *people]
        form.act.choices = [("", _l("Anything")), *acts]
        return form

    def wanted(self, timezone: str) -> Wanted:
        """Say what is looked for; days are those of the organisation."""
        return Wanted(
            reference=entered(self.reference),
            actor_id=entered(self.who),
            act=entered(self.act),
            since=_beginning(self.since.data, timezone),
            until=_beginning(_next(self.until.data), timezone),
        )


def _next(day: date | None) -> date | None:
    return day + timedelta(days=1) if day and day < date.max else None


def _beginning(day: date | None, timezone: str) -> datetime | None:
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC) if day else None
