"""Alembic's entry for the casework database."""

from casework.cases import models as cases
from casework.clocks import models as clocks
from casework.dossiers import models as dossiers
from casework.interests import models as interests
from casework.ledger import models as ledger
from casework.records import CaseworkModel
from casework.staff import models as staff
from portal.database import run_migrations

__all__ = ["cases", "clocks", "dossiers", "interests", "ledger", "staff"]

run_migrations(CaseworkModel.metadata)
