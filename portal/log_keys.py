"""The keys of logs and of their witness, as files: a seed that its owner alone reads, and the public half beside it."""

import os
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from crypto.checkpoints import cosigner_text
from crypto.notes import SEED_BYTES, verifier_text
from portal.settings import OfficeSettings, PortalSettings, Settings, SettingsError, read_secret

WITNESS_KEY = Path("secrets") / "witness-key"
_MODE = 0o600


@dataclass(frozen=True, slots=True, repr=False)
class LogKey:
    """A name and the 32-byte seed that signs in it."""

    name: str
    seed: bytes


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where a key and its public half lie, how the public half is written, and how people call it."""

    called: str
    key: Path
    verifier: Path
    public: Callable[[str, bytes], str] = verifier_text

    def make(self, name: str) -> None:
        """Make the key, if there never was one. A lost key is not replaced: who has the old public half would see."""
        if self.verifier.exists():
            return
        if not self.key.exists():
            write_whole(self.key, [f"{secrets.token_hex(SEED_BYTES)}\n".encode()])
        seed = read_secret(self.key, SEED_BYTES)
        write_whole(self.verifier, [f"{self.public(name, seed)}\n".encode()])

    def read_verifier(self) -> str:
        """Read the public half; raises SettingsError."""
        try:
            return self.verifier.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise SettingsError([f"There is no {self.verifier}. Run `ishonch migrate`."]) from error

    def read(self) -> LogKey:
        """Read the key; raises SettingsError, also for one that is not of its public half."""
        verifier = self.read_verifier()
        name = verifier.partition("+")[0]
        try:
            seed = read_secret(self.key, SEED_BYTES)
        except (OSError, ValueError) as error:
            raise self._unusable(str(error)) from error
        if self.public(name, seed) != verifier:
            raise self._unusable(f"{self.key} and {self.verifier.name} do not belong together.")
        return LogKey(name, seed)

    def _unusable(self, why: str) -> SettingsError:
        return SettingsError(
            [f"{self.called} cannot be used: {why} Bring it back from where you keep it."]
        )


def filing_key(settings: PortalSettings) -> KeyFiles:
    """Say where the key of the portal's filing log is."""
    return KeyFiles("The filing log's key", settings.filing_key, settings.filing_verifier)


def witness_key(settings: OfficeSettings) -> KeyFiles:
    """Say where the key is by which the office, as witness, cosigns the filing log."""
    key = settings.instance / WITNESS_KEY
    return KeyFiles("The witness's key", key, settings.witness_verifier, cosigner_text)


def read_public(settings: Settings) -> tuple[str, str]:
    """Read the verifiers of the filing log and of its witness; raises SettingsError."""
    files = (settings.filing_verifier, settings.witness_verifier)
    filing, witness = (KeyFiles("", path, path).read_verifier() for path in files)
    return filing, witness


def write_whole(path: Path, *parts: Iterable[bytes]) -> None:
    """Write a file that its owner alone reads, or none."""
    waiting = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.writelines(part)
            file.flush()
            os.fsync(file.fileno())
        waiting.rename(path)
    finally:
        waiting.unlink(missing_ok=True)
