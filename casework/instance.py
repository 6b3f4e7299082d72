"""Making an instance: its folder, its secrets, its settings, its databases, its first administrator."""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from casework.clocks.profile import load_timekeeping
from casework.ledger_files import make_key
from casework.web.app import MIGRATIONS as CASEWORK_MIGRATIONS
from crypto.notes import new_signing_key, verifier_text
from crypto.passwords import SALT_BYTES
from portal.app import MIGRATIONS as MAILBOX_MIGRATIONS
from portal.database import Database, upgrade
from portal.log_keys import filing_key, witness_key
from portal.organisation import load_organisation
from portal.settings import SECRET_BYTES, OfficeSettings, PortalSettings, load_office, load_portal

SAMPLE_PROFILE = Path(__file__).parent.parent / "deploy" / "organisations" / "agmk.toml"
PROFILE, ROSTER, VERIFIER = "profile.toml", "roster.note", "roster.verifier"
PORTAL_TOML, OFFICE_TOML = "portal.toml", "office.toml"
_MAKING = ".making"
_FOLDERS = ("blobs", "office-blobs", "secrets")
_SECRETS = {
    "portal-secret": SECRET_BYTES,
    "office-secret": SECRET_BYTES,
    "kdf-salt": SALT_BYTES,
}

Setting = str | tuple[str, ...]


class InstanceExists(Exception):
    """There is an instance in this folder; nothing is overwritten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the two sides are reached, and where their databases are."""

    portal_origin: str
    office_origin: str
    mailbox_url: str = ""
    casework_url: str = ""


def refuse_existing(folder: Path) -> None:
    """Raise InstanceExists if there is anything of an instance in a folder."""
    if any((folder / name).exists() for name in (PORTAL_TOML, OFFICE_TOML, *_FOLDERS)):
        raise InstanceExists


@contextmanager
def being_made(folder: Path) -> Iterator[Path]:
    """Give a folder to make an instance in; what was made there is put into `folder` in the end, whole or not at all.

    Raises InstanceExists. The settings name their databases by absolute path: they have to be written again afterwards.
    """
    refuse_existing(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = folder / _MAKING
    shutil.rmtree(making, ignore_errors=True)  # somebody pulled the plug on an earlier try
    making.mkdir(mode=0o700)
    try:
        yield making
        # The settings last: without them there is no instance.
        for made in sorted(making.iterdir(), key=lambda path: path.suffix == ".toml"):
            made.rename(folder / made.name)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def make_instance(folder: Path, profile: Path, addresses: Addresses, *, name: str) -> bytes:
    """Make an instance in an empty folder; give the seed of its roster key, which is kept nowhere yet.

    Raises ProfileError for a profile that cannot be used.
    """
    load_organisation(profile)
    load_timekeeping(profile)
    for made in _FOLDERS:
        (folder / made).mkdir(mode=0o700)
    (folder / PROFILE).write_bytes(profile.read_bytes())
    for secret, length in _SECRETS.items():
        _write_private(folder / "secrets" / secret, secrets.token_hex(length) + "\n")
    seed = new_signing_key()
    (folder / VERIFIER).write_text(verifier_text(name, seed) + "\n", encoding="ascii")
    write_settings(folder, addresses)
    migrate(load_office(folder))
    return seed


def write_settings(folder: Path, addresses: Addresses) -> None:
    """Write both sides' settings: what only the owner may read, for a database's address can hold a password."""
    mailbox = addresses.mailbox_url or f"sqlite:///{folder / 'mailbox.db'}"
    casework = addresses.casework_url or f"sqlite:///{folder / 'casework.db'}"
    shared: dict[str, Setting] = {
        "mailbox_url": mailbox,
        "blobs": "blobs",
        "profile": PROFILE,
        "roster": ROSTER,
        "roster_verifier": (folder / VERIFIER).read_text(encoding="ascii").strip(),
        "kdf_salt": "secrets/kdf-salt",
    }
    portal = {**shared, "secret": "secrets/portal-secret", **_reached(addresses.portal_origin)}
    office = {
        **shared,
        **_reached(addresses.office_origin),
        "secret": "secrets/office-secret",
        "casework_url": casework,
        "office_blobs": "office-blobs",
    }
    for name, values in ((PORTAL_TOML, portal), (OFFICE_TOML, office)):
        _write_private(folder / name, "".join(_setting(*item) for item in values.items()))


def migrate(settings: OfficeSettings) -> None:
    """Bring both databases to the newest revision, and an older instance to the keys of its logs."""
    for url, migrations in databases(settings):
        database = Database(url)
        upgrade(database.engine, migrations)
        database.engine.dispose()
    make_key(settings.instance, settings.origin)
    make_filing_keys(load_portal(settings.instance), settings)


def make_filing_keys(portal: PortalSettings, office: OfficeSettings) -> None:
    """Make the key of the portal's filing log and that of the office as its witness, where there never were any."""
    filing_key(portal).make(f"{urlsplit(portal.origin).netloc}/filing")
    witness_key(office).make(f"{urlsplit(office.origin).netloc}/witness")


def databases(settings: OfficeSettings) -> Iterable[tuple[str, Path]]:
    """Give each database's address and migrations."""
    return (
        (settings.mailbox_url, MAILBOX_MIGRATIONS),
        (settings.casework_url, CASEWORK_MIGRATIONS),
    )


def _reached(origin: str) -> dict[str, Setting]:
    """Give where a side is reached, and the names it answers to; on this machine it has two."""
    host = urlsplit(origin).hostname or ""
    hosts = (host, "localhost") if host == "127.0.0.1" else (host,)
    return {"origin": origin, "trusted_hosts": hosts}


def _setting(name: str, value: Setting) -> str:
    if isinstance(value, tuple):
        return f"{name} = [{', '.join(_quoted(item) for item in value)}]\n"
    return f"{name} = {_quoted(value)}\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
