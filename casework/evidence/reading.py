"""What stands in the register, opened piece by piece: a damaged piece is named and not fatal (F10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase, report_ids
from casework.cases.models import Allegation
from casework.dossiers.models import Entry, Report
from casework.dossiers.service import OpenReport, correspondence, open_dossiers, open_report
from casework.evidence.custody import reason_place
from casework.evidence.models import AllegationEvidence, CustodyEvent, EvidenceItem
from casework.evidence.states import CustodyAction, ItemKind, ItemState
from casework.staff.service import Actor
from crypto.errors import OpenError
from crypto.recipients import Identity
from portal.blobs import DirectoryBlobs
from portal.downloads import OpenedBlob, open_blob
from portal.errors import NotFound
from portal.mailbox.letters import Attachment


@dataclass(frozen=True, slots=True, repr=False)
class ReadEvent:
    """An event of custody; its reason is empty where none is asked for, and None where it is damaged."""

    action: CustodyAction
    member_id: str
    at: datetime
    reason: str | None


@dataclass(frozen=True, slots=True, repr=False)
class ReadItem:
    """An item as it stands; no content where it is damaged. `cited` is allegations, by id and number."""

    id: str
    number: int
    kind: ItemKind
    state: ItemState
    derived_from: int | None
    content: Mapping[str, str] | None
    custody: Sequence[ReadEvent]
    cited: Sequence[tuple[str, int]] = ()

    @property
    def has_file(self) -> bool:
        """Whether there is a file to open."""
        return self.kind != ItemKind.PHYSICAL and self.state == ItemState.HELD


@dataclass(frozen=True, slots=True, repr=False)
class Candidate:
    """A file of a report of the case, which could be registered."""

    report_id: str
    file: Attachment


@dataclass(frozen=True, slots=True, repr=False)
class ItemFile:
    """An item's file: where it lies sealed and what it is, and what opens it."""

    attachment: Attachment
    identity: Identity = field(repr=False)

    def chunks(self, blobs: DirectoryBlobs) -> OpenedBlob:
        """Open the file; raises OpenError for any damage, here or on the way, and where it is gone."""
        file = self.attachment
        try:
            return open_blob(blobs, file.blob, self.identity, file.size, file.sha256)
        except FileNotFoundError as error:
            raise OpenError from error


def register_of(db: Session, opened: OpenCase) -> Sequence[ReadItem]:
    """Open all of a case's register, in order."""
    mine = sa.select(EvidenceItem).where(EvidenceItem.case_id == opened.dossier.id)
    items = db.scalars(mine.order_by(EvidenceItem.number)).all()
    custody = _custody(db, opened)
    cited = _cited(db, opened.dossier.id)
    return [
        _read(opened, item, custody.get(item.id, ()), cited.get(item.number, ())) for item in items
    ]


def count_items(db: Session, case_id: str) -> int:
    """Count the items of a case's register."""
    mine = EvidenceItem.case_id == case_id
    return db.scalar(sa.select(sa.func.count()).select_from(EvidenceItem).where(mine)) or 0


def numbers_cited(db: Session, case_id: str) -> Mapping[int, Sequence[int]]:
    """Give the numbers of the items each allegation's finding rests on, by the allegation's number."""
    links = sa.select(AllegationEvidence).where(AllegationEvidence.case_id == case_id)
    found: dict[int, list[int]] = {}
    for link in db.scalars(links.order_by(AllegationEvidence.item)):
        found.setdefault(link.allegation, []).append(link.item)
    return found


def candidates(db: Session, opened: OpenCase, actor: Actor) -> Sequence[Candidate]:
    """Give the files informants sent with the reports of the case that are not registered yet."""
    chosen = sa.select(Report).where(Report.id.in_(report_ids(db, opened.dossier.id)))
    reports = open_dossiers(db, actor, chosen.order_by(Report.received_on, Report.id))
    letters = correspondence(db, [one.dossier.id for one in reports])
    registered = set(
        db.scalars(
            sa.select(EvidenceItem.letter_file).where(EvidenceItem.case_id == opened.dossier.id)
        )
    )
    found = []
    for report in reports:
        for entry in letters[report.dossier.id]:
            if entry.author_id is None and entry.files:
                found += _attachments(report, entry)
    return [one for one in found if one.file.blob not in registered]


def file_of(db: Session, opened: OpenCase, item: EvidenceItem, actor: Actor) -> ItemFile:
    """Say where an item's file lies and what opens it; raises NotFound where there is none, OpenError for damage."""
    blob = item.letter_file or item.blob
    if blob is None:
        raise NotFound
    told = opened.read_record(item.sealed, f"evidence {item.id}")
    identity = (
        open_report(db, actor, item.report_id).identity if item.report_id else opened.identity
    )
    file = Attachment(blob, told["name"], int(told["size"]), told["sha256"])
    return ItemFile(file, identity)


def _read(
    opened: OpenCase,
    item: EvidenceItem,
    custody: Sequence[ReadEvent],
    cited: Sequence[tuple[str, int]],
) -> ReadItem:
    try:
        content: Mapping[str, str] | None = opened.read_record(item.sealed, f"evidence {item.id}")
    except OpenError:
        content = None
    return ReadItem(
        id=item.id,
        number=item.number,
        kind=ItemKind(item.kind),
        state=ItemState(item.state),
        derived_from=item.derived_from,
        content=content,
        custody=custody,
        cited=cited,
    )


def _custody(db: Session, opened: OpenCase) -> dict[str, list[ReadEvent]]:
    """Open all events of a case, in order, in one query."""
    events = (
        sa.select(CustodyEvent)
        .join(EvidenceItem, EvidenceItem.id == CustodyEvent.item_id)
        .where(EvidenceItem.case_id == opened.dossier.id)
        .order_by(CustodyEvent.item_id, CustodyEvent.number)
    )
    found: dict[str, list[ReadEvent]] = {}
    for event in db.scalars(events):
        read = ReadEvent(
            CustodyAction(event.action), event.member_id, event.at, _reason(opened, event)
        )
        found.setdefault(event.item_id, []).append(read)
    return found


def _reason(opened: OpenCase, event: CustodyEvent) -> str | None:
    if event.sealed is None:
        return ""
    try:
        place = reason_place(event.item_id, event.number)
        return opened.read_record(event.sealed, place)["words"]
    except OpenError:
        return None


def _cited(db: Session, case_id: str) -> dict[int, list[tuple[str, int]]]:
    links = (
        sa.select(AllegationEvidence.item, Allegation.id, Allegation.number)
        .join(
            Allegation,
            sa.and_(
                Allegation.case_id == AllegationEvidence.case_id,
                Allegation.number == AllegationEvidence.allegation,
            ),
        )
        .where(AllegationEvidence.case_id == case_id)
        .order_by(Allegation.number)
    )
    found: dict[int, list[tuple[str, int]]] = {}
    for item, allegation_id, number in db.execute(links):
        found.setdefault(item, []).append((allegation_id, number))
    return found


def _attachments(report: OpenReport, entry: Entry) -> list[Candidate]:
    """Give the files of a letter; none of a damaged one."""
    try:
        letter = report.read(entry)
    except OpenError:
        return []
    there = {file.id for file in entry.files}
    return [Candidate(report.dossier.id, one) for one in letter.attachments if one.blob in there]
