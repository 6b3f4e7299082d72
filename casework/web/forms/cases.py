"""The forms around a case."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, StringField, TextAreaField
from wtforms.validators import DataRequired, Optional, ValidationError
from wtforms.widgets import TextInput

from casework.cases.states import Finding, Priority
from casework.clocks.calendar import YEARS
from casework.dossiers.states import NoteKind
from casework.web.dossier_words import finding_words, note_kind_words, priority_words
from casework.web.forms.folded import FoldedForm, obligatory
from casework.web.services import office
from portal.forms.fields import SHORT_TEXT, Choice, at_most, clean

Choices = Sequence[tuple[str, str]]
DAY_FORMATS = ["%d.%m.%Y", "%Y-%m-%d"]
WRITTEN_KINDS = (NoteKind.NOTE, NoteKind.PARTY)


class Day(DateField):
    """A day as people here write it; what is none is given back as it was typed, which a browser's calendar could not show."""

    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Give a day.")) from error


def has_been(_form: Any, field: DateField) -> None:
    """Refuse a day that nothing can have happened on: one to come, or from before anybody follows up."""
    day = field.data
    if day is None or not date(YEARS.start, 1, 1) <= day <= office().today():
        raise ValidationError(_("Give a day that has been."))


def with_nothing(choices: Choices, chosen: str = "") -> list[tuple[str, str]]:
    """Let nothing be chosen as well, and what was `chosen` before the organisation took it off its list."""
    gone = [] if chosen in {"", *(one for one, _ in choices)} else [(chosen, chosen)]
    return [("", _("Not said")), *choices, *gone]


class OpenCaseForm(FoldedForm):
    """What a case is called, where it belongs, and how soon it is worked on."""

    title = obligatory(StringField, _l("Title"), _l("Give the case a title."))
    category = Choice(_l("What it is about"))
    unit = Choice(_l("Unit"))
    priority = Choice(_l("Priority"), default=Priority.NORMAL.value)
    danger = BooleanField(_l("Somebody may come to harm"))

    @classmethod
    def of(
        cls,
        categories: Choices,
        units: Choices,
        *,
        category: str = "",
        unit: str = "",
        danger: bool = False,
    ) -> Self:
        """Make the form with the organisation's lists; `category`, `unit` and `danger` are chosen before anybody chooses."""
        form = cls(prefix="case", data={"category": category, "unit": unit, "danger": danger})
        form.category.choices = with_nothing(categories)
        form.unit.choices = with_nothing(units)
        form.priority.choices = [(one.value, priority_words(one)) for one in Priority]
        return form


class LinkForm(FoldedForm):
    """Which case a report belongs to."""

    case = Choice(_l("Case"))

    @classmethod
    def of(cls, cases: Choices) -> Self:
        """Make the form with the open cases of this member."""
        form = cls(prefix="link")
        form.case.choices = cases
        return form


class OwnerForm(FoldedForm):
    """Who works a case."""

    owner = Choice(_l("Colleague"))

    @classmethod
    def of(cls, people: Choices, owner: str) -> Self:
        """Make the form with those who may read the case."""
        form = cls(prefix="owner", data={"owner": owner})
        form.owner.choices = people
        return form


class AllegationForm(FoldedForm):
    """One allegation in neutral words."""

    statement = obligatory(TextAreaField, _l("What is alleged"), _l("Say what is alleged."))
    norm = StringField(
        _l("Which rule it breaks"), filters=[clean], validators=[at_most(SHORT_TEXT)]
    )
    period = StringField(_l("When"), filters=[clean], validators=[at_most(SHORT_TEXT)])
    since = Day(
        _l("First day of what is alleged"), format=DAY_FORMATS, validators=[Optional(), has_been]
    )
    audit = BooleanField(_l("Found by a revision, an audit or a financial check"))


class FindingForm(FoldedForm):
    """What became of one allegation."""

    finding = Choice(_l("Finding"))
    reasons = obligatory(TextAreaField, _l("Reasons"), _l("Say why."))

    @classmethod
    def of(cls, number: int, finding: str | None) -> Self:
        """Make the form of the allegation of this number."""
        form = cls(prefix=f"finding{number}", data={"finding": finding})
        form.finding.choices = [(one.value, finding_words(one)) for one in Finding]
        return form


class TaskForm(FoldedForm):
    """Something somebody has to do by a day."""

    title = obligatory(StringField, _l("What is to be done"), _l("Say what is to be done."))
    owner = Choice(_l("Colleague"))
    due_on = Day(
        _l("By which day"),
        format=DAY_FORMATS,
        validators=[DataRequired(_l("Give a day."))],
    )

    @classmethod
    def of(cls, people: Choices) -> Self:
        """Make the form with those who may read the case."""
        form = cls(prefix="task")
        form.owner.choices = people
        return form


class NoteForm(FoldedForm):
    """A note."""

    kind = Choice(_l("What it is"))
    words = obligatory(TextAreaField, _l("Note"), _l("Write something."))

    @classmethod
    def of(cls) -> Self:
        """Make the form with the kinds somebody may write."""
        form = cls(prefix="note")
        form.kind.choices = [(kind.value, note_kind_words(kind)) for kind in WRITTEN_KINDS]
        return form


class RewriteForm(FoldedForm):
    """What a note is to say from now on."""

    words = obligatory(TextAreaField, _l("Note"), _l("Write something."))

    @classmethod
    def of(cls, number: int, words: str) -> Self:
        """Make the form of the note of this number, with what it says now."""
        return cls(prefix=f"note{number}", data={"words": words})


class SummaryForm(FoldedForm):
    """What a case is called, and where it belongs."""

    title = obligatory(StringField, _l("Title"), _l("Give the case a title."))
    category = Choice(_l("What it is about"))
    unit = Choice(_l("Unit"))

    @classmethod
    def of(cls, categories: Choices, units: Choices, summary: Mapping[str, str]) -> Self:
        """Make the form with the organisation's lists, and with what the summary says now."""
        form = cls(prefix="summary", data=dict(summary))
        form.category.choices = with_nothing(categories, summary.get("category", ""))
        form.unit.choices = with_nothing(units, summary.get("unit", ""))
        return form


class ReaderForm(FoldedForm):
    """Who is to read a case."""

    member = Choice(_l("Colleague"))

    @classmethod
    def of(cls, people: Choices) -> Self:
        """Make the form with those who do not read it yet."""
        form = cls(prefix="reader")
        form.member.choices = people
        return form
