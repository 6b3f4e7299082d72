"""The roles, and the pairs that are never one person: a rule keeps each, walked over every role and table there is."""

import ast
from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases import states as cases
from casework.cases.rules import may
from casework.cases.states import CaseAction, Relation
from casework.dossiers import grants
from casework.dossiers import service as dossiers
from casework.dossiers import states as letters
from casework.dossiers.grants import NotEligible
from casework.interests.rules import may_declare
from casework.records import CaseworkModel
from casework.staff import states as staff
from casework.staff.rules import fits
from casework.staff.states import READERS, Action, Role
from tests.support.offices import Office
from tests.unit.cases.desk import Desk

CASEWORK = Path(__file__).parents[3] / "casework"
TABLES: dict[str, Mapping[Any, frozenset[Role]]] = {
    "pages": staff.PERMITTED,
    "letters": letters.PERMITTED,
    "reports": letters.REPORT_PERMITTED,
    "cases": cases.PERMITTED,
}
ADMINISTRATION = {Action.MANAGE_STAFF, Action.SIGN_ROSTER}
# Who did the first never does the second to the same case: by the relation the first leaves behind.
PAIRS_IN_A_CASE = {
    (Relation.TRIAGED, CaseAction.CLOSE),
    (Relation.OWNER, CaseAction.CLOSE),
    (Relation.PROPOSED, CaseAction.CLOSE),
    (Relation.PROPOSED, CaseAction.RETURN_CLOSURE),
    (Relation.OWNER, CaseAction.DESTROY_EVIDENCE),
}
# The same of two columns of one row, held by the database.
PAIRS_IN_A_ROW = {
    ("closures", "decided_by <> proposed_by"),
    ("destructions", "confirmed_by <> asked_by"),
    ("entries", "approved_by <> author_id"),
    ("grant_requests", "asked_by <> member_id"),
    ("grants", "confirmed_by <> given_by"),
    ("grants", "given_by <> member_id"),
}


@pytest.mark.parametrize("name", TABLES)
def test_no_role_both_administers_and_reads(name: str) -> None:
    """F3. F4. Every action of every table there is."""
    for action, allowed in TABLES[name].items():
        if action in ADMINISTRATION:
            assert allowed == {Role.ADMINISTRATOR}, action
        else:
            assert Role.ADMINISTRATOR not in allowed, action


def test_the_pairs_of_one_case_are_kept_whoever_it_is() -> None:
    """F3. F5. Role, action and relation, walked whole: barred is what the pairs say, and nothing else."""
    for role, action, relation in product(READERS, CaseAction, Relation):
        stands = frozenset({Relation.GRANTED, relation})
        assert may(action, role, stands) == ((relation, action) not in PAIRS_IN_A_CASE)


def test_the_pairs_of_one_row_are_kept_by_the_database() -> None:
    """F5. F20."""
    checks = {
        (table.name, str(rule.sqltext))
        for table in CaseworkModel.metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, sa.CheckConstraint)
    }
    assert checks >= PAIRS_IN_A_ROW


def test_a_role_sits_where_it_belongs_and_the_administrator_nowhere(sqlite_office: Office) -> None:
    """F2. F3. So the list of receivers never names one."""
    positions = [*sqlite_office.here.organisation.positions, None]
    sits: dict[Role, set[str]] = {role: set() for role in Role}
    for role, position in product(Role, positions):
        if fits(role, position):
            sits[role].add(position.desk if position else "nowhere")
    assert sits[Role.ADMINISTRATOR] == {"nowhere"}
    assert sits[Role.OVERSIGHT] == {"oversight"}
    assert sits[Role.HEAD] == sits[Role.INVESTIGATOR] == {"service"}


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_declares_and_nobody_else(role: Role) -> None:
    """F3."""
    assert may_declare("me", role, about="me") == (role in READERS)
    assert may_declare("me", role, about="other") == (role == Role.HEAD)


def test_nobody_s_role_or_desk_ever_changes() -> None:
    """F3. F5. Whoever becomes something else gets another account, with another key."""
    written = {
        f"{path.name}:{target.attr}"
        for path in CASEWORK.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr in {"role", "position"}
    }
    assert written == set()


def test_an_administrator_with_the_whole_database_and_their_own_key_opens_nothing(
    sqlite_office: Office,
) -> None:
    """F3. And nobody can let them in."""
    desk, office = Desk(sqlite_office), sqlite_office
    report = desk.arrived()
    administrator, head = office.actor("administrator"), office.actor("head")
    with office.here.database.transaction() as db:
        assert dossiers.open_reports(db, administrator) == []
        assert set(dossiers.try_offers(db, administrator, at_most=10).values()) == {None}
        opened = dossiers.open_report(db, head, report)
        with pytest.raises(NotEligible):
            grants.give_grant(db, opened, to=administrator.id, actor=head, now=office.clock())


def test_every_action_is_somebody_s_and_every_role_has_one() -> None:
    for table in TABLES.values():
        assert all(table.values())
    roles: set[StrEnum] = set().union(*staff.PERMITTED.values())
    assert roles == set(Role)
