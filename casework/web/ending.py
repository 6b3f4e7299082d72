"""The end of a dossier as its page shows it: what keeps it, and who asks that it be destroyed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from casework.destruction.models import LegalHold
from casework.destruction.service import asked_destruction, obstacle
from casework.dossiers.models import Dossier
from casework.dossiers.service import OpenDossier
from casework.staff import service as staff
from casework.staff.service import Actor
from casework.web.dossier_words import destruction_words, obstacle_words
from casework.web.forms.endings import DestructionForm, HoldForm
from portal.forms.fields import Form


@dataclass(frozen=True, slots=True)
class AskedDestruction:
    """Somebody asks that the dossier be destroyed."""

    reason: str
    by: str
    on: date
    by_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a page says of its dossier's end; nothing of `obstacle` where nothing stands against it."""

    kind: str
    id: str
    version: int
    on_hold: bool
    obstacle: str
    asked: AskedDestruction | None
    form: DestructionForm
    hold: HoldForm


def ending_of(
    db: Session, opened: OpenDossier[Any], actor: Actor, sent: Form | None = None
) -> Ending:
    """Give what the page of a dossier shows of its end; `sent` is the form that is to be corrected, if it is one of these."""
    dossier = opened.dossier
    against = obstacle(db, dossier)
    return Ending(
        kind=dossier.kind,
        id=dossier.id,
        version=dossier.version,
        on_hold=db.get(LegalHold, dossier.id) is not None,
        obstacle=obstacle_words(against) if against else "",
        asked=_asked(db, dossier, actor),
        form=sent if isinstance(sent, DestructionForm) else DestructionForm.of(),
        hold=sent if isinstance(sent, HoldForm) else HoldForm(prefix="hold"),
    )


def _asked(db: Session, dossier: Dossier, actor: Actor) -> AskedDestruction | None:
    asked = asked_destruction(db, dossier.id)
    if asked is None:
        return None
    return AskedDestruction(
        destruction_words(asked.reason),
        staff.names(db).get(asked.asked_by, ""),
        asked.asked_on,
        asked.asked_by == actor.id,
    )
