"""What the ledger records."""

from enum import StrEnum


class Act(StrEnum):
    """A consequential act. None is ever taken out again: old entries name it."""

    DOSSIER_OPENED = "dossier.opened"
    GRANT_GIVEN = "grant.given"
    GRANT_ASKED = "grant.asked"
    GRANT_REFUSED = "grant.refused"
    GRANT_REVOKED = "grant.revoked"
    MEMBER_RECUSED = "member.recused"
    REPORT_MOVED = "report.moved"
    CASE_OPENED = "case.opened"
    CASE_MOVED = "case.moved"
    CASE_LINKED = "case.linked"
    CASE_UNLINKED = "case.unlinked"
    CASE_ASSIGNED = "case.assigned"
    CLOSURE_PROPOSED = "closure.proposed"
    CLOSURE_RETURNED = "closure.returned"
    ALLEGATION_STATED = "allegation.stated"
    ALLEGATION_FOUND = "allegation.found"
    NOTE_WRITTEN = "note.written"
    TASK_SET = "task.set"
    TASK_DONE = "task.done"
    REPLY_SENT = "reply.sent"
    MEMBER_INVITED = "member.invited"
    MEMBER_ENROLLED = "member.enrolled"
    MEMBER_DISABLED = "member.disabled"
    ROSTER_SIGNED = "roster.signed"
    CLOCK_STARTED = "clock.started"
    CLOCK_MET = "clock.met"
    CLOCK_PAUSED = "clock.paused"
    CLOCK_RESUMED = "clock.resumed"
    CLOCK_EXTENDED = "clock.extended"
    LEDGER_READ = "ledger.read"
    LEDGER_EXPORTED = "ledger.exported"
    AUDIT_KEY_MADE = "auditor.key_made"
    AUDIT_KEY_GIVEN = "auditor.key_given"


class LedgerFault(StrEnum):
    """What is wrong with a ledger."""

    # Entry by entry.
    MISSING = "missing"
    EDITED = "edited"
    UNREADABLE = "unreadable"
    MISNUMBERED = "misnumbered"
    # As a whole: against what it stores of its own growth, and against what was signed.
    FRONTIER = "frontier"
    CUT = "cut"
    FORKED = "forked"
    CHECKPOINT = "checkpoint"
