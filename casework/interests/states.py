"""What may tie a member to a unit of the organisation."""

from enum import StrEnum


class Tie(StrEnum):
    """How: somebody of theirs is there, they answer to somebody there, or they were there themselves."""

    RELATED = "related"
    REPORTS_TO = "reports_to"
    FORMERLY_WORKED = "formerly_worked"
