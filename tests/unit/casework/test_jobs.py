"""What the office does when nobody asks for it."""

import os

import pytest
import sqlalchemy as sa

from casework.ledger.models import LedgerCheckpoint, LedgerEntry
from casework.ledger.service import LedgerBroken, verify_ledger
from casework.ledger_files import make_key, read_verifier
from casework.staff.models import StaffSession
from casework.web import jobs
from casework.web.jobs import run_post, sign_ledger, sweep
from tests.support.offices import Office
from tests.unit.casework.reports import blob, claimed, collected, filed, replied, texts
from tests.unit.casework.test_post import FILE, missing_files, on_disk


def session_of(office: Office, days: int) -> None:
    """Leave a session's row from so many days ago."""
    office.clock.forward(days=-days)
    office.execute(
        sa.insert(StaffSession).values(
            id_hash=os.urandom(32),
            box=b"b",
            day=office.here.today(),
            member_id=office.member("head").id,
        )
    )
    office.clock.forward(days=days)


def test_a_round_of_the_post_needs_nobody_to_be_there(office: Office) -> None:
    filed(office, "Collected at night", [FILE])
    run_post(office.here)
    claimed(office, "head")
    assert texts(office, "head") == [["Collected at night"]]


def test_a_round_that_reaches_no_store_is_noted_and_fails_nobody(office: Office) -> None:
    filed(office)
    root = office.portal.here.blobs.root
    away = root.rename(root.with_name("unmounted"))
    run_post(office.here)
    assert office.entries() == []
    away.rename(root)
    run_post(office.here)
    assert len(office.entries()) == 1


def test_the_sweep_publishes_what_letters_name_and_removes_what_nobody_names(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D8. The files' age is the system's, so the office's clock goes ahead."""
    filed(office, "With a file", [FILE])
    collected(office, "head")
    with monkeypatch.context() as patch:
        patch.setattr(office.here.blobs, "publish", lambda _ids: None)
        replied(office, "head", files=[blob(office)])
    abandoned, fresh = blob(office), len(on_disk(office.here.blobs.root))
    sweep(office.here)
    assert len(on_disk(office.here.blobs.root)) == fresh
    assert missing_files(office) == []
    office.clock.forward(days=365 * 20)
    sweep(office.here)
    assert len(on_disk(office.here.blobs.root)) == fresh - 1
    assert not office.here.blobs.exists(abandoned.blob.id)
    assert missing_files(office) == []


def test_the_post_has_every_turn_and_the_sweep_the_first_and_each_tenth(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(jobs, "exchange_between", lambda _here: done.append("post"))
    monkeypatch.setattr(jobs, "sweep", lambda _here: done.append("sweep"))
    monkeypatch.setattr(jobs, "sign_ledger", lambda _here: None)
    todo = jobs.jobs(sqlite_office.here)
    for _ in range(21):
        for job in todo:
            job()
    assert done.count("post") == 21
    assert [turn for turn, what in enumerate("".join(done).split("post")) if what] == [1, 11, 21]


def test_the_ledger_is_signed_once_on_each_day_it_grew(office: Office) -> None:
    """F16."""
    folder, signed = office.here.settings.instance, list[int]()
    (folder / "secrets").mkdir(exist_ok=True)
    make_key(folder, office.here.settings.origin)
    for grows in (True, True, False, True):
        if grows:
            filed(office)
            office.exchange()
        for _ in range(2):
            sign_ledger(office.here)
        with office.db() as db:
            signed.append(len(db.scalars(sa.select(LedgerCheckpoint)).all()))
            verify_ledger(db, verifier=read_verifier(folder))
        office.clock.forward(days=1)
    assert signed == [1, 2, 2, 3]


def test_a_ledger_that_was_cut_is_not_signed(sqlite_office: Office) -> None:
    """F16."""
    office, folder = sqlite_office, sqlite_office.here.settings.instance
    (folder / "secrets").mkdir(exist_ok=True)
    make_key(folder, office.here.settings.origin)
    office.execute(sa.text("DROP TRIGGER ledger_entries_no_delete"))
    office.execute(sa.delete(LedgerEntry).where(LedgerEntry.number == 1))
    with pytest.raises(LedgerBroken):
        sign_ledger(office.here)


def test_the_sweep_ends_sessions_of_days_past(office: Office) -> None:
    """A18."""
    for days in (0, 1, 2, 30):
        session_of(office, days)
    sweep(office.here)
    with office.db() as db:
        left = sorted(db.scalars(sa.select(StaffSession.day)))
    today = office.here.today()
    assert [(today - day).days for day in left] == [1, 0]
