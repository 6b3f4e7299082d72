"""What clocks refuse."""


class ClocksError(Exception):
    """The family."""


class AlreadyRuns(ClocksError):
    """This subject has a clock of this kind that is not over."""


class StaleClock(ClocksError):
    """Somebody acted on this clock since the page was shown, or the button was pressed twice."""


class DeadlinePassed(ClocksError):
    """A deadline that has passed is neither paused nor extended: lateness is explained, not moved away."""


class NotExtendable(ClocksError):
    """Nobody here can give more time for this: it was promised, or it is the law's."""


class NotStoppable(ClocksError):
    """This comes to nothing by nobody's word: it is done, or it is late."""


class NotLate(ClocksError):
    """There is nothing to explain: the deadline has not passed."""


class LatenessUnexplained(ClocksError):
    """What was due is done, but late: it is met only together with a reason."""


class ReasonUnfit(ClocksError):
    """This reason does not go with this act, or not for this kind of clock."""


class RuleUnfit(ClocksError):
    """This rule does not measure this kind of clock, or the rule set has none of that name."""


class AmountRefused(ClocksError):
    """An extension is a whole number from 1 to 366, in the unit the clock counts in."""


class OutsideCalendar(ClocksError):
    """The calendar of working days does not reach so far."""
