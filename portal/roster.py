"""The signed roster: who may receive reports, by position and public key; and the grants made from it.

The portal believes only a roster signed by the key pinned in its settings, so whoever takes over the portal's database
cannot add a reader. The mailbox stores the same number of grants for every report, unlabelled and in random order.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from crypto.age import seal, unseal
from crypto.errors import EncodingError, OpenError
from crypto.notes import sign_note, verify_note
from crypto.recipients import SEED_BYTES, Identity, Recipient

GRANT_SLOTS = 16
SERVICE = "service"
OVERSIGHT = "oversight"

_VERSION = "ishonch-roster/v1"
_KINDS = {"member": False, "head": True}


class NobodyEntitled(Exception):  # noqa: N818 - what was found, as all refusals are named
    """Nobody on the roster may read this report: it cannot be taken before the roster is mended."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """A member who receives reports: position and desk are ids of the organisation's profile."""

    position: str
    desk: str
    head: bool
    recipient: Recipient


@dataclass(frozen=True, slots=True)
class Roster:
    """Who receives reports in this instance, as signed on a day."""

    instance: str
    signed_on: date
    receivers: tuple[Receiver, ...]


def sign_roster(roster: Roster, name: str, seed: bytes) -> str:
    """Write the roster as a signed note."""
    return sign_note(format_roster(roster), name, seed)


def format_roster(roster: Roster) -> str:
    """Write the roster's text: version, instance, day, and one line for each receiver."""
    head = [_VERSION, f"instance {roster.instance}", f"signed {roster.signed_on.isoformat()}"]
    lines = [
        f"{'head' if r.head else 'member'} {r.desk} {r.position} {r.recipient}"
        for r in roster.receivers
    ]
    return "\n".join([*head, *lines, ""])


def parse_roster(note: str, verifier: str) -> Roster:
    """Verify and read a roster; raises EncodingError for a wrong signature and for any other spelling of it."""
    text = verify_note(note, verifier)
    try:
        version, instance, signed, *lines = text[:-1].split("\n")
        roster = Roster(
            instance.removeprefix("instance "),
            date.fromisoformat(signed.removeprefix("signed ")),
            tuple(_receiver(line) for line in lines),
        )
    except (ValueError, KeyError) as error:
        raise EncodingError("this is not a roster") from error
    if version != _VERSION or format_roster(roster) != text:
        raise EncodingError("this is not a roster as we write it")
    if not 0 < len(roster.receivers) <= GRANT_SLOTS:
        raise EncodingError(f"a roster names 1 to {GRANT_SLOTS} receivers")
    return roster


def entitled(roster: Roster, concerned: Collection[str]) -> tuple[Receiver, ...]:
    """Choose who may read a report that concerns these positions (F2).

    Nobody it concerns. The service's desk; but the oversight desk alone if it concerns the head, or if nobody else of the
    service is left. Raises NobodyEntitled.
    """
    free = [r for r in roster.receivers if r.position not in concerned]
    heads = {r.position for r in roster.receivers if r.head}
    service = [] if heads & set(concerned) else [r for r in free if r.desk == SERVICE]
    chosen = service or [r for r in free if r.desk == OVERSIGHT]
    if not chosen:
        raise NobodyEntitled
    return tuple(chosen)


def seal_grants(dossier: Identity, receivers: Sequence[Receiver]) -> list[bytes]:
    """Seal the dossier's identity once to each receiver, fill up with decoys, and shuffle.

    A decoy is the same kind of file for a key nobody has: a stolen mailbox does not tell a report about the head from
    any other.
    """
    if len(receivers) > GRANT_SLOTS:
        raise ValueError("more receivers than grants")
    grants = [seal(dossier.seed, [r.recipient]) for r in receivers]
    nobody = Identity.generate().recipient if len(grants) < GRANT_SLOTS else None
    while nobody and len(grants) < GRANT_SLOTS:
        grants.append(seal(secrets.token_bytes(SEED_BYTES), [nobody]))
    secrets.SystemRandom().shuffle(grants)
    return grants


def open_grant(grants: Iterable[bytes], staff: Identity) -> Identity | None:
    """Give the dossier's identity if one of the grants is for this member."""
    for grant in grants:
        try:
            return Identity(unseal(grant, staff))
        except OpenError:
            continue
    return None


def _receiver(line: str) -> Receiver:
    kind, desk, position, recipient = line.split(" ")
    return Receiver(position, desk, _KINDS[kind], Recipient.parse(recipient))
