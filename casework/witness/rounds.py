"""The witness's rounds between the two databases: what is cosigned is kept here first, then laid into the mailbox store.

Each step can be repeated: whatever moment the process dies at, the next round goes on.
"""

from datetime import date, datetime

from casework.witness.service import hold, is_news, standing, witness
from crypto.checkpoints import open_checkpoint
from portal.database import Database
from portal.log_keys import LogKey
from portal.mailbox import filing_log


def make_round(
    casework: Database, mailbox: Database, *, log: str, key: LogKey, today: date, now: datetime
) -> None:
    """Look at the filing log, cosign it if it grew as it should, and deliver the cosignature."""
    with mailbox.reading() as db:
        note = filing_log.kept_checkpoint(db)
    with casework.reading() as db:
        has_news = is_news(standing(db), note)
    if has_news:
        with casework.transaction() as db:
            hold(db)
            # After the hold: a view from before another round would look like a log that was rolled back.
            with mailbox.reading() as seen:
                view = filing_log.look(seen)
            witness(db, view, log=log, key=key, today=today, now=now)
    with casework.reading() as db:
        cosigned = standing(db).note
    if cosigned is not None:
        _deliver(mailbox, open_checkpoint(cosigned, log).size, cosigned)


def _deliver(mailbox: Database, size: int, note: str) -> None:
    with mailbox.reading() as db:
        delivered = filing_log.is_cosigned(db, size)
    if not delivered:
        with mailbox.transaction() as db:
            filing_log.add_cosignature(db, size, note)
