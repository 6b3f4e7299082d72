"""The life of a report, and of one letter of its correspondence."""

from collections.abc import Mapping
from enum import StrEnum

from casework.staff.states import READERS, Role


class DossierKind(StrEnum):
    """What a dossier is about."""

    REPORT = "report"
    CASE = "case"


class ReportState(StrEnum):
    """Where the service stands with a report."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    TRIAGE = "triage"
    INFO_REQUESTED = "info_requested"
    ACCEPTED = "accepted"
    LINKED = "linked"
    MERGED = "merged"
    REROUTED = "rerouted"
    SET_ASIDE = "set_aside"
    # Every case it belonged to is destroyed; nothing is left to do but to keep or to destroy it.
    CONCLUDED = "concluded"


class ReportAction(StrEnum):
    """What changes a report's state."""

    ACKNOWLEDGE = "acknowledge"
    BEGIN_TRIAGE = "begin_triage"
    ASK = "ask"
    HEAR = "hear"
    ACCEPT = "accept"
    LINK = "link"
    UNLINK = "unlink"
    MERGE = "merge"
    REROUTE = "reroute"
    SET_ASIDE = "set_aside"
    REOPEN = "reopen"
    CONCLUDE = "conclude"


class SetAside(StrEnum):
    """Why a report is not followed up."""

    NO_FACTS = "no_facts"
    OUT_OF_SCOPE = "out_of_scope"
    LABOUR_DISPUTE = "labour_dispute"
    ALREADY_DECIDED = "already_decided"
    STATUTE_LIMIT = "statute_limit"
    WITHDRAWN = "withdrawn"


class Route(StrEnum):
    """Whose business a report is, where it is not ours."""

    HUMAN_RESOURCES = "human_resources"
    SAFETY = "safety"
    APPEALS = "appeals"
    LAW_ENFORCEMENT = "law_enforcement"


class NoteKind(StrEnum):
    """What a note in a dossier is: its summary, somebody concerned, why something was done, or anything else."""

    SUMMARY = "summary"
    PARTY = "party"
    REASON = "reason"
    NOTE = "note"


# What may be said anew. Why something was done stays as it was said then.
REWRITABLE = frozenset({NoteKind.SUMMARY, NoteKind.PARTY, NoteKind.NOTE})


class LetterPurpose(StrEnum):
    """What a letter of the office is for, where it is more than a message."""

    QUESTION = "question"
    OUTCOME = "outcome"


class EntryState(StrEnum):
    """Where a letter stands: the informant's are received, the office's wait, are sent, or are dropped."""

    RECEIVED = "received"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    QUEUED = "queued"
    DELIVERED = "delivered"
    DISCARDED = "discarded"


class EntryAction(StrEnum):
    """What changes an entry's state."""

    WITHDRAW = "withdraw"
    APPROVE = "approve"
    DISCARD = "discard"
    DELIVER = "deliver"


TRANSITIONS: Mapping[tuple[EntryState, EntryAction], EntryState] = {
    (EntryState.RECEIVED, EntryAction.WITHDRAW): EntryState.WITHDRAWN,
    (EntryState.HELD, EntryAction.APPROVE): EntryState.QUEUED,
    (EntryState.HELD, EntryAction.DISCARD): EntryState.DISCARDED,
    (EntryState.QUEUED, EntryAction.DELIVER): EntryState.DELIVERED,
}
# The informant withdraws and the post delivers: no role of the office does either.
PERMITTED: Mapping[EntryAction, frozenset[Role]] = {
    EntryAction.APPROVE: READERS,
    EntryAction.DISCARD: READERS,
}

REPORT_TRANSITIONS: Mapping[tuple[ReportState, ReportAction], ReportState] = {
    (ReportState.NEW, ReportAction.ACKNOWLEDGE): ReportState.ACKNOWLEDGED,
    (ReportState.NEW, ReportAction.BEGIN_TRIAGE): ReportState.TRIAGE,
    (ReportState.ACKNOWLEDGED, ReportAction.BEGIN_TRIAGE): ReportState.TRIAGE,
    (ReportState.TRIAGE, ReportAction.ASK): ReportState.INFO_REQUESTED,
    (ReportState.INFO_REQUESTED, ReportAction.HEAR): ReportState.TRIAGE,
    (ReportState.TRIAGE, ReportAction.ACCEPT): ReportState.ACCEPTED,
    (ReportState.TRIAGE, ReportAction.MERGE): ReportState.MERGED,
    (ReportState.TRIAGE, ReportAction.REROUTE): ReportState.REROUTED,
    (ReportState.TRIAGE, ReportAction.SET_ASIDE): ReportState.SET_ASIDE,
    # Who never answers a question does not keep their report open for ever.
    (ReportState.INFO_REQUESTED, ReportAction.SET_ASIDE): ReportState.SET_ASIDE,
    (ReportState.ACCEPTED, ReportAction.LINK): ReportState.LINKED,
    (ReportState.LINKED, ReportAction.LINK): ReportState.LINKED,
    (ReportState.LINKED, ReportAction.UNLINK): ReportState.ACCEPTED,
    (ReportState.LINKED, ReportAction.CONCLUDE): ReportState.CONCLUDED,
    (ReportState.CONCLUDED, ReportAction.REOPEN): ReportState.TRIAGE,
    (ReportState.MERGED, ReportAction.REOPEN): ReportState.TRIAGE,
    (ReportState.REROUTED, ReportAction.REOPEN): ReportState.TRIAGE,
    (ReportState.SET_ASIDE, ReportAction.REOPEN): ReportState.TRIAGE,
}
REPORT_PERMITTED: Mapping[ReportAction, frozenset[Role]] = dict.fromkeys(ReportAction, READERS)
