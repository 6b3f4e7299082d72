"""What the office does beside answering: the post's rounds, and mending what a crash left."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from itertools import count

from casework.dossiers.service import known_files
from casework.evidence.service import known_blobs
from casework.ledger.service import is_checkpoint_due, make_checkpoint
from casework.ledger_files import read_key
from casework.web.exchange import exchange_between
from casework.web.services import OfficeServices
from portal.database import scrub
from portal.logs import log_event
from portal.maintenance import MARGIN, Job
from portal.sessions import sweep_sessions

# A turn for the post; the sweep looks at every file, so it has a turn now and then.
EVERY = timedelta(minutes=1)
SWEEP_TURNS = 10


def jobs(here: OfficeServices) -> Sequence[Job]:
    """Give what is to be done at each turn: the post's round; at the first and each tenth, the sweep; daily, a signature."""
    turns = count()

    def sweep_seldom() -> None:
        if next(turns) % SWEEP_TURNS == 0:
            sweep(here)

    return partial(run_post, here), sweep_seldom, partial(sign_ledger, here)


def run_post(here: OfficeServices) -> None:
    """Deliver and collect, whether or not anybody is there to ask for it."""
    exchange_between(here)


def sign_ledger(here: OfficeServices) -> None:
    """Sign the ledger as it stands, once on each day it grew; raises LedgerBroken rather than sign what was tampered with."""
    today = here.today()
    with here.database.reading() as db:
        if not is_checkpoint_due(db, today):
            return
    key = read_key(here.settings.instance)
    with here.database.transaction() as db:
        make_checkpoint(db, origin=key.origin, seed=key.seed, today=today)


def sweep(here: OfficeServices) -> None:
    """Publish the office's files that letters or evidence name, and remove those nobody names; end sessions of days past."""

    def known(ids: Collection[str]) -> set[str]:
        with here.database.reading() as db:
            return known_files(db, ids) | known_blobs(db, ids)

    lifetime = here.settings.draft_lifetime + MARGIN
    blobs = here.blobs.sweep(known, older_than=lifetime, now=here.clock())
    with here.database.transaction() as db:
        sessions = sweep_sessions(db, here)
    scrub(here.database.engine)
    removed = blobs.abandoned + blobs.orphaned
    log_event("swept", published=blobs.published, removed=removed, sessions=sessions)
