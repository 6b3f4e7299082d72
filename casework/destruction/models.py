"""What keeps a dossier, and what is left of one that was destroyed: ids, days and codes."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from casework.destruction.states import DestructionReason
from casework.dossiers.states import DossierKind
from casework.records import ID_LENGTH, CaseworkModel, is_id, one_of

_WAITS = "mailbox_id IS NOT NULL"


class LegalHold(CaseworkModel):
    """A dossier that has to be kept, whatever its time; why stands in a note of the dossier."""

    __tablename__ = "legal_holds"

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    set_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    set_on: Mapped[date]


class Destruction(CaseworkModel):
    """Somebody asks that a dossier be destroyed; and, once somebody else has agreed, that it was.

    It outlives the dossier, which it names by its id: whatever still comes for that id is nobody's any more.
    """

    __tablename__ = "destructions"
    __table_args__ = (
        is_id("dossier_id", "dossier_id_length"),
        one_of("kind", DossierKind, "kind"),
        one_of("reason", DestructionReason, "reason"),
        CheckConstraint("confirmed_by <> asked_by", name="second_person"),
        CheckConstraint("(confirmed_by IS NULL) = (destroyed_on IS NULL)", name="destroyed_on"),
        is_id("mailbox_id", "mailbox_id_length"),
        CheckConstraint(
            "mailbox_id IS NULL OR (kind = 'report' AND confirmed_by IS NOT NULL)", name="mailbox"
        ),
        Index(
            "ix_destructions_mailbox_id_waits",
            "mailbox_id",
            sqlite_where=text(_WAITS),
            postgresql_where=text(_WAITS),
        ),
    )

    dossier_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(16))
    asked_by: Mapped[str] = mapped_column(ForeignKey("members.id"))
    asked_on: Mapped[date]
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    destroyed_on: Mapped[date | None] = mapped_column(default=None)
    # The mailbox of a destroyed report, until the post has emptied it out of the mailbox store.
    mailbox_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
