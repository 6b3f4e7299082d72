"""The evidence register of a case. What names or describes an item is sealed to the case; its digest too.

A digest in clear would let whoever has a file at hand confirm that a case holds it.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column

from casework.evidence.states import REASONED, CustodyAction, ItemKind, ItemState
from casework.records import ID_LENGTH, CaseworkModel, is_id, one_of
from portal.database import UtcDateTime

_REASONED = ", ".join(f"'{one}'" for one in sorted(REASONED))


class EvidenceItem(CaseworkModel):
    """One item.

    A file of a report is referred to and not copied: as long as an item holds it, the database lets go of neither the letter's
    file nor the report's place in the case.
    """

    __tablename__ = "evidence_items"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "letter_file"),
        ForeignKeyConstraint(
            ["case_id", "report_id"], ["case_reports.case_id", "case_reports.report_id"]
        ),
        ForeignKeyConstraint(
            ["case_id", "derived_from"], ["evidence_items.case_id", "evidence_items.number"]
        ),
        is_id("id", "id_length"),
        is_id("blob", "blob_length"),
        one_of("kind", ItemKind, "kind"),
        one_of("state", ItemState, "state"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        *(
            CheckConstraint(
                f"(kind = 'attached' AND state = 'held') = ({column} IS NOT NULL)",
                name=f"attached_{column}",
            )
            for column in ("report_id", "letter_file")
        ),
        CheckConstraint(
            "(kind IN ('uploaded', 'copy') AND state = 'held') = (blob IS NOT NULL)",
            name="own_blob",
        ),
        CheckConstraint("(kind = 'copy') = (derived_from IS NOT NULL)", name="copy_of"),
        CheckConstraint("derived_from < number", name="copy_of_earlier"),
        CheckConstraint(
            "state <> 'returned' OR kind IN ('attached', 'physical')", name="can_return"
        ),
        CheckConstraint("state <> 'destroyed' OR kind <> 'attached'", name="can_destroy"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16), default=ItemState.HELD)
    # A file of a report, sealed to that report; and the place in the case through which it is read.
    report_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None)
    letter_file: Mapped[str | None] = mapped_column(
        ForeignKey("entry_files.id"), default=None, index=True
    )
    # A file of the case's own, sealed to the case.
    blob: Mapped[str | None] = mapped_column(String(ID_LENGTH), default=None, unique=True)
    derived_from: Mapped[int | None] = mapped_column(default=None)


class CustodyEvent(CaseworkModel):
    """What happened to an item, in whose hands and when. Events are added and never touched again."""

    __tablename__ = "custody_events"
    __table_args__ = (
        one_of("action", CustodyAction, "action"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(number = 1) = (action = 'receive')", name="received_first"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint(f"(action IN ({_REASONED})) = (sealed IS NOT NULL)", name="reasoned"),
    )

    item_id: Mapped[str] = mapped_column(
        ForeignKey("evidence_items.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(16))
    member_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    # Why, where it has to be said.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)


class AllegationEvidence(CaseworkModel):
    """A finding rests on an item: both of one case, by their numbers in it."""

    __tablename__ = "allegation_evidence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "allegation"],
            ["allegations.case_id", "allegations.number"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["case_id", "item"],
            ["evidence_items.case_id", "evidence_items.number"],
            ondelete="CASCADE",
        ),
    )

    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    allegation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    item: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


# An event goes only with its item, and that with its case.
_SQLITE = (
    (
        "CREATE TRIGGER custody_events_no_update BEFORE UPDATE ON custody_events "
        "BEGIN SELECT RAISE(ABORT, 'custody is never changed'); END"
    ),
    (
        "CREATE TRIGGER custody_events_no_delete BEFORE DELETE ON custody_events "
        "WHEN EXISTS (SELECT 1 FROM evidence_items WHERE id = OLD.item_id) "
        "BEGIN SELECT RAISE(ABORT, 'custody is never changed'); END"
    ),
    # INSERT OR REPLACE deletes without asking the trigger above.
    (
        "CREATE TRIGGER custody_events_no_replace BEFORE INSERT ON custody_events "
        "WHEN EXISTS (SELECT 1 FROM custody_events WHERE item_id = NEW.item_id AND number = NEW.number) "
        "BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: custody_events.item_id, custody_events.number'); END"
    ),
)
_POSTGRESQL = (
    (
        "CREATE OR REPLACE FUNCTION custody_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM evidence_items WHERE id = OLD.item_id) "
        "THEN RETURN OLD; END IF; "
        "RAISE EXCEPTION 'custody is never changed' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    ),
    (
        "CREATE TRIGGER custody_events_kept BEFORE UPDATE OR DELETE ON custody_events "
        "FOR EACH ROW EXECUTE FUNCTION custody_is_kept()"
    ),
)


def _guard() -> None:
    """Attach what a database made from these models does by itself, as the migration does."""
    table = CaseworkModel.metadata.tables[CustodyEvent.__tablename__]
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements:
            made = sa.DDL(statement).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", made)


_guard()
