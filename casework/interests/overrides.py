"""Going on in spite of a declared conflict of interest: with a reason, sealed into the dossier, and an entry in the ledger.

Neither says in clear which unit a dossier is about. Asked once, answered for this dossier and this declaration.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from casework.dossiers.models import Dossier
from casework.dossiers.notes import read_notes, write_note
from casework.dossiers.service import OpenDossier
from casework.dossiers.states import NoteKind
from casework.interests.models import Interest
from casework.interests.service import in_force
from casework.ledger.service import record
from casework.ledger.states import Act
from casework.staff.service import Actor

# What such a note says beside its words: the declarations it answers.
CONFLICT = "conflict"


def unanswered(
    db: Session,
    opened: OpenDossier[Dossier],
    member_id: str,
    units: Callable[[], Collection[str]],
) -> Sequence[Interest]:
    """Give what ties a member to what a dossier is about, and nobody has given a reason for in it.

    `units` says what it is about; that is asked only of a member who is tied to anything at all.
    """
    declared = in_force(db, member_id)
    if not declared:
        return ()
    about = frozenset(units())
    found = [one for one in declared if one.unit in about]
    answered = {
        interest_id
        for note in read_notes(db, opened)
        if note.kind == NoteKind.REASON and note.content
        for interest_id in note.content.get(CONFLICT, "").split()
    }
    return [one for one in found if one.id not in answered]


def go_on(
    db: Session,
    opened: OpenDossier[Dossier],
    interests: Sequence[Interest],
    words: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down why a member works on a dossier in spite of what was declared of them."""
    content = {CONFLICT: " ".join(one.id for one in interests), "words": words}
    write_note(db, opened, NoteKind.REASON, content, actor=actor, now=now)
    (member_id,) = {one.member_id for one in interests}
    change = {"member": member_id}
    dossier_id = opened.dossier.id
    record(
        db,
        act=Act.CONFLICT_OVERRIDDEN,
        actor_id=actor.id,
        subject=dossier_id,
        now=now,
        change=change,
        detail=words,
    )
