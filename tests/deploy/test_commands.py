"""Accounts, the signed list, migrations and serving, on the command line."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa

from casework.dossiers.models import Arrival, Entry, Report
from casework.staff.models import Member, StaffSession
from casework.staff.rules import STEP_SECONDS
from portal.clock import now
from portal.database import Database
from portal.roster import parse_roster
from portal.settings import load_office
from tests.deploy.command import answers, is_alive, run, running, until
from tests.deploy.terminal import Terminal
from tests.support.instances import free_port
from tests.unit.casework.test_constraints import LETTER, REPORT
from tests.unit.casework.test_migrations import upgrade_to

WRONG = "not the right password"
NEWCOMER = ("newcomer", "--name", "Nodira Karimova", "--role", "investigator")


def members(folder: Path) -> dict[str, Member]:
    """Give the accounts, by user name."""
    database = Database(load_office(folder).casework_url)
    with database.reading() as db:
        found = {member.username: member for member in db.scalars(sa.select(Member))}
    database.engine.dispose()
    return found


def account(folder: Path, username: str) -> dict[str, str]:
    """Give what is known of a demonstration account."""
    made: list[dict[str, str]] = json.loads((folder / "demo-accounts.json").read_text())
    return next(one for one in made if one["username"] == username)


def test_somebody_is_invited_and_the_code_is_printed_once(folder: Path) -> None:
    """A28. F14."""
    done = run("staff", "add", *NEWCOMER, "--position", "risk-officer", "--instance", folder)
    assert (done.returncode, done.stderr) == (0, "")
    said, code = done.stdout.strip().split(": ")
    assert said == "Invitation code, shown only once"
    assert len(code) == 34
    member = members(folder)["newcomer"]
    assert (member.state, member.position) == ("invited", "risk-officer")
    assert code.encode() not in (folder / "casework.db").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*NEWCOMER, "--position", "throne"), "no such position"),
        ((*NEWCOMER, "--position", "head"), "does not belong"),
        ((*NEWCOMER, "--position", "investigator-1"), "holds this position"),
        (NEWCOMER, "does not belong"),
        (("head", *NEWCOMER[1:], "--position", "risk-officer"), "There is, or was"),
        (("He\x1b[31mad", *NEWCOMER[1:], "--position", "risk-officer"), "small Latin letters"),
        (("x2", "--name", "a\x1b]0;b\x07", "--role", "administrator"), "can be printed"),
        (("x2", "--name", "X", "--role", "god"), "god"),
    ],
    ids=["position", "unfit", "held", "none", "taken", "username", "name", "role"],
)
def test_an_invitation_that_cannot_be_is_refused_and_nothing_typed_is_echoed(
    folder: Path, arguments: tuple[str, ...], said: str
) -> None:
    """C16. C23."""
    done = run("staff", "add", *arguments, "--instance", folder)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert len(members(folder)) == 6


def test_an_account_is_closed_and_the_last_administrator_is_not(folder: Path) -> None:
    """F7."""
    for username, said, status in (
        ("investigator", "Sign the list", 0),
        ("investigator", "closed already", 1),
        ("nobody", "no such account", 1),
        ("administrator", "Without an administrator", 1),
    ):
        done = run("staff", "disable", username, "--instance", folder)
        assert done.returncode == status
        assert said in done.stdout + done.stderr
    states = {name: member.state for name, member in members(folder).items()}
    assert states["investigator"] == "disabled"
    assert states["administrator"] == "active"


@pytest.fixture
def signing(folder: Path) -> Iterator[Terminal]:
    """Somebody who has typed the command that signs the list."""
    at = Terminal("roster", "sign", "--instance", folder)
    yield at
    at.close()


def prove(at: Terminal, folder: Path, username: str, password: str = "", steps: int = 0) -> int:
    """Answer the questions; give the status the command ends with."""
    known = account(folder, username)
    at.answer("user name:", username)
    at.answer("Password:", password or known["password"])
    moment = now().timestamp() + steps * STEP_SECONDS
    at.answer("Six digits:", pyotp.TOTP(known["totp_secret"]).at(int(moment)))
    return at.end()


def test_an_administrator_signs_the_list_with_both_factors(folder: Path, signing: Terminal) -> None:
    """F14. A28."""
    run("staff", "disable", "investigator", "--instance", folder)
    before = (folder / "roster.note").read_text()
    assert prove(signing, folder, "administrator") == 0
    assert account(folder, "administrator")["password"] not in signing.shown
    note = (folder / "roster.note").read_text()
    assert note != before
    signed = parse_roster(note, load_office(folder).roster_verifier)
    assert [r.position for r in signed.receivers] == [
        "head",
        "investigator-2",
        "audit-committee-chair",
    ]
    assert run("check", "--instance", folder).returncode == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("administrator", WRONG, 0), "are wrong"),
        (("administrator", "", -100), "are wrong"),
        (("head", "", 0), "does not hold the roster key"),
    ],
    ids=["password", "digits", "head"],
)
def test_nobody_else_signs_it(
    folder: Path, signing: Terminal, given: tuple[str, str, int], said: str
) -> None:
    """F2. F3."""
    before = (folder / "roster.note").read_bytes()
    assert prove(signing, folder, *given) == 1
    assert said in signing.shown
    assert "Traceback" not in signing.shown
    assert (folder / "roster.note").read_bytes() == before


def test_migrations_bring_both_databases_up_and_may_be_repeated(folder: Path) -> None:
    _back_to_the_first_revision(folder)
    assert run("check", "--instance", folder).returncode == 1
    for _ in range(2):
        done = run("migrate", "--instance", folder)
        assert done.returncode == 0, done.stderr
    (problem,) = run("check", "--instance", folder).stdout.splitlines()
    assert problem.startswith("There is no active auditor")


def _back_to_the_first_revision(folder: Path) -> None:
    """Make the office's database as it was in the beginning, with the same accounts but auditors, whom it did not know."""
    database = Database(load_office(folder).casework_url)
    everything = sa.MetaData()
    everything.reflect(database.engine)
    with database.reading() as db:
        known = everything.tables["members"]
        rows = db.execute(sa.select(known).where(known.c.role != "auditor"))
        accounts = [row._asdict() for row in rows]
    database.engine.dispose()
    for file in folder.glob("casework.db*"):
        file.unlink()
    upgrade_to(database, "0001")
    first = sa.MetaData()
    first.reflect(database.engine)
    members = first.tables["members"]
    names = [column.name for column in members.columns]
    kept = [{name: one[name] for name in names} for one in accounts]
    with database.transaction() as db:
        db.execute(sa.insert(members), kept)
    database.engine.dispose()


@pytest.mark.parametrize(
    "arguments",
    [
        ("migrate",),
        ("serve",),
        ("check",),
        ("roster", "sign"),
        ("staff", "disable", "head"),
        ("ledger", "verify"),
        ("ledger", "export", "--to", "/nowhere/kept"),
    ],
    ids=lambda arguments: "-".join(arguments[:2]),
)
def test_where_there_is_no_instance_the_command_says_so(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run(*arguments, "--instance", tmp_path / "nowhere", said="x\nx\nx\n")
    assert done.returncode == 1
    assert "ishonch init" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("side", ["portal", "office"])
def test_one_side_is_served_alone(folder: Path, side: str) -> None:
    ports = {name: free_port() for name in ("portal", "office")}
    binds = [part for n, port in ports.items() for part in (f"--{n}-bind", f"127.0.0.1:{port}")]
    with running("serve", "--instance", folder, "--only", side, *binds) as serving:
        until(lambda: answers(ports[side]) == 200, "it does not answer")
        assert [name for name, port in ports.items() if answers(port)] == [side]
        processes = serving.processes()
        assert serving.end() == 0
    assert not any(map(is_alive, processes))


def test_both_sides_told_to_end_before_they_are_ready_end_well(folder: Path) -> None:
    ports = free_port(), free_port()
    binds = ("--portal-bind", f"127.0.0.1:{ports[0]}", "--office-bind", f"127.0.0.1:{ports[1]}")
    with running("serve", "--instance", folder, *binds) as serving:
        until(lambda: len(serving.processes()) == 3, "the sides did not start")
        processes = serving.processes()
        assert serving.end() == 0
    assert not any(map(is_alive, processes))


def test_an_address_the_network_could_reach_is_refused(folder: Path) -> None:
    arguments = ("--only", "office", "--office-bind", "0.0.0.0:8081")
    done = run("serve", "--instance", folder, *arguments)
    assert done.returncode == 1
    assert "127.0.0.1:PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_office_mends_and_exchanges_by_itself_when_it_starts(folder: Path) -> None:
    """D8. A18. A letter taken back while a crash kept us from marking it, and a session of long ago."""
    settings, head = load_office(folder), members(folder)["head"]
    database = Database(settings.casework_url)
    old = {"id_hash": b"i" * 32, "box": b"b", "day": date(2020, 1, 1), "member_id": head.id}
    rows = (Report, REPORT), (Entry, LETTER), (Arrival, {"entry_id": LETTER["id"]})
    with database.transaction() as db:
        for model, row in (*rows, (StaffSession, old)):
            db.execute(sa.insert(model).values(**row))

    def is_mended() -> bool:
        with database.reading() as db:
            return not any(
                db.scalar(sa.select(sa.func.count()).select_from(model))
                for model in (Report, Entry, StaffSession)
            )

    assert not is_mended()
    bind = ("--office-bind", f"127.0.0.1:{free_port()}")
    with running("serve", "--instance", folder, "--only", "office", *bind) as serving:
        until(is_mended, "nothing was mended")
        assert serving.end() == 0
    database.engine.dispose()
