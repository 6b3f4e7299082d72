"""docs/threat-model.md keeps its word: every attack is in it, every test it names exists."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
SIZES = {"A": 29, "B": 21, "C": 27, "D": 17, "E": 27, "F": 27}
IDS = [f"{letter}{number}" for letter, size in SIZES.items() for number in range(1, size + 1)]
STATUSES = {"covered", "not applicable", "not yet"}
_ROW = re.compile(r"^\| ([A-F]\d+) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
_NAMED = re.compile(r"\b([A-F])(\d{1,2})(?:[–-][A-F]?(\d{1,2}))?\b")

ROWS = {row[0]: row[1:] for row in _ROW.findall(PAGE)}


def _ids(docstring: str) -> set[str]:
    """Return the ids a docstring names; `B1–B4` names four."""
    return {
        f"{letter}{number}"
        for letter, first, last in _NAMED.findall(docstring)
        for number in range(int(first), int(last or first) + 1)
    }


def _tests() -> Iterator[tuple[str, set[str]]]:
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        if "node_modules" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    yield node.name, _ids(ast.get_docstring(node) or "")


TESTS: dict[str, set[str]] = {}
for _name, _named in _tests():
    TESTS[_name] = TESTS.get(_name, set()) | _named


def test_every_attack_is_in_the_table_exactly_once() -> None:
    assert Counter(row[0] for row in _ROW.findall(PAGE)) == Counter(IDS)


@pytest.mark.parametrize("attack", IDS)
def test_a_row_says_what_is_tried_and_where_it_stands(attack: str) -> None:
    tried, status, why = ROWS[attack]
    assert status in STATUSES
    assert len(tried) > 10
    assert why.startswith("`test_") or len(why) > 15


@pytest.mark.parametrize("attack", [i for i in IDS if ROWS[i][1] == "covered"])
def test_a_covered_attack_names_tests_that_exist_and_name_it(attack: str) -> None:
    named = re.findall(r"`(test_\w+)`", ROWS[attack][2])
    assert named
    for name in named:
        assert attack in TESTS.get(name, set()), f"{name} does not exist, or does not name {attack}"


@pytest.mark.parametrize("attack", [i for i in IDS if ROWS[i][1] != "covered"])
def test_an_attack_that_is_called_uncovered_is_named_by_no_test(attack: str) -> None:
    assert [name for name, named in TESTS.items() if attack in named] == []


def test_the_page_counts_its_rows_rightly() -> None:
    counts = Counter(status for _, status, _ in ROWS.values())
    said = re.search(
        r"(\d+) are covered by tests, (\d+) do not apply, (\d+) are not covered yet", PAGE
    )
    assert said is not None
    assert [int(n) for n in said.groups()] == [
        counts["covered"],
        counts["not applicable"],
        counts["not yet"],
    ]
