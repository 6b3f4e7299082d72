"""Accounts and the signed list of receivers: the administrator administers, and reads nothing."""

from collections.abc import Mapping

from flask import Blueprint, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.people.leaving import SoleReader, leave
from casework.staff import roster as rosters
from casework.staff import service as staff
from casework.staff.errors import StaffError
from casework.staff.models import Member
from casework.staff.rules import INVITATION_DAYS, invitation_end
from casework.staff.states import TRANSITIONS, AccountAction, AccountState, Action, Role
from casework.transitions import IllegalTransition
from casework.web.access import actor, requires
from casework.web.filed import filing_alarm
from casework.web.forms.accounts import InvitationForm
from casework.web.roster_file import write_roster
from casework.web.services import office
from casework.web.step_up import steps_up
from casework.web.words import (
    account_state_words,
    desk_words,
    role_words,
    sole_words,
    staff_error_words,
)
from crypto.errors import EncodingError
from portal.forms.fields import entered

bp = Blueprint("staff", __name__)


@bp.get("/<language:language>/staff")
@requires(Action.MANAGE_STAFF)
def list() -> ResponseReturnValue:  # noqa: A001 - the page's name, and so its endpoint's
    """Show the accounts and the signed list."""
    return _page(_form())


@bp.post("/<language:language>/staff")
@requires(Action.MANAGE_STAFF)
@steps_up
def add() -> ResponseReturnValue:
    """Invite somebody. The code is in this answer and nowhere else: it is given in person, and stored as a hash."""
    here, form = office(), _form()
    if not form.validate():
        return _page(form), 422
    db = here.database.session_of_request()
    try:
        code = staff.invite(
            db,
            username=entered(form.username),
            name=entered(form.name),
            role=Role(form.role.data),
            position=here.organisation.position(form.position.data),
            now=here.clock(),
            today=here.today(),
            by=actor().id,
        )
    except StaffError as error:
        db.rollback()
        return _page(form, staff_error_words(error)), 422
    db.commit()
    invitation = {
        "username": entered(form.username),
        "code": code,
        "expires": invitation_end(here.today()),
    }
    return _page(_form(empty=True), invitation=invitation)


@bp.post("/<language:language>/staff/<id:staff_id>/closure")
@requires(Action.MANAGE_STAFF)
@steps_up
def disable(staff_id: str) -> ResponseReturnValue:
    """Let somebody leave: their sessions end, their grants go; and sign the list without them, if this administrator can."""
    db = office().database.session_of_request()
    try:
        leave(db, staff_id, by=actor().id, now=office().clock())
        note = _signed(db)
    except SoleReader as error:
        db.rollback()
        return _page(_form(empty=True), sole_words(error.sole)), 409
    except StaffError as error:
        db.rollback()
        return _page(_form(empty=True), staff_error_words(error)), 409
    except IllegalTransition:
        db.rollback()
        return _page(_form(empty=True), _("The account is closed already.")), 409
    db.commit()
    if note:
        write_roster(office().settings.roster, note)
    return redirect(url_for("staff.list"), code=303)


@bp.post("/<language:language>/staff/roster")
@requires(Action.SIGN_ROSTER)
@steps_up
def sign_roster() -> ResponseReturnValue:
    """Sign the list of receivers as the accounts are now, and lay it where the portal reads it."""
    here, db = office(), office().database.session_of_request()
    if staff.roster_seed(db, actor().id, actor().identity) is None:
        return _page(
            _form(empty=True),
            _(
                "You do not hold the key yet. Another administrator gives it to you by signing the list once."
            ),
        ), 409
    note = _signed(db)
    if note is None:
        return _page(
            _form(empty=True), _("Nobody has enrolled yet who could receive reports.")
        ), 409
    db.commit()
    write_roster(here.settings.roster, note)
    return redirect(url_for("staff.list"), code=303)


def _signed(db: Session) -> str | None:
    """Sign the list as the accounts are now; None if this administrator does not hold the key, or there is nobody to name."""
    here = office()
    seed = staff.roster_seed(db, actor().id, actor().identity)
    if seed is None or not rosters.receivers(db, here.organisation):
        return None
    note = rosters.signed_roster(
        db,
        here.organisation,
        verifier=here.settings.roster_verifier,
        seed=seed,
        now=here.clock(),
        today=here.today(),
        by=actor().id,
    )
    staff.share_roster_key(db, seed)
    return note


def _form(*, empty: bool = False) -> InvitationForm:
    return InvitationForm.of(office().organisation, g.language, empty=empty)


def _page(
    form: InvitationForm, problem: str = "", invitation: Mapping[str, object] | None = None
) -> str:
    db = office().database.session_of_request()
    return render_template(
        "casework/staff.html",
        form=form,
        problem=problem,
        alarm=filing_alarm(),
        invitation=invitation,
        days=INVITATION_DAYS,
        rows=[_row(member) for member in staff.all_members(db)],
        roster=_roster(),
    )


def _row(member: Member) -> dict[str, object]:
    here = office()
    return {
        "id": member.id,
        "username": member.username,
        "name": member.name,
        "role": role_words(member.role),
        "position": here.organisation.label(
            here.organisation.positions, member.position, g.language
        )
        if member.position
        else "",
        "status": account_state_words(member.state),
        "can_disable": (AccountState(member.state), AccountAction.DISABLE) in TRANSITIONS,
    }


def _roster() -> dict[str, object] | None:
    """Show the list as it is signed; None if there is none that the portal would believe."""
    here = office()
    try:
        signed = here.roster()
    except (OSError, ValueError, EncodingError):
        return None
    organisation = here.organisation
    wanted = rosters.receivers(here.database.session_of_request(), organisation)
    return {
        "signed_on": signed.signed_on,
        "current": signed.receivers == wanted,
        "receivers": [
            {
                "position": organisation.label(organisation.positions, r.position, g.language),
                "desk": desk_words(r.desk),
            }
            for r in signed.receivers
        ],
    }
