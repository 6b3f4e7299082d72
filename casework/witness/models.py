"""Where the office, as witness, has seen the filing log stand."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, LargeBinary, String, event
from sqlalchemy.orm import Mapped, mapped_column

from casework.records import CaseworkModel, one_of
from casework.witness.states import LogFault
from crypto.merkle import Frontier

ONLY = 1


class WitnessState(CaseworkModel):
    """The one row of the witness: the tree it cosigned last, the cosigned checkpoint, and what was wrong when it last looked."""

    __tablename__ = "witness_state"
    __table_args__ = (
        CheckConstraint(f"id = {ONLY}", name="only"),
        CheckConstraint("length(frontier) >= 8", name="frontier"),
        CheckConstraint("length(note) > 0", name="note"),
        one_of("fault", LogFault, "fault"),
    )

    id: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str | None] = mapped_column(sa.Text, default=None)
    fault: Mapped[str | None] = mapped_column(String(16), default=None)


def _begin(target: sa.Table, connection: sa.Connection, **_options: Any) -> None:
    connection.execute(sa.insert(target).values(id=ONLY, frontier=Frontier().encode()))


event.listen(CaseworkModel.metadata.tables["witness_state"], "after_create", _begin)
