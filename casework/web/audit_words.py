"""What the ledger's acts are called in a page."""

from collections.abc import Mapping

from flask_babel import gettext as _

from casework.ledger.states import Act, LedgerFault
from casework.ledger.verification import LedgerBroken


def act_words(act: str) -> str:
    """Name an act; one that this version does not know is shown as it is written."""
    return _words().get(Act(act), act) if act in set(Act) else act


def acts_in_order() -> list[tuple[str, str]]:
    """Give every act with its name, in the order of the names."""
    return sorted(((act.value, words) for act, words in _words().items()), key=lambda one: one[1])


def broken_words(error: LedgerBroken) -> str:
    """Say what is wrong with the ledger."""
    words: dict[LedgerFault, str] = {
        LedgerFault.MISSING: _("entry %(number)s is missing", number=error.number),
        LedgerFault.EDITED: _("entry %(number)s was edited", number=error.number),
        LedgerFault.UNREADABLE: _("entry %(number)s cannot be read", number=error.number),
        LedgerFault.MISNUMBERED: _(
            "where entry %(number)s belongs stands another", number=error.number
        ),
        LedgerFault.FRONTIER: _("its entries are not those that it counted"),
        LedgerFault.CUT: _(
            "it ends at %(number)s entries, and more were signed", number=error.number
        ),
        LedgerFault.FORKED: _(
            "its first %(number)s entries are not those that were signed", number=error.number
        ),
        LedgerFault.CHECKPOINT: _("a checkpoint was not signed with its key"),
    }
    return words[error.fault]


def _words() -> Mapping[Act, str]:
    words: dict[Act, str] = {
        Act.DOSSIER_OPENED: _("Opened"),
        Act.GRANT_GIVEN: _("Access given"),
        Act.GRANT_ASKED: _("Access asked for"),
        Act.GRANT_REFUSED: _("Access refused"),
        Act.GRANT_REVOKED: _("Access taken away"),
        Act.MEMBER_RECUSED: _("Recused"),
        Act.REPORT_MOVED: _("Report taken a step on"),
        Act.CASE_OPENED: _("Case opened"),
        Act.CASE_MOVED: _("Case taken a step on"),
        Act.CASE_LINKED: _("Report added to a case"),
        Act.CASE_UNLINKED: _("Report taken out of a case"),
        Act.CASE_ASSIGNED: _("Case given to somebody"),
        Act.CLOSURE_PROPOSED: _("Closing asked for"),
        Act.CLOSURE_RETURNED: _("Closing sent back"),
        Act.ALLEGATION_STATED: _("Allegation stated"),
        Act.ALLEGATION_FOUND: _("Finding made"),
        Act.NOTE_WRITTEN: _("Note written"),
        Act.TASK_SET: _("Task set"),
        Act.TASK_DONE: _("Task ended"),
        Act.REPLY_SENT: _("Reply sent"),
        Act.MEMBER_INVITED: _("Account invited"),
        Act.MEMBER_ENROLLED: _("Account activated"),
        Act.MEMBER_DISABLED: _("Account closed"),
        Act.ROSTER_SIGNED: _("List of receivers signed"),
        Act.FACTOR_CHANGED: _("Password, digits or recovery code changed"),
        Act.KEY_PREPARED: _("New key prepared"),
        Act.KEY_ROTATED: _("Key replaced"),
        Act.INTEREST_DECLARED: _("Conflict of interest declared"),
        Act.INTEREST_RENEWED: _("Conflict of interest confirmed"),
        Act.INTEREST_ENDED: _("Conflict of interest ended"),
        Act.CONFLICT_OVERRIDDEN: _("Gone on in spite of a conflict of interest"),
        Act.HOLD_SET: _("Hold set"),
        Act.HOLD_LIFTED: _("Hold lifted"),
        Act.DESTRUCTION_ASKED: _("Destruction asked for"),
        Act.DESTRUCTION_REFUSED: _("Destruction refused"),
        Act.DOSSIER_DESTROYED: _("Destroyed"),
        Act.EVIDENCE_RECEIVED: _("Evidence registered"),
        Act.EVIDENCE_VIEWED: _("Evidence opened"),
        Act.EVIDENCE_EXPORTED: _("Evidence taken out"),
        Act.EVIDENCE_COPIED: _("Cleaned copy made"),
        Act.EVIDENCE_RETURNED: _("Evidence returned"),
        Act.EVIDENCE_DESTROYED: _("Evidence destroyed"),
        Act.EVIDENCE_CITED: _("Evidence cited"),
        Act.EVIDENCE_UNCITED: _("Evidence cited no more"),
        Act.LOG_COSIGNED: _("Filing log cosigned"),
        Act.LOG_REFUSED: _("Filing log refused"),
        Act.CLOCK_STARTED: _("Clock started"),
        Act.CLOCK_MET: _("Clock met"),
        Act.CLOCK_PAUSED: _("Clock paused"),
        Act.CLOCK_RESUMED: _("Clock resumed"),
        Act.CLOCK_EXTENDED: _("Clock extended"),
        Act.CLOCK_RECOUNTED: _("Clock counted anew"),
        Act.CLOCK_EXPLAINED: _("Clock explained"),
        Act.CLOCK_STOPPED: _("Clock stopped"),
        Act.LEDGER_READ: _("Audit log read"),
        Act.LEDGER_EXPORTED: _("Audit log exported"),
        Act.AUDIT_KEY_MADE: _("Auditors' key made"),
        Act.AUDIT_KEY_GIVEN: _("Auditors' key given"),
    }
    return words
