"""The first visit of an invited member: password, second factor, recovery code. Their key pair is made in these requests.

Until the second factor works nothing is in the database; the session's sealed box carries it from page to page.
"""

import base64

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework.staff import service as staff
from casework.staff.errors import CodeRefused, InvitationRefused
from casework.staff.service import Enrolment
from casework.web.access import ENROLLING, RECOVERY, STAGE, enrolling, recovery_shown
from casework.web.connecting import authenticator_page
from casework.web.forms.accounts import CodeForm, NewPasswordForm
from casework.web.services import office
from casework.web.words import wait_words
from crypto.recipients import Identity
from portal.access import public
from portal.errors import TooMany
from portal.forms.fields import entered
from portal.sessions import end_session, establish

bp = Blueprint("enrolment", __name__)


@bp.get("/<language:language>/enrolment")
@public
def start() -> ResponseReturnValue:
    """Ask for the invitation and a password."""
    return _start_page(NewPasswordForm())


@bp.post("/<language:language>/enrolment")
@public
def begin() -> ResponseReturnValue:
    """Check the invitation; make the key."""
    form, here = NewPasswordForm(), office()
    if not form.validate():
        return _start_page(form), 422
    subject = f"invitation {entered(form.username)}".encode("utf-8", "surrogatepass")
    try:
        with here.failures.attempt(subject, here.clock(), InvitationRefused):
            enrolment = _begun(form)
    except TooMany as error:
        later = {"Retry-After": str(error.retry_after)}
        return _start_page(form, wait_words(error)), 429, later
    except InvitationRefused:
        return _start_page(form, _no_invitation()), 422
    db = here.database.session_of_request()
    establish(db, _data(enrolment), member_id=enrolment.member_id)
    db.commit()
    return redirect(url_for("enrolment.second_factor"), code=303)


@bp.get("/<language:language>/enrolment/second-factor")
@enrolling
def second_factor() -> ResponseReturnValue:
    """Show the secret of the second factor."""
    return _second_factor_page(CodeForm())


@bp.post("/<language:language>/enrolment/second-factor")
@enrolling
def finish() -> ResponseReturnValue:
    """Activate the account if the authenticator gives the right digits."""
    form, here = CodeForm(), office()
    if not form.validate():
        return _second_factor_page(form), 422
    db = here.database.session_of_request()
    try:
        with here.kdf_slots.slot():
            recovery_code = staff.finish_enrolment(
                db,
                _enrolment(),
                code=entered(form.code),
                profile=here.settings.staff_profile,
                now=here.clock(),
                today=here.today(),
            )
    except CodeRefused:
        return _second_factor_page(
            form, _("These are not the digits the app should show. Check the clock of your phone.")
        ), 422
    except InvitationRefused:
        db.rollback()
        return _start_page(NewPasswordForm(formdata=None), _no_invitation()), 409
    member = session["member"]
    establish(db, {STAGE: RECOVERY, "recovery": recovery_code}, member_id=member)
    db.commit()
    return redirect(url_for("enrolment.recovery"), code=303)


@bp.get("/<language:language>/enrolment/recovery-code")
@recovery_shown
def recovery() -> ResponseReturnValue:
    """Show the recovery code, to be printed."""
    return render_template("casework/recovery.html", recovery_code=session["recovery"])


@bp.post("/<language:language>/enrolment/recovery-code")
@recovery_shown
def printed() -> ResponseReturnValue:
    """Forget the recovery code: it is on paper."""
    db = office().database.session_of_request()
    end_session(db)
    db.commit()
    return redirect(url_for("login.password"), code=303)


def _begun(form: NewPasswordForm) -> Enrolment:
    here = office()
    with here.database.reading() as db, here.kdf_slots.slot():
        return staff.begin_enrolment(
            db,
            username=entered(form.username),
            code=entered(form.code),
            password=entered(form.password),
            profile=here.settings.staff_profile,
            today=here.today(),
        )


def _no_invitation() -> str:
    return str(_("There is no open invitation with this name and code."))


def _start_page(form: NewPasswordForm, problem: str = "") -> str:
    return render_template("casework/enrolment.html", form=form, problem=problem)


def _second_factor_page(form: CodeForm, problem: str = "") -> str:
    enrolment = _enrolment()
    with office().database.reading() as db:
        account = staff.member_by_id(db, enrolment.member_id)
    username = account.username if account else ""
    return authenticator_page(username, enrolment.totp_secret, form, problem)


def _data(enrolment: Enrolment) -> dict[str, str]:
    return {
        STAGE: ENROLLING,
        "member": enrolment.member_id,
        "identity": enrolment.identity.encode(),
        "wrap": base64.b64encode(enrolment.password_wrap).decode(),
        "totp": enrolment.totp_secret,
    }


def _enrolment() -> Enrolment:
    return Enrolment(
        member_id=session["member"],
        identity=Identity.parse(session["identity"]),
        password_wrap=base64.b64decode(session["wrap"]),
        totp_secret=session["totp"],
    )
