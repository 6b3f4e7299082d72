"""The office as witness: what the filing log can be made to say, and what of it is cosigned."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from casework.ledger.service import verify_ledger
from casework.ledger_files import make_key, read_verifier
from casework.witness.states import LogFault
from crypto.checkpoints import open_checkpoint, open_cosignature, sign_checkpoint
from crypto.merkle import Frontier
from portal.log_keys import read_public
from portal.mailbox.models import FilingCosignature, FilingLeaf, FilingState
from tests.support.offices import ORIGIN, Office
from tests.unit.casework.at_once import at_once
from tests.unit.witness.logs import Logs

OTHER = b"another report's entry".ljust(32)


def test_what_grew_as_it_should_is_cosigned_and_lies_in_the_mailbox(office: Office) -> None:
    """F16. On both engines: the day of the cosignature is the day it is, and no hour."""
    logs = Logs(office)
    logs.file(3)
    logs.round()
    logs.file(2)
    logs.round()
    logs.round()
    log, witness = read_public(office.here.settings)
    assert sorted(logs.cosigned()) == [3, 5]
    for size, note in logs.cosigned().items():
        assert open_checkpoint(note, log).size == size
        moment = datetime.fromtimestamp(open_cosignature(note, witness), UTC)
        assert (moment.date(), moment.hour, moment.minute) == (office.here.today(), 0, 0)
    assert [act for act, _ in logs.acts()] == ["log.cosigned", "log.cosigned"]
    assert logs.acts()[1][1] == {
        "size": "5",
        "root": open_checkpoint(logs.cosigned()[5], log).root.hex(),
    }
    assert logs.fault() is None


def test_two_rounds_at_once_cosign_once_and_raise_no_alarm(office: Office) -> None:
    """F6."""
    logs = Logs(office)
    for size in (1, 2, 3):
        logs.file()
        at_once(logs.round, logs.round)
        logs.round()
        assert sorted(logs.cosigned()) == list(range(1, size + 1))
    assert [act for act, _ in logs.acts()] == ["log.cosigned"] * 3
    assert logs.fault() is None


def cut(logs: Logs) -> None:
    logs.execute(sa.delete(FilingLeaf).where(FilingLeaf.position == 1))


def cut_the_end(logs: Logs) -> None:
    logs.execute(sa.delete(FilingLeaf).where(FilingLeaf.position == 2))


def edit(logs: Logs) -> None:
    logs.execute(sa.update(FilingLeaf).where(FilingLeaf.position == 0).values(entry=OTHER))


def reorder(logs: Logs) -> None:
    first, second, *rest = logs.view().entries
    logs.put([second, first, *rest])


def add_in_between(logs: Logs) -> None:
    first, *rest = logs.view().entries
    logs.put([first, OTHER, *rest])


def roll_back(logs: Logs) -> None:
    logs.rewrite(logs.view().entries[:2])


def begin_anew(logs: Logs) -> None:
    empty = Frontier().encode()
    logs.execute(sa.delete(FilingLeaf), sa.update(FilingState).values(frontier=empty, note=None))


def fork(logs: Logs) -> None:
    logs.rewrite([*logs.view().entries[:2], OTHER])


def fork_and_grow(logs: Logs) -> None:
    logs.rewrite([*logs.view().entries[:2], OTHER, *[bytes([n]) * 32 for n in range(4)]])


def edit_and_sign(logs: Logs) -> None:
    logs.rewrite([OTHER, *logs.view().entries[1:]])


def sign_with_another_key(logs: Logs) -> None:
    log = read_public(logs.office.here.settings)[0]
    checkpoint = open_checkpoint(logs.view().note or "", log)
    logs.execute(sa.update(FilingState).values(note=sign_checkpoint(checkpoint, bytes(32))))


def lose_the_checkpoint(logs: Logs) -> None:
    logs.execute(sa.update(FilingState).values(note=None))


# What is done to the log, whether a further report comes before the office looks, and what the office finds.
FALSIFIED: dict[str, tuple[Callable[[Logs], None], bool, LogFault]] = {
    "cut": (cut, True, LogFault.CUT),
    "its end cut": (cut_the_end, True, LogFault.CUT),
    "edited": (edit, True, LogFault.EDITED),
    "reordered": (reorder, True, LogFault.EDITED),
    "rolled back": (roll_back, False, LogFault.ROLLED_BACK),
    "rolled back and gone on": (roll_back, True, LogFault.FORKED),
    "begun anew": (begin_anew, True, LogFault.ROLLED_BACK),
    "forked": (fork, False, LogFault.FORKED),
    "forked and grown": (fork_and_grow, False, LogFault.FORKED),
    "edited and signed": (edit_and_sign, False, LogFault.FORKED),
    "signed by a stranger": (sign_with_another_key, False, LogFault.CHECKPOINT),
    "without a checkpoint": (lose_the_checkpoint, False, LogFault.CHECKPOINT),
}


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_falsified_log_is_not_cosigned_and_the_ledger_says_so_once(logs: Logs, name: str) -> None:
    """F16."""
    falsify, goes_on, expected = FALSIFIED[name]
    falsify(logs)
    if goes_on:
        logs.file()
    for _ in range(3):
        logs.round()
    assert logs.fault() == expected
    assert sorted(logs.cosigned()) == [3]
    assert logs.acts()[1:] == [("log.refused", {"fault": expected.value})]


def test_an_entry_slipped_in_between_is_found_as_well(logs: Logs) -> None:
    """F16. The database would not take one entry more at a place that is taken: the portal's next one fails."""
    add_in_between(logs)
    logs.rewrite(logs.view().entries)
    logs.round()
    assert logs.fault() == LogFault.FORKED


def test_a_log_that_is_whole_again_is_cosigned_again_and_the_ledger_tells_it_all(
    logs: Logs,
) -> None:
    whole = logs.view().entries
    roll_back(logs)
    logs.round()
    logs.rewrite(whole)
    logs.file()
    logs.round()
    assert logs.fault() is None
    assert sorted(logs.cosigned()) == [3, 4]
    assert [act for act, _ in logs.acts()] == ["log.cosigned", "log.refused", "log.cosigned"]
    settings = logs.office.here.settings
    make_key(settings.instance, ORIGIN)
    with logs.office.db() as db:
        verify_ledger(db, verifier=read_verifier(settings.instance))


def test_what_was_cosigned_and_not_delivered_is_delivered_in_the_next_round(logs: Logs) -> None:
    """D8. The power went after it was kept: the same cosignature comes, and no other is made."""
    (note,) = logs.cosigned().values()
    logs.execute(sa.delete(FilingCosignature))
    logs.office.clock.forward(days=3)
    logs.round()
    assert list(logs.cosigned().values()) == [note]
    assert [act for act, _ in logs.acts()] == ["log.cosigned"]


def test_an_office_that_lost_what_it_cosigned_does_not_begin_anew_unseen(logs: Logs) -> None:
    """A row it cannot read is as good as another tree."""
    logs.office.execute(sa.text("UPDATE witness_state SET frontier = zeroblob(9)"))
    logs.file()
    logs.round()
    assert logs.fault() == LogFault.FORKED
    assert sorted(logs.cosigned()) == [3]
