"""What the office calls time limits in a page."""

from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from casework.clocks.errors import AmountRefused, ClocksError, OutsideCalendar
from casework.clocks.models import Clock
from casework.clocks.states import ClockAction, ClockKind, Reason, Unit
from casework.web.services import office
from portal.i18n import format_date

_INSTANT = timedelta(microseconds=1)


def clock_kind_words(kind: str) -> str:
    """Name a time limit."""
    words: dict[ClockKind, str] = {
        ClockKind.ACKNOWLEDGE: _("Confirming receipt"),
        ClockKind.TRIAGE: _("Triage"),
        ClockKind.PRELIMINARY_REVIEW: _("Preliminary review"),
        ClockKind.FEEDBACK: _("Feedback to the informant"),
        ClockKind.DISCIPLINE: _("Last lawful day for a disciplinary penalty"),
    }
    return words[ClockKind(kind)]


def to_do_words(kind: str) -> str:
    """Say what has to be done within a time limit."""
    words: dict[ClockKind, str] = {
        ClockKind.ACKNOWLEDGE: _("Tell the informant that the report is here"),
        ClockKind.TRIAGE: _("Decide what becomes of the report"),
        ClockKind.PRELIMINARY_REVIEW: _("Finish the preliminary review"),
        ClockKind.FEEDBACK: _("Tell the informant what was done"),
        ClockKind.DISCIPLINE: _("Decide on a disciplinary penalty"),
    }
    return words[ClockKind(kind)]


def clock_action_words(action: str) -> str:
    """Name what somebody did to a time limit."""
    words: dict[ClockAction, str] = {
        ClockAction.PAUSE: _("paused"),
        ClockAction.EXTEND: _("extended"),
        ClockAction.EXPLAIN: _("lateness explained"),
        ClockAction.STOP: _("given up"),
    }
    return words[ClockAction(action)]


def reason_words(reason: str) -> str:
    """Name a reason."""
    words: dict[Reason, str] = {
        Reason.AWAITING_INFORMANT: _("Waiting for the informant"),
        Reason.CRIMINAL_PROCEEDINGS: _("Criminal proceedings"),
        Reason.COMPLEXITY: _("A difficult matter"),
        Reason.AWAITING_OTHERS: _("Waiting for others"),
        Reason.WORKLOAD: _("Too much work at once"),
        Reason.ABSENCE: _("Absence"),
        Reason.TECHNICAL: _("A technical fault"),
        Reason.LEARNED_TOO_LATE: _("Learned of it too late"),
        Reason.NOT_APPLICABLE: _("Cannot be done any more"),
    }
    return words.get(Reason(reason), "")


def amount_words(unit: str) -> str:
    """Ask for an amount in the unit a clock counts in."""
    words: dict[Unit, str] = {
        Unit.HOURS: _("How many hours more"),
        Unit.CALENDAR_DAYS: _("How many days more"),
        Unit.WORKING_DAYS: _("How many working days more"),
        Unit.MONTHS: _("How many months more"),
    }
    return words[Unit(unit)]


def due_words(clock: Clock) -> str:
    """Say until when: the last day, or for hours the minute."""
    if clock.unit == Unit.HOURS:
        local = clock.due_at.astimezone(office().post.timekeeping.zone)
        return f"{format_date(local.date())}, {local:%H:%M}"
    return format_date(office().post.timekeeping.last_day(clock.due_at))


def days_late_words(clock: Clock) -> str:
    """Say for how long something is late, in days begun."""
    keeping = office().post.timekeeping
    days = (office().today() - keeping.day_of(clock.due_at - _INSTANT)).days
    words: str = _("since today")
    return ngettext("%(num)s day late", "%(num)s days late", days) if days else words


def clock_error_words(error: ClocksError) -> str:
    """Say why a time limit was not changed."""
    words: str = _("This time limit was changed meanwhile. Below you see how it stands.")
    if isinstance(error, AmountRefused | OutsideCalendar):
        words = _("So much more time cannot be given.")
    return words
