"""Signing in: the password opens the member's key, the second factor opens the office. And the way back with the printed code."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from casework.staff import service as staff
from casework.staff.service import CodeRefused, LoginRefused
from casework.web.access import CODE, INSIDE, STAGE, member, second_factor
from casework.web.exchange import collect_for
from casework.web.forms.accounts import CodeForm, LoginForm, RecoveryForm
from casework.web.services import office
from crypto.passwords import wrap_identity
from crypto.recipients import Identity
from portal.access import public
from portal.errors import TooMany
from portal.forms.fields import entered
from portal.hardening import clear_site_data
from portal.logs import log_event
from portal.sessions import end_session, establish

bp = Blueprint("login", __name__)


@bp.get("/<language:language>/sign-in")
@public
def password() -> ResponseReturnValue:
    """Ask for user name and password."""
    return _password_page(LoginForm())


@bp.post("/<language:language>/sign-in")
@public
def check_password() -> ResponseReturnValue:
    """Open the member's key. A wrong password, a wrong name and a closed account cost and look the same (A1, A2)."""
    form, here = LoginForm(), office()
    if not form.validate():
        return _password_page(form), 422
    subject, now = b"password " + entered(form.username).encode(), here.clock()
    try:
        here.failures.check(subject, now)
        with here.database.reading() as db, here.kdf_slots.slot():
            account, identity = staff.check_password(
                db,
                username=entered(form.username),
                password=entered(form.password),
                profile=here.settings.staff_profile,
            )
    except TooMany as error:
        return _password_page(form, _wait(error)), 429
    except LoginRefused:
        here.failures.failed(subject, now)
        log_event("login_refused")
        return _password_page(form, _("The user name or the password is wrong.")), 422
    here.failures.succeeded(subject)
    _go_on(account.id, identity, CODE)
    with here.kdf_slots.slot():
        staff.renew_wrap(
            here.database.session_of_request(),
            account.id,
            identity,
            password=entered(form.password),
            profile=here.settings.staff_profile,
        )
    here.database.session_of_request().commit()
    return redirect(url_for("login.code"), code=303)


@bp.get("/<language:language>/sign-in/code")
@second_factor
def code() -> ResponseReturnValue:
    """Ask for the second factor."""
    return _code_page(CodeForm())


@bp.post("/<language:language>/sign-in/code")
@second_factor
def check_code() -> ResponseReturnValue:
    """Check the second factor; tries are counted for the account, whatever sessions they come from (A21)."""
    form, here = CodeForm(), office()
    if not form.validate():
        return _code_page(form), 422
    subject, now = b"code " + session["member"].encode(), here.clock()
    identity, db = Identity.parse(session["identity"]), here.database.session_of_request()
    try:
        here.failures.check(subject, now)
        staff.check_code(
            db, member_id=session["member"], identity=identity, code=entered(form.code), now=now
        )
    except TooMany as error:
        return _code_page(form, _wait(error)), 429
    except CodeRefused:
        here.failures.failed(subject, now)
        log_event("login_refused")
        return _code_page(
            form, _("This number is wrong, or was used before. Wait for the next one.")
        ), 422
    here.failures.succeeded(subject)
    _go_on(session["member"], identity, INSIDE)
    db.commit()
    log_event("login")
    collect_for(session["member"], identity)
    return redirect(url_for("inbox.start"), code=303)


@bp.post("/<language:language>/sign-out")
@member
def sign_out() -> ResponseReturnValue:
    """End the session."""
    db = office().database.session_of_request()
    end_session(db)
    db.commit()
    response = redirect(url_for("login.password"), code=303)
    clear_site_data(response)
    return response


@bp.get("/<language:language>/recovery")
@public
def recovery() -> ResponseReturnValue:
    """Ask for the printed recovery code and a new password."""
    return _recovery_page(RecoveryForm())


@bp.post("/<language:language>/recovery")
@public
def recover() -> ResponseReturnValue:
    """Wrap the key under the new password; the second factor is asked at the next sign-in as ever."""
    form, here = RecoveryForm(), office()
    if not form.validate():
        return _recovery_page(form), 422
    subject, now = b"recovery " + entered(form.username).encode(), here.clock()
    profile = here.settings.staff_profile
    try:
        here.failures.check(subject, now)
        with here.database.reading() as db, here.kdf_slots.slot():
            account, identity = staff.check_recovery_code(
                db,
                username=entered(form.username),
                recovery_code=entered(form.code),
                profile=profile,
            )
            wrap = wrap_identity(identity, entered(form.password), profile)
    except TooMany as error:
        return _recovery_page(form, _wait(error)), 429
    except LoginRefused:
        here.failures.failed(subject, now)
        log_event("login_refused")
        return _recovery_page(form, _("The user name or the code is wrong.")), 422
    writing = here.database.session_of_request()
    staff.set_password(writing, member_id=account.id, password_wrap=wrap)
    writing.commit()
    return redirect(url_for("login.password"), code=303)


def _go_on(member_id: str, identity: Identity, stage: str) -> None:
    """Begin the next stage with a new cookie (A12)."""
    data = {"member": member_id, "identity": identity.encode(), STAGE: stage}
    establish(office().database.session_of_request(), data, member_id=member_id)


def _wait(error: TooMany) -> str:
    words: str = _(
        "Too many tries. Wait %(seconds)s seconds. Nothing is locked.", seconds=error.retry_after
    )
    return words


def _password_page(form: LoginForm, problem: str = "") -> str:
    return render_template("casework/login.html", form=form, problem=problem)


def _code_page(form: CodeForm, problem: str = "") -> str:
    return render_template("casework/code.html", form=form, problem=problem)


def _recovery_page(form: RecoveryForm, problem: str = "") -> str:
    return render_template("casework/recover.html", form=form, problem=problem)
