"""What an instance is told from outside: a frozen dataclass for each side, read from a TOML file of the instance directory.

Secrets come from files of their own, readable by their owner alone (F14). Everything wrong is reported at once, each with
what to do. `docs/settings.md` explains each setting.
"""

import re
import stat
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from crypto.passwords import CHEAP, OWASP_MINIMUM, PROFILES, RFC9106_SECOND, SALT_BYTES, Profile
from portal.organisation import LANGUAGES

SECRET_BYTES = 32
MIB = 1024 * 1024
# Ours to write in a file, not a stranger's to type: what a mail header could be broken with is not in it.
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+", re.ASCII)
_ADDRESSEE = ("username", "address", "language")


class SettingsError(Exception):
    """The settings cannot be used; `problems` names each and says what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def _minutes(minutes: int) -> Any:
    return field(default=timedelta(minutes=minutes), metadata={"unit": "minutes"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Settings:
    """What both sides need."""

    instance: Path
    mailbox_url: str
    blobs: Path
    profile: Path
    roster: Path
    roster_verifier: str
    secret: bytes = field(metadata={"file": SECRET_BYTES})
    kdf_salt: bytes = field(metadata={"file": SALT_BYTES})
    trusted_hosts: tuple[str, ...]
    origin: str
    report_limit: int = 512 * MIB
    report_files: int = 20
    text_limit: int = 200_000
    free_space_floor: int = 256 * MIB
    draft_lifetime: timedelta = _minutes(120)
    token_profile: Profile = OWASP_MINIMUM
    threads: int = 64
    filing_verifier: Path = Path("filing.verifier")
    witness_verifier: Path = Path("witness.verifier")
    testing: bool = False

    @property
    def https(self) -> bool:
        """Whether browsers reach this side over HTTPS."""
        return self.origin.startswith("https://")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PortalSettings(Settings):
    """What the informants' side needs."""

    filing_key: Path = Path("secrets/filing-key")
    session_idle: timedelta = _minutes(15)
    session_absolute: timedelta = _minutes(120)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRelay:
    """Where the office's mail is handed over."""

    host: str
    port: int
    sender: str
    starttls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """A member who wants to be reminded: where, and in which language."""

    username: str
    address: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OfficeSettings(Settings):
    """What the office needs."""

    casework_url: str
    office_blobs: Path
    smtp_host: str | None = None
    smtp_port: int = 25
    smtp_from: str | None = None
    smtp_starttls: bool = True
    reminders: tuple[Addressee, ...] = ()
    staff_profile: Profile = RFC9106_SECOND
    session_idle: timedelta = _minutes(15)
    session_absolute: timedelta = _minutes(600)

    @property
    def relay(self) -> MailRelay | None:
        """Where mail goes; nowhere unless both the host and the sender are named."""
        if self.smtp_host is None or self.smtp_from is None:
            return None
        port, starttls = self.smtp_port, self.smtp_starttls
        return MailRelay(host=self.smtp_host, port=port, sender=self.smtp_from, starttls=starttls)


def load_portal(instance: Path) -> PortalSettings:
    """Read `portal.toml` of an instance; raises SettingsError."""
    return PortalSettings(**_Reader(instance, "portal.toml").values(PortalSettings))


def load_office(instance: Path) -> OfficeSettings:
    """Read `office.toml` of an instance; raises SettingsError."""
    return OfficeSettings(**_Reader(instance, "office.toml").values(OfficeSettings))


class _Reader:
    """Reads one file of settings and collects what is wrong with it."""

    def __init__(self, instance: Path, name: str) -> None:
        self._instance = instance
        self._path = instance / name
        self._problems: list[str] = []

    def values(self, kind: type[Settings]) -> dict[str, Any]:
        given = self._given()
        known = {f.name: f for f in fields(kind) if f.name != "instance"}
        values: dict[str, Any] = {"instance": self._instance}
        for name in given.keys() - known.keys():
            self._blame(name, "is not a setting. Take it out, or correct its name.")
        for name, setting in known.items():
            if name in given:
                values[name] = self._read(setting, given[name])
            elif setting.default is MISSING:
                self._blame(name, "is missing. docs/settings.md says what it is for.")
            elif isinstance(setting.default, Path):
                values[name] = self._instance / setting.default
        self._check(values)
        if self._problems:
            raise SettingsError(self._problems)
        return values

    def _given(self) -> Mapping[str, Any]:
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise SettingsError(
                [f"{self._path}: {error}. Run `ishonch init` to make it."]
            ) from error

    def _read(self, setting: Field[Any], value: Any) -> Any:
        """Turn what the file says into what the field holds; None after a problem."""
        reader = self._reader(setting)
        try:
            return reader(value)
        except (ValueError, TypeError, KeyError, OSError) as error:
            self._blame(setting.name, f"cannot be used: {error}")
            return None

    def _reader(self, setting: Field[Any]) -> Callable[[Any], Any]:
        if length := setting.metadata.get("file"):
            return lambda value: read_secret(self._instance / value, length)
        if setting.metadata.get("unit") == "minutes":
            return lambda value: timedelta(minutes=_positive(value))
        readers: dict[Any, Callable[[Any], Any]] = {
            Path: lambda value: self._instance / value,
            str: _text,
            str | None: _text,
            int: _positive,
            bool: _yes_or_no,
            Profile: lambda value: PROFILES[value],
            tuple[str, ...]: lambda value: tuple(_text(item) for item in value),
            tuple[Addressee, ...]: lambda value: tuple(_addressee(item) for item in value),
        }
        return readers[setting.type]

    def _check(self, values: Mapping[str, Any]) -> None:
        if not values.get("testing"):
            for name in ("token_profile", "staff_profile"):
                if values.get(name) == CHEAP:
                    self._blame(name, "is for tests only. Leave it out.")
        if values.get("trusted_hosts") == ():
            self._blame("trusted_hosts", "is empty: no request would be answered (B10).")
        origin = values.get("origin") or ""
        if not origin.startswith(("https://", "http://")) or origin.endswith("/"):
            self._blame("origin", "is the address people type, without a slash at the end.")
        for name in ("mailbox_url", "casework_url"):
            if name in values and not _is_database(values[name]):
                self._blame(name, "is sqlite:////absolute/path or postgresql://user@host/name.")

        self._check_mail(values)

    def _check_mail(self, values: Mapping[str, Any]) -> None:
        if values.get("reminders") and not values.get("smtp_host"):
            self._blame("reminders", "go nowhere: name smtp_host, or leave them out.")
        if values.get("smtp_host") and not values.get("smtp_from"):
            self._blame("smtp_from", "is missing: mail needs the address it comes from.")
        if values.get("smtp_from") and not _ADDRESS.fullmatch(values["smtp_from"]):
            self._blame("smtp_from", "is one address, such as office@example.org.")

    def _blame(self, name: str, problem: str) -> None:
        self._problems.append(f"{self._path.name}: {name} {problem}")


def read_secret(path: Path, length: int) -> bytes:
    """Read a secret of so many bytes, written in hex, from a file only its owner can read; raises ValueError, OSError."""
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"others can read {path}. Run `chmod 600 {path}`, then make a new secret.")
    secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    if len(secret) != length:
        raise ValueError(f"{path} does not hold {length} bytes in hex.")
    return secret


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("write a text between quotes.")
    return value


def _addressee(value: Any) -> Addressee:
    said = _text(value).split()
    if len(said) != len(_ADDRESSEE) or not _ADDRESS.fullmatch(said[1]) or said[2] not in LANGUAGES:
        raise ValueError('write "username address language", such as "head head@example.org ru".')
    return Addressee(**dict(zip(_ADDRESSEE, said, strict=True)))


def _positive(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TypeError("write a whole number above zero.")
    return value


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("write true or false.")
    return value


def _is_database(url: Any) -> bool:
    try:
        return sa.make_url(url).get_backend_name() in {"sqlite", "postgresql"}
    except (sa.exc.ArgumentError, AttributeError):
        return False
