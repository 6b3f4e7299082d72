"""What is wrong with an instance, and what to do about it: the sentences of `ishonch check`."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from casework.clocks.profile import load_timekeeping
from casework.instance import databases
from casework.ledger.service import LedgerBroken, verify_ledger
from casework.ledger_files import read_key, read_verifier
from casework.staff import roster as rosters
from casework.staff import service as staff
from casework.staff.states import AccountState, Role
from casework.witness.rules import LogRefused, grown
from casework.witness.service import standing, tree_of
from crypto.errors import EncodingError, ProofError
from portal.blobs import DirectoryBlobs
from portal.database import Database, is_current
from portal.log_keys import filing_key, read_public, witness_key
from portal.mailbox.filing_log import look
from portal.organisation import Organisation, ProfileError, load_organisation
from portal.roster import OVERSIGHT, SERVICE, parse_roster
from portal.settings import (
    OfficeSettings,
    PortalSettings,
    SettingsError,
    load_office,
    load_portal,
)

S = TypeVar("S")


def problems(instance: Path) -> list[str]:
    """Give a sentence for each problem; none if the instance can serve."""
    found: list[str] = []
    portal, office = _read(load_portal, instance, found), _read(load_office, instance, found)
    if office is None:
        return found
    try:
        organisation = load_organisation(office.profile)
        load_timekeeping(office.profile)
    except ProfileError as error:
        return [*found, *error.problems]
    if portal is not None:
        found += _of_both(portal, office)
    people = _of_people(office, organisation)
    if portal is not None:
        found += _of_filing_key(portal)
    return [
        *found,
        *_of_storage(office),
        *people,
        *_of_ledger(office),
        *_of_filing_log(office),
    ]


def _read(load: Callable[[Path], S], instance: Path, found: list[str]) -> S | None:
    try:
        return load(instance)
    except SettingsError as error:
        found += error.problems
        return None


def _of_both(portal: PortalSettings, office: OfficeSettings) -> Iterator[str]:
    """Compare what both sides have to be told alike, or one would look for what the other never gets."""
    for name in (
        "mailbox_url",
        "blobs",
        "profile",
        "roster",
        "roster_verifier",
        "filing_verifier",
        "witness_verifier",
    ):
        if getattr(portal, name) != getattr(office, name):
            yield f"{name} differs in portal.toml and office.toml. Write the same in both."


def _of_storage(settings: OfficeSettings) -> Iterator[str]:
    for url, migrations in databases(settings):
        file = _file(url)
        if file and not file.exists():
            yield f"There is no database {file}. Bring it back from a backup, or run `ishonch migrate` for an empty one."
            continue
        yield from _of_database(url, migrations)
        if file and _is_open_to_others(file):
            yield f"Others can read {file}. Run `chmod 600 {file}`."
    for root in (settings.blobs, settings.office_blobs):
        yield from _of_blobs(root, settings.free_space_floor)


def _of_database(url: str, migrations: Path) -> Iterator[str]:
    database = Database(url)
    try:
        if not is_current(database.engine, migrations):
            yield f"{_shown(url)} is not at the newest revision. Run `ishonch migrate`."
    except SQLAlchemyError:
        yield f"{_shown(url)} cannot be reached. Start it, or correct its address in the settings."
    finally:
        database.engine.dispose()


def _file(url: str) -> Path | None:
    """Give where a SQLite database lies."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def _of_blobs(root: Path, floor: int) -> Iterator[str]:
    if not root.is_dir():
        yield f"There is no folder {root}. Mount its disk, or make the folder."
    elif DirectoryBlobs(root).free_bytes() < floor:
        yield f"The disk of {root} is nearly full: files are refused. Free some space."


def _of_people(settings: OfficeSettings, organisation: Organisation) -> Iterator[str]:
    file = _file(settings.casework_url)
    if file and not file.exists():
        return
    database = Database(settings.casework_url)
    try:
        with database.reading() as db:
            members = staff.all_members(db)
            wanted = rosters.receivers(db, organisation)
    except SQLAlchemyError:
        return
    finally:
        database.engine.dispose()
    if not any(m.role == Role.ADMINISTRATOR and m.state == AccountState.ACTIVE for m in members):
        yield "There is no active administrator. Run `ishonch init` for a new instance."
    if not any(m.role == Role.AUDITOR and m.state == AccountState.ACTIVE for m in members):
        yield "There is no active auditor: nobody can open the reasons in the audit log. Invite one."
    try:
        signed = parse_roster(settings.roster.read_text(encoding="utf-8"), settings.roster_verifier)
    except (OSError, ValueError, EncodingError):
        yield "No list of receivers is signed: the portal takes no reports. Run `ishonch roster sign`."
        return
    if signed.receivers != wanted:
        yield "Accounts have changed since the list of receivers was signed. Run `ishonch roster sign`."
    for desk in {SERVICE, OVERSIGHT} - {receiver.desk for receiver in signed.receivers}:
        yield f"Nobody at the desk “{desk}” receives reports. Invite somebody, then sign the list again."


def _of_ledger(settings: OfficeSettings) -> Iterator[str]:
    file = _file(settings.casework_url)
    if file and not file.exists():
        return
    database = Database(settings.casework_url)
    try:
        verifier = read_verifier(settings.instance)
        with database.reading() as db:
            verify_ledger(db, verifier=verifier)
        read_key(settings.instance)
    except SettingsError as error:
        yield from error.problems
    except LedgerBroken as error:
        yield f"The ledger does not verify: {error}. Keep the database as it is, and compare it with a backup."
    except SQLAlchemyError:
        return
    finally:
        database.engine.dispose()


def _of_filing_key(settings: PortalSettings) -> Iterator[str]:
    try:
        filing_key(settings).read()
    except SettingsError as error:
        yield from error.problems


def _of_filing_log(settings: OfficeSettings) -> Iterator[str]:
    """Read the whole filing log, and compare it with what the office cosigned."""
    files = (_file(settings.mailbox_url), _file(settings.casework_url))
    if any(file and not file.exists() for file in files):
        return
    mailbox, casework = Database(settings.mailbox_url), Database(settings.casework_url)
    try:
        witness_key(settings).read()
        with casework.reading() as db:
            kept = tree_of(standing(db))
        with mailbox.reading() as db:
            view = look(db)
        if kept.size or view.note is not None:
            grown(kept, view, read_public(settings)[0])
    except SettingsError as error:
        yield from error.problems
    except (LogRefused, ProofError) as error:
        yield f"The filing log does not verify: {error}. Keep both databases as they are, and compare them with a backup."
    except SQLAlchemyError:
        return
    finally:
        for database in (mailbox, casework):
            database.engine.dispose()


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _shown(url: str) -> str:
    """Show a database's address without what may be a password."""
    return url.rpartition("@")[2]
