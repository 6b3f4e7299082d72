"""The forms of triage. Each has a prefix of its own: several stand on one page, and each finds what was typed into it."""

from collections.abc import Sequence
from typing import Self

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from casework.dossiers.states import Route, SetAside
from casework.web.dossier_words import route_words, set_aside_words
from casework.web.forms.folded import FoldedForm, obligatory
from portal.forms.fields import Choice

Choices = Sequence[tuple[str, str]]


class SetAsideForm(FoldedForm):
    """Why a report is not followed up."""

    reason = Choice(_l("Reason"))
    words = obligatory(TextAreaField, _l("In your own words"), _l("Say why."))

    @classmethod
    def of(cls) -> Self:
        """Make the form with the list of reasons."""
        form = cls(prefix="aside")
        form.reason.choices = [(one.value, set_aside_words(one)) for one in SetAside]
        return form


class RerouteForm(FoldedForm):
    """Who a report is given to, and what of it."""

    route = Choice(_l("Whose business it is"))
    handed_over = obligatory(
        TextAreaField, _l("What was handed over"), _l("Say what was handed over.")
    )

    @classmethod
    def of(cls) -> Self:
        """Make the form with the list of those who may be meant."""
        form = cls(prefix="route")
        form.route.choices = [(one.value, route_words(one)) for one in Route]
        return form


class MergeForm(FoldedForm):
    """Which report said it before."""

    into = Choice(_l("The report that says the same"))

    @classmethod
    def of(cls, reports: Choices) -> Self:
        """Make the form with the other reports this member may read."""
        form = cls(prefix="merge")
        form.into.choices = reports
        return form
