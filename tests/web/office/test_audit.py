"""The auditor's page: who opened this case, when, and why."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from casework.cases import closing
from casework.dossiers import triage
from casework.dossiers.states import SetAside
from casework.ledger.models import LedgerEntry
from casework.ledger.service import body_of, make_checkpoint, verify_ledger
from casework.ledger.states import Act
from casework.ledger_files import checkpoint_in, make_key, read_key, read_verifier
from casework.records import CaseworkModel
from casework.web import auditing
from casework.web.audit_words import acts_in_order
from casework.web.views import audit
from crypto.checkpoints import open_checkpoint
from crypto.merkle import leaf_hash, tree_root
from tests.support.offices import ORIGIN, Office, unguarded
from tests.unit.cases.desk import Desk
from tests.unit.casework.test_auditors import SECOND
from tests.web.office.colleague import Colleague

AUDIT = "/en/audit"
WHY = "Nobody could say where it happened."


@pytest.fixture
def auditor(sqlite_office: Office) -> Colleague:
    """An auditor, signed in, of an office with a ledger key."""
    make_key(sqlite_office.here.settings.instance, ORIGIN)
    return Colleague(sqlite_office, "auditor")


def shown(browser: Colleague, **asked: object) -> list[str]:
    """Look for something; give the entries as the page shows them."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    assert browser.get(f"{AUDIT}?{query}").status_code == 200
    return listed(browser)


def listed(browser: Colleague) -> list[str]:
    """Read the entries off the open page."""
    return [
        " ".join(item.text_content().split())
        for item in browser.find("//ol[contains(@class, 'ledger')]/li")
    ]


def set_aside(office: Office) -> str:
    """Let the head set a report aside with a reason; give its id."""
    desk = Desk(office)
    report_id = desk.arrived()
    desk.report("head", report_id, triage.begin_triage)
    desk.report("head", report_id, triage.set_aside, SetAside.NO_FACTS, WHY)
    return report_id


def recorded(office: Office, act: Act) -> list[dict[str, str]]:
    """Give what entries of an act say, in order."""
    with office.db() as db:
        found = db.scalars(
            sa.select(LedgerEntry).where(LedgerEntry.act == act).order_by(LedgerEntry.number)
        )
        return [dict(body_of(entry).change) for entry in found]


def test_an_auditor_comes_to_the_audit_log_and_to_nothing_else(
    sqlite_office: Office, auditor: Colleague
) -> None:
    """F3."""
    report_id = set_aside(sqlite_office)
    assert auditor.get("/en/home").location == AUDIT
    auditor.get(AUDIT)
    assert [str(link) for link in auditor.find("//nav[@class='menu']//a/@href")] == [
        AUDIT,
        "/en/account",
    ]
    for path in (f"/en/reports/{report_id}", "/en/reports", "/en/cases", "/en/staff"):
        assert auditor.get(path).status_code == 403


def test_the_page_says_who_opened_this_when_and_why(
    sqlite_office: Office, auditor: Colleague
) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.ready()
    for username in ("investigator", "head"):
        assert Colleague(sqlite_office, username).get(f"/en/cases/{case_id}").status_code == 200
    desk.proposed("investigator", case_id)
    today = sqlite_office.here.today()
    desk.case("head", case_id, closing.return_closure, WHY, today=today)
    entries = shown(auditor, reference=case_id[:8])
    assert all(case_id[:8] in entry for entry in entries)
    (sent_back,) = (entry for entry in entries if "Closing sent back" in entry)
    assert WHY in sent_back
    opened = [entry for entry in entries if "Opened" in entry]
    assert ["Head of Service" in entry for entry in opened] == [True, False]
    assert ["as: reader" in entry for entry in opened] == [True, False]
    assert ["as: owner" in entry for entry in opened] == [False, True]
    assert all("2026" in entry and ":" in entry for entry in opened)


def test_entries_are_found_by_reference_member_act_and_day(
    sqlite_office: Office, auditor: Colleague
) -> None:
    office = sqlite_office
    set_aside(office)
    second = set_aside(office)
    head = office.member("head").id
    office.clock.forward(days=3)
    Desk(office).report("head", second, triage.reopen_report, WHY)
    auditor.sign_in()
    moved = {"act": "report.moved"}
    assert len(shown(auditor, **moved)) == 5
    assert len(shown(auditor, **moved, reference=second)) == 3
    assert len(shown(auditor, **moved, who=head)) == 5
    assert shown(auditor, **moved, who=office.member("investigator").id) == []
    today = office.here.today()
    before = today - timedelta(days=1)
    assert len(shown(auditor, **moved, since=today.isoformat())) == 1
    assert len(shown(auditor, **moved, until=f"{before:%d.%m.%Y}")) == 4
    assert len(shown(auditor, **moved, since=before, until=before)) == 0


def test_a_long_log_comes_page_by_page_and_no_entry_twice(
    sqlite_office: Office, auditor: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auditing, "PAGE", 4)
    set_aside(sqlite_office)
    asked = {"act": "clock.started", "reference": ""}
    set_aside(sqlite_office)
    set_aside(sqlite_office)
    first = shown(auditor, **asked)
    (older,) = auditor.find("//nav[@class='paging']//a/@href")
    assert auditor.get(str(older)).status_code == 200
    second = listed(auditor)
    assert (len(first), len(second)) == (4, 2)
    assert [str(a) for a in auditor.find("//nav[@class='paging']//a/@href")] == [
        f"{AUDIT}?act=clock.started"
    ]
    numbers = [int(str(n)) for n in auditor.find("//ol[contains(@class, 'ledger')]/li/@value")]
    assert numbers == sorted(numbers, reverse=True)


def test_what_an_auditor_looks_at_is_recorded_before_it_is_shown(
    sqlite_office: Office, auditor: Colleague
) -> None:
    head = sqlite_office.member("head").id
    entries = shown(auditor, reference="ABCD", who=head, since="1.12.2026")
    assert entries == []
    assert recorded(sqlite_office, Act.LEDGER_READ)[-1] == {
        "reference": "abcd",
        "who": head,
        "since": "2026-12-01",
    }
    assert "Audit log read" in shown(auditor)[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "Give a day."),
        ({"act": "no.such"}, "Choose from the list."),
        ({"reference": "a" * 65}, "longer than 64"),
    ],
)
def test_what_cannot_be_looked_for_comes_back_with_all_that_was_typed(
    sqlite_office: Office, auditor: Colleague, asked: dict[str, str], said: str
) -> None:
    typed = {"reference": sqlite_office.member("auditor").id, **asked}
    query = "&".join(f"{name}={value}" for name, value in typed.items())
    answer = auditor.get(f"{AUDIT}?{query}")
    assert answer.status_code == 422
    assert said in auditor.problem()
    assert auditor.value_of("reference") == typed["reference"]
    # What is not recorded is not shown.
    assert listed(auditor) == []
    assert recorded(sqlite_office, Act.LEDGER_READ) == []


def test_a_reason_that_was_tampered_with_is_shown_as_damaged(
    sqlite_office: Office, auditor: Colleague
) -> None:
    """F10. F16."""
    report_id = set_aside(sqlite_office)
    Desk(sqlite_office).report("head", report_id, triage.reopen_report, "another reason")
    reasoned = sa.select(LedgerEntry).where(LedgerEntry.sealed.is_not(None))
    with sqlite_office.db() as db:
        first, second = db.scalars(reasoned.order_by(LedgerEntry.number))
    engine = sqlite_office.here.database.engine
    with engine.begin() as connection, unguarded(connection, CaseworkModel.metadata):
        mine = LedgerEntry.number == first.number
        connection.execute(sa.update(LedgerEntry).where(mine).values(sealed=second.sealed))
    entries = shown(auditor, act="report.moved", reference=report_id)
    assert "another reason" in entries[0]
    assert "is damaged" in entries[1]
    assert WHY not in entries[1]


def test_the_page_says_that_the_log_verifies_and_what_is_wrong_where_it_does_not(
    sqlite_office: Office, auditor: Colleague, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F16."""
    set_aside(sqlite_office)
    auditor.get(AUDIT)
    assert auditor.press(f"{AUDIT}/verification").status_code == 200
    assert "The audit log verifies" in auditor.text_of("//*[@role='status']")
    engine = sqlite_office.here.database.engine
    with engine.begin() as connection, unguarded(connection, CaseworkModel.metadata):
        third = LedgerEntry.number == 3
        connection.execute(sa.update(LedgerEntry).where(third).values(actor_id="b" * 32))
    assert auditor.press(f"{AUDIT}/verification").status_code == 200
    assert "does not verify: entry 3 was edited" in auditor.problem()
    monkeypatch.setattr(audit, "VERIFIED_AT_MOST", 3)
    assert auditor.press(f"{AUDIT}/verification").status_code == 200
    assert "too long for a page" in auditor.problem()


def test_a_witness_can_check_what_the_page_exports(
    sqlite_office: Office, auditor: Colleague
) -> None:
    """F16."""
    set_aside(sqlite_office)
    auditor.get(AUDIT)
    answer = auditor.press(f"{AUDIT}/export")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    text = answer.get_data(as_text=True)
    folder = sqlite_office.here.settings.instance
    note = checkpoint_in(text)
    checkpoint = open_checkpoint(note, read_verifier(folder))
    lines = text.removeprefix(f"{note}\n").splitlines()
    assert len(lines) == checkpoint.size
    assert tree_root([leaf_hash(line.encode()) for line in lines]) == checkpoint.root
    assert len(recorded(sqlite_office, Act.LEDGER_EXPORTED)) == 1
    with sqlite_office.db() as db:
        verify_ledger(db, verifier=read_verifier(folder), earlier=note)
    assert WHY not in text


def test_the_page_says_since_when_nothing_was_signed(
    sqlite_office: Office, auditor: Colleague
) -> None:
    auditor.get(AUDIT)
    assert "not been signed yet" in auditor.text_of("//main")
    key = read_key(sqlite_office.here.settings.instance)
    today = sqlite_office.here.today()
    with sqlite_office.here.database.transaction() as db:
        make_checkpoint(db, origin=key.name, seed=key.seed, today=today)
    auditor.get(AUDIT)
    assert "It was signed last on" in auditor.text_of("//main")


def test_without_its_key_nothing_is_exported_and_the_page_says_what_to_do(
    sqlite_office: Office,
) -> None:
    auditor = Colleague(sqlite_office, "auditor")
    auditor.get(AUDIT)
    assert auditor.press(f"{AUDIT}/export").status_code == 503
    assert "ishonch check" in auditor.problem()
    auditor.get(AUDIT)
    auditor.press(f"{AUDIT}/verification")
    assert "ishonch check" in auditor.problem()


def test_a_second_auditor_reads_why_once_the_first_gives_the_key(
    sqlite_office: Office, auditor: Colleague
) -> None:
    report_id = set_aside(sqlite_office)
    sqlite_office.enrol(SECOND)
    second = Colleague(sqlite_office, "second")
    (entry, *_) = shown(second, act="report.moved", reference=report_id)
    assert WHY not in entry
    assert "do not hold the auditors' key yet" in second.text_of("//main")
    assert "Auditors without the key" not in second.text_of("//main")
    auditor.get(AUDIT)
    path = f"{AUDIT}/auditors/{sqlite_office.member('second').id}/key"
    fields = auditor.fields_of(path)
    refused = second.post_to(
        f"{AUDIT}/auditors/{sqlite_office.member('auditor').id}/key",
        second.fields_of(f"{AUDIT}/export"),
    )
    assert refused.status_code == 409
    assert auditor.post_to(path, fields).status_code == 303
    assert WHY in shown(second, act="report.moved", reference=report_id)[0]


def test_every_act_has_a_name(sqlite_office: Office) -> None:
    with sqlite_office.app.test_request_context("/en/audit"):
        named = acts_in_order()
    assert {act for act, _ in named} == set(Act)
    assert len({words for _, words in named}) == len(Act)
