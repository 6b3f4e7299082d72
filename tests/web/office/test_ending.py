"""The end of a report or a case on its page: a hold, a request, and a second person; and nothing of it in any file after that."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.cases.models import Allegation, Closure
from casework.destruction.models import Destruction, LegalHold
from casework.dossiers.models import Entry, Grant, Note, Offer, Report
from portal.mailbox.models import Envelope, Mailbox
from portal.mailbox.models import Grant as MailboxGrant
from tests.support.canary import Canary
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.casework.test_post import FILE
from tests.unit.destruction.test_destruction import closed, set_aside
from tests.web.office.colleague import Colleague
from tests.web.pages.informant import Informant

WORDS = "The prosecutor asks for it."
NOWHERE = "f" * 32
ACTS = {
    "hold": {"hold-words": WORDS},
    "hold/lifting": {"hold-words": WORDS},
    "destruction": {"destruction-reason": "retention"},
    "destruction/refusal": {},
    "destruction/approval": {},
}


def ready(desk: Desk, kind: str, act: str) -> str:
    """Bring a report or a case to where an act is possible; give its page."""
    dossier = set_aside(desk) if kind == "reports" else closed(desk)
    if act.startswith("destruction/"):
        desk.asked("investigator", dossier)
    if act == "hold/lifting":
        desk.office.execute(
            sa.insert(LegalHold).values(
                dossier_id=dossier,
                set_by=desk.office.member("head").id,
                set_on=desk.office.here.today(),
            )
        )
    return f"/en/{kind}/{dossier}"


def rows(office: Office) -> list[object]:
    """Give what an act here could change."""
    with office.db() as db:
        return [
            str(row)
            for table in (Report, Note, Grant, LegalHold, Destruction)
            for row in db.execute(sa.select(table.__table__)).all()
        ]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("kind", ["reports", "cases"])
def test_each_act_is_done_by_its_form_on_the_page_as_it_stands_by_who_reads_it(
    sqlite_office: Office, kind: str, act: str
) -> None:
    """B1. F1. F6."""
    desk = Desk(sqlite_office)
    page, head = ready(desk, kind, act), Colleague(sqlite_office, "head")
    path, before = f"{page}/{act}", rows(sqlite_office)
    oversight = Colleague(sqlite_office, "oversight")
    oversight.get("/en/reports")
    sent = oversight.hidden_fields() | ACTS[act] | {"seen": "1"}
    for stranger in (path, path.replace(page.rpartition("/")[2], NOWHERE)):
        assert oversight.post_to(stranger, sent).status_code == 404
    head.get(page)
    fields = head.fields_of(path) | ACTS[act]
    assert head.post_to(path, fields | {"csrf_token": "x"}).status_code == 400
    head.get(page)
    assert head.post_to(path, head.fields_of(path) | ACTS[act] | {"seen": "0"}).status_code == 409
    assert "changed meanwhile" in head.problem()
    assert rows(sqlite_office) == before
    leads_to = page.rpartition("/")[0] if act == "destruction/approval" else page
    head.get(page)
    answer = head.send(path, ACTS[act])
    assert (answer.status_code, answer.location) == (303, leads_to)
    assert rows(sqlite_office) != before
    assert head.get(page).status_code == (404 if act == "destruction/approval" else 200)


def test_what_is_not_filled_in_comes_back_unfolded(sqlite_office: Office) -> None:
    page, head = ready(Desk(sqlite_office), "reports", "hold"), Colleague(sqlite_office, "head")
    head.get(page)
    assert not head.find("//details[@open]")
    for act, field in (("hold", "hold-words"), ("destruction", "destruction-reason")):
        assert head.send(f"{page}/{act}", {field: ""}).status_code == 422
        assert len(head.find("//details[@open]")) == 2
        assert len(head.find(f"//*[@name='{field}'][@aria-invalid]")) == 1
    assert head.send(f"{page}/hold", {"hold-words": "x" * 10_001}).status_code == 422
    assert head.value_of("hold-words") == "x" * 10_001


def test_the_page_says_what_stands_against_it_and_offers_nothing_else(
    sqlite_office: Office,
) -> None:
    """F17."""
    desk = Desk(sqlite_office)
    report_id = desk.accepted()
    page, head = f"/en/reports/{report_id}", Colleague(sqlite_office, "head")
    head.get(page)
    assert "has not come to its end" in head.text_of("//*[@class='ending']")
    assert not head.find(f"//form[@action='{page}/destruction']")
    sent = head.hidden_fields() | {"seen": "3", "destruction-reason": "retention"}
    assert head.post_to(f"{page}/destruction", sent).status_code == 409
    assert "has not come to its end" in head.problem()
    case = closed(desk, report_id)
    head.get(page)
    assert "The case has to be destroyed first" in head.text_of("//*[@class='ending']")
    page = f"/en/cases/{case}"
    head.get(page)
    assert head.send(f"{page}/destruction", ACTS["destruction"]).status_code == 303
    head.get(page)
    assert not head.find(f"//form[@action='{page}/destruction/approval']")
    approval = f"{page}/destruction/approval"
    seen = head.fields_of(f"{page}/destruction/refusal")
    assert head.post_to(approval, seen).status_code == 409
    assert "You asked for this" in head.problem()
    colleague = Colleague(sqlite_office, "colleague")
    colleague.get(page)
    asking = colleague.text_of("//*[@class='ending']")
    assert "Head of Service asks that this be destroyed" in asking
    assert "The time it may be kept is over" in asking
    assert colleague.send(f"{page}/hold", ACTS["hold"]).status_code == 303
    colleague.get(page)
    assert not colleague.find(f"//form[@action='{approval}']")
    assert WORDS in colleague.text_of("//main")


# ------------------------------------------------------------------------ the canary


def needles(office: Office) -> dict[str, bytes]:
    """Give pieces of all that is sealed for a report and its case, on both sides, and of its keys."""
    columns = (
        Entry.sealed,
        Grant.sealed,
        Offer.sealed,
        Note.sealed,
        Allegation.sealed,
        Closure.sealed,
        Report.recipient,
    )
    sealed = {}
    with office.db() as db, office.here.mailbox.reading() as store:
        for source, column in (
            *((db, column) for column in columns),
            (store, Envelope.sealed),
            (store, MailboxGrant.sealed),
            (store, Mailbox.dossier_recipient),
        ):
            for number, value in enumerate(source.scalars(sa.select(column))):
                # The end of a sealed thing is its own; it begins as any other does.
                sealed[f"{column} {number}"] = bytes(value or b"")[-32:]
    for blobs in (office.here.blobs, office.here.post.mailbox_blobs):
        for path in blobs.root.rglob("*"):
            if path.is_file():
                sealed[f"file {path.name}"] = path.read_bytes()[-32:]
    return sealed


def test_nothing_of_a_destroyed_case_and_report_is_in_any_file(
    sqlite_office: Office, tmp_path: Path
) -> None:
    """E18. F18. Letters, files, notes, grants and keys of both sides: heard before, in no file after."""
    desk = Desk(sqlite_office)
    report_id = desk.accepted(files=[FILE])
    case_id = closed(desk, report_id)
    canary = Canary(needles(sqlite_office))
    before = {name for heard in canary.heard_below(tmp_path).values() for name, _ in heard}
    assert before == {name for name, _ in canary.needles.values()}
    assert len(before) > 20
    for page in (f"/en/cases/{case_id}", f"/en/reports/{report_id}"):
        head, colleague = Colleague(sqlite_office, "head"), Colleague(sqlite_office, "colleague")
        head.get(page)
        assert head.send(f"{page}/destruction", ACTS["destruction"]).status_code == 303
        colleague.get(page)
        assert colleague.send(f"{page}/destruction/approval", {}).status_code == 303
    assert canary.heard_below(tmp_path) == {}


def test_the_informant_of_a_destroyed_report_finds_no_mailbox_any_more(
    sqlite_office: Office,
) -> None:
    """F18. F24. As if the token had been destroyed: nothing tells the one from the other."""
    reporting = Informant(sqlite_office.portal.app)
    token = reporting.file()
    sqlite_office.exchange()
    sqlite_office.execute(sa.update(Report).values(state="set_aside"))
    (report,) = sqlite_office.reports()
    page, head = f"/en/reports/{report.id}", Colleague(sqlite_office, "head")
    head.get(page)
    assert head.send(f"{page}/destruction", ACTS["destruction"]).status_code == 303
    colleague = Colleague(sqlite_office, "colleague")
    colleague.get(page)
    assert colleague.send(f"{page}/destruction/approval", {}).status_code == 303
    assert reporting.get("/en/mailbox").status_code != 200
    again = Informant(sqlite_office.portal.app)
    again.get("/en/return")
    assert again.post("/en/return", {"token": token}).status_code == 422
