"""What a side does beside answering: jobs in one thread, when it starts and then every few minutes.

A start may follow a crash, so what the crash left is mended at once (D8).
"""

import threading
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from functools import partial
from itertools import count

from portal.database import scrub
from portal.logs import log_event
from portal.mailbox import filing_log
from portal.mailbox.service import known_blobs
from portal.services import PortalServices, Services
from portal.sessions import sweep_sessions

Job = Callable[[], None]

INTERVAL = timedelta(minutes=10)
# The portal signs its log every minute; its sweep looks at every file, so it has a turn now and then.
EVERY = timedelta(minutes=1)
SWEEP_TURNS = 10
# A file waits for its draft, and then for the request that takes it up to end: requests hold what they took up, so
# the margin is for the moments between.
MARGIN = timedelta(hours=1)


class Maintenance:
    """Runs jobs one after the other, in a thread that dies with the process."""

    def __init__(self, jobs: Sequence[Job], interval: timedelta = INTERVAL) -> None:
        self._jobs = jobs
        self._interval = interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="maintenance", daemon=True)

    def start(self) -> None:
        """Begin the first round at once."""
        if self._jobs:
            self._thread.start()

    def stop(self, patience: timedelta = timedelta(seconds=5)) -> None:
        """Begin no further job, and wait a moment for the one under way; it may be cut off at any point."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(patience.total_seconds())

    def _run(self) -> None:
        while not self._stopping.is_set():
            for job in self._jobs:
                self._do(job)
            self._stopping.wait(self._interval.total_seconds())

    def _do(self, job: Job) -> None:
        if self._stopping.is_set():
            return
        try:
            job()
        # A worker loop: a job that fails, for whatever reason, is logged and tried again at its next turn, and the
        # other jobs have theirs. Nobody waits for the answer.
        except Exception as error:  # noqa: BLE001
            log_event("unexpected", error=error)


def jobs(here: PortalServices) -> Sequence[Job]:
    """Give what the portal does at each turn: at the first and each tenth, sweep; then sign its log."""
    turns = count()

    def sweep_seldom() -> None:
        if next(turns) % SWEEP_TURNS == 0:
            sweep(here)

    return sweep_seldom, partial(sign_filing_log, here)


def sign_filing_log(here: PortalServices) -> None:
    """Add the day's cover to the filing log, and keep a newer checkpoint of what was committed for the witness to fetch."""
    today = here.today()
    with here.mailbox.reading() as db:
        due = filing_log.is_cover_due(db, today)
    if due:
        with here.mailbox.transaction() as db:
            filing_log.add_cover(db, today)
    with here.mailbox.reading() as db:
        unsigned = filing_log.is_unsigned(db, here.filing_key)
    if unsigned:
        with here.mailbox.transaction() as db:
            filing_log.keep_checkpoint(db, here.filing_key)


def sweep(here: Services) -> None:
    """Mend what a crash left of the mailbox store: publish files that rows name, remove what nobody names or needs."""

    def known(ids: Collection[str]) -> set[str]:
        with here.mailbox.reading() as db:
            return known_blobs(db, ids)

    lifetime = here.settings.draft_lifetime + MARGIN
    blobs = here.blobs.sweep(known, older_than=lifetime, now=here.clock())
    with here.database.transaction() as db:
        sessions = sweep_sessions(db, here)
    scrub(here.database.engine)
    removed = blobs.abandoned + blobs.orphaned
    log_event("swept", published=blobs.published, removed=removed, sessions=sessions)
