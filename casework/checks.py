"""What is wrong with an instance, and what to do about it: the sentences of `ishonch check`."""

import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from casework.instance import databases
from casework.staff import roster as rosters
from casework.staff import service as staff
from casework.staff.states import AccountState, Role
from crypto.errors import EncodingError
from portal.blobs import DirectoryBlobs
from portal.database import Database, is_current
from portal.organisation import Organisation, ProfileError, load_organisation
from portal.roster import OVERSIGHT, SERVICE, parse_roster
from portal.settings import OfficeSettings, SettingsError, load_office, load_portal


def problems(instance: Path) -> list[str]:
    """Give a sentence for each problem; none if the instance can serve."""
    found: list[str] = []
    try:
        load_portal(instance)
    except SettingsError as error:
        found += error.problems
    try:
        settings = load_office(instance)
    except SettingsError as error:
        return [*found, *error.problems]
    try:
        organisation = load_organisation(settings.profile)
    except ProfileError as error:
        return [*found, *error.problems]
    return [*found, *_of_storage(settings), *_of_people(settings, organisation)]


def _of_storage(settings: OfficeSettings) -> Iterator[str]:
    for url, migrations in databases(settings):
        database = Database(url)
        try:
            if not is_current(database.engine, migrations):
                yield f"{_shown(url)} is not at the newest revision. Run `ishonch migrate`."
        except SQLAlchemyError:
            yield f"{_shown(url)} cannot be reached. Start it, or correct its address in the settings."
        finally:
            database.engine.dispose()
        yield from _of_file(url)
    for root in (settings.blobs, settings.office_blobs):
        yield from _of_blobs(root, settings.free_space_floor)


def _of_file(url: str) -> Iterator[str]:
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite") and path.exists() and _is_open_to_others(path):
        yield f"Others can read {path}. Run `chmod 600 {path}`."


def _of_blobs(root: Path, floor: int) -> Iterator[str]:
    if not root.is_dir():
        yield f"There is no folder {root}. Mount its disk, or make the folder."
    elif DirectoryBlobs(root).free_bytes() < floor:
        yield f"The disk of {root} is nearly full: files are refused. Free some space."


def _of_people(settings: OfficeSettings, organisation: Organisation) -> Iterator[str]:
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
    try:
        signed = parse_roster(settings.roster.read_text(encoding="utf-8"), settings.roster_verifier)
    except (OSError, EncodingError):
        yield "No list of receivers is signed: the portal takes no reports. Run `ishonch roster sign`."
        return
    if signed.receivers != wanted:
        yield "Accounts have changed since the list of receivers was signed. Run `ishonch roster sign`."
    for desk in {SERVICE, OVERSIGHT} - {receiver.desk for receiver in signed.receivers}:
        yield f"Nobody at the desk “{desk}” receives reports. Invite somebody, then sign the list again."


def _is_open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _shown(url: str) -> str:
    """Show a database's address without what may be a password."""
    return url.rpartition("@")[2]
