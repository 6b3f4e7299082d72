"""The page on which somebody connects an authenticator: the secret as a picture and as text, and a field for its first digits."""

import pyotp
from flask import render_template

from casework.web.forms.accounts import CodeForm
from casework.web.qr import qr_code
from casework.web.services import office


def authenticator_page(username: str, secret: str, form: CodeForm, problem: str = "") -> str:
    """Show a secret that is not in force yet."""
    here = office()
    issuer = here.organisation.text(here.organisation.short_name, here.organisation.first_language)
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=issuer)
    return render_template(
        "casework/second_factor.html",
        form=form,
        problem=problem,
        qr=qr_code(uri),
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
    )
