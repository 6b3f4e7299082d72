"""A thread as a page shows it: letters opened one by one, a damaged one named and not fatal (F10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from crypto.errors import OpenError
from crypto.recipients import Identity
from portal.filenames import extension
from portal.mailbox.letters import Letter, open_letter


@dataclass(frozen=True, slots=True)
class ShownFile:
    """An attachment: blob id, name, size in bytes, and the extension it really has."""

    id: str
    name: str
    size: int
    extension: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLetter:
    """A letter: whose, when, what it says. `letter` is None where it is damaged or was withdrawn."""

    id: str
    mine: bool
    on: date
    letter: Letter | None
    answers: Sequence[tuple[str, str]] = ()
    can_delete: bool = False
    author: str = ""
    withdrawn: bool = False

    @property
    def kind(self) -> str:
        """What kind of letter it is."""
        return self.letter.kind if self.letter else ""

    @property
    def text(self) -> str:
        """What it says."""
        return self.letter.text if self.letter else ""

    @property
    def damaged(self) -> bool:
        """Whether it ought to open and does not."""
        return self.letter is None and not self.withdrawn

    @property
    def files(self) -> list[ShownFile]:
        """Its attachments."""
        attachments = self.letter.attachments if self.letter else ()
        return [ShownFile(a.blob, a.name, a.size, extension(a.name)) for a in attachments]


def try_open(
    sealed: bytes | None, identity: Identity, *, envelope: str, dossier: str
) -> Letter | None:
    """Open a letter, or give None if it does not open."""
    try:
        return open_letter(sealed or b"", identity, envelope=envelope, dossier=dossier)
    except OpenError:
        return None
