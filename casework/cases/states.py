"""The life of a case, of its tasks and of its closing, and who may do what in it."""

from collections.abc import Mapping
from enum import StrEnum

from casework.staff.states import READERS, Role


class CaseState(StrEnum):
    """Where a case stands: reviewed first, then on the track that fits it, then closed."""

    OPENED = "opened"
    REVIEW = "preliminary_review"
    INSPECTION = "service_inspection"
    RESOLUTION = "admin_resolution"
    AUDIT = "audit"
    REFERRAL = "referral"
    CLOSED = "closed"


class CaseAction(StrEnum):
    """What is done with a case. The first ones change its state; the others what it holds."""

    BEGIN_REVIEW = "begin_review"
    ORDER_INSPECTION = "order_inspection"
    RESOLVE = "resolve"
    AUDIT = "audit"
    REFER = "refer"
    CLOSE = "close"
    REOPEN = "reopen"
    PROPOSE_CLOSURE = "propose_closure"
    RETURN_CLOSURE = "return_closure"
    ASSIGN = "assign"
    LINK_REPORT = "link_report"
    STATE_ALLEGATION = "state_allegation"
    FIND = "find"
    SET_TASK = "set_task"
    FINISH_TASK = "finish_task"
    WRITE_NOTE = "write_note"
    REWRITE_NOTE = "rewrite_note"
    REGISTER_EVIDENCE = "register_evidence"
    VIEW_EVIDENCE = "view_evidence"
    COPY_EVIDENCE = "copy_evidence"
    EXPORT_EVIDENCE = "export_evidence"
    RETURN_EVIDENCE = "return_evidence"
    DESTROY_EVIDENCE = "destroy_evidence"
    CITE_EVIDENCE = "cite_evidence"


class Relation(StrEnum):
    """How a member stands to a case. Without a grant there is nothing they could stand to."""

    GRANTED = "granted"
    OWNER = "owner"
    TRIAGED = "triaged"
    PROPOSED = "proposed"


class Priority(StrEnum):
    """How soon a case is worked on."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Finding(StrEnum):
    """What became of one allegation. Checked and not so is kept apart from what could not be checked."""

    SUBSTANTIATED = "substantiated"
    PARTLY = "partly_substantiated"
    UNSUBSTANTIATED = "unsubstantiated"
    INCONCLUSIVE = "inconclusive"
    REFUTED = "refuted_knowingly_false"
    NOT_INVESTIGATED = "not_investigated"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class TaskAction(StrEnum):
    """What ends a task."""

    FINISH = "finish"
    CANCEL = "cancel"


class Outcome(StrEnum):
    """With what a case closes."""

    MEASURES = "measures"
    NO_ACTION = "no_action"
    REFERRED = "referred"


class Feedback(StrEnum):
    """Whether the informant heard of the outcome."""

    SENT = "sent"
    UNREACHABLE = "unreachable"


class Reward(StrEnum):
    """Whether the informant can claim a reward for what they reported."""

    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    DECLINED = "declined"


class Protection(StrEnum):
    """Whether a plan protects those who spoke, or none is needed."""

    ACTIVE = "active"
    WAIVED = "waived"


class RiskLink(StrEnum):
    """What the case says of the organisation's risks: one that is known is looked at again, a new one is proposed, or neither."""

    REVIEW = "review"
    NEW = "new"
    NONE = "none"


_ON_TRACK = (CaseState.INSPECTION, CaseState.RESOLUTION, CaseState.AUDIT, CaseState.REFERRAL)

TRANSITIONS: Mapping[tuple[CaseState, CaseAction], CaseState] = {
    (CaseState.OPENED, CaseAction.BEGIN_REVIEW): CaseState.REVIEW,
    (CaseState.REVIEW, CaseAction.ORDER_INSPECTION): CaseState.INSPECTION,
    (CaseState.REVIEW, CaseAction.RESOLVE): CaseState.RESOLUTION,
    (CaseState.REVIEW, CaseAction.AUDIT): CaseState.AUDIT,
    (CaseState.REVIEW, CaseAction.REFER): CaseState.REFERRAL,
    # What an audit or a resolution brings to light may need an inspection, or the law.
    (CaseState.RESOLUTION, CaseAction.ORDER_INSPECTION): CaseState.INSPECTION,
    (CaseState.AUDIT, CaseAction.ORDER_INSPECTION): CaseState.INSPECTION,
    (CaseState.RESOLUTION, CaseAction.REFER): CaseState.REFERRAL,
    (CaseState.AUDIT, CaseAction.REFER): CaseState.REFERRAL,
    (CaseState.INSPECTION, CaseAction.REFER): CaseState.REFERRAL,
    (CaseState.REVIEW, CaseAction.CLOSE): CaseState.CLOSED,
    **{(state, CaseAction.CLOSE): CaseState.CLOSED for state in _ON_TRACK},
    (CaseState.CLOSED, CaseAction.REOPEN): CaseState.REVIEW,
}
# What has to be decided before a case closes; and the decisions that are nothing without a reason.
DECISIONS: Mapping[str, type[StrEnum]] = {
    "reward": Reward,
    "protection": Protection,
    "risk": RiskLink,
}
REASONED: Mapping[str, frozenset[StrEnum]] = {
    "reward": frozenset({Reward.INELIGIBLE, Reward.DECLINED}),
    "protection": frozenset({Protection.WAIVED}),
    "risk": frozenset({RiskLink.NONE}),
}
TASK_TRANSITIONS: Mapping[tuple[TaskState, TaskAction], TaskState] = {
    (TaskState.OPEN, TaskAction.FINISH): TaskState.DONE,
    (TaskState.OPEN, TaskAction.CANCEL): TaskState.CANCELLED,
}
PERMITTED: Mapping[CaseAction, frozenset[Role]] = dict.fromkeys(CaseAction, READERS)
# The pairs that may not be one person: who took the report in, who works the case or asks for its end does not approve it.
BARRED: Mapping[CaseAction, frozenset[Relation]] = {
    CaseAction.CLOSE: frozenset({Relation.OWNER, Relation.TRIAGED, Relation.PROPOSED}),
    CaseAction.RETURN_CLOSURE: frozenset({Relation.PROPOSED}),
    # Who works a case does not destroy what it rests on.
    CaseAction.DESTROY_EVIDENCE: frozenset({Relation.OWNER}),
}
# A closed case says what it said: nothing is added to it before it is opened again.
WORK = frozenset(
    {
        CaseAction.ASSIGN,
        CaseAction.LINK_REPORT,
        CaseAction.STATE_ALLEGATION,
        CaseAction.FIND,
        CaseAction.SET_TASK,
        CaseAction.FINISH_TASK,
        CaseAction.REWRITE_NOTE,
        CaseAction.PROPOSE_CLOSURE,
        CaseAction.RETURN_CLOSURE,
        CaseAction.REGISTER_EVIDENCE,
        CaseAction.COPY_EVIDENCE,
        CaseAction.CITE_EVIDENCE,
    }
)
# Adding to the record, looking, and taking along: in every state.
ALWAYS = frozenset({CaseAction.WRITE_NOTE, CaseAction.VIEW_EVIDENCE, CaseAction.EXPORT_EVIDENCE})
# Things go back, and are destroyed, when a case is over; but not while somebody judges whether it is.
AFTER = frozenset({CaseAction.RETURN_EVIDENCE, CaseAction.DESTROY_EVIDENCE})
