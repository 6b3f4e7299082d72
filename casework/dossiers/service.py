"""The verbs of dossiers. None commits, reads the clock, or knows a web framework.

Objects are loaded through the actor: a dossier they have no grant for does not exist for them, in a list, a count, a
search, or by its id (F1, F2, E25).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from casework.dossiers.models import (
    IS_REPORT,
    Arrival,
    Dossier,
    Entry,
    EntryFile,
    Grant,
    Offer,
    Report,
    Trial,
)
from casework.dossiers.records import open_record, record_bytes
from casework.dossiers.states import TRANSITIONS, EntryAction, EntryState, LetterPurpose
from casework.staff import service as staff
from casework.staff.models import Member
from casework.staff.service import Actor
from casework.transitions import next_state
from crypto.age import seal, unseal
from crypto.errors import EncodingError, OpenError
from crypto.recipients import Identity, Recipient
from portal.errors import NotFound
from portal.mailbox.letters import Letter, open_letter
from portal.roster import open_grant
from portal.sealed_files import SealedFile

AnyDossier_co = TypeVar("AnyDossier_co", bound=Dossier, covariant=True)
SealLetter = Callable[[Sequence[Recipient]], bytes]

# Whether a dossier may be read, asked of the column that holds its id.
Readable = Callable[[Any], sa.ColumnElement[bool]]
EVERYTHING = slice(None)
# So many grants are listed rather than asked for one by one.
FEW = 200
_HAS_ARRIVED = ~sa.exists().where(Arrival.entry_id == Entry.id)


class OwnReply(Exception):
    """A reply with files is approved by somebody other than its author."""


@dataclass(frozen=True, slots=True, repr=False)
class OpenDossier(Generic[AnyDossier_co]):
    """A dossier in the hands of somebody who may read it."""

    dossier: AnyDossier_co
    identity: Identity

    def read(self, entry: Entry) -> Letter:
        """Open one letter; raises OpenError for damage, and for a letter moved here from elsewhere (F9)."""
        return open_letter(entry.sealed, self.identity, envelope=entry.id, dossier=self.dossier.id)

    def read_record(self, sealed: bytes, place: str) -> dict[str, str]:
        """Open what `seal_record` sealed for this dossier and place; raises OpenError (F9)."""
        return open_record(unseal(sealed, self.identity), f"{self.dossier.id} {place}")

    def seal_record(self, content: Mapping[str, str], place: str) -> bytes:
        """Seal something of the service's own to this dossier; it opens in this place alone."""
        return seal(record_bytes(content, f"{self.dossier.id} {place}"), [self.identity.recipient])


OpenReport: TypeAlias = OpenDossier[Report]


def open_dossiers(
    db: Session, actor: Actor, chosen: sa.Select[AnyDossier_co]
) -> list[OpenDossier[AnyDossier_co]]:
    """Open those of the chosen dossiers that this actor has grants for: the one function that opens any.

    A grant that is damaged, or was swapped in from another dossier, opens nothing and its dossier is left out (F9).
    """
    granted = (
        chosen.add_columns(Grant.sealed)
        .join(Grant, Grant.dossier_id == Dossier.id)
        .where(Grant.member_id == actor.id, Grant.sealed.is_not(None))
    )
    return [
        OpenDossier(dossier, identity)
        for dossier, sealed in db.execute(granted)
        if (identity := _identity(sealed, actor, dossier)) is not None
    ]


def open_reports(db: Session, actor: Actor, part: slice = EVERYTHING) -> list[OpenReport]:
    """Open the reports this actor may read, the newest first."""
    newest = Report.received_on.desc(), Report.id.desc()
    chosen = sa.select(Report.id).where(IS_REPORT, readable(db, actor.id)(Report.id))
    ids = chosen.order_by(*newest).slice(part.start, part.stop)
    if part != EVERYTHING:
        found = db.scalars(ids).all()
        return open_dossiers(
            db, actor, sa.select(Report).where(Report.id.in_(found)).order_by(*newest)
        )
    return open_dossiers(db, actor, sa.select(Report).order_by(*newest))


def readable(db: Session, member_id: str) -> Readable:
    """Give the condition that this member has a grant for the dossier of an id: to be asked of what is read off in order.

    A database that reads a page off an index asks it of each row it comes to. For somebody with few grants it would come
    to very many rows that are not theirs, so their grants are listed instead.
    """
    ids = db.scalars(granted_to(member_id).limit(FEW + 1)).all()
    if len(ids) <= FEW:
        return lambda dossier_id: dossier_id.in_(ids)
    return lambda dossier_id: is_mine(member_id, dossier_id)


def open_report(db: Session, actor: Actor, report_id: str) -> OpenReport:
    """Open one report; raises NotFound where this actor has no grant."""
    found = open_dossiers(db, actor, sa.select(Report).where(Report.id == report_id))
    if not found:
        raise NotFound
    return found[0]


def granted_to(member_id: str) -> sa.Select[str]:
    """Select the ids of the dossiers a member has grants for."""
    return sa.select(Grant.dossier_id).where(
        Grant.member_id == member_id, Grant.sealed.is_not(None)
    )


def is_mine(member_id: str, dossier_id: sa.ColumnExpressionArgument[str]) -> sa.ColumnElement[bool]:
    """Whether a member has a grant for a dossier: looked up for the few asked about, for they may have a hundred thousand."""
    return granted_to(member_id).where(Grant.dossier_id == dossier_id).exists()


def correspondents(report: Report) -> tuple[Recipient, Recipient]:
    """Give whom every letter of this report is sealed to: the dossier and the informant's mailbox."""
    return Recipient(report.recipient), Recipient(report.mailbox_recipient)


def count_reports(db: Session, actor: Actor, *, at_most: int) -> int:
    """Count the reports this actor has grants for, the first so many of them."""
    mine = sa.select(Report.id).where(IS_REPORT, readable(db, actor.id)(Report.id))
    newest = mine.order_by(Report.received_on.desc(), Report.id.desc())
    return db.scalar(sa.select(sa.func.count()).select_from(newest.limit(at_most).subquery())) or 0


def try_offers(db: Session, actor: Actor, *, at_most: int) -> dict[str, bytes | None]:
    """Try the unlabelled grants of dossiers this member has not tried yet; give for each a grant of their own, or None.

    The newest come first. Nothing is written: trying takes time, and nobody is to wait for its end.
    """
    dossiers = db.scalars(_untried(actor).limit(at_most)).all()
    keys = [actor.identity, *staff.former_identity(db, actor)]
    offers: dict[str, list[bytes]] = {dossier.id: [] for dossier in dossiers}
    rows = sa.select(Offer.dossier_id, Offer.sealed).where(Offer.dossier_id.in_(offers))
    for dossier_id, sealed in db.execute(rows):
        offers[dossier_id].append(sealed)
    return {dossier.id: _own_grant(dossier, offers[dossier.id], keys) for dossier in dossiers}


def note_tried(db: Session, actor: Actor, tried: Mapping[str, bytes | None]) -> None:
    """Note what came of trying; what another request of this member noted first, or what is gone by now, is left as it is."""
    present = sa.select(Member.recipient).where(Member.id == actor.id).with_for_update()
    if db.scalar(present) != actor.identity.recipient.raw:
        return  # their key was replaced meanwhile: the new one tries
    still = _untried(actor).where(Report.id.in_(tried)).with_only_columns(Report.id)
    found = db.scalars(still.with_for_update(read=True, of=Report)).all()
    # Recused, or given a grant by a colleague, while the offers were being tried.
    standing = sa.select(Grant.dossier_id).where(Grant.member_id == actor.id)
    known = set(db.scalars(standing.where(Grant.dossier_id.in_(found))))
    for dossier_id in found:
        db.add(Trial(dossier_id=dossier_id, member_id=actor.id))
        if dossier_id not in known and (sealed := tried[dossier_id]):
            db.add(Grant(dossier_id=dossier_id, member_id=actor.id, sealed=sealed))
    db.flush()


def correspondence(db: Session, dossier_ids: Collection[str]) -> dict[str, list[Entry]]:
    """Give the letters of some dossiers, in order, those still waiting for approval last."""
    entries = (
        sa.select(Entry)
        .where(Entry.dossier_id.in_(dossier_ids), Entry.state != EntryState.DISCARDED, _HAS_ARRIVED)
        .order_by(Entry.number.is_(None), Entry.number, Entry.written_on, Entry.id)
        .options(selectinload(Entry.files))
    )
    found: dict[str, list[Entry]] = {dossier_id: [] for dossier_id in dossier_ids}
    for entry in db.scalars(entries):
        found[entry.dossier_id].append(entry)
    return found


def entry_of_file(db: Session, opened: OpenReport, file_id: str) -> Entry:
    """Find the letter of this dossier that has the attachment; raises NotFound for another dossier's (F1)."""
    entries = sa.select(Entry).join(EntryFile, EntryFile.entry_id == Entry.id)
    entry = db.scalar(
        entries.where(EntryFile.id == file_id, Entry.dossier_id == opened.dossier.id, _HAS_ARRIVED)
    )
    if entry is None:
        raise NotFound
    return entry


def write_reply(
    db: Session,
    opened: OpenReport,
    *,
    actor: Actor,
    entry_id: str,
    seal_letter: SealLetter,
    files: Sequence[SealedFile],
    purpose: LetterPurpose | None = None,
    today: date,
) -> bool:
    """Put a reply into the correspondence: text is queued at once, files wait for a second person (F20).

    False if this very reply is there already: its page was sent twice (F6).
    """
    number = next_number(db, opened.dossier.id)
    if db.get(Entry, entry_id) is not None:
        return False
    held = bool(files)
    entry = Entry(
        id=entry_id,
        dossier_id=opened.dossier.id,
        number=None if held else number,
        sealed=seal_letter(correspondents(opened.dossier)),
        state=EntryState.HELD if held else EntryState.QUEUED,
        written_on=today,
        author_id=actor.id,
        purpose=purpose,
        has_files=held,
    )
    for position, file in enumerate(files):
        entry.files.append(
            EntryFile(id=file.blob.id, position=position, sealed_size=file.blob.sealed_size)
        )
    db.add(entry)
    db.flush()
    return True


def approve_reply(db: Session, opened: OpenReport, *, entry_id: str, actor: Actor) -> None:
    """Let a held reply go. Raises OwnReply for its author, IllegalTransition if it went or was dropped meanwhile."""
    entry = _held(db, opened, entry_id)
    if entry.author_id == actor.id:
        raise OwnReply
    entry.number = next_number(db, opened.dossier.id)
    entry.approved_by = actor.id
    move(entry, EntryAction.APPROVE)
    db.flush()


def discard_reply(db: Session, opened: OpenReport, *, entry_id: str) -> list[str]:
    """Drop a held reply; give the ids of its files, to be deleted after the commit."""
    entry = _held(db, opened, entry_id)
    files = [file.id for file in entry.files]
    move(entry, EntryAction.DISCARD)
    entry.files.clear()
    db.flush()
    return files


def known_files(db: Session, ids: Collection[str]) -> set[str]:
    """Say which of these blobs an entry names; the others are orphans."""
    return set(db.scalars(sa.select(EntryFile.id).where(EntryFile.id.in_(ids))))


def _untried(actor: Actor) -> sa.Select[Report]:
    """Select what this member has not tried yet; a report whose sender could still take it back unseen is not there yet."""
    tried = sa.exists().where(Trial.dossier_id == Report.id, Trial.member_id == actor.id)
    arrived = sa.exists().where(Entry.dossier_id == Report.id, _HAS_ARRIVED)
    return sa.select(Report).where(~tried, arrived).order_by(Report.received_on.desc(), Report.id)


def _own_grant(dossier: Report, offers: Sequence[bytes], keys: Sequence[Identity]) -> bytes | None:
    """Find a grant that one of the member's keys opens, and seal it to the first, which is their present one."""
    for key in keys:
        identity = open_grant(offers, key)
        if identity is not None and identity.recipient.raw == dossier.recipient:
            return seal(identity.seed, [keys[0].recipient])
    return None


def _identity(sealed: bytes, actor: Actor, dossier: Dossier) -> Identity | None:
    try:
        identity = Identity(unseal(sealed, actor.identity))
    except (OpenError, EncodingError):
        return None
    return identity if identity.recipient.raw == dossier.recipient else None


def _held(db: Session, opened: OpenReport, entry_id: str) -> Entry:
    """Load a reply through its dossier, locked; another dossier's is not found."""
    entry = db.scalar(
        sa.select(Entry)
        .where(
            Entry.id == entry_id,
            Entry.dossier_id == opened.dossier.id,
            Entry.author_id.is_not(None),
        )
        .options(selectinload(Entry.files))
        .with_for_update()
    )
    if entry is None:
        raise NotFound
    return entry


def move(entry: Entry, action: EntryAction) -> None:
    """Change an entry's state: the one place that does."""
    entry.state = next_state(TRANSITIONS, EntryState(entry.state), action)


def next_number(db: Session, dossier_id: str) -> int:
    """Give the next place in a thread; the dossier's row is locked, so two letters at once queue up."""
    hold(db, dossier_id)
    last = sa.select(sa.func.max(Entry.number)).where(Entry.dossier_id == dossier_id)
    return (db.scalar(last) or 0) + 1


def hold(db: Session, *dossier_ids: str) -> None:
    """Hold dossiers' rows until the transaction ends: what two people do to one at once happens one after the other (F7).

    An act on several holds all of them first, in one order: no two acts then wait for each other. Raises NotFound where one
    was destroyed meanwhile.
    """
    rows = sa.select(Dossier.id).where(Dossier.id.in_(dossier_ids)).order_by(Dossier.id)
    if set(db.scalars(rows.with_for_update())) != set(dossier_ids):
        raise NotFound
