"""Rules of the office a machine can see: where things are opened, and who writes a state."""

import ast
from collections.abc import Iterator
from pathlib import Path

CASEWORK = Path(__file__).parents[3] / "casework"
OPENING = frozenset(
    {"unseal", "unseal_stream", "open_grant", "open_letter", "open_blob", "open_box"}
)


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Give every function of the office with where it is."""
    for path in sorted(CASEWORK.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield f"{path.relative_to(CASEWORK)}:{node.name}", node


def calling(names: frozenset[str]) -> dict[str, set[str]]:
    """Say which functions call which of these."""
    found: dict[str, set[str]] = {}
    for place, function in functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
                found.setdefault(place, set()).add(ast.unparse(node.func).split(".")[-1])
    return found


def test_sealed_things_are_opened_in_these_places_and_nowhere_else() -> None:
    """F2. F3."""
    assert calling(OPENING) == {
        "dossiers/service.py:_identity": {"unseal"},
        "dossiers/service.py:_own_grant": {"open_grant"},
        "dossiers/service.py:read": {"open_letter"},
        "dossiers/service.py:read_record": {"unseal"},
        "evidence/reading.py:chunks": {"open_blob"},
        "interests/service.py:words_of": {"unseal"},
        "people/rotation.py:_next_identity": {"unseal"},
        "people/rotation.py:_sealed_anew": {"unseal"},
        "people/rotation.py:_take_over": {"unseal"},
        "ledger/service.py:_unsealed": {"unseal"},
        "staff/auditors.py:_opened": {"unseal"},
        "staff/entrance.py:check_code": {"unseal"},
        "staff/service.py:former_identity": {"unseal"},
        "staff/service.py:roster_seed": {"unseal"},
    }


def test_one_function_opens_dossiers() -> None:
    """F2."""
    assert calling(frozenset({"_identity"})) == {"dossiers/service.py:open_dossiers": {"_identity"}}
    assert calling(frozenset({"OpenDossier"})) == {
        "dossiers/service.py:open_dossiers": {"OpenDossier"}
    }


def test_one_function_of_each_room_writes_a_state() -> None:
    writers = {
        place
        for place, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and any(
            isinstance(target, ast.Attribute) and target.attr == "state"
            for target in ast.walk(node)
            if isinstance(getattr(target, "ctx", None), ast.Store)
        )
    }
    assert writers == {
        "cases/service.py:move",
        "cases/work.py:_move_task",
        "clocks/rows.py:keep",
        "dossiers/service.py:move",
        "dossiers/triage.py:_move",
        "evidence/custody.py:_move",
        "staff/service.py:_move",
    }


def test_services_never_commit_nor_know_flask_nor_read_the_clock() -> None:
    rooms = {
        "cases",
        "clocks",
        "destruction",
        "dossiers",
        "evidence",
        "interests",
        "ledger",
        "people",
        "post",
        "reminders",
        "staff",
        "witness",
    }
    services = [p for p in CASEWORK.glob("*/*.py") if p.parent.name in rooms]
    assert services
    for path in services:
        tree = ast.parse(path.read_text())
        imported = {
            alias.name.split(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in (
                node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")]
            )
        }
        called = {ast.unparse(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
        assert imported.isdisjoint({"flask", "time", "os"}), path
        assert not [name for name in called if name.endswith((".commit", ".now", ".today"))], path
