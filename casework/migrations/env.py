"""Alembic's entry for the casework database."""

from casework.cases import models as cases
from casework.clocks import models as clocks
from casework.destruction import models as destruction
from casework.dossiers import models as dossiers
from casework.evidence import models as evidence
from casework.interests import models as interests
from casework.ledger import models as ledger
from casework.records import CaseworkModel
from casework.reminders import models as reminders
from casework.staff import models as staff
from casework.witness import models as witness
from portal.database import run_migrations

__all__ = [
    "cases",
    "clocks",
    "destruction",
    "dossiers",
    "evidence",
    "interests",
    "ledger",
    "reminders",
    "staff",
    "witness",
]

run_migrations(CaseworkModel.metadata)
