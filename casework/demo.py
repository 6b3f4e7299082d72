"""A demonstration: an instance of the sample organisation with one account for each role."""

import json
import secrets
from datetime import datetime
from pathlib import Path

import pyotp

from casework.accounts import Accounts, NewAccount
from casework.instance import (
    SAMPLE_PROFILE,
    Addresses,
    being_made,
    make_instance,
    migrate,
    write_settings,
)
from casework.staff.states import Role
from portal.settings import load_office

ACCOUNTS_FILE = "demo-accounts.json"
_NAME = "demo"
_ACCOUNTS = (
    NewAccount(username="head", name="Head of Service", role=Role.HEAD, position="head"),
    NewAccount(
        username="investigator",
        name="Investigator",
        role=Role.INVESTIGATOR,
        position="investigator-1",
    ),
    NewAccount(
        username="colleague",
        name="Second Investigator",
        role=Role.INVESTIGATOR,
        position="investigator-2",
    ),
    NewAccount(
        username="oversight",
        name="Oversight Desk",
        role=Role.OVERSIGHT,
        position="audit-committee-chair",
    ),
    NewAccount(username="administrator", name="Administrator", role=Role.ADMINISTRATOR),
    NewAccount(username="auditor", name="Auditor", role=Role.AUDITOR),
)


def prepare(
    folder: Path,
    *,
    portal_port: int,
    office_port: int,
    now: datetime,
    mailbox_url: str = "",
    casework_url: str = "",
) -> None:
    """Make the demonstration, or take the one that is there, for these two ports; in SQLite unless told otherwise.

    Raises InstanceExists where an instance lives that is no demonstration.
    """
    addresses = Addresses(
        portal_origin=f"http://127.0.0.1:{portal_port}",
        office_origin=f"http://127.0.0.1:{office_port}",
        mailbox_url=mailbox_url,
        casework_url=casework_url,
    )
    if not (folder / ACCOUNTS_FILE).exists():
        with being_made(folder) as making:
            _make(making, addresses, now)
    write_settings(folder, addresses)
    migrate(load_office(folder))


def totp_secret(folder: Path, username: str) -> str | None:
    """Give the secret of a demonstration account's second factor."""
    made = json.loads((folder / ACCOUNTS_FILE).read_text(encoding="utf-8"))
    return next((str(m["totp_secret"]) for m in made if m["username"] == username), None)


def _make(folder: Path, addresses: Addresses, now: datetime) -> None:
    seed = make_instance(folder, SAMPLE_PROFILE, addresses, name=_NAME)
    accounts = Accounts(load_office(folder), now)
    made = [_enrol(accounts, account) for account in _ACCOUNTS]
    accounts.give_roster_key(seed)
    accounts.sign_roster(seed)
    accounts.close()
    path = folder / ACCOUNTS_FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _enrol(accounts: Accounts, account: NewAccount) -> dict[str, str]:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    secret = pyotp.random_base32()
    accounts.enrol(account, password, secret)
    return {
        "username": account.username,
        "role": account.role.value,
        "password": password,
        "totp_secret": secret,
    }
