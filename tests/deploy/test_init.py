"""`ishonch init`: an instance and its first administrator, made by whoever sits at the machine and by nobody else."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pyotp
import pytest
import sqlalchemy as sa

from casework.cli import main
from casework.staff.models import Member
from crypto.passwords import RFC9106_SECOND, needs_rehash
from portal.clock import now
from portal.database import Database
from portal.settings import load_office
from tests.deploy.command import run
from tests.deploy.terminal import Terminal
from tests.web.sample import PROFILE

PASSWORD = "four words and more"
ORIGINS = (
    "--portal-origin",
    "https://portal.example",
    "--office-origin",
    "https://office.example",
)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Where the instance is to be."""
    return tmp_path / "var" / "ishonch"


@contextmanager
def init(new: Path, *more: str | Path, profile: Path = PROFILE) -> Iterator[Terminal]:
    """Type the command."""
    at = Terminal("init", "--instance", new, "--profile", profile, *ORIGINS, *more)
    try:
        yield at
    finally:
        at.close()


def introduce(at: Terminal) -> str:
    """Answer everything up to the second factor; give its secret."""
    at.answer("user name:", "root")
    at.answer("full name:", "Nodira Karimova")
    at.answer("Password:", PASSWORD)
    at.answer("confirm", PASSWORD)
    return at.ask(r"authenticator app: ([A-Z2-7]+)\n")


def prove(at: Terminal, secret: str) -> None:
    """Answer with the six digits."""
    at.answer("six digits", pyotp.TOTP(secret).at(now()))


def test_an_instance_is_made_with_one_administrator_and_every_secret_its_owners_alone(
    new: Path,
) -> None:
    """A28. A29. F14."""
    with init(new) as at:
        secret = introduce(at)
        arguments = at.arguments()
        assert not new.exists()
        at.answer("six digits", "000 00")
        at.ask("not the digits")
        prove(at, secret)
        recovery = at.ask(r"Recovery code, shown only once; print it: ([A-Z0-9-]+)\n")
        assert at.end() == 0
    assert PASSWORD not in at.shown
    for told in (PASSWORD, secret, recovery):
        assert told not in arguments
    _check_folder(new, (PASSWORD, secret, recovery))
    _check_administrator(new)


def _check_folder(new: Path, secrets: tuple[str, ...]) -> None:
    files = [path for path in new.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        *("portal.toml", "office.toml", "profile.toml", "roster.verifier"),
        *("mailbox.db", "casework.db", "portal-secret", "office-secret", "kdf-salt"),
        *("ledger.verifier", "ledger-key"),
        *("filing.verifier", "filing-key", "witness.verifier", "witness-key"),
    }
    for path in (new, *new.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for path in files:
        assert [told for told in secrets if told.encode() in path.read_bytes()] == []


def _check_administrator(new: Path) -> None:
    settings = load_office(new)
    assert settings.casework_url == f"sqlite:///{new}/casework.db"
    database = Database(settings.casework_url)
    with database.reading() as db:
        (member,) = db.scalars(sa.select(Member))
    database.engine.dispose()
    found = (member.username, member.name, member.role, member.state)
    assert found == ("root", "Nodira Karimova", "administrator", "active")
    assert member.roster_key is not None
    assert member.password_wrap is not None
    assert not needs_rehash(member.password_wrap, RFC9106_SECOND)


def test_what_cannot_be_is_asked_for_again(new: Path) -> None:
    """C16. C23."""
    with init(new) as at:
        at.answer("user name:", "Root")
        at.ask("small Latin letters")
        at.answer("user name:", "root")
        at.answer("full name:", "Nodira\u200bKarimova")
        at.ask("can be printed")
        at.answer("full name:", "Nodira Karimova")
        at.answer("Password:", "short")
        at.answer("confirm", "short")
        at.ask(r"too weak \(short\)")
        at.answer("Password:", PASSWORD)
        at.answer("confirm", "something else")
        at.ask("do not match")
        at.answer("Password:", PASSWORD)
        at.answer("confirm", PASSWORD)
        assert at.ask(r"authenticator app: ([A-Z2-7]+)\n")
    assert not new.exists()


def test_whoever_gives_up_leaves_nothing_and_may_begin_again(new: Path) -> None:
    """A29."""
    with init(new) as at:
        introduce(at)
        at.ask("six digits")
        at.interrupt()
        assert at.end() == 1
    assert not new.exists()


def test_an_instance_that_is_there_is_refused_before_anything_is_asked(new: Path) -> None:
    """A29."""
    new.mkdir(parents=True)
    (new / "office.toml").write_text("precious")
    done = run("init", "--instance", new, "--profile", PROFILE, *ORIGINS)
    assert done.returncode == 1
    assert "There is an instance" in done.stderr
    assert "user name" not in done.stdout
    assert [(path.name, path.read_text()) for path in new.iterdir()] == [
        ("office.toml", "precious")
    ]


def test_a_profile_that_cannot_be_used_makes_no_instance(tmp_path: Path, new: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("languages = ['xx']\n")
    with init(new, profile=broken) as at:
        prove(at, introduce(at))
        assert at.end() == 1
    assert "languages: name one or more" in at.shown
    assert "Traceback" not in at.shown
    assert list(new.iterdir()) == []


def test_a_database_that_cannot_be_reached_makes_no_instance(new: Path) -> None:
    """D8."""
    with init(new, "--casework-url", "postgresql://nobody@127.0.0.1:9/none") as at:
        prove(at, introduce(at))
        assert at.end() == 1
    assert "database cannot be reached" in at.shown
    assert "Traceback" not in at.shown
    assert list(new.iterdir()) == []


def test_no_command_takes_a_secret_as_an_argument() -> None:
    """F14."""
    asked = {parameter.name for command in _commands(main) for parameter in command.params}
    assert asked == {
        "cases",
        *("folder", "portal_port", "office_port", "username", "instance", "profile", "name"),
        *("portal_origin", "office_origin", "mailbox_url", "casework_url", "portal_bind"),
        *("office_bind", "only", "role", "position", "checkpoint", "to"),
        *("file", "log", "witnesses", "keys", "at_once"),
    }


def _commands(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        yield command
        if isinstance(command, click.Group):
            yield from _commands(command)
