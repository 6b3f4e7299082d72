"""The auditor's page: entries of the ledger as they are shown. No dossier is opened here, and no auditor could open one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from casework.ledger.models import LedgerEntry
from casework.ledger.rules import Body
from casework.ledger.search import Standing, Wanted, find_entries, ledger_standing
from casework.ledger.service import LedgerBroken, body_of, detail_of
from casework.staff import service as staff
from casework.staff.auditors import held_keys, waiting
from casework.staff.service import Actor
from casework.web.audit_words import act_words
from casework.web.services import office
from crypto.errors import OpenError
from crypto.recipients import Identity
from portal.mailbox.models import ID_LENGTH

PAGE = 50
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Thing:
    """What an entry is about or names: a member, or an id by which more can be looked for."""

    words: str
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownEntry:
    """One act. `damaged`: the entry says nothing. `closed`: it has a reason, and none of this auditor's keys opens it."""

    number: int
    act: str = ""
    actor: str = ""
    subject: Thing
    at: datetime
    change: Sequence[tuple[str, Thing]] = ()
    reason: str = ""
    closed: bool = False
    damaged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """A page of entries, the newest first; `before`: below which number the next page begins, if there is one.

    None instead of entries where none are shown: what is shown was recorded as read before.
    """

    entries: Sequence[ShownEntry] | None
    before: int | None
    standing: Standing
    holds_key: bool
    waiting: Sequence[tuple[str, str]]


def audit_view(
    db: Session, actor: Actor, wanted: Wanted | None, before: int | None = None
) -> AuditView:
    """Open the reasons of a page of entries, if any are `wanted`, with the auditor's keys."""
    found = find_entries(db, wanted, before=before, at_most=PAGE + 1) if wanted else ()
    keys = held_keys(db, actor.id, actor.identity)
    names = staff.names(db)
    return AuditView(
        entries=[_shown(entry, names, keys) for entry in found[:PAGE]] if wanted else None,
        before=found[PAGE - 1].number if len(found) > PAGE else None,
        standing=ledger_standing(db),
        holds_key=bool(keys),
        waiting=[(one.id, one.name) for one in waiting(db, actor.id)],
    )


def _shown(entry: LedgerEntry, names: Mapping[str, str], keys: Sequence[Identity]) -> ShownEntry:
    at = entry.at.astimezone(ZoneInfo(office().organisation.timezone))
    subject = _thing(entry.subject, names)
    try:
        body = body_of(entry)
    except LedgerBroken:
        return ShownEntry(number=entry.number, subject=subject, at=at, damaged=True)
    reason = _reason(entry, keys)
    return ShownEntry(
        number=entry.number,
        act=act_words(body.act),
        actor=names.get(body.actor, body.actor) if body.actor else "",
        subject=subject,
        at=at,
        change=list(_change(body, names)),
        reason=reason or "",
        closed=reason is None,
    )


def _reason(entry: LedgerEntry, keys: Sequence[Identity]) -> str | None:
    try:
        return detail_of(entry, *keys)
    except OpenError:
        return None


def _change(body: Body, names: Mapping[str, str]) -> Iterator[tuple[str, Thing]]:
    for name, value in sorted(body.change.items()):
        yield name, _thing(value, names)


def _thing(value: str, names: Mapping[str, str]) -> Thing:
    if value in names:
        return Thing(names[value], value)
    return Thing(value[:_SHOWN], value) if len(value) == ID_LENGTH else Thing(value)
