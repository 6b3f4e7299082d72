"""What a case needs before its end is asked for: every way it can lack something, and that each is named."""

from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from casework.cases import closing, rules, service
from casework.cases.guard import NotReady
from casework.cases.models import Closure
from casework.cases.states import (
    DECISIONS,
    CaseAction,
    Feedback,
    Protection,
    Reward,
    RiskLink,
)
from casework.dossiers import service as dossiers
from casework.dossiers.models import Entry
from casework.dossiers.states import LetterPurpose
from portal.mailbox.letters import Letter, seal_letter
from tests.support.offices import Office
from tests.unit.cases.desk import Desk
from tests.unit.cases.test_triage import acts

# What is nothing without a reason, written out: the rules' own table is what is tried.
NEEDS_REASON = {"ineligible", "declined", "waived", "none"}


def lacks(**given: Any) -> list[str]:
    """Say what a case lacks that has all it needs, but for what is given."""
    values: dict[str, Any] = {
        "allegations": [SimpleNamespace(finding="substantiated")],
        "tasks": [SimpleNamespace(state="done")],
        "decisions": {"reward": "eligible", "protection": "active", "risk": "review"},
        "reasons": {},
        "feedback": Feedback.SENT,
        "told": True,
    } | given
    return rules.missing_for_closure(**values)


def test_every_way_a_case_can_lack_something_is_named_with_all_others() -> None:
    """Allegations, findings, tasks, feedback: each there or not, in every combination."""
    for stated, found, done, told, sent in product((False, True), repeat=5):
        allegations = [SimpleNamespace(finding="refuted" if found else None)] if stated else []
        expected = [] if stated else ["allegation"]
        expected += ["finding"] if stated and not found else []
        expected += [] if done else ["task"]
        expected += ["feedback"] if sent and not told else []
        assert expected == lacks(
            allegations=allegations,
            tasks=[SimpleNamespace(state="cancelled" if done else "open")],
            told=told,
            feedback=Feedback.SENT if sent else Feedback.UNREACHABLE,
        )


def test_every_decision_is_taken_and_gives_its_reason_where_it_needs_one() -> None:
    """Each code of each decision, and none; with a reason, with an empty one, and without."""
    codes = [[None, *kind] for kind in (Reward, Protection, RiskLink)]
    for taken, words in product(product(*codes), (None, "", "Because")):
        decisions = dict(zip(("reward", "protection", "risk"), taken, strict=True))
        reasons = {} if words is None else dict.fromkeys(decisions, words)
        expected = [
            name
            for name, code in decisions.items()
            if code is None or (str(code) in NEEDS_REASON and not words)
        ]
        assert lacks(decisions=decisions, reasons=reasons) == expected


def test_the_refusal_lists_all_that_is_missing_and_nothing_is_asked_for(
    sqlite_office: Office,
) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.opened()
    desk.case("investigator", case_id, service.move_case, CaseAction.BEGIN_REVIEW)
    desk.set_task("investigator", case_id, "head")
    undecided = {"reward": Reward.DECLINED, "protection": Protection.WAIVED, "risk": RiskLink.NONE}
    with pytest.raises(NotReady) as refused:
        desk.proposed("head", case_id, feedback=Feedback.SENT, **undecided)
    assert refused.value.lacks == ("allegation", "task", "feedback", "reward", "protection", "risk")
    assert "closure.proposed" not in [act for act, _ in acts(desk, case_id)]


def test_feedback_is_sent_once_a_letter_went_to_every_informant_of_the_case(
    sqlite_office: Office,
) -> None:
    """One from before the case, one that waits, one that tells no outcome, and one to another informant do not count."""
    desk = Desk(sqlite_office)
    one, two = desk.accepted(), desk.accepted()
    wrote(desk, one)
    sqlite_office.clock.forward(days=1)
    case_id = desk.opened("investigator", one, two)
    desk.made_ready("investigator", case_id)
    wrote(desk, one, purpose=LetterPurpose.QUESTION)
    for letter in ((two, "held"), (two,)):
        wrote(desk, *letter)
        with pytest.raises(NotReady) as refused:
            desk.proposed("head", case_id, feedback=Feedback.SENT)
        assert refused.value.lacks == ("feedback",)
    wrote(desk, one)
    desk.proposed("head", case_id, feedback=Feedback.SENT)
    with sqlite_office.db() as db:
        assert db.scalar(sa.select(Closure.feedback)) == "sent"


def wrote(
    desk: Desk,
    report_id: str,
    state: str = "queued",
    purpose: LetterPurpose = LetterPurpose.OUTCOME,
) -> None:
    """Write to the informant; or let the letter wait for somebody to agree."""
    actor, office = desk.office.actor("head"), desk.office
    with office.here.database.transaction() as db:
        opened = dossiers.open_report(db, actor, report_id)
        entry_id = f"{len(office.entries()):032x}"
        letter = Letter(
            kind="reply", envelope=entry_id, dossier=report_id, language="en", text="It was so."
        )
        dossiers.write_reply(
            db,
            opened,
            actor=actor,
            entry_id=entry_id,
            seal_letter=lambda recipients: seal_letter(letter, recipients),
            files=(),
            purpose=purpose,
            today=office.here.today(),
        )
    if state == "held":
        waits = {"state": state, "number": None}
        office.execute(sa.update(Entry).where(Entry.id == entry_id).values(waits))


def test_what_was_decided_stands_in_codes_and_why_is_sealed(sqlite_office: Office) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.ready()
    why = {"reward": "They are of the audit.", "risk": "It is no process of ours."}
    desk.proposed(
        "investigator", case_id, reward=Reward.INELIGIBLE, risk=RiskLink.NONE, reasons=why
    )
    with desk.office.db() as db:
        closure = db.scalars(sa.select(Closure)).one()
        opened = service.get_case(db, desk.office.actor("colleague"), case_id)
        read = closing.read_closure(opened, closure)
    assert {name: getattr(closure, name) for name in DECISIONS} == {
        "reward": "ineligible",
        "protection": "active",
        "risk": "none",
    }
    assert read == why | {"words": "Two people were dismissed."}
    (_, change) = acts(desk, case_id)[-1]
    assert change["reward"] == "ineligible"
    assert not {*why.values()} & {*change.values()}


def test_what_was_asked_for_before_these_were_decided_goes_back_and_is_not_agreed_to(
    sqlite_office: Office,
) -> None:
    desk = Desk(sqlite_office)
    case_id = desk.ready()
    desk.proposed("investigator", case_id)
    nothing = dict.fromkeys(DECISIONS)
    desk.office.execute(sa.update(Closure).values(nothing))
    with pytest.raises(NotReady) as refused:
        desk.closed("head", case_id)
    assert refused.value.lacks == ("reward", "protection", "risk")
    today = desk.office.here.today()
    desk.case("head", case_id, closing.return_closure, "Decide the rest", today=today)
    desk.proposed("investigator", case_id)
    desk.closed("head", case_id)
