"""The mailbox store: sealed letters in, sealed letters out, keyed by a token only the informant has.

It keeps dates, never times (E2), random ids (E3, E11), no name of anyone who may read (grants are unlabelled), and nothing that
opens anything.
"""

import secrets
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, relationship

from crypto.merkle import Frontier
from crypto.recipients import RECIPIENT_BYTES
from portal.database import NAMING_CONVENTION
from portal.session_rows import SessionColumns

ID_LENGTH = 32
HASH_BYTES = 32
ONLY = 1


def new_id() -> str:
    """Draw an id: 16 random bytes in hex."""
    return secrets.token_hex(ID_LENGTH // 2)


class MailboxModel(MappedAsDataclass, DeclarativeBase, kw_only=True, repr=False, eq=False):
    """The base of the mailbox database's tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class PublicState(StrEnum):
    """What an informant is told of their report."""

    RECEIVED = "received"
    IN_REVIEW = "in_review"
    QUESTION = "question"
    CLOSED = "closed"


class Direction(StrEnum):
    """Which way a letter went."""

    TO_OFFICE = "to_office"
    TO_INFORMANT = "to_informant"


def one_of(column: str, values: type[StrEnum], name: str) -> CheckConstraint:
    """Let the database itself hold a column to the values of an enum."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def is_id(column: str, name: str) -> CheckConstraint:
    """Let the database refuse an id that is not one of ours."""
    return CheckConstraint(f"length({column}) = {ID_LENGTH}", name=name)


def has_bytes(column: str, count: int, name: str) -> CheckConstraint:
    """Let the database hold a column of bytes to its length."""
    return CheckConstraint(f"length({column}) = {count}", name=name)


class Mailbox(MailboxModel):
    """One report's letterbox. A burned one keeps a locator nobody can derive."""

    __tablename__ = "mailboxes"
    __table_args__ = (
        is_id("id", "id_length"),
        is_id("dossier_id", "dossier_id_length"),
        has_bytes("locator_hash", HASH_BYTES, "locator_hash_length"),
        has_bytes("recipient", RECIPIENT_BYTES, "recipient_length"),
        has_bytes("dossier_recipient", RECIPIENT_BYTES, "dossier_recipient_length"),
        one_of("public_state", PublicState, "public_state"),
        CheckConstraint("acknowledged_on >= received_on", name="acknowledged_after_received"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    locator_hash: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), unique=True)
    recipient: Mapped[bytes] = mapped_column(LargeBinary(RECIPIENT_BYTES))
    dossier_id: Mapped[str] = mapped_column(String(ID_LENGTH), unique=True)
    dossier_recipient: Mapped[bytes] = mapped_column(LargeBinary(RECIPIENT_BYTES))
    received_on: Mapped[date]
    public_state: Mapped[str] = mapped_column(String(16), default=PublicState.RECEIVED)
    acknowledged_on: Mapped[date | None] = mapped_column(default=None)
    burned: Mapped[bool] = mapped_column(default=False)


class Grant(MailboxModel):
    """A dossier's identity sealed to one receiver, or a decoy: nothing here tells which."""

    __tablename__ = "grants"
    __table_args__ = (
        is_id("id", "id_length"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
    )

    mailbox_id: Mapped[str] = mapped_column(
        ForeignKey("mailboxes.id", ondelete="CASCADE"), index=True
    )
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, default_factory=new_id)


class Envelope(MailboxModel):
    """One sealed letter. A withdrawn one that the office already has stays as an empty stub."""

    __tablename__ = "envelopes"
    __table_args__ = (
        UniqueConstraint("mailbox_id", "sequence"),
        is_id("id", "id_length"),
        CheckConstraint("sequence >= 1", name="sequence"),
        one_of("direction", Direction, "direction"),
        CheckConstraint("(sealed IS NULL) = withdrawn", name="sealed_unless_withdrawn"),
        CheckConstraint("length(sealed) > 0", name="sealed"),
        CheckConstraint("NOT withdrawn OR direction = 'to_office'", name="only_own_withdrawn"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    mailbox_id: Mapped[str] = mapped_column(
        ForeignKey("mailboxes.id", ondelete="CASCADE"), index=True
    )
    sequence: Mapped[int]
    direction: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    posted_on: Mapped[date]
    collected: Mapped[bool] = mapped_column(default=False)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    blobs: Mapped[list["Blob"]] = relationship(
        default_factory=list, cascade="all, delete-orphan", order_by="Blob.position", lazy="raise"
    )


class Blob(MailboxModel):
    """A sealed attachment of a letter; its bytes lie in the blob store under this id."""

    __tablename__ = "blobs"
    __table_args__ = (
        UniqueConstraint("envelope_id", "position"),
        is_id("id", "id_length"),
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("sealed_size > 0", name="sealed_size"),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    position: Mapped[int]
    sealed_size: Mapped[int] = mapped_column(sa.BigInteger)
    envelope_id: Mapped[str] = mapped_column(
        ForeignKey("envelopes.id", ondelete="CASCADE"), index=True, default=None
    )


class InformantSession(SessionColumns, MailboxModel):
    """An informant's open mailbox, in one browser."""

    __tablename__ = "sessions"


class FilingLeaf(MailboxModel):
    """One entry of the filing log: a salted hash of a report, or random bytes as cover. Nothing tells which, or whose."""

    __tablename__ = "filing_leaves"
    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        has_bytes("entry", HASH_BYTES, "entry_length"),
    )

    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES), unique=True)


class FilingState(MailboxModel):
    """The one row that whoever appends locks: the log's tree, the newest checkpoint that was kept, the last day of cover."""

    __tablename__ = "filing_state"
    __table_args__ = (
        CheckConstraint(f"id = {ONLY}", name="only"),
        CheckConstraint("length(frontier) >= 8", name="frontier"),
        CheckConstraint("length(note) > 0", name="note"),
    )

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str | None] = mapped_column(sa.Text, default=None)
    covered_on: Mapped[date | None] = mapped_column(default=None)


class FilingCosignature(MailboxModel):
    """A checkpoint of the filing log that the office cosigned when it collected."""

    __tablename__ = "filing_cosignatures"
    __table_args__ = (
        CheckConstraint("size >= 1", name="size"),
        CheckConstraint("length(note) > 0", name="note"),
    )

    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    note: Mapped[str] = mapped_column(sa.Text)


def _begin(target: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    connection.execute(sa.insert(target).values(id=ONLY, frontier=Frontier().encode()))


event.listen(MailboxModel.metadata.tables["filing_state"], "after_create", _begin)
