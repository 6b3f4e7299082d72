"""A case's page: each act through its form, by those who may, on the page as it stands."""

from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases.closing import return_closure
from casework.cases.models import Allegation, Case, Closure, Task
from casework.cases.service import move_case
from casework.cases.states import CaseAction, CaseState
from casework.cases.work import rewrite
from casework.dossiers.grants import confirm_grant, give_grant
from casework.dossiers.models import Note
from casework.dossiers.service import open_report
from casework.dossiers.states import NoteKind
from casework.transitions import IllegalTransition
from tests.support.offices import Office
from tests.support.runs import FULL
from tests.unit.cases.desk import STATEMENT, Desk
from tests.unit.casework.reports import replied
from tests.web.office.colleague import Colleague
from tests.web.pages.hostile import TEXTS
from tests.web.pages.test_hostile_text import HARMLESS, addresses, kept_text, shape

pytestmark = pytest.mark.any_engine

CASES, NOWHERE = "/en/cases", "f" * 32
WORDS = "Two delivery notes were never signed."
# What each form is filled in with, by where it goes.
FORMS: dict[str, dict[str, str]] = {
    "review": {},
    "inspection": {},
    "resolution": {},
    "audit": {},
    "referral": {},
    "owner": {"owner-owner": "{head}"},
    "reports/{report}/removal": {},
    "allegations": {
        "allegation-statement": WORDS,
        "allegation-norm": "Rule 4",
        "allegation-period": "May",
    },
    "allegations/{allegation}/finding": {
        "finding1-finding": "unsubstantiated",
        "finding1-reasons": WORDS,
    },
    "tasks": {"task-title": WORDS, "task-owner": "{head}", "task-due_on": "01.12.2026"},
    "tasks/{task}/finishing": {},
    "tasks/{task}/cancelling": {},
    "notes": {"note-kind": "party", "note-words": WORDS},
    "notes/{note}": {"note{note}-words": WORDS},
    "summary": {"summary-title": WORDS, "summary-category": "safety", "summary-unit": ""},
    "closure": {
        "closure-outcome": "measures",
        "closure-feedback": "unreachable",
        "closure-words": WORDS,
        "closure-reward": "eligible",
        "closure-protection": "active",
        "closure-risk": "review",
    },
    "closure/return": {"return-words": WORDS},
    "closure/approval": {},
    "reopening": {"reopen-words": WORDS},
    "readers/{colleague}/revocation": {},
    "readers/{colleague}/recusal": {},
}
TRACKS = ("inspection", "resolution", "audit", "referral")
WITH_VERSION = [name for name in FORMS if not name.startswith(("notes", "summary", "readers"))]
ANEW = ("notes/{note}", "summary")
WITH_WORDS = [name for name, fields in FORMS.items() if WORDS in fields.values()]


@pytest.fixture
def desk(office: Office) -> Desk:
    """The office's people at work without its pages."""
    return Desk(office)


class Scene:
    """A case brought to where an act is possible, and the form of that act."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.office, self.case = desk.office, self._brought(desk, name)
        with self.office.db() as db:
            ids = {
                "allegation": db.scalar(sa.select(Allegation.id)),
                "task": db.scalar(sa.select(Task.id)),
                "report": self.office.reports()[0].id,
                "note": db.scalar(sa.select(sa.func.max(Note.number))),
                **{one: self.office.member(one).id for one in ("head", "colleague")},
            }
        self.page = f"{CASES}/{self.case}"
        self.path = f"{self.page}/{name.format(**ids)}"
        self.fields = {
            field.format(**ids): value.format(**ids) for field, value in FORMS[name].items()
        }

    @staticmethod
    def _brought(desk: Desk, name: str) -> str:
        if name.startswith(("closure", "reopening")):
            case = desk.ready()
            if name != "closure":
                desk.proposed("investigator", case)
            if name == "reopening":
                desk.closed("head", case)
            return case
        case = desk.opened()
        if name in TRACKS:
            desk.case("investigator", case, move_case, CaseAction.BEGIN_REVIEW)
        if name.endswith("finding"):
            desk.stated("investigator", case)
        if name.startswith("tasks/"):
            desk.set_task("investigator", case, "head")
        if name.startswith("notes/"):
            desk.noted("investigator", case, "What stood here first")
        if name.endswith("removal"):
            desk.linked("investigator", case, desk.accepted())
        return case

    def digest(self) -> list[Any]:
        """Give all the rows an act on a case could change."""
        tables = (Case, Allegation, Task, Note, Closure)
        with self.office.db() as db:
            return [
                tuple(row)
                for table in tables
                for row in db.execute(sa.select(table.__table__)).all()
            ]


@pytest.mark.parametrize("name", FORMS)
def test_each_act_is_done_by_its_form(office: Office, desk: Desk, name: str) -> None:
    scene, head = Scene(desk, name), Colleague(office, "head")
    head.get(scene.page)
    before = scene.digest()
    response = head.send(scene.path, scene.fields)
    assert (response.status_code, response.location) == (303, scene.page)
    # Revoking touches grants alone.
    assert scene.digest() != before or name.startswith("readers")
    assert head.get(scene.page).status_code == 200
    if WORDS in scene.fields.values():
        assert WORDS in head.text_of("//main")


@pytest.mark.parametrize("name", FORMS)
def test_whose_case_it_is_not_does_nothing_to_it_and_does_not_see_it(
    sqlite_office: Office, name: str
) -> None:
    """F1. F2."""
    scene, oversight = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "oversight")
    before = scene.digest()
    for case in (scene.case, NOWHERE):
        assert oversight.get(f"{CASES}/{case}").status_code == 404
        oversight.get(CASES)
        oversight.get("/en/reports")
        path = scene.path.replace(scene.case, case)
        sent = oversight.hidden_fields() | scene.fields | {"seen": "1"}
        assert oversight.post_to(path, sent).status_code == 404
    assert scene.digest() == before


@pytest.mark.parametrize("name", WITH_VERSION)
def test_an_old_page_of_a_case_is_refused_and_shows_how_things_stand(
    sqlite_office: Office, name: str
) -> None:
    """F6."""
    scene, head = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "head")
    head.get(scene.page)
    fields = head.fields_of(scene.path) | scene.fields
    sqlite_office.execute(sa.update(Case).values(version=Case.version + 1))
    before = scene.digest()
    assert head.post_to(scene.path, fields).status_code == 409
    assert "changed meanwhile" in head.problem()
    assert scene.digest() == before
    assert head.fields_of(scene.path)["seen"] != fields["seen"]
    if WORDS in scene.fields.values():
        unfolded = head.find("//details[@open]//textarea | //details[@open]//input[@type='text']")
        assert WORDS in {(one.text or one.get("value") or "").strip() for one in unfolded}


@pytest.mark.parametrize("name", ANEW)
def test_what_somebody_wrote_anew_meanwhile_is_shown_beside_what_was_typed(
    sqlite_office: Office, name: str
) -> None:
    """F6. Neither text is lost, the older one stays readable, and whoever has seen it may send theirs again."""
    scene, head = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "head")
    (field,) = (key for key, value in scene.fields.items() if value == WORDS)
    head.get(scene.page)
    fields = head.fields_of(scene.path) | scene.fields
    colleague = Colleague(sqlite_office, "colleague")
    colleague.get(scene.page)
    assert colleague.send(scene.path, scene.fields | {field: "Theirs"}).status_code == 303
    assert head.post_to(scene.path, fields).status_code == 409
    assert "anew meanwhile" in head.problem()
    assert head.value_of(field) == WORDS
    assert len(head.find("//details[@open]")) == 1
    assert "Theirs" in head.text_of("//main")
    (earlier,) = head.find("//details[@class='earlier']")
    assert "Second Investigator" not in earlier.text_content()
    assert "First Investigator" in earlier.text_content()
    assert head.send(scene.path, scene.fields).status_code == 303
    head.get(scene.page)
    (earlier,) = head.find("//details[@class='earlier']")
    assert "Earlier versions (2)" in earlier.text_content()
    assert earlier.text_content().index("Second") < earlier.text_content().index("First")


@pytest.mark.parametrize("name", ANEW)
def test_what_a_second_person_is_asked_to_approve_is_not_written_anew(
    sqlite_office: Office, name: str
) -> None:
    desk = Desk(sqlite_office)
    scene, head = Scene(desk, name), Colleague(sqlite_office, "head")
    (field,) = (key for key, value in scene.fields.items() if value == WORDS)
    head.get(scene.page)
    fields = head.fields_of(scene.path) | scene.fields
    desk.made_ready("investigator", scene.case)
    desk.proposed("investigator", scene.case)
    before = scene.digest()
    assert head.post_to(scene.path, fields).status_code == 409
    assert scene.digest() == before
    assert head.value_of(field) == WORDS
    head.get(scene.page)
    assert not head.find(f"//form[@action='{scene.path}']")


def test_why_something_was_done_is_not_written_anew(office: Office, desk: Desk) -> None:
    case = desk.ready()
    desk.proposed("investigator", case)
    desk.case("head", case, return_closure, "What is missing", today=office.here.today())
    page, head = f"{CASES}/{case}", Colleague(office, "head")
    head.get(page)
    with office.db() as db:
        number = db.scalars(sa.select(Note.number).where(Note.kind == NoteKind.REASON)).one()
    assert not head.find(f"//form[@action='{page}/notes/{number}']")
    fields = head.hidden_fields() | {"seen": "1", f"note{number}-words": WORDS}
    assert head.post_to(f"{page}/notes/{number}", fields).status_code == 404
    with pytest.raises(IllegalTransition):
        desk.case("head", case, rewrite, number, {"words": WORDS}, seen=1)


@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_done_to_a_case_without_the_pages_token(
    sqlite_office: Office, name: str
) -> None:
    """B1."""
    scene, head = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "head")
    head.get(scene.page)
    fields = head.fields_of(scene.path) | scene.fields | {"csrf_token": "x"}
    before = scene.digest()
    assert head.post_to(scene.path, fields).status_code == 400
    assert scene.digest() == before


@pytest.mark.parametrize("name", WITH_WORDS)
def test_what_was_typed_into_a_refused_form_comes_back(sqlite_office: Office, name: str) -> None:
    scene, head = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "head")
    head.get(scene.page)
    (field,) = (key for key, value in scene.fields.items() if value == WORDS)
    before = scene.digest()
    assert head.send(scene.path, scene.fields | {field: "x" * 10_001}).status_code == 422
    assert "longer than" in head.problem()
    assert head.value_of(field) == "x" * 10_001
    for other in set(scene.fields) - {field}:
        kept = head.chosen(other) or [head.value_of(other)]
        assert kept == [scene.fields[other]]
    assert len(head.find("//details[@open]")) == 1
    assert head.send(scene.path, scene.fields | {field: " "}).status_code == 422
    assert scene.digest() == before


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("owner", "owner-owner", NOWHERE),
        ("tasks", "task-owner", NOWHERE),
        ("tasks", "task-due_on", "tomorrow"),
        ("tasks", "task-due_on", "31.11.2026"),
        ("tasks", "task-due_on", ""),
        ("allegations/{allegation}/finding", "finding1-finding", "guilty"),
        ("closure", "closure-outcome", "forgotten"),
        ("closure", "closure-reward", ""),
        ("closure", "closure-risk", "waived"),
        ("notes", "note-kind", "reason"),
    ],
)
def test_what_is_on_no_list_and_no_day_is_refused(
    sqlite_office: Office, name: str, field: str, value: str
) -> None:
    scene, head = Scene(Desk(sqlite_office), name), Colleague(sqlite_office, "head")
    head.get(scene.page)
    before = scene.digest()
    assert head.send(scene.path, scene.fields | {field: value}).status_code == 422
    assert scene.digest() == before


def test_who_may_not_decide_is_told_so_and_offered_nothing(office: Office, desk: Desk) -> None:
    case = desk.ready()
    desk.proposed("investigator", case)
    page, investigator = f"{CASES}/{case}", Colleague(office, "investigator")
    head = Colleague(office, "head")
    head.get(page)
    seen = head.fields_of(f"{page}/closure/approval")["seen"]
    for name in ("closure/approval", "closure/return"):
        investigator.get(page)
        assert "Somebody else has to decide" in investigator.text_of("//section[@class='panel']")
        assert not investigator.find(f"//form[@action='{page}/{name}']")
        fields = investigator.hidden_fields() | {"seen": seen, "return-words": WORDS}
        assert investigator.post_to(f"{page}/{name}", fields).status_code == 409
        assert "Somebody else has to decide" in investigator.problem()
    assert head.press(f"{page}/closure/approval").status_code == 303
    with office.db() as db:
        assert db.scalar(sa.select(Case.state)) == CaseState.CLOSED
    head.get(page)
    offered = {str(action) for action in head.find("//main//form/@action")}
    assert {f"{page}/notes", f"{page}/reopening"} <= offered
    assert not {f"{page}/allegations", f"{page}/tasks", f"{page}/owner"} & offered


def test_a_case_that_lacks_something_is_not_proposed_and_the_page_says_what(
    office: Office, desk: Desk
) -> None:
    case = desk.opened()
    desk.case("investigator", case, move_case, CaseAction.BEGIN_REVIEW)
    desk.set_task("investigator", case, "head")
    page, head = f"{CASES}/{case}", Colleague(office, "head")
    head.get(page)
    assert head.send(f"{page}/closure", FORMS["closure"]).status_code == 409
    assert "at least one allegation" in head.problem()
    assert "open tasks" in head.problem()
    assert head.value_of("closure-words") == WORDS


def test_what_is_not_decided_or_gives_no_reason_is_asked_for_and_shown_to_who_agrees(
    sqlite_office: Office,
) -> None:
    case = Desk(sqlite_office).ready()
    page, head = f"{CASES}/{case}", Colleague(sqlite_office, "head")
    head.get(page)
    fields = FORMS["closure"] | {"closure-protection": "waived", "closure-risk": ""}
    assert head.send(f"{page}/closure", fields).status_code == 422
    assert "Choose from the list" in head.problem()
    assert "Say why" in head.problem()
    assert head.chosen("closure-protection") == ["waived"]
    given = {"closure-risk": "new", "closure-protection_reason": "Nobody knows who it was."}
    assert head.send(f"{page}/closure", fields | given).status_code == 303
    colleague = Colleague(sqlite_office, "colleague")
    colleague.get(page)
    shown = colleague.text_of("//section[@class='panel']")
    assert "No protection plan is needed: Nobody knows who it was." in shown
    assert "A new risk is proposed" in shown
    assert colleague.press(f"{page}/closure/approval").status_code == 303
    head.get(page)
    shown = head.text_of("//section[@class='panel']")
    assert "With this it was closed: Measures were taken" in shown
    assert "Nobody knows who it was." in shown


def test_a_case_keeps_its_last_report(office: Office, desk: Desk) -> None:
    case = desk.opened()
    (report,) = office.reports()
    page, head = f"{CASES}/{case}", Colleague(office, "head")
    head.get(page)
    path = f"{page}/reports/{report.id}/removal"
    assert not head.find(f"//form[@action='{path}']")
    assert head.post_to(path, head.hidden_fields() | {"seen": "1"}).status_code == 409


def test_things_of_another_case_are_not_reached_through_ones_own(
    office: Office, desk: Desk
) -> None:
    """F1."""
    other, own = desk.opened(), desk.opened()
    allegation = desk.stated("investigator", other)
    task = desk.set_task("investigator", other, "head")
    page, head = f"{CASES}/{own}", Colleague(office, "head")
    for name in (f"allegations/{allegation}/finding", f"tasks/{task}/finishing"):
        head.get(page)
        fields = head.hidden_fields() | {"finding1-finding": "refuted", "seen": "1"}
        assert head.post_to(f"{page}/{name}", fields).status_code == 404
    with office.db() as db:
        assert db.scalar(sa.select(Task.state)) == "open"
        assert db.scalar(sa.select(Allegation.finding)) is None


# --------------------------------------------------------------------------- people


def test_the_page_tells_what_was_done_and_who_wrote_last(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case, head = desk.opened("investigator"), Colleague(sqlite_office, "head")
    desk.case("investigator", case, move_case, CaseAction.BEGIN_REVIEW)
    head.get(f"{CASES}/{case}")
    (told,) = head.find("//section[h2='What was done']")
    steps = [" ".join(step.text_content().split()) for step in told.xpath(".//li")]
    assert steps[0] == "Case taken a step on First Investigator 24.11.2026"
    assert steps[-1] == "Case opened First Investigator 24.11.2026"
    assert "Opened" not in str(steps)
    assert "The informant wrote last, on 24.11.2026." in head.text_of("//main")
    replied(sqlite_office, "head")
    head.get(f"{CASES}/{case}")
    assert "We wrote last, on 24.11.2026." in head.text_of("//main")


def test_somebody_of_the_other_desk_reads_a_case_once_a_second_person_agrees(
    office: Office, desk: Desk
) -> None:
    """F2."""
    case, oversight = desk.opened(), office.member("oversight").id
    # They may read the report already: somebody gave it to them.
    _let_read_reports(desk)
    page, head, colleague = (
        f"{CASES}/{case}",
        Colleague(office, "head"),
        Colleague(office, "colleague"),
    )
    head.get(page)
    assert head.send(f"{page}/readers", {"reader-member": oversight}).status_code == 303
    head.get(page)
    assert "Someone else has to agree." in head.text_of("//main")
    confirmation = f"{page}/readers/{oversight}/confirmation"
    assert not head.find(f"//form[@action='{confirmation}']")
    assert head.post_to(confirmation, head.hidden_fields()).status_code == 409
    assert "You asked for this" in head.problem()
    assert Colleague(office, "oversight").get(page).status_code == 404
    colleague.get(page)
    assert colleague.press(confirmation).status_code == 303
    assert Colleague(office, "oversight").get(page).status_code == 200


def test_a_request_is_turned_down(office: Office, desk: Desk) -> None:
    case, oversight = desk.opened(), office.member("oversight").id
    _let_read_reports(desk)
    page, head, colleague = (
        f"{CASES}/{case}",
        Colleague(office, "head"),
        Colleague(office, "colleague"),
    )
    head.get(page)
    assert head.send(f"{page}/readers", {"reader-member": oversight}).status_code == 303
    colleague.get(page)
    assert colleague.press(f"{page}/readers/{oversight}/refusal").status_code == 303
    colleague.get(page)
    assert "asks that they may read" not in colleague.text_of("//main")
    assert Colleague(office, "oversight").get(page).status_code == 404


def _let_read_reports(desk: Desk) -> None:
    office = desk.office
    (report,), to = office.reports(), office.member("oversight").id
    for username, verb in (("head", give_grant), ("colleague", confirm_grant)):
        _without_version(desk, username, report.id, verb, to)


def _without_version(desk: Desk, username: str, report: str, verb: Any, to: str) -> None:
    actor = desk.office.actor(username)
    with desk.office.here.database.transaction() as db:
        verb(db, open_report(db, actor, report), to=to, actor=actor, now=desk.office.clock())


def test_who_may_not_read_a_report_of_the_case_is_not_let_in(office: Office, desk: Desk) -> None:
    """F2."""
    page, head = f"{CASES}/{desk.opened()}", Colleague(office, "head")
    head.get(page)
    given = {"reader-member": office.member("oversight").id}
    assert head.send(f"{page}/readers", given).status_code == 409
    assert "Audit Committee" in head.problem()


def test_who_recuses_themselves_comes_back_to_the_list_and_sees_the_case_no_more(
    office: Office, desk: Desk
) -> None:
    """F2."""
    page, head = f"{CASES}/{desk.opened()}", Colleague(office, "head")
    head.get(page)
    response = head.press(f"{page}/readers/{office.member('head').id}/recusal")
    assert (response.status_code, response.location) == (303, CASES)
    assert head.get(page).status_code == 404
    colleague = Colleague(office, "colleague")
    colleague.get(page)
    assert "Head of Service Recused" in colleague.text_of("//main")


def test_the_last_reader_is_not_put_outside(office: Office, desk: Desk) -> None:
    case, ids = desk.opened(), {one: office.member(one).id for one in ("head", "colleague")}
    page, investigator = f"{CASES}/{case}", Colleague(office, "investigator")
    for one in ids.values():
        investigator.get(page)
        assert investigator.press(f"{page}/readers/{one}/revocation").status_code == 303
    investigator.get(page)
    own = office.member("investigator").id
    assert investigator.press(f"{page}/readers/{own}/revocation").status_code == 409
    assert "Nobody else could read it" in investigator.problem()


# ------------------------------------------------------------------ what is written


def test_hostile_words_in_a_case_are_text(sqlite_office: Office) -> None:
    """C1. B18."""
    desk = Desk(sqlite_office)
    page, head = f"{CASES}/{desk.opened()}", Colleague(sqlite_office, "head")
    due = {"task-owner": sqlite_office.member("head").id, "task-due_on": "2026-12-01"}
    shapes = []
    # Every fourth; in the long run, all of them.
    for text in (HARMLESS, *(TEXTS if FULL else TEXTS[::4])):
        head.get(page)
        head.send(f"{page}/notes", {"note-kind": "note", "note-words": text})
        head.get(page)
        head.send(f"{page}/tasks", {"task-title": text.replace("\n", " ")} | due)
        head.get(page)
        head.send(f"{page}/allegations", {"allegation-statement": text})
        head.get(page)
        shapes.append((set(shape(head)), addresses(head.page)))
        said = head.find("//ol[@class='notes']/li[last()]/*[@class='said']")[0].text_content()
        assert str(said).split() == kept_text(text).split()
    assert all(other[0] == shapes[0][0] for other in shapes)
    assert all("evil" not in address for _, found in shapes for address in found)


def test_an_earlier_finding_stays_readable(office: Office, desk: Desk) -> None:
    case = desk.opened()
    allegation = desk.stated("investigator", case)
    desk.found("investigator", case, allegation)
    page, head = f"{CASES}/{case}", Colleague(office, "head")
    head.get(page)
    path = f"{page}/allegations/{allegation}/finding"
    given = {"finding1-finding": "inconclusive", "finding1-reasons": WORDS}
    assert head.send(path, given).status_code == 303
    head.get(page)
    assert "Could not be established" in head.text_of("//ol[@class='items']")
    notes = head.text_of("//ol[@class='notes']")
    assert "Earlier finding of allegation 1: Substantiated Delivery notes are missing." in notes


def test_what_is_damaged_is_named_and_the_page_goes_on(office: Office, desk: Desk) -> None:
    """F10."""
    case = desk.ready()
    desk.set_task("investigator", case, "head")
    for table in (Note, Allegation, Task):
        office.execute(sa.update(table).values(sealed=b"x"))
    head = Colleague(office, "head")
    assert head.get(f"{CASES}/{case}").status_code == 200
    page = head.text_of("//main")
    assert "No title" in page
    assert "This allegation is damaged" in page
    assert "This task is damaged" in page
    assert STATEMENT["statement"] not in page


def test_a_task_past_its_day_says_so(office: Office, desk: Desk) -> None:
    case = desk.opened()
    desk.set_task("investigator", case, "head")
    head = Colleague(office, "head")
    head.get(f"{CASES}/{case}")
    assert "overdue" not in head.text_of("//main")
    office.execute(sa.update(Task).values(due_on=office.here.today().replace(day=23)))
    head.get(f"{CASES}/{case}")
    assert "By 23.11.2026: overdue" in head.text_of("//main")


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru"])
def test_the_pages_of_cases_speak_every_language(sqlite_office: Office, language: str) -> None:
    desk = Desk(sqlite_office)
    case = desk.ready()
    desk.proposed("investigator", case)
    head = Colleague(sqlite_office, "head")
    for path in ("cases", f"cases/{case}"):
        assert head.get(f"/{language}/{path}").status_code == 200
        for word in ("Opened", "Preliminary", "Allegation", "asks that"):
            assert word not in head.text_of("//main")
