"""Signing in: the password opens the member's key, the second factor opens the office. And the way back with the printed code."""

from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import Field

from casework.staff import entrance
from casework.staff.entrance import Unlocked
from casework.staff.errors import CodeRefused, LoginRefused
from casework.web.access import CODE, INSIDE, STAGE, member, second_factor
from casework.web.exchange import collect_for
from casework.web.forms.accounts import CodeForm, LoginForm, RecoveryForm
from casework.web.services import office
from casework.web.step_up import proof
from casework.web.words import wait_words
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
    try:
        with here.failures.attempt(_of("password", form.username), here.clock(), LoginRefused):
            _enter(_unlocked(form))
    except TooMany as error:
        return _password_page(form, wait_words(error)), 429, _later(error)
    except LoginRefused:
        log_event("login_refused")
        return _password_page(form, _("The user name or the password is wrong.")), 422
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
    member_id, identity = session["member"], Identity.parse(session["identity"])
    try:
        with here.failures.attempt(b"code " + member_id.encode(), here.clock(), CodeRefused):
            _let_in(member_id, identity, entered(form.code))
    except TooMany as error:
        return _code_page(form, wait_words(error)), 429, _later(error)
    except CodeRefused:
        log_event("login_refused")
        return _code_page(
            form, _("This number is wrong, or was used before. Wait for the next one.")
        ), 422
    log_event("login")
    collect_for(member_id, identity)
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
    try:
        with here.failures.attempt(_of("recovery", form.username), here.clock(), LoginRefused):
            _set_password(form)
    except TooMany as error:
        return _recovery_page(form, wait_words(error)), 429, _later(error)
    except LoginRefused:
        log_event("login_refused")
        return _recovery_page(form, _("The user name or the code is wrong.")), 422
    return redirect(url_for("login.password"), code=303)


def _unlocked(form: LoginForm) -> Unlocked:
    here = office()
    with here.database.reading() as db, here.kdf_slots.slot():
        return entrance.check_password(
            db,
            username=entered(form.username),
            password=entered(form.password),
            profile=here.settings.staff_profile,
        )


def _enter(unlocked: Unlocked) -> None:
    db = office().database.session_of_request()
    entrance.enter(db, unlocked)
    _go_on(unlocked.member_id, unlocked.identity, CODE)
    db.commit()


def _let_in(member_id: str, identity: Identity, typed: str) -> None:
    here, db = office(), office().database.session_of_request()
    entrance.check_code(db, member_id=member_id, identity=identity, code=typed, now=here.clock())
    _go_on(member_id, identity, INSIDE)
    db.commit()


def _set_password(form: RecoveryForm) -> None:
    """Open the key with the printed code and wrap it anew: slow, so it is done before the transaction begins."""
    here, profile = office(), office().settings.staff_profile
    with here.database.reading() as db, here.kdf_slots.slot():
        unlocked = entrance.check_recovery_code(
            db,
            username=entered(form.username),
            recovery_code=entered(form.code),
            profile=profile,
        )
        wrap = wrap_identity(unlocked.identity, entered(form.password), profile)
    db = here.database.session_of_request()
    entrance.set_password(db, unlocked, wrap)
    db.commit()


def _go_on(member_id: str, identity: Identity, stage: str) -> None:
    """Begin the next stage with a new cookie (A12)."""
    data = {"member": member_id, "identity": identity.encode(), STAGE: stage}
    if stage == INSIDE:
        data |= proof()
    establish(office().database.session_of_request(), data, member_id=member_id)


def _of(what: str, username: Field) -> bytes:
    """Name whose failures are counted: the account's of this name, whether there is one or not (A3)."""
    return f"{what} {entered(username)}".encode("utf-8", "surrogatepass")


def _later(error: TooMany) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after)}


def _password_page(form: LoginForm, problem: str = "") -> str:
    return render_template("casework/login.html", form=form, problem=problem)


def _code_page(form: CodeForm, problem: str = "") -> str:
    return render_template("casework/code.html", form=form, problem=problem)


def _recovery_page(form: RecoveryForm, problem: str = "") -> str:
    return render_template("casework/recover.html", form=form, problem=problem)
