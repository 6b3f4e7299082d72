"""The evidence register as its page shows it, and as its inventory says it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from casework.cases.guard import OpenCase
from casework.cases.states import CaseAction
from casework.evidence import rules
from casework.evidence.reading import Candidate, ReadEvent, ReadItem, candidates, register_of
from casework.evidence.states import CustodyAction, ItemKind
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.web.evidence_words import custody_words, item_kind_words, item_state_words
from casework.web.services import office
from portal.filenames import extension
from portal.i18n import format_moment
from portal.views.words import State


@dataclass(frozen=True, slots=True)
class ShownEvent:
    """What happened, who did it and when; no reason where it is damaged, an empty one where there is none."""

    what: str
    who: str
    when: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownItem:
    """An item of the register. What is sealed is empty where it is damaged."""

    id: str
    number: int
    kind: str
    state: State
    damaged: bool
    source: str
    description: str
    name: str
    extension: str
    size: int
    sha256: str
    derived_from: int | None
    custody: Sequence[ShownEvent]
    cited: Sequence[tuple[str, int]]
    actions: frozenset[CustodyAction]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """All that the page shows: the items, and files of reports that could become some."""

    items: Sequence[ShownItem]
    candidates: Sequence[Candidate]


def evidence_view(
    db: Session, opened: OpenCase, actor: Actor, allowed: Collection[CaseAction]
) -> EvidenceView:
    """Open all of a case's evidence for the member at work, who may do so much with the case."""
    names = staff.names(db)
    return EvidenceView(
        [shown_item(item, names, allowed) for item in register_of(db, opened)],
        candidates(db, opened, actor),
    )


def shown_item(
    item: ReadItem, names: Mapping[str, str], allowed: Collection[CaseAction] = ()
) -> ShownItem:
    """Show an item; `names` by id of member."""
    told = item.content or {}
    name = told.get("name", "")
    return ShownItem(
        id=item.id,
        number=item.number,
        kind=item_kind_words(item.kind),
        state=item_state_words(item.state),
        damaged=item.content is None,
        source=_source(item, told),
        description=told.get("description", ""),
        name=name,
        extension=extension(name),
        size=int(told.get("size", 0)),
        sha256=told.get("sha256", ""),
        derived_from=item.derived_from,
        custody=[_shown(event, names) for event in item.custody],
        cited=item.cited,
        actions=rules.offered(item.kind, item.state, allowed),
    )


def _source(item: ReadItem, told: Mapping[str, str]) -> str:
    """Say where an item came from; an informant is never more than that."""
    words: str = told.get("source", "")
    if item.kind == ItemKind.ATTACHED:
        words = _("The informant")
    elif item.kind == ItemKind.COPY:
        words = _("Made from item %(number)s", number=item.derived_from)
    return words


def _shown(event: ReadEvent, names: Mapping[str, str]) -> ShownEvent:
    return ShownEvent(
        custody_words(event.action),
        names.get(event.member_id, ""),
        format_moment(event.at, office().organisation.timezone),
        event.reason,
    )
