"""The office's pages, each in the states a member can meet."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from portal.clock import now
from tests.browser.look.informant import Scene
from tests.browser.look.samples import ANSWER, PLAIN_FILES, SAID, worded
from tests.browser.look.stage import (
    DAMAGED,
    LINKED,
    QUESTION,
    TRIAGED,
    Stage,
    away,
    without_table,
)
from tests.browser.look.visitor import Shot, Visitor
from tests.support.filing import changed_for_a_moment


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


def _inbox_alarm(stage: Stage, language: str) -> Shot:
    """The filing log was forked, and the witness has seen it."""
    state = "UPDATE witness_state SET fault = "
    path = stage.instance.folder / "casework.db"
    with changed_for_a_moment(path, f"{state}'forked'", f"{state}NULL"):
        return stage.head.open(f"/{language}/reports")


def _report_not_logged(stage: Stage, language: str) -> Shot:
    """Its entry is not in the filing log."""
    address = stage.found(_asked(stage, language), QUESTION)
    away = "ALTER TABLE filing_leaves RENAME TO elsewhere"
    back = "ALTER TABLE elsewhere RENAME TO filing_leaves"
    empty = "CREATE TABLE filing_leaves AS SELECT * FROM elsewhere WHERE 0"
    path = stage.instance.folder / "mailbox.db"
    with (
        changed_for_a_moment(path, away, back),
        changed_for_a_moment(path, empty, "DROP TABLE filing_leaves"),
    ):
        return stage.head.open(f"/{language}{address}")


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


def _ending_refused(stage: Stage, language: str) -> Shot:
    """A hold without a word on why."""
    stage.investigator.open(f"/{language}{stage.ending}")
    typed: dict[str, Any] = {"hold-words": ""}
    return stage.investigator.send("/hold", **typed)


def _case_refused(stage: Stage, language: str) -> Shot:
    """A task without a title, for no day."""
    stage.head.open(f"/{language}{stage.case}")
    typed: dict[str, Any] = {"task-title": "", "task-due_on": "завтра"}
    return stage.head.send("/tasks", **typed)


def _case_rewritten(stage: Stage, language: str) -> Shot:
    """A note written anew on a page from before somebody else did so."""
    stage.head.open(f"/{language}{stage.case}")
    typed: dict[str, Any] = {"note3-words": worded(SAID, language), "seen": "1"}
    return stage.head.send("/notes/3", **typed)


def _case_barred(stage: Stage, language: str) -> Shot:
    """An approval of what one asked for oneself, sent from a page made for somebody else."""
    address = f"/{language}{stage.proposed}"
    shown = stage.investigator.open(address)
    (form,) = shown.document.xpath("//form[contains(@action, '/closure/approval')]")
    stage.head.open(address)
    (note,) = stage.head.shot.document.xpath("//form[contains(@action, '/notes')]")
    note.set("action", form.get("action"))
    return stage.head.send("/closure/approval")


def _clock_refused(stage: Stage, language: str) -> Shot:
    """A pause without a word on why."""
    _triage(TRIAGED)(stage, language)
    typed: dict[str, Any] = {"pause_triage-words": ""}
    return stage.head.send("/pause", **typed)


def _clock_stale(stage: Stage, language: str) -> Shot:
    _triage(TRIAGED)(stage, language)
    return stage.head.send("/danger", seen="99")


def _week(who: Callable[[Stage], Visitor]) -> Scene:
    """A case with something overdue, something to be decided by a second person, reports to triage."""

    def scene(stage: Stage, language: str) -> Shot:
        _ = stage.case, stage.proposed, stage.pending
        return who(stage).open(f"/{language}/week")

    return scene


def _evidence_empty(stage: Stage, language: str) -> Shot:
    return stage.head.open(f"/{language}{stage.proposed}/evidence")


def _evidence_refused(stage: Stage, language: str) -> Shot:
    """An item from nowhere, whose file is kept; and an archive of nothing."""
    stage.head.open(f"/{language}{stage.evidence}")
    typed: dict[str, Any] = {"register-source": "", "register-description": SAID["ru"]}
    return stage.head.send("/evidence", PLAIN_FILES, **typed)


def _evidence_uncleaned(stage: Stage, language: str) -> Shot:
    """A copy of something that is not what it says it is."""
    stage.head.open(f"/{language}{stage.evidence}")
    return stage.head.send("/copy")


def _interests(stage: Stage, language: str) -> Shot:
    _ = stage.tied
    return stage.head.open(f"/{language}/interests")


def _interests_refused(stage: Stage, language: str) -> Shot:
    stage.investigator.open(f"/{language}/interests")
    return stage.investigator.send("/interests", words="")


def _report_tied(stage: Stage, language: str) -> Shot:
    return stage.head.open(f"/{language}{stage.tied}")


def _conflict(stage: Stage, language: str) -> Shot:
    """The head is about to take up a report on the unit that they are tied to."""
    _report_tied(stage, language)
    return stage.head.send("/triage")


def _conflict_refused(stage: Stage, language: str) -> Shot:
    _conflict(stage, language)
    return stage.head.send(conflict="")


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


def _reply_begun(stage: Stage, language: str) -> Shot:
    """A letter to begin with, after a word of one's own."""
    typed: dict[str, Any] = {"letter": "question", "begin": "y", "text": worded(ANSWER, language)}
    return _asked(stage, language).send("/replies", **typed)


def _reply_with_address(stage: Stage, language: str) -> Shot:
    """The reply leads elsewhere; its files are kept."""
    text = f"{worded(ANSWER, language)} https://example.com/form"
    return _asked(stage, language).send("/replies", PLAIN_FILES, text=text, purpose="question")


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
    stage.prove(stage.administrator, now())
    stage.administrator.open(f"/{language}/staff")
    return stage.administrator.send(
        "/staff",
        username=f"n.karimova.{language.lower()}",
        name="Нодира Каримова",
        role="administrator",
    )


def _step_up(stage: Stage, language: str) -> Shot:
    """Somebody asks for the list to be signed, a good while after signing in."""
    stage.administrator.open(f"/{language}/staff")
    stage.prove(stage.administrator, now() - timedelta(hours=1))
    return stage.administrator.send("/staff/roster")


def _step_up_refused(stage: Stage, language: str) -> Shot:
    _step_up(stage, language)
    return stage.administrator.send(step_up="")


def _account(stage: Stage, language: str, *, proved: bool = True) -> Visitor:
    moment = now() if proved else now() - timedelta(hours=1)
    visitor = stage.prove(stage.oversight, moment)
    visitor.open(f"/{language}/account")
    return visitor


def _account_unproved(stage: Stage, language: str) -> Shot:
    return _account(stage, language, proved=False).shot


def _account_refused(stage: Stage, language: str) -> Shot:
    typed: dict[str, Any] = {"password-password": "short", "password-again": "other"}
    return _account(stage, language).send("/password", **typed)


def _account_recovery(stage: Stage, language: str) -> Shot:
    return _account(stage, language).send("/recovery-code")


def _account_authenticator(stage: Stage, language: str) -> Shot:
    return _account(stage, language).send("/secret")


def _staff_refused(stage: Stage, language: str) -> Shot:
    stage.prove(stage.administrator, now())
    stage.administrator.open(f"/{language}/staff")
    return stage.administrator.send("/staff", role="head", position="registers-officer")


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
    "week": _week(lambda stage: stage.head),
    "week-second-person": _week(lambda stage: stage.investigator),
    "week-empty": _inside(lambda stage: stage.oversight, "/week"),
    "inbox": _inbox(lambda stage: stage.head),
    "inbox-older": _inbox(lambda stage: stage.head, "/reports?page=2"),
    "inbox-empty": _inbox(lambda stage: stage.oversight),
    "inbox-found": _search("концентрат"),
    "inbox-nothing-found": _search("несуществующее"),
    "inbox-unreachable": _inbox_unreachable,
    "inbox-alarm": _inbox_alarm,
    "report": _report,
    "report-damaged": _report_damaged,
    "report-not-logged": _report_not_logged,
    "report-pending-mine": _pending(lambda stage: stage.head),
    "report-pending-theirs": _pending(lambda stage: stage.investigator),
    "report-triage": _triage(TRIAGED),
    "report-triage-refused": _triage_refused,
    "report-triage-stale": _triage_stale,
    "report-clock-refused": _clock_refused,
    "report-clock-stale": _clock_stale,
    "report-ending": _case(lambda stage: stage.investigator, "ending"),
    "report-ending-mine": _case(lambda stage: stage.head, "ending"),
    "report-ending-refused": _ending_refused,
    "report-in-case": _triage(LINKED),
    "cases": _cases(),
    "cases-none-such": _cases("/cases?state=audit&mine=y"),
    "cases-empty": _inside(lambda stage: stage.oversight, "/cases"),
    "case": _case(lambda stage: stage.head, "case"),
    "case-refused": _case_refused,
    "case-rewritten": _case_rewritten,
    "case-proposed": _case(lambda stage: stage.investigator, "proposed"),
    "case-proposed-mine": _case(lambda stage: stage.head, "proposed"),
    "case-barred": _case_barred,
    "evidence": _case(lambda stage: stage.head, "evidence"),
    "evidence-barred": _case(lambda stage: stage.investigator, "evidence"),
    "evidence-empty": _evidence_empty,
    "evidence-refused": _evidence_refused,
    "evidence-uncleaned": _evidence_uncleaned,
    "interests": _interests,
    "interests-refused": _interests_refused,
    "interests-none": _inside(lambda stage: stage.oversight, "/interests"),
    "report-tied": _report_tied,
    "conflict": _conflict,
    "conflict-refused": _conflict_refused,
    "reply-empty": _reply_empty,
    "reply-begun": _reply_begun,
    "reply-with-address": _reply_with_address,
    "reply-own": _reply_own,
    "account": lambda stage, language: _account(stage, language).shot,
    "account-unproved": _account_unproved,
    "account-refused": _account_refused,
    "account-recovery": _account_recovery,
    "account-authenticator": _account_authenticator,
    "step-up": _step_up,
    "step-up-refused": _step_up_refused,
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
