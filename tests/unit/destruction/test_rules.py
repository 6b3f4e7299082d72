"""What stands against destroying a dossier: every state, and everything that can keep it, in every combination."""

from itertools import product

from casework.cases.states import CaseState
from casework.destruction.rules import against_case, against_report
from casework.dossiers.states import ReportState
from casework.records import CaseworkModel
from casework.web import app

# Written out: the rules' own tables are what is tried.
NO_YES = (False, True)
ENDED = {"merged", "rerouted", "set_aside", "concluded"}


def test_a_report_goes_only_when_it_has_ended_and_nothing_keeps_it() -> None:
    """F17."""
    for state, hold, repeated, wait in product(ReportState, NO_YES, NO_YES, NO_YES):
        found = against_report(state, on_hold=hold, repeated=repeated, letters_wait=wait)
        expected = None if state in ENDED else "in_case" if state == "linked" else "open"
        if hold:
            expected = "hold"
        elif expected is None and repeated:
            expected = "repeated"
        elif expected is None and wait:
            expected = "letters"
        assert found == expected, (state, hold, repeated, wait)


def test_a_case_goes_only_when_it_is_closed_and_nothing_keeps_it() -> None:
    """F17."""
    for state, hold in product(CaseState, NO_YES):
        expected = "hold" if hold else None if state == "closed" else "open"
        assert against_case(state, on_hold=hold) == expected


def test_all_that_hangs_on_a_dossier_goes_with_it() -> None:
    """F18. Whatever room a table belongs to: what names a dossier or a case is deleted by the database with it."""
    assert app.MIGRATIONS.is_dir()
    tied = {
        f"{table.name}.{key.parent.name}": key.ondelete
        for table in CaseworkModel.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in {"dossiers", "cases"}
    }
    # A report that others repeat is not destroyed before them.
    assert tied.pop("dossiers.duplicate_of") is None
    assert len(tied) > 10
    assert set(tied.values()) == {"CASCADE"}
