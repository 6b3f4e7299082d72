"""`ishonch check`: each thing that can be wrong with an instance is provoked once, and said with what to do."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from casework.accounts import Accounts
from casework.cli import main
from casework.staff.models import Member
from crypto.notes import new_signing_key, verifier_text
from portal.clock import now
from portal.database import Database
from portal.log_keys import filing_key
from portal.mailbox import filing_log
from portal.mailbox.models import FilingLeaf, FilingState
from portal.settings import load_office, load_portal
from tests.deploy.command import run
from tests.deploy.ledgers import acts
from tests.support.filing import witnessed
from tests.unit.ledger.ledgers import changed

Provoke = Callable[[Path], object]


def checked(folder: Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["check", "--instance", str(folder)])


def set_to(folder: Path, name: str, value: str, *sides: str) -> None:
    """Change a setting, of both sides unless one is named."""
    for side in sides or ("portal", "office"):
        path = folder / f"{side}.toml"
        lines = [
            line for line in path.read_text().splitlines() if not line.startswith(f"{name} = ")
        ]
        path.write_text("\n".join([*lines, f"{name} = {value}", ""]))


def in_database(folder: Path, *statements: sa.Executable) -> None:
    """Do something to the office's database."""
    database = Database(f"sqlite:///{folder}/casework.db")
    with database.transaction() as db:
        for statement in statements:
            db.execute(statement)
    database.engine.dispose()


def close(folder: Path, role: str) -> None:
    """Close the accounts of a role."""
    in_database(folder, sa.update(Member).where(Member.role == role).values(state="disabled"))


def unlink(folder: Path, name: str) -> None:
    """Remove a file."""
    (folder / name).unlink()


def write(folder: Path, name: str, content: bytes) -> None:
    """Put something else into a file."""
    (folder / name).write_bytes(content)


def another_key(folder: Path) -> None:
    """Pin another roster key than the one the list was signed with."""
    set_to(folder, "roster_verifier", f'"{verifier_text("demo", new_signing_key())}"')


def edit_ledger(folder: Path) -> None:
    """Change an entry, as the database's owner could."""
    with acts(folder) as ledger:
        ledger.act()
        body = changed(ledger.entries()[0].body, actor="b" * 32)
        ledger.replace(0, body=body)


def filing_log_of(folder: Path) -> Database:
    """Log three reports, and let the office cosign them; give the mailbox database."""
    mailbox = Database(load_office(folder).mailbox_url)
    with mailbox.transaction() as db:
        for number in range(3):
            filing_log.append(db, bytes([number]) * 32)
    witnessed(folder)
    return mailbox


def edit_filing_log(folder: Path) -> None:
    """Change an entry in the mailbox database."""
    mailbox = filing_log_of(folder)
    with mailbox.transaction() as db:
        db.execute(sa.update(FilingLeaf).where(FilingLeaf.position == 1).values(entry=b"x" * 32))
    mailbox.engine.dispose()


def roll_filing_log_back(folder: Path) -> None:
    """Put the mailbox database back to before the reports, with a checkpoint of its own key."""
    mailbox = filing_log_of(folder)
    with mailbox.transaction() as db:
        db.execute(sa.delete(FilingLeaf))
        db.execute(sa.update(FilingState).values(frontier=bytes(8)))
        filing_log.keep_checkpoint(db, filing_key(load_portal(folder)).read())
    mailbox.engine.dispose()


NOWHERE = '"postgresql://somebody:hunter2@127.0.0.1:9/none"'
# What is done to the instance, and what the command says: the problem, and what to do.
PROBLEMS: dict[str, tuple[Provoke, str, str]] = {
    "no portal settings": (lambda f: unlink(f, "portal.toml"), "portal.toml", "ishonch init"),
    "no office settings": (lambda f: unlink(f, "office.toml"), "office.toml", "ishonch init"),
    "unknown setting": (
        lambda f: set_to(f, "debug", "true", "office"),
        "debug is not a setting",
        "Take it out",
    ),
    "open secret": (
        lambda f: (f / "secrets" / "office-secret").chmod(0o640),
        "others can read",
        "chmod 600",
    ),
    "short secret": (
        lambda f: write(f, "secrets/portal-secret", b"00\n"),
        "secret cannot be used",
        "32 bytes in hex",
    ),
    "profile gone": (lambda f: unlink(f, "profile.toml"), "profile.toml", "No such file"),
    "profile broken": (
        lambda f: write(f, "profile.toml", b"languages = ['xx']"),
        "languages",
        "name one or more of",
    ),
    "calendar of nowhere": (
        lambda f: write(
            f, "profile.toml", (f / "profile.toml").read_bytes().replace(b'"UZ"', b'"XX"')
        ),
        "calendar.country",
        "such as UZ",
    ),
    "sides that disagree": (
        lambda f: set_to(f, "mailbox_url", f'"sqlite:///{f}/casework.db"', "portal"),
        "mailbox_url differs",
        "Write the same in both",
    ),
    "database gone": (
        lambda f: unlink(f, "casework.db"),
        "There is no database",
        "Bring it back from a backup",
    ),
    "database outdated": (
        lambda f: in_database(f, sa.text("UPDATE alembic_version SET version_num = '0001'")),
        "not at the newest revision",
        "ishonch migrate",
    ),
    "database unreachable": (
        lambda f: set_to(f, "casework_url", NOWHERE, "office"),
        "127.0.0.1:9/none cannot be reached",
        "Start it",
    ),
    "database damaged": (
        lambda f: write(f, "mailbox.db", b"no database"),
        "mailbox.db cannot be reached",
        "correct its address",
    ),
    "database open": (
        lambda f: (f / "mailbox.db").chmod(0o644),
        "Others can read",
        "chmod 600",
    ),
    "store gone": (lambda f: (f / "blobs").rmdir(), "There is no folder", "Mount its disk"),
    "disk full": (
        lambda f: set_to(f, "free_space_floor", str(1 << 60)),
        "nearly full",
        "Free some space",
    ),
    "no administrator": (
        lambda f: close(f, "administrator"),
        "no active administrator",
        "ishonch init",
    ),
    "no list": (
        lambda f: unlink(f, "roster.note"),
        "takes no reports",
        "ishonch roster sign",
    ),
    "damaged list": (
        lambda f: write(f, "roster.note", b"\xff\xfe"),
        "takes no reports",
        "ishonch roster sign",
    ),
    "list of another key": (another_key, "takes no reports", "ishonch roster sign"),
    "an edited ledger": (edit_ledger, "The ledger does not verify: entry 0 was edited", "backup"),
    "no ledger key": (
        lambda f: unlink(f, "secrets/ledger-key"),
        "The ledger's key cannot be used",
        "Bring it back",
    ),
    "open ledger key": (
        lambda f: (f / "secrets" / "ledger-key").chmod(0o640),
        "others can read",
        "chmod 600",
    ),
    "ledger key of another ledger": (
        lambda f: write(f, "secrets/ledger-key", f"{'00' * 32}\n".encode()),
        "do not belong together",
        "Bring it back",
    ),
    "no public half of the ledger key": (
        lambda f: unlink(f, "ledger.verifier"),
        "ledger.verifier",
        "ishonch migrate",
    ),
    "no filing key": (
        lambda f: unlink(f, "secrets/filing-key"),
        "The filing log's key cannot be used",
        "Bring it back",
    ),
    "no witness key": (
        lambda f: unlink(f, "secrets/witness-key"),
        "The witness's key cannot be used",
        "Bring it back",
    ),
    "no public half of the filing key": (
        lambda f: unlink(f, "filing.verifier"),
        "filing.verifier",
        "ishonch migrate",
    ),
    "an edited filing log": (
        edit_filing_log,
        "The filing log does not verify: its entries are not those that were signed",
        "backup",
    ),
    "a filing log rolled back": (
        roll_filing_log_back,
        "The filing log does not verify: it is shorter than it was",
        "backup",
    ),
    "list of yesterday": (
        lambda f: close(f, "investigator"),
        "Accounts have changed",
        "ishonch roster sign",
    ),
}


def test_a_healthy_instance_has_nothing_wrong(folder: Path) -> None:
    done = run("check", "--instance", folder)
    assert (done.returncode, done.stdout) == (0, "Nothing is wrong.\n")


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_what_is_wrong_is_said_with_what_to_do(folder: Path, name: str) -> None:
    """F14. F15."""
    provoke, problem, remedy = PROBLEMS[name]
    before = checked(folder)
    assert (before.exit_code, before.output) == (0, "Nothing is wrong.\n")
    provoke(folder)
    result = checked(folder)
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    (line, *_) = [line for line in result.output.splitlines() if problem in line]
    assert remedy in line
    assert "hunter2" not in result.output


def test_looking_for_what_is_wrong_makes_no_database(folder: Path) -> None:
    """An empty one in place of the lost one would look healthy."""
    for name in ("mailbox.db", "casework.db"):
        (folder / name).unlink()
    assert checked(folder).exit_code == 1
    assert not list(folder.glob("*.db*"))


def test_a_desk_without_anybody_is_named(folder: Path) -> None:
    close(folder, "oversight")
    seed = new_signing_key()
    set_to(folder, "roster_verifier", f'"{verifier_text("demo", seed)}"')
    accounts = Accounts(load_office(folder), now())
    accounts.sign_roster(seed)
    accounts.close()
    result = checked(folder)
    assert result.exit_code == 1
    assert "Nobody at the desk “oversight”" in result.output


def test_everything_wrong_is_said_at_once_and_the_status_says_so(folder: Path) -> None:
    unlink(folder, "roster.note")
    (folder / "office-blobs").rmdir()
    (folder / "casework.db").chmod(0o604)
    done = run("check", "--instance", folder)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3
    assert re.search("chmod 600 .*casework.db", done.stdout)
    assert done.stderr == ""
