"""`ishonch certificate`: offline, with the published keys, in words."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from casework.cli import main
from casework.instance import make_filing_keys, migrate
from portal.clock import local_date, now
from portal.database import Database
from portal.log_keys import filing_key, read_public
from portal.mailbox import filing_log
from portal.organisation import load_organisation
from portal.settings import load_office, load_portal
from tests.deploy.command import run
from tests.support.filing import witnessed

ENTRY = b"a salted hash of a report".ljust(32)


def verified(*arguments: str | Path) -> Result:
    """Run the command far from any instance."""
    return CliRunner().invoke(main, ["certificate", "verify", *map(str, arguments)])


@pytest.fixture
def databases(folder: Path) -> Iterator[tuple[Database, Database]]:
    settings = load_office(folder)
    made = Database(settings.casework_url), Database(settings.mailbox_url)
    yield made
    for database in made:
        database.engine.dispose()


@pytest.fixture
def saved(folder: Path, databases: tuple[Database, Database], tmp_path: Path) -> Path:
    """The certificate of a report of this instance, which the office has not collected."""
    with databases[1].transaction() as db:
        filing_log.append(db, ENTRY)
    return save(folder, databases, tmp_path)


def save(folder: Path, databases: tuple[Database, Database], tmp_path: Path) -> Path:
    """Save the certificate as its owner would."""
    key, witness = filing_key(load_portal(folder)).read(), read_public(load_office(folder))[1]
    with databases[1].reading() as db:
        made = filing_log.certificate(db, ENTRY, key=key, witness=witness)
    assert made is not None
    path = tmp_path / f"{secrets.token_hex(4)}.tlog-proof"
    path.write_text(made.text, encoding="utf-8", newline="")
    return path


def test_a_certificate_is_checked_offline_with_the_published_keys(
    folder: Path, databases: tuple[Database, Database], saved: Path, tmp_path: Path
) -> None:
    published = CliRunner().invoke(main, ["certificate", "keys", "--instance", str(folder)]).output
    log, witness = published.split()
    keys = tmp_path / "filing-log.txt"
    keys.write_text(published)
    alone = verified(saved, "--log", log)
    assert alone.exit_code == 0
    assert "is genuine: a report is entry 0" in alone.output
    assert "It shows no day" in alone.output
    early = verified(saved, "--keys", keys)
    assert early.exit_code == 1
    assert "the witness did not: it shows no day" in early.output
    witnessed(folder)
    later = save(folder, databases, tmp_path)
    day = local_date(now(), load_organisation(load_office(folder).profile).timezone)
    for arguments in (
        ("--keys", keys),
        ("--log", log, "--witness", witness),
        ("--instance", folder),
    ):
        done = verified(later, *arguments)
        assert done.exit_code == 0, done.output
        assert (
            f"Filed on or before {day.isoformat()}: on that day 127.0.0.1:2/witness" in done.output
        )


def test_the_command_itself_ends_with_its_status(folder: Path, saved: Path) -> None:
    log = read_public(load_office(folder))[0]
    assert run("certificate", "verify", saved, "--log", log).returncode == 0
    saved.write_text(saved.read_text().replace("index 0", "index 1"))
    done = run("certificate", "verify", saved, "--log", log)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not a genuine certificate" in done.stderr


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda path: path.write_bytes(b"\xff\xfe"), 1, "cannot be read"),
        (lambda path: path.write_text(""), 1, "not a genuine certificate"),
        (lambda path: path.write_text(path.read_text() + "\n"), 1, "not a genuine certificate"),
        (lambda path: path.unlink(), 2, "does not exist"),
    ],
    ids=["no text", "empty", "longer", "not there"],
)
def test_what_is_no_certificate_is_refused_in_words(
    folder: Path, saved: Path, change: object, code: int, words: str
) -> None:
    """F10."""
    assert callable(change)
    change(saved)
    done = verified(saved, "--log", read_public(load_office(folder))[0])
    assert (done.exit_code, words in done.output) == (code, True), done.output
    assert not isinstance(done.exception, UnicodeError)


def test_a_witness_without_a_log_is_no_command(folder: Path, saved: Path) -> None:
    witness = read_public(load_office(folder))[1]
    assert verified(saved, "--witness", witness).exit_code == 2


def test_an_older_instance_gets_its_keys_and_a_lost_one_is_not_replaced(folder: Path) -> None:
    """F14."""
    office, portal = load_office(folder), load_portal(folder)
    keys = folder / "secrets" / "filing-key", folder / "secrets" / "witness-key"
    verifiers = folder / "filing.verifier", folder / "witness.verifier"
    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]
    for path in (*keys, *verifiers):
        path.unlink()
    migrate(office)
    first = [key.read_text() for key in keys]
    assert len(set(first)) == 2
    for key in keys:
        key.unlink()
    make_filing_keys(portal, office)
    assert not any(key.exists() for key in keys)
