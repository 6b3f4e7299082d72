"""One report on its way in: its dossier, its case token, and the mailbox key the token makes.

Token and dossier are random for everyone but the very form they were made for: they are derived from 32 random bytes that
stand only in the page sent to the browser, the browser's own cookie, this server's secret, and the text as typed. Sending
the same page twice (a double click, a broken connection) therefore gives the same token instead of a second report, or a
report whose token nobody has seen; and a file that came only with the second copy is sealed to a dossier that exists.
None of the four inputs is kept, so neither can be made again from what this machine holds.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from crypto.passwords import Profile
from crypto.recipients import Identity, Recipient
from crypto.tokens import CaseToken, MailboxKey, derive_mailbox_key

SUBMISSION_BYTES = 32
_NUMBERS = 10**24
_ID_DIGITS = 32


def new_submission() -> str:
    """Give what makes a page one of its kind, for a hidden field of the form: 64 hex digits."""
    return secrets.token_hex(SUBMISSION_BYTES)


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """The page a report or a message comes from: all of it secret, none of it kept."""

    secret: bytes
    visit: bytes
    submission: str

    def number(self, typed: Iterable[tuple[str, str]]) -> int:
        """Derive the token's number; 256 bits reduced to 80 leave no bias that matters."""
        return int.from_bytes(self._digest("case token", _framed(typed)), "big") % _NUMBERS

    def dossier(self, typed: Iterable[tuple[str, str]]) -> Identity:
        """Derive the dossier's identity."""
        return Identity(self._digest("dossier", _framed(typed)))

    def mailbox_id(self, token: CaseToken) -> str:
        """Derive the mailbox's id, so that the database itself refuses the same report a second time."""
        return self._digest("mailbox id", [token.number.to_bytes(10, "big")]).hex()[:_ID_DIGITS]

    def envelope_id(self, content: Iterable[tuple[str, str]]) -> str:
        """Derive the id of a later message from all it says, so that the same page sent twice is one message."""
        return self._digest("envelope id", _framed(content)).hex()[:_ID_DIGITS]

    def _digest(self, purpose: str, parts: Iterable[bytes]) -> bytes:
        """Give 32 bytes for one purpose; each part is preceded by its length, so no two lists of parts look alike."""
        digest = hmac.new(self.secret, f"ishonch/v1 {purpose}".encode(), hashlib.sha256)
        for part in (self.visit, self.submission.encode("utf-8", "surrogatepass"), *parts):
            digest.update(len(part).to_bytes(8, "big") + part)
        return digest.digest()


@dataclass(frozen=True, slots=True, repr=False)
class Filing:
    """The secrets of one report while the request that brings it lasts."""

    mailbox_id: str
    dossier_id: str
    token: CaseToken
    dossier: Identity
    key: MailboxKey

    @property
    def recipients(self) -> tuple[Recipient, Recipient]:
        """Whom everything in this report is sealed to: the dossier, and the mailbox, so that both read the thread."""
        return self.dossier.recipient, self.key.identity.recipient


def begin_filing(
    origin: Origin, token: CaseToken, dossier: Identity, *, salt: bytes, profile: Profile
) -> Filing:
    """Make the keys of one report. Costs one Argon2id: the caller holds a KDF slot."""
    raw = dossier.recipient.raw
    return Filing(
        mailbox_id=origin.mailbox_id(token),
        dossier_id=hashlib.sha256(b"ishonch/v1 dossier id" + raw).hexdigest()[:_ID_DIGITS],
        token=token,
        dossier=dossier,
        key=derive_mailbox_key(token, salt, profile),
    )


def _framed(named: Iterable[tuple[str, str]]) -> list[bytes]:
    return [text.encode("utf-8", "surrogatepass") for pair in named for text in pair]
