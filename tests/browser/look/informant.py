"""The informant's pages with their contexts, as the portal's views pass them."""

from datetime import timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    Form,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired

from tests.browser.look.samples import (
    ANSWER,
    LIMITS,
    SAID,
    TODAY,
    Context,
    Pages,
    Translate,
    file,
    labels,
    letters,
    options,
    organisation,
    refused,
    state,
    worded,
)

DIGITS = ["40317", "88250", "61934", "07752", "19468"]
WORDS = {
    "en": "velvet canyon orbit lunar gentle bracket notice harvest",
    "ru": "горизонт переулок академия берег словарь известие пуговица электричество",
}


def report_form(language: str, _: Translate, typed: MultiDict[str, str] | None = None) -> Form:
    """Make the report form with the profile's units, categories and positions."""
    unknown = _("I do not know, or I would rather not say")
    categories = options(labels(organisation().categories, language), unknown)
    units = options(labels(organisation().units, language), unknown)
    positions = options(
        labels((p for p in organisation().positions if p.desk == "service"), language)
    )

    class ReportForm(Form):
        submission = HiddenField(default="5e0d" * 8)
        draft = HiddenField(default="")
        text = TextAreaField(
            _("What happened?"),
            [InputRequired(_("Write what happened. A few words are enough."))],
        )
        category = SelectField(_("What is it about?"), choices=categories)
        unit = SelectField(_("Which unit?"), choices=units)
        place = StringField(_("Where did it happen?"))
        period = StringField(_("When did it happen, or since when?"))
        people = TextAreaField(_("Who is involved?"))
        source = TextAreaField(_("How do you know about it?"))
        concerned = SelectMultipleField(
            _("Does this concern someone in the service that reads reports?"),
            choices=positions,
        )
        language = SelectField(
            _("Language for our answers"), choices=options(["Oʻzbekcha", "Русский", "English"])
        )

    return ReportForm(typed)


def _token_form(_: Translate, typed: str | None = None) -> Form:
    class TokenForm(Form):
        token = StringField(_("Your code"))

        def validate_token(self, _field: StringField) -> None:
            raise ValidationError(
                _("There is a mistake in the code. Compare it with what you wrote down.")
            )

    return refused(TokenForm(MultiDict({"token": typed}))) if typed else TokenForm()


def _report(language: str, _: Translate) -> Context:
    return {
        "form": report_form(language, _),
        "kept_files": (),
        "limits": LIMITS,
        "problem": None,
    }


def _report_refused(language: str, _: Translate) -> Context:
    typed = MultiDict({"place": worded(SAID, language)[:60], "category": "item-1"})
    return {
        "form": refused(report_form(language, _, typed)),
        "kept_files": [file("накладная_№_4471_ноябрь.pdf", 2_400_000)],
        "limits": LIMITS,
        "problem": None,
    }


def _report_not_stored(language: str, _: Translate) -> Context:
    problem = _(
        "This was NOT received: we could not store it. What you typed is still here. "
        "Try again in a few minutes, or call us."
    )
    typed = MultiDict({"text": worded(SAID, language), "concerned": "item-0"})
    return {**_report(language, _), "form": report_form(language, _, typed), "problem": problem}


def _receipt(_language: str, _: Translate) -> Context:
    return {"digits": DIGITS, "words": WORDS, "form": _token_form(_)}


def _receipt_refused(_language: str, _: Translate) -> Context:
    typed = "40317 88250 61934 07752 19486"
    return {"digits": DIGITS, "words": WORDS, "form": _token_form(_, typed)}


def _mailbox(language: str, _: Translate) -> Context:
    class MessageForm(Form):
        text = TextAreaField(_("Your message"))

    return {
        "state": state("question", _("We have a question for you")),
        "next_step": worded(ANSWER, language),
        "due": TODAY + timedelta(days=70),
        "items": letters(language, _),
        "form": MessageForm(),
        "limits": LIMITS,
        "problem": None,
    }


class Authored(str):
    """Rich text that staff wrote, as `portal.richtext` gives it to a template."""

    __slots__ = ()

    def __html__(self) -> str:
        return self


def _help(language: str, _: Translate) -> Context:
    return {"text": Authored(organisation().text(organisation().pages["help"], language))}


def _rights(language: str, _: Translate) -> Context:
    return {"text": Authored(organisation().text(organisation().pages["rights"], language))}


def _token(_language: str, _: Translate) -> Context:
    return {"form": _token_form(_)}


def _token_refused(_language: str, _: Translate) -> Context:
    return {"form": _token_form(_, "40317")}


def _nothing(_language: str, _: Translate) -> Context:
    return {}


PAGES: Pages = {
    "home": ("home", _nothing),
    "report": ("report", _report),
    "report-refused": ("report", _report_refused),
    "report-not-stored": ("report", _report_not_stored),
    "receipt": ("receipt", _receipt),
    "receipt-refused": ("receipt", _receipt_refused),
    "return": ("return", _token),
    "return-refused": ("return", _token_refused),
    "mailbox": ("mailbox", _mailbox),
    "burn": ("burn", _nothing),
    "help": ("help", _help),
    "rights": ("rights", _rights),
}
COMMON: dict[str, Any] = {}
