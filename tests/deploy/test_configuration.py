"""What docs/ say is so: symbols exist, every setting is explained, commands and sentences are the program's own."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import timedelta
from pathlib import Path

import click
import pytest

from casework.cli import main as ishonch
from crypto.passwords import Profile
from portal.logs import EVENTS
from portal.settings import OfficeSettings, PortalSettings, Settings

ROOT = Path(__file__).parents[2]
DOCS = {path.name: path.read_text("utf-8") for path in (ROOT / "docs").glob("*.md")}
# Pages of the hand-written documents that name parts of the program.
NAMING = ("request-flow.md", "operations.md", "tradeoffs.md", "settings.md")
SECTIONS = (
    ("Both sides", Settings),
    ("The portal alone", PortalSettings),
    ("The office alone", OfficeSettings),
)


def quoted(page: str) -> list[str]:
    """Give what stands between backticks in a page, outside its blocks of commands."""
    without_blocks = re.sub(r"^ *```.*?^ *```", "", DOCS[page], flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", without_blocks)


def symbols() -> list[str]:
    """Give every `module.symbol` of ours that a page names."""
    pattern = re.compile(r"(?:crypto|portal|casework)(?:\.\w+)+(?<!\.toml)(?<!\.db)")
    return sorted({name for page in NAMING for name in quoted(page) if pattern.fullmatch(name)})


@pytest.mark.parametrize("name", symbols())
def test_a_symbol_that_a_page_names_exists(name: str) -> None:
    found, rest = _module(name.split("."))
    for part in rest:
        found = getattr(found, part)


def _module(parts: list[str]) -> tuple[object, list[str]]:
    """Import as much of a dotted name as is a module; give it, and what is left."""
    found: object = None
    for end in range(1, len(parts) + 1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            return found, parts[end - 1 :]
    return found, []


def test_the_journey_of_a_report_is_told_by_symbols() -> None:
    assert len([name for name in quoted("request-flow.md") if name in symbols()]) > 30


@pytest.mark.parametrize("page", NAMING)
def test_a_file_or_test_that_a_page_names_exists(page: str) -> None:
    tests = [p for p in (ROOT / "tests").rglob("test_*.py") if "node_modules" not in p.parts]
    written = " ".join(path.read_text("utf-8") for path in tests)
    for name in quoted(page):
        if re.fullmatch(r"(tests|docs|deploy|templates)/[\w./-]+", name):
            assert (ROOT / name).exists(), name
        if name.startswith("test_"):
            assert f"def {name}(" in written, name


def test_each_trade_off_names_the_test_that_holds_it() -> None:
    rows = [line for line in DOCS["tradeoffs.md"].splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 10
    for row in rows:
        design, consequence, why, held = (cell.strip() for cell in row.strip("| ").split(" | "))
        assert min(map(len, (design, consequence, why))) > 15
        assert re.fullmatch(r"`test_\w+`", held), row


def test_every_setting_is_explained_and_nothing_else_is() -> None:
    shared = {field.name for field in fields(Settings)} - {"instance"}
    for title, kind in SECTIONS:
        own = {field.name for field in fields(kind)} - {"instance"}
        assert set(_explained(title)) == (own if kind is Settings else own - shared), title


def test_what_a_page_calls_usual_is_what_the_program_takes() -> None:
    for title, kind in SECTIONS:
        usual = _explained(title)
        for field in fields(kind):
            if field.name in usual:
                assert usual[field.name] == _as_written(field.default), field.name


def _explained(title: str) -> dict[str, str]:
    """Give the settings that a section explains, and what it calls usual."""
    section = DOCS["settings.md"].partition(f"## {title}\n")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|", section, re.MULTILINE))


def _as_written(default: object) -> str:
    if default is MISSING:
        return "–"
    if isinstance(default, timedelta):
        return str(default // timedelta(minutes=1))
    if isinstance(default, Profile):
        return default.name
    return str(default).lower()


def test_every_command_that_a_page_names_exists() -> None:
    named = {command for page in DOCS for command in _commands(DOCS[page])}
    assert len(named) > 6
    for words in named:
        command: click.Command = ishonch
        for word in words.split():
            if isinstance(command, click.Group):
                assert word in command.commands, words
                command = command.commands[word]


def _commands(text: str) -> set[str]:
    """Give the commands of ours that stand between backticks, or in a block."""
    blocks = re.findall(r"^ *```(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    code = [*re.findall(r"`([^`\n]+)`", text), *blocks]
    return {
        found for part in code for found in re.findall(r"\bishonch ([a-z]+(?: [a-z]+)?)\b", part)
    }


def test_everything_that_check_can_say_is_explained() -> None:
    """Each sentence of `ishonch check` stands in the operations page, with its names left open."""
    page = re.sub(r"\s+", " ", DOCS["operations.md"])
    sentences = list(_sentences(ROOT / "casework" / "checks.py"))
    assert len(sentences) > 8
    for parts in sentences:
        assert re.search(".{1,40}?".join(map(re.escape, parts)), page), parts


def _sentences(path: Path) -> Iterator[list[str]]:
    """Give the first sentence of each text that a file yields, in pieces around what is filled in."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Yield) and isinstance(node.value, ast.JoinedStr | ast.Constant):
            pieces = node.value.values if isinstance(node.value, ast.JoinedStr) else [node.value]
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "\0" for p in pieces)
            first = re.split(r"(?<=[.:])\s", text)[0].rstrip(".:")
            yield [piece for piece in first.split("\0") if piece.strip()]


def test_every_event_of_the_log_is_explained() -> None:
    table = DOCS["operations.md"].partition("| event |")[2].partition("\n\n")[0]
    explained = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(explained))) == set(EVENTS)
