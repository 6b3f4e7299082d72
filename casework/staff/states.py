"""Who may do what in the office, and the life of an account."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for. The administrator administers and reads nothing; the auditor reads the ledger alone."""

    HEAD = "head"
    INVESTIGATOR = "investigator"
    OVERSIGHT = "oversight"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Action(StrEnum):
    """What a view lets its visitor do."""

    READ_REPORTS = "read_reports"
    COLLECT_POST = "collect_post"
    REPLY = "reply"
    APPROVE_REPLY = "approve_reply"
    TRIAGE_REPORT = "triage_report"
    READ_CASES = "read_cases"
    WORK_CASE = "work_case"
    SHARE_DOSSIER = "share_dossier"
    END_CASE = "end_case"
    DESTROY_DOSSIER = "destroy_dossier"
    DECLARE_INTEREST = "declare_interest"
    MANAGE_STAFF = "manage_staff"
    SIGN_ROSTER = "sign_roster"
    READ_LEDGER = "read_ledger"
    EXPORT_LEDGER = "export_ledger"
    SHARE_AUDIT_KEY = "share_audit_key"


class AccountState(StrEnum):
    """Where an account stands."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class AccountAction(StrEnum):
    """What changes an account's state."""

    ENROL = "enrol"
    DISABLE = "disable"


READERS = frozenset({Role.HEAD, Role.INVESTIGATOR, Role.OVERSIGHT})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_AUDITORS = frozenset({Role.AUDITOR})

PERMITTED: Mapping[Action, frozenset[Role]] = {
    Action.READ_REPORTS: READERS,
    Action.COLLECT_POST: READERS,
    Action.REPLY: READERS,
    Action.APPROVE_REPLY: READERS,
    Action.TRIAGE_REPORT: READERS,
    Action.READ_CASES: READERS,
    Action.WORK_CASE: READERS,
    Action.SHARE_DOSSIER: READERS,
    Action.END_CASE: READERS,
    Action.DESTROY_DOSSIER: READERS,
    Action.DECLARE_INTEREST: READERS,
    Action.MANAGE_STAFF: _ADMINISTRATORS,
    Action.SIGN_ROSTER: _ADMINISTRATORS,
    Action.READ_LEDGER: _AUDITORS,
    Action.EXPORT_LEDGER: _AUDITORS,
    Action.SHARE_AUDIT_KEY: _AUDITORS,
}

TRANSITIONS: Mapping[tuple[AccountState, AccountAction], AccountState] = {
    (AccountState.INVITED, AccountAction.ENROL): AccountState.ACTIVE,
    (AccountState.INVITED, AccountAction.DISABLE): AccountState.DISABLED,
    (AccountState.ACTIVE, AccountAction.DISABLE): AccountState.DISABLED,
}
