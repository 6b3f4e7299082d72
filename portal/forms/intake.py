"""The report form: one page, and nothing on it is obligatory but what happened."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired

from portal.forms.fields import LONG_TEXT, SHORT_TEXT, Checkboxes, Choice, Form, at_most, clean
from portal.i18n import LANGUAGE_NAMES
from portal.organisation import Labelled, Organisation

ANSWERS = ("category", "unit", "place", "period", "people", "source")


class ReportForm(Form):
    """What an informant may tell. The hidden fields come first, so that they are read before any file."""

    submission = HiddenField()
    draft = HiddenField()
    text = TextAreaField(
        _l("What happened?"),
        filters=[clean],
        validators=[
            DataRequired(_l("Write what happened. A few words are enough.")),
            at_most(LONG_TEXT),
        ],
    )
    category = Choice(_l("What is it about?"), default="")
    unit = Choice(_l("Which unit?"), default="")
    place = StringField(
        _l("Where did it happen?"), filters=[clean], validators=[at_most(SHORT_TEXT)]
    )
    period = StringField(
        _l("When did it happen, or since when?"), filters=[clean], validators=[at_most(SHORT_TEXT)]
    )
    people = TextAreaField(
        _l("Who is involved?"), filters=[clean], validators=[at_most(SHORT_TEXT)]
    )
    source = TextAreaField(
        _l("How do you know about it?"), filters=[clean], validators=[at_most(SHORT_TEXT)]
    )
    concerned = Checkboxes(_l("Does this concern someone in the service that reads reports?"))
    language = Choice(_l("Language for our answers"))

    @classmethod
    def of(cls, organisation: Organisation, language: str, **data: str) -> "ReportForm":
        """Make the form with the organisation's own units, categories and receivers, worded in `language`."""
        form = cls(**{"language": language, **data})
        unknown = [("", str(_l("I do not know, or I would rather not say")))]
        form.category.choices = unknown + _choices(organisation, organisation.categories, language)
        form.unit.choices = unknown + _choices(organisation, organisation.units, language)
        form.concerned.choices = [
            (position.id, organisation.text(position.label, language))
            for position in organisation.positions
            if position.desk == "service"
        ]
        form.language.choices = [(code, LANGUAGE_NAMES[code]) for code in organisation.languages]
        return form

    def answers(self) -> dict[str, str]:
        """Give the answers that were given, by field; those left empty are absent."""
        given = {name: self[name].data for name in ANSWERS}
        given["concerned"] = ",".join(self.concerned.data or ())
        return {name: value for name, value in given.items() if value}


def _choices(
    organisation: Organisation, items: Sequence[Labelled], language: str
) -> list[tuple[str, str]]:
    return [(item.id, organisation.text(item.label, language)) for item in items]
