"""The `ishonch` command. Secrets come from prompts, never from arguments (F14); names are printed without control characters."""

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pyotp

from casework import checks, demo
from casework.accounts import Accounts, NewAccount
from casework.certificate_cli import certificate_group
from casework.cli_instance import INSTANCE as _INSTANCE
from casework.cli_instance import tells_problems as _tells_problems
from casework.instance import (
    Addresses,
    InstanceExists,
    being_made,
    make_instance,
    migrate,
    refuse_existing,
    write_settings,
)
from casework.ledger_cli import ledger_group
from casework.people.leaving import Sole, SoleReader, leave
from casework.seed_cli import seed_command
from casework.staff import entrance
from casework.staff import service as staff
from casework.staff.errors import (
    CodeRefused,
    LoginRefused,
    NameRefused,
    StaffError,
    UsernameRefused,
)
from casework.staff.rules import is_name, is_username, matching_step
from casework.staff.states import Role
from casework.supervision import Sides, side
from casework.transitions import IllegalTransition
from crypto.passwords import password_problem
from portal.clock import now
from portal.settings import load_office

_DIR = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo"),
    show_default=True,
    help="Where the demonstration lives.",
)


@click.group()
def main() -> None:
    """Ishonch: an anonymous letterbox for reports, and the office behind it."""
    # Whatever a command makes is its owner's alone (F14).
    os.umask(0o077)


main.add_command(ledger_group)
main.add_command(certificate_group)
main.add_command(seed_command)


@main.command("demo")
@_DIR
@click.option("--portal-port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option("--office-port", type=click.IntRange(1, 65535), default=8081, show_default=True)
@_tells_problems
def demo_command(folder: Path, portal_port: int, office_port: int) -> None:
    """Serve the sample organisation on this machine, with one account for each role."""
    folder = folder.absolute()
    if portal_port == office_port:
        raise click.ClickException("Choose two different ports.")
    for port in (portal_port, office_port):
        _refuse_taken(port)
    try:
        demo.prepare(folder, portal_port=portal_port, office_port=office_port, now=now())
    except InstanceExists as error:
        raise click.ClickException(
            f"{folder} holds an instance that is no demonstration."
        ) from error

    def say() -> None:
        click.echo(f"Portal  http://127.0.0.1:{portal_port}/")
        click.echo(f"Office  http://127.0.0.1:{office_port}/")
        click.echo(f"Accounts and passwords: {folder / demo.ACCOUNTS_FILE}")
        click.echo("Six digits for signing in: ishonch code USERNAME --dir " + str(folder))
        click.echo("Ctrl+C ends both.")
        sys.stdout.flush()

    binds = [f"127.0.0.1:{portal_port}", f"127.0.0.1:{office_port}"]
    _serve(folder, binds, say, [portal_port, office_port])


@main.command("code")
@click.argument("username")
@_DIR
def code_command(username: str, folder: Path) -> None:
    """Print the present six digits of a demonstration account."""
    try:
        secret = demo.totp_secret(folder, username)
    except OSError as error:
        raise click.ClickException(f"There is no demonstration in {folder}.") from error
    if secret is None:
        raise click.ClickException("There is no such account in the demonstration.")
    click.echo(pyotp.TOTP(secret).at(now()))


@main.command("init")
@_INSTANCE
@click.option(
    "--profile",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The organisation's profile (TOML).",
)
@click.option("--portal-origin", required=True, help="Where informants reach the portal: https://…")
@click.option("--office-origin", required=True, help="Where staff reach the office: https://…")
@click.option("--mailbox-url", default="", help="Instead of a SQLite file in the instance: postgresql://…")  # fmt: skip
@click.option("--casework-url", default="", help="Likewise, for the office's database.")
@click.option("--name", default="ishonch", show_default=True, help="The name of the roster key.")
@_tells_problems
def init_command(instance: Path, profile: Path, name: str, **addresses: str) -> None:
    """Make an instance and its first administrator."""
    folder, where = instance.absolute(), Addresses(**addresses)
    try:
        refuse_existing(folder)
        account, password = _ask_administrator()
        secret = _ask_second_factor()
        with being_made(folder) as making:
            seed = make_instance(making, profile, where, name=name)
            accounts = Accounts(load_office(making), now())
            recovery_code = accounts.enrol(account, password, secret)
            accounts.give_roster_key(seed)
            accounts.close()
    except InstanceExists as error:
        raise click.ClickException(f"There is an instance in {folder} already.") from error
    except StaffError as error:
        raise click.ClickException(_said(error)) from error
    write_settings(folder, where)
    click.echo(f"Recovery code, shown only once; print it: {recovery_code}")
    click.echo("Now invite those who receive reports (`ishonch staff add`), then sign the list.")


@main.command("serve")
@_INSTANCE
@click.option("--portal-bind", default="127.0.0.1:8080", show_default=True, help="Address, or unix:/path.")  # fmt: skip
@click.option("--office-bind", default="127.0.0.1:8081", show_default=True, help="Address, or unix:/path.")  # fmt: skip
@click.option("--only", type=click.Choice(["portal", "office"]), help="Serve one side alone.")
@_tells_problems
def serve_command(instance: Path, portal_bind: str, office_bind: str, only: str | None) -> None:
    """Serve both sides, as two processes; in production each has a user of its own and is started with --only."""
    folder = instance.absolute()
    load_office(folder)
    binds = [portal_bind if only != "office" else "", office_bind if only != "portal" else ""]
    _serve(folder, binds, lambda: None, [])


@main.command("check")
@_INSTANCE
def check_command(instance: Path) -> None:
    """Say what is wrong with an instance, and what to do."""
    found = checks.problems(instance.absolute())
    for problem in found:
        click.echo(problem)
    if found:
        raise SystemExit(1)
    click.echo("Nothing is wrong.")


@main.command("migrate")
@_INSTANCE
@_tells_problems
def migrate_command(instance: Path) -> None:
    """Bring both databases to the newest revision."""
    migrate(load_office(instance.absolute()))
    click.echo("Both databases are at the newest revision.")


@main.group("staff")
def staff_group() -> None:
    """Accounts of the office."""


@staff_group.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--position", help="An id of the profile; an administrator has none.")
@_INSTANCE
@_tells_problems
def staff_add(username: str, name: str, role: str, position: str | None, instance: Path) -> None:
    """Invite somebody; prints the code to hand over in person."""
    accounts = _accounts(instance)
    if position is not None and accounts.organisation.position(position) is None:
        raise click.ClickException("The profile has no such position.")
    account = NewAccount(username=username, name=name, role=Role(role), position=position)
    try:
        code = accounts.invite(account)
    except StaffError as error:
        raise click.ClickException(_said(error)) from error
    finally:
        accounts.close()
    click.echo(f"Invitation code, shown only once: {code}")


@staff_group.command("disable")
@click.argument("username")
@click.option("--at-once", is_flag=True, help="Even if only they can read something: it is lost.")
@_INSTANCE
@_tells_problems
def staff_disable(username: str, instance: Path, *, at_once: bool) -> None:
    """Close an account and all its sessions; its grants go and its cases pass on."""
    accounts = _accounts(instance)
    try:
        with accounts.database.transaction() as db:
            member = staff.find_member(db, username)
            if member is None:
                raise click.ClickException("There is no such account.")
            if at_once:
                staff.disable(db, member_id=member.id, now=accounts.now)
            else:
                leave(db, member.id, by=None, now=accounts.now)
    except SoleReader as error:
        raise click.ClickException(_sole(error.sole)) from error
    except StaffError as error:
        raise click.ClickException(_said(error)) from error
    except IllegalTransition as error:
        raise click.ClickException("The account is closed already.") from error
    finally:
        accounts.close()
    click.echo("The account is closed. Sign the list of receivers again: ishonch roster sign")


def _sole(sole: Sole) -> str:
    counted = [f"{kind} {count}" for kind, count in sorted(sole.dossiers.items())]
    counted += [f"not yet found by anybody {sole.unclaimed}"] if sole.unclaimed else []
    return f"Only they can read this, and it would be lost: {', '.join(counted)}. Hand it over first, or say --at-once."


@main.group("roster")
def roster_group() -> None:
    """The signed list of those who receive reports."""


@roster_group.command("sign")
@click.option("--username", prompt="Administrator's user name")
@_INSTANCE
@_tells_problems
def roster_sign(username: str, instance: Path) -> None:
    """Sign the list as the accounts are now. Asks for an administrator's password and six digits."""
    accounts = _accounts(instance)
    password = click.prompt("Password", hide_input=True)
    code = click.prompt("Six digits")
    try:
        signer, seed = _open_roster_key(accounts, username, password, code)
        path = accounts.sign_roster(seed, signer)
    except ValueError as error:
        raise click.ClickException("Nobody has enrolled yet who could receive reports.") from error
    finally:
        accounts.close()
    click.echo(f"Signed: {path}")


def _open_roster_key(
    accounts: Accounts, username: str, password: str, code: str
) -> tuple[str, bytes]:
    try:
        with accounts.database.reading() as db:
            unlocked = entrance.check_password(
                db, username=username, password=password, profile=accounts.profile
            )
        member_id, identity = unlocked.member_id, unlocked.identity
        with accounts.database.transaction() as db:
            entrance.enter(db, unlocked)
            entrance.check_code(db, member_id=member_id, identity=identity, code=code, now=now())
    except (LoginRefused, CodeRefused) as error:
        raise click.ClickException(
            "The user name, the password or the digits are wrong."
        ) from error
    with accounts.database.reading() as db:
        seed = staff.roster_seed(db, member_id, identity)
    if seed is None:
        raise click.ClickException("This account does not hold the roster key.")
    return member_id, seed


def _serve(
    folder: Path, binds: list[str], when_ready: Callable[[], None], ports: list[int]
) -> None:
    commands = [
        side(module, folder, bind)
        for module, bind in zip(("portal", "casework"), binds, strict=True)
        if bind
    ]
    raise SystemExit(Sides(commands).wait(when_ready, ports))


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"Port {port} is in use. Choose another with --portal-port or --office-port."
            ) from error


def _ask_administrator() -> tuple[NewAccount, str]:
    username = _ask("Administrator's user name", is_username, UsernameRefused)
    name = _ask("Administrator's full name", is_name, NameRefused)
    while True:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        fault = password_problem(password, username)
        if fault is None:
            return NewAccount(username=username, name=name, role=Role.ADMINISTRATOR), password
        click.echo(f"This password is too weak ({fault}). Take four words.", err=True)


def _ask(question: str, accepts: Callable[[str], bool], refusal: type[StaffError]) -> str:
    while not accepts(answer := str(click.prompt(question)).strip()):
        click.echo(_said(refusal()), err=True)
    return answer


def _ask_second_factor() -> str:
    """Show a new secret and wait until an authenticator app has it: nothing is made before."""
    secret = pyotp.random_base32()
    click.echo(f"Type this secret into an authenticator app: {secret}")
    while matching_step(secret, click.prompt("The six digits it shows"), now()) is None:
        click.echo("These are not the digits the app should show.", err=True)
    return secret


def _accounts(instance: Path) -> Accounts:
    return Accounts(load_office(instance.absolute()), now())


def _said(error: StaffError) -> str:
    """Give the first sentence of what an error means; it never quotes what was typed (C23)."""
    return (type(error).__doc__ or "").split(";")[0]


if __name__ == "__main__":
    main()
