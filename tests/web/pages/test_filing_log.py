"""The filing log under several who report at once, on each engine: each report its entry, and no entry without its report."""

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from crypto.proofs import verify_certificate
from portal.mailbox import filing_log
from portal.mailbox.models import FilingLeaf
from portal.maintenance import sign_filing_log
from tests.support.portals import Portal
from tests.unit.casework.at_once import at_once
from tests.web.faults.reports import letterbox_of
from tests.web.pages.informant import Informant
from tests.web.pages.test_certificate import certificate, execute, keys, leaves


def test_two_who_report_at_once_have_different_entries_and_both_are_proven(
    portal: Portal,
) -> None:
    """F6."""
    people = [Informant(portal.app) for _ in range(4)]
    for one in people:
        one.open_report()
    outcomes = at_once(*(lambda one=one: one.report().status_code for one in people))
    assert outcomes == [303] * 4
    shown = [verify_certificate(certificate(one), **keys(portal)) for one in people]
    assert sorted(one.index for one in shown) == [0, 1, 2, 3]
    assert len({one.checkpoint for one in shown}) == 1


def test_a_report_that_is_not_stored_leaves_no_entry_and_the_reverse(
    portal: Portal, informant: Informant
) -> None:
    """D8. One transaction: where the entry cannot be written, there is no report, and its words come back."""
    execute(portal, sa.text("ALTER TABLE filing_leaves RENAME TO elsewhere"))
    informant.open_report()
    assert informant.report("Kept on the page").status_code == 503
    assert informant.value_of("text") == "Kept on the page"
    assert portal.mailboxes() == []
    execute(portal, sa.text("ALTER TABLE elsewhere RENAME TO filing_leaves"))
    assert informant.report("Kept on the page").status_code == 303
    assert len(leaves(portal)) == len(portal.mailboxes()) == 1


def test_the_same_page_sent_twice_is_one_entry(portal: Portal, informant: Informant) -> None:
    """F6."""
    informant.open_report()
    twin = Informant(portal.app)
    twin.steal_cookie(informant)
    twin.page, twin._address = informant.page, informant._address
    assert informant.report().status_code == twin.report().status_code == 303
    assert len(leaves(portal)) == 1
    assert certificate(informant) == certificate(twin)


def test_what_was_not_committed_is_not_signed(portal: Portal, informant: Informant) -> None:
    """Another process is about to append, and then does not: no checkpoint ever spoke of its entry."""
    here = letterbox_of(portal)
    informant.file()
    before = certificate(informant)
    pending = here.database.writing()
    filing_log.append(pending, b"never committed".ljust(32))
    pending.flush()
    assert certificate(informant) == before
    pending.rollback()
    pending.close()
    sign_filing_log(here)
    with portal.db() as db:
        assert b"never committed".ljust(32) not in db.scalars(sa.select(FilingLeaf.entry)).all()
    assert verify_certificate(certificate(informant), **keys(portal)).index == 0


def test_all_processes_sign_the_same_checkpoint_of_a_size(
    portal: Portal, informant: Informant
) -> None:
    informant.file()
    here = letterbox_of(portal)
    jobs = [lambda: sign_filing_log(here) for _ in range(3)]
    assert [one for one in at_once(*jobs) if isinstance(one, SQLAlchemyError)] == []
    with portal.db() as db:
        assert filing_log.kept_checkpoint(db) == filing_log.newest_checkpoint(db, here.filing_key)
    assert len(leaves(portal)) <= 1 + filing_log.MOST_COVER
