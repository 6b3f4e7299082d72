"""The house rules that a machine can see, as tests."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import casework
import crypto
import portal

ROOT = Path(__file__).parent.parent
PACKAGES = ("crypto", "portal", "casework")


def ours() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Each call in the file as (line, dotted name)."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def found(pattern: str, *, beside: tuple[str, ...] = ()) -> list[str]:
    """Calls whose dotted name matches `pattern`, outside the files named in `beside`."""
    return [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in ours()
        if str(path.relative_to(ROOT)) not in beside
        for line, name in calls(path)
        if re.fullmatch(pattern, name)
    ]


@pytest.mark.parametrize("package", [crypto, portal, casework])
def test_the_packages_imported_are_ours_and_not_namesakes(package: object) -> None:
    assert Path(str(getattr(package, "__file__", ""))).is_relative_to(ROOT)


def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    result = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_only_the_clock_module_reads_the_clock() -> None:
    reads = r"(datetime\.)*(datetime\.(now|utcnow|today)|date\.today)|time\.time(_ns)?"
    assert found(reads, beside=("portal/clock.py",)) == []


def test_secrets_come_from_the_systems_generator() -> None:
    assert found(r"random\.\w+") == []


def test_markup_is_made_in_one_module() -> None:
    """C1. C3."""
    assert found(r"(markupsafe\.)?Markup", beside=("portal/richtext.py",)) == []
    unsafe = re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE)
    pages = [*(ROOT / "templates").rglob("*.html")]
    assert pages
    assert [str(page) for page in pages if unsafe.search(page.read_text())] == []


def test_key_derivation_is_never_cached() -> None:
    """E19. Nor is anything else but the word lists, which are no secret."""
    cached = [
        f"{path.relative_to(ROOT)}:{function.name}"
        for path in ours()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if re.match(r"(functools\.)?(lru_cache|cache)\b", ast.unparse(decorator))
    ]
    assert cached == ["crypto/tokens.py:_wordlist"]
    assert found(r"(functools\.)?(lru_cache|cache)") == []


def test_nothing_is_swallowed() -> None:
    """But in one worker loop, which must go on to its next job."""
    broad = [
        str(path.relative_to(ROOT))
        for path in ours()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
    ]
    assert broad == ["portal/maintenance.py"]


def test_no_page_names_another_host_script_or_inline_style() -> None:
    """B16. B17. B18."""
    forbidden = re.compile(
        r"<script|javascript:|\sstyle=|\son\w+=|src=[\"']?(https?:)?//|url\(|@import", re.IGNORECASE
    )
    pages = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "portal").rglob("*.css"),
        *(ROOT / "casework").rglob("*.css"),
    ]
    assert [str(page) for page in pages if forbidden.search(page.read_text())] == []


def test_the_locks_are_hashed_and_name_no_address() -> None:
    """F22."""
    for lock in ("requirements.lock", "requirements-run.lock"):
        text = (ROOT / lock).read_text()
        packages = re.findall(r"^[a-z0-9._-]+==\S+", text, re.MULTILINE)
        assert packages
        assert text.count("--hash=sha256:") >= len(packages)
        assert "://" not in text


def test_files_keep_to_their_room() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines}"
        for path in ours()
        if (lines := len(path.read_text().splitlines())) > 400
    ]
    assert long == []
