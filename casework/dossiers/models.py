"""Dossiers: the unit of confidentiality. Who can read one is the rows of `grants`, and nothing else."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from casework.dossiers.states import DossierKind, EntryState, LetterPurpose, NoteKind, ReportState
from casework.records import ID_LENGTH, CaseworkModel, guard, has_bytes, is_id, new_id, one_of
from crypto.recipients import RECIPIENT_BYTES
from portal.database import UtcDateTime
from portal.mailbox.models import PublicState

_OF_REPORTS = (
    "mailbox_id",
    "mailbox_recipient",
    "received_on",
    "public_state",
    "state",
    "version",
)
# In these words, in a query as in the index: SQLite uses a partial index only where it can see that the query is about its part.
IS_HELD = sa.text("state = 'held'")
IS_REPORT = sa.text("received_on IS NOT NULL")
_FROM_OFFICE = "state IN ('held', 'queued', 'delivered', 'discarded')"


class Dossier(CaseworkModel):
    """What is confidential together, and has one key. Its public half stands in clear: anyone may add and not read."""

    __tablename__ = "dossiers"
    __table_args__ = (
        is_id("id", "id_length"),
        one_of("kind", DossierKind, "kind"),
        has_bytes("recipient", RECIPIENT_BYTES, "recipient_length"),
        is_id("mailbox_id", "mailbox_id_length"),
        has_bytes("mailbox_recipient", RECIPIENT_BYTES, "mailbox_recipient_length"),
        one_of("public_state", PublicState, "public_state"),
        one_of("state", ReportState, "state"),
        CheckConstraint("version >= 1", name="version"),
        *(
            CheckConstraint(f"(kind = 'report') = ({column} IS NOT NULL)", name=f"report_{column}")
            for column in _OF_REPORTS
        ),
        # What a report repeats is another report, and only a merged one repeats any.
        CheckConstraint("duplicate_of <> id", name="duplicate_of_another"),
        CheckConstraint(
            "(state = 'merged' AND duplicate_of IS NOT NULL)"
            " OR (state <> 'merged' AND duplicate_of IS NULL) OR state IS NULL",
            name="merged_into",
        ),
    )
    __mapper_args__ = {"polymorphic_on": "kind"}  # noqa: RUF012 - SQLAlchemy reads it once

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), init=False)
    recipient: Mapped[bytes] = mapped_column(LargeBinary(RECIPIENT_BYTES))


class Report(Dossier):
    """One report: what came through a mailbox, and everything that goes back there.

    It lies in the same table, so no column of its own has a default: that would be every dossier's.
    """

    __mapper_args__ = {"polymorphic_identity": DossierKind.REPORT}  # noqa: RUF012 - as above

    mailbox_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True, nullable=True)
    mailbox_recipient: Mapped[bytes] = mapped_column(LargeBinary(RECIPIENT_BYTES), nullable=True)
    received_on: Mapped[date] = mapped_column(nullable=True)
    # What the informant sees, as post.progress derived it when it was told last; never the state itself.
    public_state: Mapped[str] = mapped_column(String(16), nullable=True)
    state: Mapped[str] = mapped_column(String(24), nullable=True)
    version: Mapped[int] = mapped_column(nullable=True)
    duplicate_of: Mapped[str | None] = mapped_column(
        ForeignKey("dossiers.id"), index=True, default=None
    )
    # Who took it through triage: the same person does not close what becomes of it.
    triaged_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)


# A page of the newest is read off it, however many there are.
Index(
    "ix_dossiers_received_on_id",
    Report.received_on,
    Report.id,
    sqlite_where=IS_REPORT,
    postgresql_where=IS_REPORT,
)


class Offer(CaseworkModel):
    """An unlabelled grant as it came with the report: each member tries it once, and it may be nobody's."""

    __tablename__ = "offers"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
    )

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default_factory=new_id)


class Trial(CaseworkModel):
    """A member has tried a dossier's offers; whether one was theirs is in `grants`."""

    __tablename__ = "trials"

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Grant(CaseworkModel):
    """Where a member stands to a dossier: its identity sealed to them, so that they read; or recused, and then there is no key.

    One row for both, so that the database itself cannot hold a key for somebody recused.
    """

    __tablename__ = "grants"
    __table_args__ = (
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint("recused = (sealed IS NULL)", name="recused_has_no_key"),
        CheckConstraint("next_sealed IS NULL OR NOT recused", name="recused_has_no_next_key"),
        CheckConstraint("confirmed_by <> given_by", name="second_person"),
        CheckConstraint("given_by <> member_id", name="given_by_another"),
    )

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    # The same identity sealed to the key that the member is about to have.
    next_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    recused: Mapped[bool] = mapped_column(default=False)
    # Nobody gave what came with the report itself, or was made with the case.
    given_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    confirmed_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)


class GrantRequest(CaseworkModel):
    """A grant to somebody of another desk that waits for a second person; the key is sealed only when that one agrees."""

    __tablename__ = "grant_requests"
    __table_args__ = (CheckConstraint("asked_by <> member_id", name="asked_by_another"),)

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    member_id: Mapped[str] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    asked_by: Mapped[str] = mapped_column(ForeignKey("members.id"))


class Note(CaseworkModel):
    """One version of a note of the service: sealed to the dossier. A later version is another row; nothing is overwritten."""

    __tablename__ = "notes"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        one_of("kind", NoteKind, "kind"),
    )

    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    author_id: Mapped[str] = mapped_column(ForeignKey("members.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Entry(CaseworkModel):
    """One letter of the correspondence, either way, sealed to the dossier and to the mailbox."""

    __tablename__ = "entries"
    __table_args__ = (
        UniqueConstraint("dossier_id", "number"),
        is_id("id", "id_length"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint("number >= 1", name="number"),
        one_of("state", EntryState, "state"),
        CheckConstraint(f"({_FROM_OFFICE}) = (author_id IS NOT NULL)", name="author"),
        # A reply with files goes only if a second person says so (F20).
        CheckConstraint("approved_by <> author_id", name="second_person"),
        CheckConstraint("approved_by IS NULL OR state IN ('queued', 'delivered')", name="approved"),
        CheckConstraint(
            "NOT has_files OR author_id IS NULL OR state NOT IN ('queued', 'delivered') "
            "OR approved_by IS NOT NULL",
            name="files_need_approval",
        ),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_on IS NOT NULL)", name="withdrawn_on"),
        # What never goes has no place in the thread.
        CheckConstraint("(number IS NULL) = (state IN ('held', 'discarded'))", name="in_thread"),
        one_of("purpose", LetterPurpose, "purpose"),
        CheckConstraint("purpose IS NULL OR author_id IS NOT NULL", name="purpose_of_ours"),
        Index("ix_entries_held", "dossier_id", sqlite_where=IS_HELD, postgresql_where=IS_HELD),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    dossier_id: Mapped[str] = mapped_column(
        ForeignKey("dossiers.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[int | None]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    written_on: Mapped[date]
    author_id: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    approved_by: Mapped[str | None] = mapped_column(ForeignKey("members.id"), default=None)
    # Whether it asks the informant something, or tells them what came of their report.
    purpose: Mapped[str | None] = mapped_column(String(16), default=None)
    withdrawn_on: Mapped[date | None] = mapped_column(default=None)
    has_files: Mapped[bool] = mapped_column(default=False)
    files: Mapped[list["EntryFile"]] = relationship(
        default_factory=list,
        cascade="all, delete-orphan",
        order_by="EntryFile.position",
        lazy="raise",
    )


class Arrival(CaseworkModel):
    """A letter that was copied, and is not yet marked so in the mailbox store: until then its sender may take it back unseen."""

    __tablename__ = "arrivals"

    entry_id: Mapped[str] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True
    )


class EntryFile(CaseworkModel):
    """A sealed attachment of an entry; its bytes lie in the office's blob store under this id."""

    __tablename__ = "entry_files"
    __table_args__ = (
        UniqueConstraint("entry_id", "position"),
        is_id("id", "id_length"),
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("sealed_size > 0", name="sealed_size"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    position: Mapped[int]
    sealed_size: Mapped[int] = mapped_column(sa.BigInteger)
    entry_id: Mapped[str] = mapped_column(
        ForeignKey("entries.id", ondelete="CASCADE"), index=True, default=None
    )


# Who administers or audits can be given no key of a dossier, whatever a program asks for (F3).
_NO_READER = "'this role reads no dossier'"
_IS_NONE = "(SELECT role FROM members WHERE id = NEW.member_id) IN ('administrator', 'auditor')"
guard(
    "grants",
    sqlite=(
        f"CREATE TRIGGER grants_{act} BEFORE {act.upper()} ON grants "
        f"WHEN NEW.sealed IS NOT NULL AND {_IS_NONE} "
        f"BEGIN SELECT RAISE(ABORT, {_NO_READER}); END"
        for act in ("insert", "update")
    ),
    postgresql=(
        (
            "CREATE OR REPLACE FUNCTION grants_are_readers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NEW.sealed IS NOT NULL AND {_IS_NONE} THEN "
            f"RAISE EXCEPTION {_NO_READER} USING ERRCODE = 'integrity_constraint_violation'; "
            "END IF; RETURN NEW; END $$"
        ),
        (
            "CREATE TRIGGER grants_readers BEFORE INSERT OR UPDATE ON grants "
            "FOR EACH ROW EXECUTE FUNCTION grants_are_readers()"
        ),
    ),
)
