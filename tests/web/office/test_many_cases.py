"""Many cases: made-up ones are as real ones are, and no page asks its database the more often the more there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from casework.cases.models import Case
from casework.clocks.agenda import clocks_of, events_of
from casework.clocks.history import replay
from casework.clocks.models import Clock
from casework.dossiers import service as dossiers
from casework.dossiers.models import Grant, Report
from casework.ledger.service import verify_ledger
from casework.seeding import NobodyToWork, NotEmpty, seed_cases
from casework.web import listing
from tests.support.offices import Office, Stores, copied_files, make_office
from tests.unit.casework.reports import filed
from tests.unit.casework.test_accounts import closed
from tests.web.office.colleague import Colleague
from tests.web.sample import MovableClock

PATHS = ("/en/week", "/en/reports", "/en/cases", "/en/cases?mine=y", "/en/cases?state=closed")


def seed(office: Office, count: int) -> list[int]:
    """Make cases up."""
    here = office.here
    return list(
        seed_cases(
            here.database,
            here.mailbox,
            count,
            organisation=here.organisation,
            timekeeping=here.post.timekeeping,
            now=office.clock(),
        )
    )


@contextmanager
def queries(office: Office) -> Iterator[list[str]]:
    """Write down what is asked of the casework database."""
    said: list[str] = []

    def note(*args: object) -> None:
        said.append(str(args[2]))

    event.listen(office.here.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(office.here.database.engine, "before_cursor_execute", note)


def asked(office: Office) -> dict[str, int]:
    """Say how many statements each page takes, and the one that opens a case."""
    head, member = Colleague(office, "head"), office.member("head").id
    with office.db() as db:
        mine = sa.select(Case.id).join(Grant, Grant.dossier_id == Case.id)
        case_id = db.scalar(mine.where(Grant.member_id == member).limit(1))
    found = {}
    for path in (*PATHS, f"/en/cases/{case_id}"):
        with queries(office) as said:
            assert head.client.get(path, base_url="https://office.example").status_code == 200
        found[path.replace(str(case_id), "one")] = len(said)
    return found


def test_no_page_asks_more_often_the_more_cases_there_are(
    tmp_path: Path, sqlite_template: Stores, clock: MovableClock
) -> None:
    counts = []
    for count in (15, 60):
        folder = tmp_path / str(count)
        folder.mkdir()
        office = make_office(folder, copied_files(sqlite_template, folder), clock)
        seed(office, count)
        counts.append(asked(office))
        office.dispose()
    assert counts[0] == counts[1]
    assert max(counts[0].values()) < 40


def test_made_up_cases_are_as_real_ones_are(office: Office) -> None:
    assert seed(office, 12) == [12]
    with office.db() as db:
        verify_ledger(db, verifier="")
        for clock in db.scalars(sa.select(Clock)).all():
            standing = replay(events_of(db, clock.id), office.here.post.timekeeping)
            assert (clock.state, clock.due_at) == (standing.state, standing.due_at)
        reports = db.scalars(sa.select(Report.id)).all()
        assert all(len(clocks) == 2 for clocks in clocks_of(db, reports).values())
    head = Colleague(office, "head")
    for path in (*PATHS, "/en/cases?state=closed"):
        assert head.get(path).status_code == 200
    assert "Made-up case" in head.text_of("//tbody")
    for link in [str(one) for one in head.find("//tbody//a/@href")][:2]:
        assert head.get(link).status_code == 200
        assert "Parts that never came" in head.text_of("//main")
        (report,) = {str(r) for r in head.find("//main//a/@href") if "/reports/" in str(r)}
        assert head.get(report).status_code == 200
        assert "Made up for trying out" in head.text_of("//main")


def test_nothing_is_made_up_where_somebody_has_reported_or_nobody_works(
    sqlite_office: Office,
) -> None:
    closed(sqlite_office, "head")
    with pytest.raises(NobodyToWork):
        seed(sqlite_office, 1)
    filed(sqlite_office)
    with pytest.raises(NotEmpty):
        seed(sqlite_office, 1)
    sqlite_office.exchange()
    with pytest.raises(NotEmpty):
        seed(sqlite_office, 1)


def test_who_has_few_grants_and_who_has_many_see_the_same_list(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F1. F2. The condition is put in two ways; both are the grants, and nothing else."""
    seed(sqlite_office, 8)
    seen = []
    for few in (500, 2):
        monkeypatch.setattr(dossiers, "FEW", few)
        head, oversight = (Colleague(sqlite_office, name) for name in ("head", "oversight"))
        for browser in (head, oversight):
            for path in PATHS:
                assert browser.get(path).status_code == 200
                rows = browser.find("//caption/text() | //tbody//a/@href")
                seen.append((few, browser.username, path, str(rows)))
    half = len(seen) // 2
    assert [one[1:] for one in seen[:half]] == [one[1:] for one in seen[half:]]
    assert len({one[3] for one in seen}) > 3


def test_a_list_too_long_to_count_is_leafed_through_to_its_end(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNTED", 3)
    monkeypatch.setattr(listing, "PAGE", 2)
    seed(sqlite_office, 7)
    head, found = Colleague(sqlite_office, "head"), list[str]()
    path = "/en/reports"
    for _ in range(3):
        assert head.get(path).status_code == 200
        assert "More than" in head.text_of("//caption")
        found += [str(one) for one in head.find("//tbody//a/@href")]
        path = str(head.find("//nav[@class='paging']//a/@href")[-1])
    assert len(found) == len(set(found)) == 5
    assert head.get(f"/en/reports?page={'9' * 400}").status_code == 200
