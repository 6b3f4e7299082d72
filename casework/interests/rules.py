"""The rules of the register: pure functions of what they are given."""

from datetime import date

from casework.interests.models import Interest
from casework.staff.states import READERS, Role

DECEMBER = 12


def renewal_day(today: date) -> date:
    """Give the day by which a declaration of today is said again: the end of the year (ZRU-931, forms at year's end).

    What is declared in December is declared for the year to come.
    """
    return date(today.year + (today.month == DECEMBER), DECEMBER, 31)


def may_declare(actor_id: str, actor_role: Role, *, about: str) -> bool:
    """Whether somebody may declare something about a member: everybody who reads about themselves, the head about all."""
    return actor_role in READERS and (actor_id == about or actor_role == Role.HEAD)


def may_end(actor_id: str, actor_role: Role, interest: Interest) -> bool:
    """Whether somebody may end a declaration: whoever made it, or the head. What the head said of one is not one's own to end."""
    return actor_role in READERS and (actor_id == interest.declared_by or actor_role == Role.HEAD)
