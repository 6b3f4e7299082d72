"""A member's own account: password, recovery code, authenticator and key, changed once they have proved again who they are."""

import pyotp
from flask import Blueprint, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.people import rotation
from casework.people.rotation import FormerKeyInUse, NotPrepared
from casework.staff import entrance
from casework.staff import service as staff
from casework.staff.errors import CodeRefused
from casework.web.access import RECOVERY, STAGE, actor, member
from casework.web.connecting import authenticator_page
from casework.web.forms.accounts import CodeForm, PasswordForm, StepUpForm
from casework.web.services import office
from casework.web.step_up import is_proved, steps_up
from crypto.passwords import new_recovery_code, normalise_recovery_code, wrap_identity
from crypto.recipients import Identity
from portal.forms.fields import entered
from portal.sessions import add_to_session, establish, session_name

bp = Blueprint("account", __name__)

# What a session keeps of a secret that is not in force yet.
_SECRET = "authenticator"  # noqa: S105 - the name of a place
# A grant takes a third of a millisecond: what one request seals anew takes seconds, and the next goes on.
BATCH, ROUNDS = 500, 20


@bp.get("/<language:language>/account")
@member
def show() -> ResponseReturnValue:
    """Show what can be changed, or ask who it is first."""
    return _page()


@bp.post("/<language:language>/account")
@member
@steps_up
def confirm() -> ResponseReturnValue:
    """Go on to what can be changed."""
    return redirect(url_for("account.show"), code=303)


@bp.post("/<language:language>/account/password")
@member
@steps_up
def password() -> ResponseReturnValue:
    """Wrap the key under a new password; every other session ends."""
    form = _form("password")
    if not form.validate():
        return _page(form), 422
    wrap, db = _wrapped(actor().identity, entered(form.password)), _db()
    entrance.change_password(db, actor().id, wrap, session=session_name(), now=office().clock())
    db.commit()
    return _page(notice=_("Your password is changed. Your other sessions have ended."))


@bp.post("/<language:language>/account/recovery-code")
@member
@steps_up
def recovery() -> ResponseReturnValue:
    """Wrap the key under a new recovery code, which is in this answer and nowhere else; the paper before is worth nothing."""
    code = new_recovery_code()
    wrap, db = _wrapped(actor().identity, normalise_recovery_code(code)), _db()
    entrance.change_recovery_code(
        db, actor().id, wrap, session=session_name(), now=office().clock()
    )
    db.commit()
    return _page(recovery_code=code)


@bp.post("/<language:language>/account/authenticator/secret")
@member
@steps_up
def begin() -> ResponseReturnValue:
    """Make a secret for another authenticator. The one before goes on until the new one has shown its digits."""
    db = _db()
    add_to_session(db, {_SECRET: pyotp.random_base32()})
    db.commit()
    return redirect(url_for("account.authenticator"), code=303)


@bp.get("/<language:language>/account/authenticator")
@member
def authenticator() -> ResponseReturnValue:
    """Show the secret, to whoever has just proved who they are."""
    if not session.get(_SECRET) or not is_proved():
        return redirect(url_for("account.show"), code=303)
    return authenticator_page(actor().username, session[_SECRET], CodeForm())


@bp.post("/<language:language>/account/authenticator")
@member
@steps_up
def connect() -> ResponseReturnValue:
    """Put the new secret in force if its authenticator gives the right digits; every other session ends."""
    form, secret, db = CodeForm(), session.get(_SECRET), _db()
    if not secret:
        return redirect(url_for("account.show"), code=303)
    if not form.validate():
        return authenticator_page(actor().username, secret, form), 422
    try:
        entrance.change_authenticator(
            db,
            actor().id,
            actor().identity,
            secret,
            code=entered(form.code),
            session=session_name(),
            now=office().clock(),
        )
    except CodeRefused:
        problem = _("These are not the digits the app should show. Check the clock of your phone.")
        return authenticator_page(actor().username, secret, form, problem), 422
    add_to_session(db, {_SECRET: ""})
    db.commit()
    return _page(notice=_("Your new authenticator is connected. The one before no longer works."))


@bp.post("/<language:language>/account/key")
@member
@steps_up
def rotate() -> ResponseReturnValue:
    """Replace the member's key; at the end they see a new recovery code and sign in anew."""
    here, form = office(), _form("key")
    if not form.validate():
        return _page(form), 422
    try:
        identity = _prepared()
    except FormerKeyInUse:
        return _page(problem=_waits()), 409
    if identity is None:
        return _page(problem=_("There is a lot to seal anew, and it is not done yet. Go on.")), 409
    code, who, db = new_recovery_code(), actor(), _db()
    wraps = {
        "password": _wrapped(identity, entered(form.password)),
        "recovery": _wrapped(identity, normalise_recovery_code(code)),
    }
    try:
        rotation.rotate(db, who, **wraps, now=here.clock())
    except NotPrepared:
        db.rollback()
        return _page(problem=_("Somebody gave you something to read meanwhile. Go on.")), 409
    establish(db, {STAGE: RECOVERY, "recovery": code}, member_id=who.id)
    db.commit()
    return redirect(url_for("enrolment.recovery"), code=303)


def _prepared() -> Identity | None:
    """Begin, or go on, with sealing to a new key, in transactions of its own; give that key, or None while some is left."""
    here, who = office(), actor()
    with here.database.transaction() as db:
        rotation.begin(db, who, now=here.clock())
    for _round in range(ROUNDS):
        with here.database.transaction() as db:
            if rotation.prepare(db, who, at_most=BATCH) <= BATCH:
                return rotation.next_identity(db, who)
    return None


def _wrapped(identity: Identity, secret: str) -> bytes:
    """Wrap a key: slow, so it is done before the transaction begins."""
    here = office()
    with here.kdf_slots.slot():
        return wrap_identity(identity, secret, here.settings.staff_profile)


def _form(prefix: str) -> PasswordForm:
    return PasswordForm.of(prefix, actor().username)


def _waits() -> str:
    words: str = _(
        "Your key was replaced not long ago. An administrator signs the list of receivers first, and some days have to pass."
    )
    return words


def _page(
    sent: PasswordForm | None = None,
    *,
    problem: str = "",
    notice: str = "",
    recovery_code: str = "",
) -> str:
    with office().database.reading() as db:
        account = staff.member_by_id(db, actor().id)
    return render_template(
        "casework/account.html",
        form=sent or StepUpForm(formdata=None),
        proved=is_proved(),
        step_up=StepUpForm(formdata=None),
        password=_form("password"),
        key=_form("key"),
        under_way=account is not None and account.next_recipient is not None,
        waits=_waits() if account is not None and account.former_sealed is not None else "",
        problem=problem,
        notice=notice,
        recovery_code=recovery_code,
    )


def _db() -> Session:
    return office().database.session_of_request()
