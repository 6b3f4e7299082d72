"""One report on its way in: its dossier, its case token, and the mailbox key the token makes.

The token is random for everyone but the very form it was made for: it is derived from 32 random bytes that stand only in
the page sent to the browser, the browser's own cookie, this server's secret, and the text as typed. Sending the same
page twice (a double click, a broken connection) therefore gives the same token instead of a second report, or a report
whose token nobody has seen. None of the four inputs is kept, so no token can be made again from what this machine holds.
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


def new_submission() -> str:
    """Give the random half of a token, for a hidden field of the form: 64 hex digits."""
    return secrets.token_hex(SUBMISSION_BYTES)


@dataclass(frozen=True, slots=True, repr=False)
class Origin:
    """What a token is derived from, beside the text: all of it secret, none of it kept."""

    secret: bytes
    visit: bytes
    submission: str

    def number(self, typed: Iterable[tuple[str, str]]) -> int:
        """Derive the token's number; 256 bits reduced to 80 leave no bias that matters."""
        digest = hmac.new(self.secret, b"ishonch/v1 case token", hashlib.sha256)
        for part in (self.visit, self.submission.encode(), *_framed(typed)):
            digest.update(len(part).to_bytes(8, "big") + part)
        return int.from_bytes(digest.digest(), "big") % _NUMBERS

    def mailbox_id(self, token: CaseToken) -> str:
        """Derive the mailbox's id, so that the database itself refuses the same report a second time."""
        message = self.visit + self.submission.encode() + token.number.to_bytes(10, "big")
        return hmac.new(
            self.secret, b"ishonch/v1 mailbox id" + message, hashlib.sha256
        ).hexdigest()[:32]


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
    return Filing(
        mailbox_id=origin.mailbox_id(token),
        dossier_id=hashlib.sha256(b"ishonch/v1 dossier id" + dossier.recipient.raw).hexdigest()[
            :32
        ],
        token=token,
        dossier=dossier,
        key=derive_mailbox_key(token, salt, profile),
    )


def _framed(typed: Iterable[tuple[str, str]]) -> list[bytes]:
    return [f"{name}={value}".encode("utf-8", "surrogatepass") for name, value in typed]
