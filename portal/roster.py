"""The signed roster: who may receive reports, by position and public key; and the grants made from it.

The portal believes only a roster signed by the key pinned in its settings, so whoever takes over the portal's database
cannot add a reader. The mailbox stores the same number of grants for every report, unlabelled and in random order.
Formats: docs/formats-keys.md, sections 6 and 7.
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
_DESKS = {SERVICE, OVERSIGHT}


class NobodyEntitled(Exception):
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
    """Write the roster as a signed note; raises ValueError for one that no reader would take."""
    return sign_note(format_roster(roster), name, seed)


def format_roster(roster: Roster) -> str:
    """Write the roster's text: version, instance, day, and one line for each receiver; raises ValueError."""
    _check(roster)
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
        _, instance, signed, *lines = text[:-1].split("\n")
        roster = Roster(
            instance.removeprefix("instance "),
            date.fromisoformat(signed.removeprefix("signed ")),
            tuple(_receiver(line) for line in lines),
        )
        ours = format_roster(roster)
    except (ValueError, KeyError) as error:
        raise EncodingError("this is not a roster") from error
    if ours != text:
        raise EncodingError("this is not a roster as we write it")
    return roster


def entitled(roster: Roster, concerned: Collection[str]) -> tuple[Receiver, ...]:
    """Choose who may read a report that concerns these positions (F2).

    Nobody it concerns. The service's desk; but the oversight desk alone if it concerns the head of the service, or if
    nobody else of the service is left. Raises NobodyEntitled.
    """
    free = tuple(r for r in roster.receivers if r.position not in concerned)
    service = tuple(r for r in free if r.desk == SERVICE)
    if _may_concern_head(roster, concerned):
        service = ()
    chosen = service or tuple(r for r in free if r.desk == OVERSIGHT)
    if not chosen:
        raise NobodyEntitled
    return chosen


def seal_grants(dossier: Identity, receivers: Sequence[Receiver]) -> list[bytes]:
    """Seal the dossier's identity once to each receiver, fill up with decoys, and shuffle.

    Gives GRANT_SLOTS age files of one length. A decoy is the same kind of file for a key nobody has: a stolen mailbox
    does not tell a report about the head from any other.
    """
    if len(receivers) > GRANT_SLOTS:
        raise ValueError("more receivers than grants")
    grants = [seal(dossier.seed, [r.recipient]) for r in receivers]
    nobody = Identity.generate().recipient
    while len(grants) < GRANT_SLOTS:
        grants.append(seal(secrets.token_bytes(SEED_BYTES), [nobody]))
    secrets.SystemRandom().shuffle(grants)
    return grants


def open_grant(grants: Iterable[bytes], staff: Identity) -> Identity | None:
    """Give the dossier's identity if one of the grants is for this member.

    The store may have been written to by a stranger: the caller compares its recipient with the dossier's (F9), and what is
    sealed to us but is no identity is passed over, as damage is.
    """
    for grant in grants:
        try:
            return Identity(unseal(grant, staff))
        except (OpenError, EncodingError):
            continue
    return None


def _may_concern_head(roster: Roster, concerned: Collection[str]) -> bool:
    """Whether a head of the service is concerned; where none is on the roster, any position it does not know may be theirs.

    Else a report about a head who has no key yet would go to those who work for them (F2).
    """
    heads = {r.position for r in roster.receivers if r.head and r.desk == SERVICE}
    if heads:
        return not heads.isdisjoint(concerned)
    return not {r.position for r in roster.receivers}.issuperset(concerned)


def _check(roster: Roster) -> None:
    """Refuse what could not be read back, or would let somebody recused read after all (F2)."""
    receivers = roster.receivers
    if not 0 < len(receivers) <= GRANT_SLOTS:
        raise ValueError(f"a roster names 1 to {GRANT_SLOTS} receivers")
    if not _is_printable(roster.instance):
        raise ValueError("an instance's name is printable text")
    if not all(_is_printable(r.position) and " " not in r.position for r in receivers):
        raise ValueError("a position is an id of the organisation's profile")
    if not _DESKS.issuperset(r.desk for r in receivers):
        raise ValueError("a receiver is of the service or of the oversight desk")
    if len({r.recipient.raw for r in receivers}) < len(receivers):
        raise ValueError(
            "a receiver holds one position: left out as one, they would read as the other"
        )


def _is_printable(text: str) -> bool:
    return text != "" and text.isprintable() and text == text.strip()


def _receiver(line: str) -> Receiver:
    kind, desk, position, recipient = line.split(" ")
    return Receiver(position, desk, _KINDS[kind], Recipient.parse(recipient))
