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
        Act.CLOCK_STARTED: _("Clock started"),
        Act.CLOCK_MET: _("Clock met"),
        Act.CLOCK_PAUSED: _("Clock paused"),
        Act.CLOCK_RESUMED: _("Clock resumed"),
        Act.CLOCK_EXTENDED: _("Clock extended"),
        Act.LEDGER_READ: _("Audit log read"),
        Act.LEDGER_EXPORTED: _("Audit log exported"),
        Act.AUDIT_KEY_MADE: _("Auditors' key made"),
        Act.AUDIT_KEY_GIVEN: _("Auditors' key given"),
    }
    return words
