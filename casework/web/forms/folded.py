"""A form that stays folded on its page: several stand there, and each finds what was typed into it by its prefix."""

from flask import request

from portal.forms.fields import Form


class FoldedForm(Form):
    """Made with a prefix of its own; a page made anew with a request that brought it shows it unfolded."""

    @property
    def is_sent(self) -> bool:
        """Whether this request brought it."""
        return any(name.startswith(self._prefix) for name in request.form)
