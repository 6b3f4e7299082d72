"""A question put between a form and what it does: the fields of the form go along, hidden, and nothing typed is lost."""

from collections.abc import Collection, Sequence

from flask import request

# The page has a token of its own; and no password, nor any digits, go back to a browser, not even into a hidden field (A28).
_WITHHELD = frozenset({"csrf_token", "password", "again", "step_up"})
_PREFIX = "-"


def carried(asked: Collection[str] = ()) -> Sequence[tuple[str, str]]:
    """Give the fields of this request as names and values, in order, without those the page asks for itself."""
    fields = request.form.items(multi=True)
    withheld = _WITHHELD | set(asked)
    return [(name, value) for name, value in fields if name.rpartition(_PREFIX)[2] not in withheld]
