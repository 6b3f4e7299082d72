"""Each invariant of clocks that the database holds by itself, tried by name on both engines."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from casework.clocks.models import Clock, ClockEvent
from casework.records import CaseworkModel
from casework.staff.models import Member
from portal.database import Database
from tests.support.offices import Stores, copied_files, emptied
from tests.unit.casework.test_constraints import as_sqlite_says, named_rules, tried
from tests.unit.clocks.made import HEAD, MEMBERS, MONDAY, SUBJECT, at

Row = dict[str, Any]
Case = tuple[type[CaseworkModel], Row]
C, D, OTHER = "c" * 32, "d" * 32, "6" * 32
BEGUN = at(MONDAY)
DUE = BEGUN + timedelta(days=7)

CLOCK: Row = {
    "id": C,
    "subject_id": SUBJECT,
    "kind": "triage",
    "rule_set": "2026",
    "rule": "triage",
    "unit": "working_days",
    "moves": False,
    "started_at": BEGUN,
    "due_at": DUE,
    "state": "running",
    "version": 1,
}
NEW = CLOCK | {"id": D, "subject_id": OTHER}
MET = NEW | {"state": "met", "met_at": BEGUN}
START: Row = {
    "clock_id": C,
    "number": 1,
    "action": "start",
    "at": BEGUN,
    "due_at": DUE,
    "amount": 5,
    "unit": "working_days",
    "rule_set": "2026",
    "rule": "triage",
    "counted_from": BEGUN,
    "moves": False,
}
PAUSE: Row = {
    "clock_id": C,
    "number": 2,
    "action": "pause",
    "at": BEGUN,
    "due_at": DUE,
    "actor_id": HEAD,
    "reason": "awaiting_informant",
}
RESUME = PAUSE | {"action": "resume", "reason": None}
RECOUNT = START | {
    "number": 2,
    "action": "recount",
    "actor_id": HEAD,
    "reason": "danger",
    "rule": "triage_danger",
}
EXTEND = PAUSE | {"action": "extend", "reason": "complexity", "amount": 5, "unit": "hours"}
THERE: tuple[Case, ...] = ((Clock, CLOCK), (ClockEvent, START))
REFUSED: dict[str, Case] = {
    "ck_clocks_id_length": (Clock, NEW | {"id": "short"}),
    "ck_clocks_subject_id_length": (Clock, NEW | {"subject_id": "short"}),
    "ck_clocks_kind": (Clock, NEW | {"kind": "lunch"}),
    "ck_clocks_state": (Clock, NEW | {"state": "missed"}),
    "ck_clocks_unit": (Clock, NEW | {"unit": "years"}),
    "ck_clocks_late_reason": (Clock, NEW | {"late_reason": "closed"}),
    "ck_clocks_rule_fits": (Clock, NEW | {"rule": "feedback"}),
    "ck_clocks_moves": (Clock, NEW | {"moves": True}),
    "ck_clocks_due_at": (Clock, NEW | {"due_at": BEGUN}),
    "ck_clocks_paused_at": (Clock, NEW | {"state": "paused"}),
    "ck_clocks_can_wait": (
        Clock,
        NEW | {"kind": "acknowledge", "rule": "acknowledge", "state": "paused", "paused_at": BEGUN},
    ),
    "ck_clocks_met_at": (Clock, NEW | {"met_at": BEGUN}),
    "ck_clocks_explained": (Clock, MET | {"met_at": DUE}),
    "ck_clocks_version": (Clock, NEW | {"version": 0}),
    "uq_clocks_open": (Clock, NEW | {"subject_id": SUBJECT}),
    "pk_clocks": (Clock, NEW | {"id": C}),
    "ck_clock_events_action": (ClockEvent, RESUME | {"action": "sleep"}),
    "ck_clock_events_rule": (ClockEvent, RECOUNT | {"rule": "lunch"}),
    "ck_clock_events_unit": (ClockEvent, EXTEND | {"unit": "years"}),
    "ck_clock_events_number": (ClockEvent, PAUSE | {"number": 0}),
    "ck_clock_events_starts_first": (ClockEvent, START | {"number": 2}),
    "ck_clock_events_somebody": (ClockEvent, PAUSE | {"actor_id": None}),
    "ck_clock_events_reasoned": (ClockEvent, PAUSE | {"reason": None}),
    "ck_clock_events_without_reason": (ClockEvent, RESUME | {"reason": "workload"}),
    "ck_clock_events_reason_fits": (ClockEvent, PAUSE | {"reason": "closed"}),
    "ck_clock_events_basis": (ClockEvent, RECOUNT | {"counted_from": None}),
    "ck_clock_events_no_basis": (ClockEvent, PAUSE | {"rule_set": "2026"}),
    "ck_clock_events_has_amount": (ClockEvent, PAUSE | {"amount": 5, "unit": "hours"}),
    "ck_clock_events_amount_unit": (ClockEvent, EXTEND | {"unit": None}),
    "ck_clock_events_amount": (ClockEvent, EXTEND | {"amount": 367}),
    "pk_clock_events": (ClockEvent, START),
    "fk_clock_events_clock_id_clocks": (ClockEvent, PAUSE | {"clock_id": D}),
    "fk_clock_events_actor_id_members": (ClockEvent, PAUSE | {"actor_id": D}),
}
# Further ways to break a rule that has more than one.
ALSO_REFUSED: dict[str, tuple[str, Case]] = {
    "paused since a moment, but running": ("ck_clocks_paused_at", (Clock, NEW | {"paused_at": BEGUN})),
    "met at no moment": ("ck_clocks_met_at", (Clock, MET | {"met_at": None})),
    "in time, and excused": ("ck_clocks_explained", (Clock, MET | {"late_reason": "workload"})),
    "a second clock beside one that waits": (
        "uq_clocks_open",
        (Clock, NEW | {"subject_id": SUBJECT, "state": "paused", "paused_at": BEGUN}),
    ),
    "something else first": ("ck_clock_events_starts_first", (ClockEvent, PAUSE | {"clock_id": D, "number": 1})),
    "an extension of nothing": ("ck_clock_events_amount", (ClockEvent, EXTEND | {"amount": 0})),
    "an extension without an amount": (
        "ck_clock_events_has_amount",
        (ClockEvent, EXTEND | {"amount": None, "unit": None}),
    ),
}  # fmt: skip
ALSO_REFUSED |= {
    f"a machine that does {action}": (
        "ck_clock_events_somebody",
        (ClockEvent, row | {"actor_id": None}),
    )
    for action, row in (
        ("extend", EXTEND),
        ("recount", RECOUNT),
        ("explain", PAUSE | {"action": "explain", "reason": "workload"}),
        ("stop", PAUSE | {"action": "stop", "reason": "closed"}),
    )
}
TAKEN: dict[str, Case] = {
    "a second kind for a subject": (
        Clock,
        NEW | {"subject_id": SUBJECT, "kind": "feedback", "rule": "feedback"},
    ),
    "a clock that is over beside one that runs": (Clock, MET | {"subject_id": SUBJECT}),
    "one that was stopped beside it": (Clock, NEW | {"subject_id": SUBJECT, "state": "stopped"}),
    "one that waits": (Clock, NEW | {"state": "paused", "paused_at": BEGUN}),
    "one that is late and explained, and still to be done": (Clock, NEW | {"late_reason": "absence"}),
    "one met in time": (Clock, MET),
    "one met late, with a reason": (Clock, MET | {"met_at": DUE, "late_reason": "absence"}),
    "days that move": (Clock, NEW | {"unit": "calendar_days", "moves": True}),
    "a pause": (ClockEvent, PAUSE),
    "a machine that resumes": (ClockEvent, RESUME | {"actor_id": None}),
    "a machine that meets": (ClockEvent, RESUME | {"action": "meet", "actor_id": None}),
    "somebody who meets late": (ClockEvent, PAUSE | {"action": "meet", "reason": "technical"}),
    "an extension": (ClockEvent, EXTEND | {"amount": 366}),
    "a recount": (ClockEvent, RECOUNT),
}  # fmt: skip


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def rows(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database with a clock and its start; what a test does to it is undone."""
    template: Stores = request.getfixturevalue(f"{request.param}_template")
    if request.param == "sqlite":
        yield from _filled(copied_files(template, tmp_path_factory.mktemp("rows")).casework)
    else:
        yield from _filled(emptied(template).casework)


def _filled(url: str) -> Iterator[Database]:
    database = Database(url)
    with database.transaction() as db:
        db.execute(sa.insert(Member), MEMBERS)
        for model, row in THERE:
            db.execute(sa.insert(model).values(**row))
    yield database
    database.engine.dispose()


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_database_itself_refuses(rows: Database, name: str) -> None:
    assert tried(rows, *REFUSED[name]) in {name, *as_sqlite_says(name, REFUSED[name][0])}


@pytest.mark.parametrize("what", sorted(ALSO_REFUSED))
def test_the_database_refuses_also(rows: Database, what: str) -> None:
    name, (model, row) = ALSO_REFUSED[what]
    assert tried(rows, model, row) in {name, *as_sqlite_says(name, model)}


@pytest.mark.parametrize("what", sorted(TAKEN))
def test_the_database_takes(rows: Database, what: str) -> None:
    assert tried(rows, *TAKEN[what]) == ""


def test_every_rule_the_models_name_is_tried() -> None:
    assert named_rules({"clocks", "clock_events"}) == set(REFUSED)
