"""How items come into the register. None of these verbs commits or reads the clock; each is told the version its page showed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase, begin, report_ids
from casework.cases.states import CaseAction
from casework.dossiers.service import OpenReport, entry_of_file
from casework.evidence.custody import receive, take
from casework.evidence.models import EvidenceItem
from casework.evidence.service import item_of
from casework.evidence.states import CustodyAction, ItemKind
from casework.records import new_id
from casework.staff.service import Actor
from casework.transitions import IllegalTransition
from portal.errors import NotFound
from portal.sealed_files import SealedFile

Content = Mapping[str, str]


def register_attached(
    db: Session,
    opened: OpenCase,
    report: OpenReport,
    file_id: str,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> str:
    """Register a file an informant sent with a report of the case; it stays where it lies. Give the item's id.

    Raises NotFound for any other file, and IllegalTransition for one that is registered already.
    """
    case = begin(db, opened, CaseAction.REGISTER_EVIDENCE, seen=seen, actor=actor)
    entry = entry_of_file(db, report, file_id)
    if entry.author_id is not None or report.dossier.id not in report_ids(db, case.id):
        raise NotFound
    if _is_registered(db, case.id, file_id):
        raise IllegalTransition("this file is registered already")
    (file,) = (one for one in report.read(entry).attachments if one.blob == file_id)
    content = {"report": report.dossier.id, **_told(file.name, file.size, file.sha256)}
    item = _item(db, opened, ItemKind.ATTACHED, content)
    item.report_id, item.letter_file = report.dossier.id, file_id
    return _add(db, item, actor=actor, now=now)


def register(
    db: Session,
    opened: OpenCase,
    files: Sequence[SealedFile],
    content: Content,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> list[str]:
    """Register files sealed to the case, each an item of its own, or a thing if there is none; give their ids.

    `content` says the source and describes it.
    """
    begin(db, opened, CaseAction.REGISTER_EVIDENCE, seen=seen, actor=actor)
    if not files:
        return [_add(db, _item(db, opened, ItemKind.PHYSICAL, content), actor=actor, now=now)]
    return [_add_file(db, opened, file, content, actor=actor, now=now) for file in files]


def register_copy(
    db: Session,
    opened: OpenCase,
    item_id: str,
    file: SealedFile,
    *,
    seen: int,
    actor: Actor,
    now: datetime,
) -> str:
    """Register a cleaned copy of an item, sealed to the case; the original stays as it is. Give the copy's id."""
    begin(db, opened, CaseAction.COPY_EVIDENCE, seen=seen, actor=actor)
    original = item_of(db, opened, item_id)
    take(db, opened, original, CustodyAction.COPY, actor=actor, now=now)
    copy = _item(db, opened, ItemKind.COPY, _told(file.name, file.size, file.sha256))
    copy.blob, copy.derived_from = file.blob.id, original.number
    return _add(db, copy, actor=actor, now=now)


def _is_registered(db: Session, case_id: str, file_id: str) -> bool:
    mine = EvidenceItem.case_id == case_id, EvidenceItem.letter_file == file_id
    return db.scalar(sa.select(EvidenceItem.id).where(*mine)) is not None


def _told(name: str, size: int, sha256: str) -> dict[str, str]:
    return {"name": name, "size": str(size), "sha256": sha256}


def _add_file(
    db: Session,
    opened: OpenCase,
    file: SealedFile,
    content: Content,
    *,
    actor: Actor,
    now: datetime,
) -> str:
    told = {**content, **_told(file.name, file.size, file.sha256)}
    item = _item(db, opened, ItemKind.UPLOADED, told)
    item.blob = file.blob.id
    return _add(db, item, actor=actor, now=now)


def _item(db: Session, opened: OpenCase, kind: ItemKind, content: Content) -> EvidenceItem:
    """Make the next item of a case. Its row is held, so two at once get two numbers."""
    case_id, item_id = opened.dossier.id, new_id()
    last = sa.select(sa.func.max(EvidenceItem.number)).where(EvidenceItem.case_id == case_id)
    return EvidenceItem(
        id=item_id,
        case_id=case_id,
        number=(db.scalar(last) or 0) + 1,
        kind=kind,
        sealed=opened.seal_record(content, f"evidence {item_id}"),
    )


def _add(db: Session, item: EvidenceItem, *, actor: Actor, now: datetime) -> str:
    db.add(item)
    db.flush()
    receive(db, item, actor=actor, now=now)
    return item.id
