"""`ishonch demo`, as somebody types it who has only read the README."""

import json
import os
import signal
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp
import pytest

from casework.staff.states import Role
from portal.clock import now
from portal.settings import load_office, load_portal
from tests.deploy.command import Running, answers, is_alive, run, running, until
from tests.support.instances import free_port

FILE = "demo-accounts.json"


@pytest.fixture
def ports() -> tuple[int, int]:
    """Give a free port for each side."""
    return free_port(), free_port()


def options(folder: Path, ports: tuple[int, int]) -> list[str]:
    """Give what is typed after the command's name."""
    portal, office = map(str, ports)
    return ["demo", "--dir", str(folder), "--portal-port", portal, "--office-port", office]


@contextmanager
def demonstration(folder: Path, ports: tuple[int, int]) -> Iterator[Running]:
    """Start it, and wait until it has said where it is."""
    with running(*options(folder, ports)) as serving:
        assert serving.line() == f"Portal  http://127.0.0.1:{ports[0]}/"
        assert serving.line() == f"Office  http://127.0.0.1:{ports[1]}/"
        assert serving.line() == f"Accounts and passwords: {folder / FILE}"
        yield serving


def test_one_command_makes_an_instance_and_serves_it_until_it_is_told_to_end(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    """F14."""
    folder = tmp_path / "new" / "demo"
    with demonstration(folder, ports) as serving:
        assert [answers(port, "/uz/") for port in ports] == [200, 303]
        assert [answers(port) for port in ports] == [200, 200]
        processes = serving.processes()
        assert len(processes) == 5
        assert serving.end() == 0
    assert [process for process in processes if is_alive(process)] == []
    assert [answers(port) for port in ports] == [0, 0]
    _check_accounts(folder / FILE)
    readable = [path for path in folder.rglob("*") if path.is_file() and _is_open(path)]
    assert readable == [folder / "roster.note"]
    assert not _is_open(folder)


def _check_accounts(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    accounts = json.loads(path.read_text())
    assert [set(account) for account in accounts] == [
        {"username", "role", "password", "totp_secret"}
    ] * len(accounts)
    assert {account["role"] for account in accounts} == {role.value for role in Role}
    for name in ("username", "password", "totp_secret"):
        assert len({account[name] for account in accounts}) == len(accounts)


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def test_a_second_start_takes_what_the_first_made(folder: Path, ports: tuple[int, int]) -> None:
    before = {p.name: p.read_bytes() for p in (folder / FILE, folder / "roster.note")}
    with demonstration(folder, ports) as serving:
        assert serving.end() == 0
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert load_portal(folder).origin == f"http://127.0.0.1:{ports[0]}"
    assert load_office(folder).casework_url == f"sqlite:///{folder}/casework.db"
    assert not (folder / ".making").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_end_it_as_well(
    folder: Path, ports: tuple[int, int], number: int
) -> None:
    with demonstration(folder, ports) as serving:
        processes = serving.processes()
        assert serving.end(number) == 0
    assert [process for process in processes if is_alive(process)] == []


@pytest.mark.parametrize("module", ["portal", "casework"])
def test_when_one_side_dies_the_other_ends_and_the_status_says_so(
    folder: Path, ports: tuple[int, int], module: str
) -> None:
    with demonstration(folder, ports) as serving:
        processes = serving.processes()
        os.kill(serving.side(module), signal.SIGKILL)
        assert serving.process.wait(90) == 1
        # The dead side's own worker notices by itself that nobody watches over it any more.
        until(lambda: not any(map(is_alive, processes)), "a process was left")


def test_a_port_that_is_taken_is_named_before_anything_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        for ports in ((taken, free_port()), (free_port(), taken)):
            done = run(*options(folder, ports))
            assert done.returncode == 1
            assert f"Port {taken} is in use" in done.stderr
            assert "--portal-port" in done.stderr
    assert not folder.exists()


def test_two_sides_on_one_port_are_refused(tmp_path: Path) -> None:
    port = free_port()
    done = run(*options(tmp_path / "demo", (port, port)))
    assert done.returncode == 1
    assert "two different ports" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_an_instance_that_is_no_demonstration_is_left_alone(
    folder: Path, ports: tuple[int, int]
) -> None:
    (folder / FILE).unlink()
    before = {path: path.read_bytes() for path in folder.glob("*.toml")}
    done = run(*options(folder, ports))
    assert done.returncode == 1
    assert "no demonstration" in done.stderr
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in folder.glob("*.toml")} == before


def test_a_demonstration_killed_while_it_was_made_is_made_anew(
    tmp_path: Path, ports: tuple[int, int]
) -> None:
    """D8."""
    folder = tmp_path / "demo"
    with running(*options(folder, ports)) as making:
        until((folder / ".making" / "casework.db").exists, "it was not begun")
        assert making.end(signal.SIGKILL) == -signal.SIGKILL
    assert [path.name for path in folder.iterdir()] == [".making"]
    with demonstration(folder, ports) as serving:
        assert [answers(port) for port in ports] == [200, 200]
        assert serving.end() == 0
    assert not (folder / ".making").exists()


def test_the_six_digits_are_those_of_the_account(folder: Path) -> None:
    secret = next(
        str(account["totp_secret"])
        for account in json.loads((folder / FILE).read_text())
        if account["username"] == "head"
    )
    earliest = now()
    done = run("code", "head", "--dir", folder)
    assert done.returncode == 0
    possible = {pyotp.TOTP(secret).at(moment) for moment in (earliest, now())}
    assert done.stdout.strip() in possible
    for username, where, said in (
        ("nobody", folder, "no such account"),
        ("head", folder / "nowhere", "no demonstration"),
    ):
        failed = run("code", username, "--dir", where)
        assert failed.returncode == 1
        assert said in failed.stderr
