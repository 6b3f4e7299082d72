"""As many cases as wanted, for trying out and measuring: made in bulk, of made-up words, where there is nothing real.

Everything is sealed as it always is, so that pages open it as they open what is real. Only the keys of dossiers repeat, a few
dozen for all of them: to make and grant each anew would take most of the time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from casework.cases.models import Allegation, Case, CaseReport
from casework.cases.states import CaseAction, CaseState, Finding, Priority
from casework.clocks.history import begin
from casework.clocks.models import Clock, ClockEvent
from casework.clocks.rules import Timekeeping
from casework.clocks.states import ClockAction, ClockKind, ClockState, RuleName
from casework.dossiers.models import Dossier, Entry, Grant, Note, Trial
from casework.dossiers.records import record_bytes
from casework.dossiers.states import DossierKind, EntryState, NoteKind, ReportState
from casework.ledger.service import Recorded, record_all
from casework.ledger.states import Act
from casework.records import CaseworkModel, new_id
from casework.staff.models import Member
from casework.staff.states import READERS, AccountState, Role
from crypto.age import seal
from crypto.recipients import Identity, Recipient
from portal.database import Database
from portal.mailbox.letters import Letter, seal_letter
from portal.mailbox.models import Mailbox, PublicState
from portal.organisation import Organisation

_BATCH = 500
_KEYS = 50
_DAYS = 3 * 365
# Of a hundred cases so many are open, and so many are for the oversight desk alone.
_OPEN, _OVERSIGHT = 30, 2
_OPEN_STATES = [state for state in CaseState if state != CaseState.CLOSED]
_ORDER = (Dossier, Case, Grant, Trial, CaseReport, Entry, Note, Allegation, Clock, ClockEvent)


class NotEmpty(Exception):
    """There are reports or cases here: made-up ones do not belong among them."""


class NobodyToWork(Exception):
    """A head and an investigator, both active, are needed to work the cases."""


class _Key(NamedTuple):
    identity: Identity
    # The identity sealed to each member who reads.
    grants: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """Who works the cases: the service's desk, and the oversight desk, which may be nobody."""

    service: Sequence[Member]
    oversight: Sequence[Member]

    @property
    def readers(self) -> Sequence[Member]:
        return (*self.service, *self.oversight)


@dataclass(slots=True)
class _Rows:
    """The rows of one batch, by table, and its entries of the ledger."""

    of: dict[type[CaseworkModel], list[dict[str, Any]]] = field(
        default_factory=lambda: {model: [] for model in _ORDER}
    )
    acts: list[Recorded] = field(default_factory=list)

    def add(self, model: type[CaseworkModel], **values: Any) -> None:
        self.of[model].append(values)


def seed_cases(
    casework: Database,
    mailbox: Database,
    count: int,
    *,
    organisation: Organisation,
    timekeeping: Timekeeping,
    now: datetime,
) -> Iterator[int]:
    """Make cases, each with its report, in batches; give after each how many there are by then.

    Raises NotEmpty, NobodyToWork.
    """
    _refuse_real(casework, mailbox)
    with casework.reading() as db:
        people = _people(db)
    maker = _Maker(people, organisation, timekeeping, now)
    numbers = iter(range(count))
    made = 0
    while part := list(islice(numbers, _BATCH)):
        rows = maker.batch(part)
        with casework.transaction() as db:
            for model in _ORDER:
                if rows.of[model]:
                    db.execute(
                        sa.insert(CaseworkModel.metadata.tables[model.__tablename__]),
                        rows.of[model],
                    )
            record_all(db, rows.acts)
        made += len(part)
        yield made


class _Maker:
    """Makes the rows of cases, each told its number: the same number gives the same kind of case."""

    def __init__(
        self, people: _People, organisation: Organisation, timekeeping: Timekeeping, now: datetime
    ) -> None:
        self._people = people
        self._organisation = organisation
        self._timekeeping = timekeeping
        self._now = now
        self._mailbox = Identity.generate().recipient
        self._keys: dict[tuple[bool, int], _Key] = {}

    def batch(self, numbers: Sequence[int]) -> _Rows:
        rows = _Rows()
        for number in numbers:
            self._one(rows, number)
        return rows

    def _one(self, rows: _Rows, number: int) -> None:
        hidden = bool(self._people.oversight) and number % 100 < _OVERSIGHT
        workers = self._people.oversight if hidden else self._people.service
        which = hidden, number % _KEYS
        key = self._keys[which] = self._keys.get(which) or _key(workers)
        worker = workers[number % len(workers)].id
        at = self._now - timedelta(days=1 + number * 7919 % _DAYS)
        report_id, case_id = new_id(), new_id()
        self._report(rows, number, report_id, key=key, worker=worker, at=at)
        self._case(rows, number, case_id, key=key, worker=worker, at=at)
        day = self._timekeeping.day_of(at)
        link = {"case_id": case_id, "report_id": report_id}
        rows.add(CaseReport, **link, linked_by=worker, linked_on=day)
        for kind in (ClockKind.TRIAGE, ClockKind.FEEDBACK):
            is_open = kind == ClockKind.FEEDBACK and _is_open(number)
            self._clock(rows, report_id, kind, at, worker, is_open=is_open)
        moves = {"action": "link", "from": "accepted", "to": "linked", "case": case_id}
        rows.acts.append(Recorded(Act.REPORT_MOVED, worker, report_id, at, moves))
        rows.acts.append(Recorded(Act.CASE_LINKED, worker, case_id, at, {"report": report_id}))

    def _report(
        self, rows: _Rows, number: int, report_id: str, *, key: _Key, worker: str, at: datetime
    ) -> None:
        day, entry_id = self._timekeeping.day_of(at), new_id()
        rows.add(
            Dossier,
            **_dossier(report_id, DossierKind.REPORT, key),
            mailbox_id=new_id(),
            mailbox_recipient=self._mailbox.raw,
            received_on=day,
            public_state=PublicState.IN_REVIEW if _is_open(number) else PublicState.CLOSED,
            state=ReportState.LINKED,
            version=4,
            triaged_by=worker,
        )
        self._granted(rows, report_id, key)
        for member in self._people.readers:
            rows.add(Trial, dossier_id=report_id, member_id=member.id)
        letter = Letter(
            kind="report",
            envelope=entry_id,
            dossier=report_id,
            language=("uz", "ru", "en")[number % 3],
            text=f"Made up for trying out, number {number}. " * 8,
            answers={
                "category": _chosen(self._organisation.categories, number).id,
                "unit": _chosen(self._organisation.units, number // 3).id,
            },
        )
        sealed = seal_letter(letter, (key.identity.recipient, self._mailbox))
        rows.add(
            Entry,
            id=entry_id,
            dossier_id=report_id,
            number=1,
            sealed=sealed,
            state=EntryState.RECEIVED,
            written_on=day,
            has_files=False,
        )

    def _case(
        self, rows: _Rows, number: int, case_id: str, *, key: _Key, worker: str, at: datetime
    ) -> None:
        day, is_open = self._timekeeping.day_of(at), _is_open(number)
        state = _OPEN_STATES[number // 100 % len(_OPEN_STATES)] if is_open else CaseState.CLOSED
        priority = tuple(Priority)[number % 7 % len(Priority)]
        danger = number % 97 == 0
        rows.add(Dossier, **_dossier(case_id, DossierKind.CASE, key), **_NO_REPORT)
        rows.add(
            Case,
            id=case_id,
            opened_on=day,
            opened_by=worker,
            owner_id=worker,
            state=state,
            priority=priority,
            danger=danger,
            version=1,
            closed_on=None if is_open else day + timedelta(days=1),
        )
        self._granted(rows, case_id, key)
        title = {
            "title": f"Made-up case {number}",
            "category": _chosen(self._organisation.categories, number).id,
            "unit": _chosen(self._organisation.units, number // 3).id,
        }
        rows.add(
            Note,
            dossier_id=case_id,
            number=1,
            version=1,
            kind=NoteKind.SUMMARY,
            sealed=_sealed(key, title, f"{case_id} note 1.1 {NoteKind.SUMMARY}"),
            author_id=worker,
            written_at=at,
        )
        self._allegation(rows, case_id, key, worker, day, is_open=is_open)
        change = {"priority": priority.value, "danger": str(danger).lower()}
        rows.acts.append(Recorded(Act.CASE_OPENED, worker, case_id, at, change))
        if not is_open or state != CaseState.OPENED:
            moved = {"action": CaseAction.CLOSE.value, "to": state.value}
            rows.acts.append(Recorded(Act.CASE_MOVED, worker, case_id, at, moved))

    def _allegation(
        self, rows: _Rows, case_id: str, key: _Key, worker: str, day: date, *, is_open: bool
    ) -> None:
        one = new_id()
        content = {"statement": "Parts that never came were paid for.", "norm": "", "period": ""}
        found: dict[str, Any] = {
            "finding": None,
            "reasons": None,
            "found_by": None,
            "found_on": None,
        }
        if not is_open:
            reasons = _sealed(key, {"reasons": "Made up."}, f"{case_id} reasons {one}")
            found = {"finding": Finding.SUBSTANTIATED, "reasons": reasons}
            found |= {"found_by": worker, "found_on": day}
        rows.add(
            Allegation,
            id=one,
            case_id=case_id,
            number=1,
            sealed=_sealed(key, content, f"{case_id} allegation {one}"),
            stated_by=worker,
            stated_on=day,
            **found,
        )

    def _clock(
        self,
        rows: _Rows,
        subject: str,
        kind: ClockKind,
        at: datetime,
        worker: str,
        *,
        is_open: bool,
    ) -> None:
        clock_id, rule_set = new_id(), self._timekeeping.in_force(self._timekeeping.day_of(at))
        rule = rule_set.rule(RuleName(kind))
        start = ClockEvent(
            clock_id=clock_id,
            number=1,
            action=ClockAction.START,
            at=at,
            amount=rule.amount,
            unit=rule.unit,
            rule_set=rule_set.id,
            rule=RuleName(kind),
            counted_from=at,
            moves=rule.moves_to_working_day,
        )
        standing = begin(start, self._timekeeping)
        met_at = None if is_open else at + timedelta(hours=1)
        basis = {"rule_set": rule_set.id, "rule": RuleName(kind), "moves": standing.moves}
        rows.add(
            Clock,
            id=clock_id,
            subject_id=subject,
            kind=kind,
            **basis,
            unit=standing.unit,
            started_at=at,
            due_at=standing.due_at,
            state=ClockState.RUNNING if is_open else ClockState.MET,
            met_at=met_at,
            version=1 if is_open else 2,
        )
        empty = dict.fromkeys(("rule_set", "rule", "moves", "amount", "unit", "counted_from"))
        happened = {"clock_id": clock_id, "due_at": standing.due_at, "reason": None}
        given = {"amount": rule.amount, "unit": rule.unit, "counted_from": at}
        rows.add(
            ClockEvent,
            **happened,
            **basis,
            **given,
            number=1,
            action=ClockAction.START,
            at=at,
            actor_id=None,
        )
        change = {"clock": clock_id, "due": standing.due_at.isoformat()}
        rows.acts.append(Recorded(Act.CLOCK_STARTED, None, subject, at, change))
        if met_at:
            rows.add(
                ClockEvent,
                **happened,
                **empty,
                number=2,
                action=ClockAction.MEET,
                at=met_at,
                actor_id=worker,
            )
            rows.acts.append(Recorded(Act.CLOCK_MET, worker, subject, met_at, change))

    def _granted(self, rows: _Rows, dossier_id: str, key: _Key) -> None:
        for member_id, sealed in key.grants.items():
            rows.add(
                Grant, dossier_id=dossier_id, member_id=member_id, sealed=sealed, recused=False
            )


_NO_REPORT = dict.fromkeys(
    (
        "mailbox_id",
        "mailbox_recipient",
        "received_on",
        "public_state",
        "state",
        "version",
        "triaged_by",
    )
)


def _dossier(dossier_id: str, kind: DossierKind, key: _Key) -> dict[str, Any]:
    return {"id": dossier_id, "kind": kind, "recipient": key.identity.recipient.raw}


def _key(members: Sequence[Member]) -> _Key:
    identity = Identity.generate()
    return _Key(
        identity,
        {one.id: seal(identity.seed, [Recipient(one.recipient or b"")]) for one in members},
    )


def _sealed(key: _Key, content: Mapping[str, str], place: str) -> bytes:
    return seal(record_bytes(content, place), [key.identity.recipient])


def _is_open(number: int) -> bool:
    return number * 31 % 100 < _OPEN


def _chosen(items: Sequence[Any], number: int) -> Any:
    return items[number % len(items)]


def _refuse_real(casework: Database, mailbox: Database) -> None:
    with casework.reading() as db:
        known = db.scalar(sa.select(Dossier.id).limit(1))
    with mailbox.reading() as db:
        waiting = db.scalar(sa.select(Mailbox.id).limit(1))
    if known or waiting:
        raise NotEmpty


def _people(db: Session) -> _People:
    reading = sa.select(Member).where(Member.state == AccountState.ACTIVE, Member.role.in_(READERS))
    found = db.scalars(reading.order_by(Member.username)).all()
    service = [one for one in found if one.role != Role.OVERSIGHT]
    if {one.role for one in service} != {Role.HEAD, Role.INVESTIGATOR}:
        raise NobodyToWork
    return _People(service=service, oversight=[one for one in found if one.role == Role.OVERSIGHT])
