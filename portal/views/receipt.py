"""The token, shown in the session that filed the report until it has been typed back.

The token stands only in the session's sealed box; when it has been typed back, or the session ends, it is nowhere.
"""

import hmac

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crypto.tokens import WORD_LANGUAGES, CaseToken
from portal.access import receipt_holder
from portal.forms.mailbox import TokenForm
from portal.services import services
from portal.sessions import establish

bp = Blueprint("receipt", __name__)


@bp.get("/<language:language>/receipt")
@receipt_holder
def show() -> ResponseReturnValue:
    """Show the token in both spellings, and ask for it once."""
    return _page(TokenForm())


@bp.post("/<language:language>/receipt")
@receipt_holder
def confirm() -> ResponseReturnValue:
    """Take the token typed back; it then opens the mailbox and is forgotten here."""
    form = TokenForm()
    if not form.validate():
        return _page(form), 422
    if not hmac.compare_digest(form.parsed.digits(), _token().digits()):
        form.token.errors = [
            _("This is not the code shown above. Compare it, and type it once more.")
        ]
        return _page(form), 422
    db = services().database.session_of_request()
    establish(db, {name: session[name] for name in ("mailbox", "identity")})
    db.commit()
    return redirect(url_for("mailbox.show"), code=303)


def _page(form: TokenForm) -> str:
    token = _token()
    return render_template(
        "portal/receipt.html",
        form=form,
        digits=token.digits().split(" "),
        words={language: token.words(language) for language in WORD_LANGUAGES},
    )


def _token() -> CaseToken:
    return CaseToken(int(session["token"]))
