"""What the office does beside answering: the post's rounds, and mending what a crash left."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import partial
from itertools import count

from casework.dossiers.service import known_files
from casework.evidence.service import known_blobs
from casework.ledger.service import is_checkpoint_due, make_checkpoint
from casework.ledger_files import read_key
from casework.reminders.mail import connected, reminder
from casework.reminders.service import claim, give_back, to_remind
from casework.web.exchange import exchange_between
from casework.web.services import OfficeServices
from casework.witness.rounds import make_round
from portal.database import scrub
from portal.log_keys import read_public, witness_key
from portal.logs import log_event
from portal.maintenance import MARGIN, Job
from portal.sessions import sweep_sessions
from portal.settings import Addressee, MailRelay

# A turn for the post; the sweep looks at every file, so it has a turn now and then.
EVERY = timedelta(minutes=1)
SWEEP_TURNS = 10
# Local time from which people are reminded of the day's work.
MORNING = timedelta(hours=7)


def jobs(here: OfficeServices) -> Sequence[Job]:
    """Give what each turn does: the rounds of post and witness, at each tenth the sweep, once a day a signature and the mail."""
    turns = count()

    def sweep_seldom() -> None:
        if next(turns) % SWEEP_TURNS == 0:
            sweep(here)

    once_a_day = partial(sign_ledger, here), partial(remind, here)
    return partial(run_post, here), partial(witness_filings, here), sweep_seldom, *once_a_day


def run_post(here: OfficeServices) -> None:
    """Deliver and collect, whether or not anybody is there to ask for it."""
    exchange_between(here)


def witness_filings(here: OfficeServices) -> None:
    """Cosign the portal's filing log, or refuse to and say so."""
    key = witness_key(here.settings).read()
    log = read_public(here.settings)[0]
    make_round(here.database, here.mailbox, log=log, key=key, today=here.today(), now=here.clock())


def sign_ledger(here: OfficeServices) -> None:
    """Sign the ledger as it stands, once on each day it grew; raises LedgerBroken rather than sign what was tampered with."""
    today = here.today()
    with here.database.reading() as db:
        if not is_checkpoint_due(db, today):
            return
    key = read_key(here.settings.instance)
    with here.database.transaction() as db:
        make_checkpoint(db, origin=key.name, seed=key.seed, today=today)


def remind(here: OfficeServices) -> None:
    """Send one mail of constant text, from the morning on, to whoever has something overdue or due by tonight.

    The row comes first: a process that dies in between reminds nobody twice. A mail the relay would not take is tried again.
    """
    relay, now, keeping = here.settings.relay, here.clock(), here.post.timekeeping
    if relay is None or now < keeping.beginning_of(here.today()) + MORNING:
        return
    wanted = {one.username: one for one in here.settings.reminders}
    with here.database.reading() as db:
        late = [
            (one.id, one.username) for one in to_remind(db, wanted, timekeeping=keeping, now=now)
        ]
    for member_id, username in late:
        with here.database.transaction() as db:
            mine = claim(db, member_id, here.today())
        if mine and not _has_sent(here, relay, member_id, wanted[username]):
            # The post and its rounds do not wait for a relay that is not there.
            return


def _has_sent(here: OfficeServices, relay: MailRelay, member_id: str, to: Addressee) -> bool:
    try:
        with connected(relay) as smtp:
            smtp.send_message(reminder(to, sender=relay.sender, now=here.clock()))
    except OSError as error:
        log_event("mail", error=error)
        with here.database.transaction() as db:
            give_back(db, member_id, here.today())
        return False
    log_event("reminded")
    return True


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
