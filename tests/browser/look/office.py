"""The office's pages, each in the states a member can meet."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.browser.look.informant import Scene
from tests.browser.look.samples import ANSWER, PLAIN_FILES, SAID, worded
from tests.browser.look.stage import DAMAGED, LINKED, QUESTION, TRIAGED, Stage, away, without_table
from tests.browser.look.visitor import Shot, Visitor


def _plain(path: str) -> Scene:
    return lambda stage, language: stage.member().open(f"/{language}{path}")


def _inside(who: Callable[[Stage], Visitor], path: str) -> Scene:
    return lambda stage, language: who(stage).open(f"/{language}{path}")


def _sign_in_refused(stage: Stage, language: str) -> Shot:
    visitor = stage.member()
    visitor.open(f"/{language}/sign-in")
    return visitor.send("/sign-in", username=f"nobody-{language}", password="wrong")


def _sign_in_empty(stage: Stage, language: str) -> Shot:
    visitor = stage.member()
    visitor.open(f"/{language}/sign-in")
    return visitor.send("/sign-in")


def _code(stage: Stage, language: str) -> Shot:
    return stage.at_the_code("oversight").open(f"/{language}/sign-in/code")


def _code_refused(stage: Stage, language: str) -> Shot:
    visitor = stage.at_the_code("oversight")
    visitor.open(f"/{language}/sign-in/code")
    return visitor.send(code="0")


def _refused(path: str, action: str = "") -> Scene:
    """A form with a code and a new password twice: no code, too short, and not the same."""

    def scene(stage: Stage, language: str) -> Shot:
        visitor = stage.member()
        visitor.open(f"/{language}{path}")
        return visitor.send(action, username=f"nobody-{language}", password="short", again="other")

    return scene


def _second_factor_refused(stage: Stage, language: str) -> Shot:
    stage.enrolling.open(f"/{language}/enrolment/second-factor")
    return stage.enrolling.send(code="0")


def _inbox(who: Callable[[Stage], Visitor], path: str = "/reports") -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.asked, stage.closed, stage.damaged, stage.crowd
        return who(stage).open(f"/{language}{path}")

    return scene


def _search(words: str) -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.crowd
        stage.head.open(f"/{language}/reports")
        return stage.head.send("/search", q=words)

    return scene


def _inbox_unreachable(stage: Stage, language: str) -> Shot:
    stage.report(SAID["en"], PLAIN_FILES)
    stage.head.open(f"/{language}/reports")
    with away(stage.instance.folder / "blobs"):
        return stage.head.send("/collection")


def _asked(stage: Stage, language: str) -> Visitor:
    _ = stage.asked
    stage.head.open(f"/{language}{stage.found(stage.head, QUESTION)}")
    return stage.head


def _report(stage: Stage, language: str) -> Shot:
    return _asked(stage, language).shot


def _report_damaged(stage: Stage, language: str) -> Shot:
    _ = stage.damaged
    return stage.head.open(f"/{language}{stage.found(stage.head, DAMAGED)}")


def _triage(marker: str) -> Scene:
    """A report somebody began with: with the reasons given before."""

    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.case
        return stage.head.open(f"/{language}{stage.found(stage.head, marker)}")

    return scene


def _triage_refused(stage: Stage, language: str) -> Shot:
    """Set aside without a word on why."""
    _triage(TRIAGED)(stage, language)
    typed: dict[str, Any] = {"aside-reason": "withdrawn", "aside-words": ""}
    return stage.head.send("/setting-aside", **typed)


def _triage_stale(stage: Stage, language: str) -> Shot:
    _triage(TRIAGED)(stage, language)
    return stage.head.send("/acceptance", seen="99")


def _case(who: Callable[[Stage], Visitor], which: str) -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        return who(stage).open(f"/{language}{getattr(stage, which)}")

    return scene


def _case_refused(stage: Stage, language: str) -> Shot:
    """A task without a title, for no day."""
    stage.head.open(f"/{language}{stage.case}")
    typed: dict[str, Any] = {"task-title": "", "task-due_on": "завтра"}
    return stage.head.send("/tasks", **typed)


def _case_barred(stage: Stage, language: str) -> Shot:
    """An approval of what one asked for oneself, sent from a page made for somebody else."""
    address = f"/{language}{stage.proposed}"
    shown = stage.investigator.open(address)
    (form,) = shown.document.xpath("//form[contains(@action, '/closure/approval')]")
    stage.head.open(address)
    (note,) = stage.head.shot.document.xpath("//form[contains(@action, '/notes')]")
    note.set("action", form.get("action"))
    return stage.head.send("/closure/approval")


def _cases(path: str = "/cases") -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.case, stage.proposed
        return stage.head.open(f"/{language}{path}")

    return scene


def _pending(who: Callable[[Stage], Visitor]) -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        return who(stage).open(stage.pending.replace("/ru/", f"/{language}/"))

    return scene


def _reply_empty(stage: Stage, language: str) -> Shot:
    return _asked(stage, language).send("/replies", text="")


def _reply_with_address(stage: Stage, language: str) -> Shot:
    """The reply leads elsewhere; its files are kept."""
    text = f"{worded(ANSWER, language)} https://example.com/form"
    return _asked(stage, language).send("/replies", PLAIN_FILES, text=text, public_state="question")


def _reply_own(stage: Stage, language: str) -> Shot:
    """An approval of what one wrote oneself, sent from a page made for somebody else."""
    address = stage.pending.replace("/ru/", f"/{language}/")
    shown = stage.investigator.open(address)
    (form,) = shown.document.xpath("//form[contains(@action, '/approval')]")
    stage.head.open(address)
    stage.head.shot.document.xpath("//form[contains(@action, '/discarding')]")[0].set(
        "action", form.get("action")
    )
    return stage.head.send("/approval")


def _invitation(stage: Stage, language: str) -> Shot:
    _ = stage.enrolled, stage.enrolling
    stage.administrator.open(f"/{language}/staff")
    return stage.administrator.send(
        "/staff",
        username=f"n.karimova.{language.lower()}",
        name="Нодира Каримова",
        role="administrator",
    )


def _staff_refused(stage: Stage, language: str) -> Shot:
    stage.administrator.open(f"/{language}/staff")
    return stage.administrator.send("/staff", role="head", position="investigator-2")


def _staff_unsigned(stage: Stage, language: str) -> Shot:
    with away(stage.instance.folder / "roster.note"):
        return stage.administrator.open(f"/{language}/staff")


def _audit(path: str = "/audit") -> Scene:
    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.auditor, stage.second_auditor
        return stage.auditor.open(f"/{language}{path}")

    return scene


def _audit_verified(stage: Stage, language: str) -> Shot:
    stage.auditor.open(f"/{language}/audit")
    return stage.auditor.send("/verification")


def _expired(stage: Stage, language: str) -> Shot:
    stage.head.open(f"/{language}/reports")
    return stage.head.send("/collection", csrf_token="old")


def _unreachable(stage: Stage, language: str) -> Shot:
    member = stage.head
    with without_table(stage.instance.folder / "casework.db", "dossiers"):
        return member.open(f"/{language}/reports")


PAGES: Mapping[str, Scene] = {
    "sign-in": _plain("/sign-in"),
    "sign-in-refused": _sign_in_refused,
    "sign-in-empty": _sign_in_empty,
    "code": _code,
    "code-refused": _code_refused,
    "enrolment": _plain("/enrolment"),
    "enrolment-refused": _refused("/enrolment", "/enrolment"),
    "second-factor": _inside(lambda stage: stage.enrolling, "/enrolment/second-factor"),
    "second-factor-refused": _second_factor_refused,
    "recovery": _inside(lambda stage: stage.enrolled, "/enrolment/recovery-code"),
    "recover": _plain("/recovery"),
    "recover-refused": _refused("/recovery"),
    "inbox": _inbox(lambda stage: stage.head),
    "inbox-older": _inbox(lambda stage: stage.head, "/reports?page=2"),
    "inbox-empty": _inbox(lambda stage: stage.oversight),
    "inbox-found": _search("концентрат"),
    "inbox-nothing-found": _search("несуществующее"),
    "inbox-unreachable": _inbox_unreachable,
    "report": _report,
    "report-damaged": _report_damaged,
    "report-pending-mine": _pending(lambda stage: stage.head),
    "report-pending-theirs": _pending(lambda stage: stage.investigator),
    "report-triage": _triage(TRIAGED),
    "report-triage-refused": _triage_refused,
    "report-triage-stale": _triage_stale,
    "report-in-case": _triage(LINKED),
    "cases": _cases(),
    "cases-none-such": _cases("/cases?state=audit&mine=y"),
    "cases-empty": _inside(lambda stage: stage.oversight, "/cases"),
    "case": _case(lambda stage: stage.head, "case"),
    "case-refused": _case_refused,
    "case-proposed": _case(lambda stage: stage.investigator, "proposed"),
    "case-proposed-mine": _case(lambda stage: stage.head, "proposed"),
    "case-barred": _case_barred,
    "reply-empty": _reply_empty,
    "reply-with-address": _reply_with_address,
    "reply-own": _reply_own,
    "staff": _inside(lambda stage: stage.administrator, "/staff"),
    "staff-invitation": _invitation,
    "staff-refused": _staff_refused,
    "staff-unsigned": _staff_unsigned,
    "audit": _audit(),
    "audit-reasons": _audit("/audit?act=report.moved"),
    "audit-none-such": _audit("/audit?reference=ffff"),
    "audit-refused": _audit("/audit?reference=abcd&since=kecha"),
    "audit-verified": _audit_verified,
    "error-400": _expired,
    "error-403": _inside(lambda stage: stage.investigator, "/staff"),
    "error-404": _inside(lambda stage: stage.oversight, f"/reports/{'0' * 32}"),
    "error-503": _unreachable,
}
