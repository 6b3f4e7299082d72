"""What was done with a case, and who wrote last: the ledger's acts without the openings, which are the auditors' matter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.dossiers.models import Entry
from casework.ledger.models import LedgerEntry
from casework.ledger.states import Act
from casework.web.audit_words import act_words
from casework.web.services import office
from portal.clock import local_date
from portal.i18n import format_date

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One act: what it was, who did it if anybody did, and on which day."""

    what: str
    who: str
    on: date


def timeline_of(db: Session, case_id: str, names: Mapping[str, str]) -> Sequence[Step]:
    """Give the newest acts on a case, the newest first."""
    mine = sa.select(LedgerEntry).where(
        LedgerEntry.subject == case_id, LedgerEntry.act != Act.DOSSIER_OPENED
    )
    found = db.scalars(mine.order_by(LedgerEntry.number.desc()).limit(NEWEST))
    zone = office().organisation.timezone
    return [
        Step(act_words(one.act), names.get(one.actor_id or "", ""), local_date(one.at, zone))
        for one in found
    ]


def last_letters(db: Session, report_ids: Collection[str]) -> Mapping[str, str]:
    """Say of each of these reports who wrote last, and when."""
    numbers = sa.select(Entry.dossier_id, sa.func.max(Entry.number).label("number"))
    newest = numbers.where(Entry.dossier_id.in_(report_ids)).group_by(Entry.dossier_id).subquery()
    same = sa.and_(Entry.dossier_id == newest.c.dossier_id, Entry.number == newest.c.number)
    rows = sa.select(Entry.dossier_id, Entry.author_id, Entry.written_on).join(newest, same)
    return {
        dossier_id: (
            _("We wrote last, on %(day)s.", day=format_date(day))
            if author
            else _("The informant wrote last, on %(day)s.", day=format_date(day))
        )
        for dossier_id, author, day in db.execute(rows)
    }
