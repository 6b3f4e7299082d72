"""The week: the first page of whoever reads reports."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from casework.clocks.agenda import PART
from casework.staff.states import Action
from casework.web.access import actor, requires
from casework.web.services import office
from casework.web.week import week_of

bp = Blueprint("week", __name__)


@bp.get("/<language:language>/week")
@requires(Action.READ_REPORTS)
def show() -> ResponseReturnValue:
    """Show what this member has to do, by when."""
    with office().database.reading() as db:
        return render_template("casework/week.html", week=week_of(db, actor()), most=PART)
