"""The evidence register: where items come from, what happens to them, and that nothing happens unseen."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.cases.guard import Barred, RestsOnIt
from casework.cases.service import move_case
from casework.cases.states import CaseAction
from casework.dossiers.models import Dossier, EntryFile
from casework.evidence import registering, service
from casework.evidence.models import AllegationEvidence, CustodyEvent, EvidenceItem
from casework.evidence.service import Held
from casework.evidence.states import Hold, ItemState
from casework.transitions import IllegalTransition
from casework.web.jobs import sweep
from crypto.errors import OpenError
from portal.errors import NotFound
from tests.unit.cases.test_triage import acts
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.evidence.makers import picture
from tests.unit.evidence.register import PHOTOGRAPH, TOLD, WHY, Register, digest

GONE = "f" * 32


def evidence_acts(register: Register) -> list[str]:
    """Give the acts of evidence the ledger knows of the case, in order."""
    found = acts(register.desk, register.case)
    return [str(act) for act, _ in found if str(act).startswith("evidence.")]


def test_a_file_of_a_report_is_registered_where_it_lies_and_opens_as_it_was(
    sqlite_register: Register,
) -> None:
    blobs = sqlite_register.office.here.blobs
    with blobs.open(sqlite_register.photograph) as sealed:
        before = sealed.read()
    assert sqlite_register.offered() == [PHOTOGRAPH[0]]
    item_id = sqlite_register.attached()
    assert sqlite_register.offered() == []
    (item,) = sqlite_register.items()
    assert (item.number, item.kind, item.state) == (1, "attached", "held")
    assert item.content is not None
    assert (item.content["name"], item.content["size"]) == (PHOTOGRAPH[0], str(len(PHOTOGRAPH[1])))
    opened = sqlite_register.content(item_id)
    assert opened == PHOTOGRAPH[1]
    assert item.content["sha256"] == digest(opened)
    with blobs.open(sqlite_register.photograph) as sealed:
        assert sealed.read() == before
    assert sqlite_register.row(item_id).blob is None


def test_a_file_is_registered_once_and_not_from_an_old_page(sqlite_register: Register) -> None:
    """F6."""
    sqlite_register.attached()
    with pytest.raises(IllegalTransition):
        sqlite_register.attached()
    with pytest.raises(IllegalTransition):
        sqlite_register.attached(seen=1)
    assert len(sqlite_register.items()) == 1


def test_what_is_no_file_of_a_report_of_this_case_is_not_found(sqlite_register: Register) -> None:
    """F1."""
    other = Register(sqlite_register.desk)
    other.attached()
    mine = sqlite_register.report, sqlite_register.photograph
    for sqlite_register.report, sqlite_register.photograph in (
        (other.report, other.photograph),
        (other.report, mine[1]),
        (mine[0], other.photograph),
    ):
        with pytest.raises(NotFound):
            sqlite_register.attached()
    own, theirs = sqlite_register.added()[0], other.items()[0].id
    for verb, given in (
        (service.note_viewed, (theirs,)),
        (service.export_items, ([own, theirs], WHY)),
    ):
        with pytest.raises(NotFound):
            sqlite_register.look("head", verb, *given)
    for given in ((theirs,), (GONE,)):
        with pytest.raises(NotFound):
            sqlite_register.do("head", service.destroy_item, *given, WHY)
    assert other.custody(theirs) == ["receive"]
    assert sqlite_register.custody(own) == ["receive"]


def test_files_and_things_are_registered_with_their_source(sqlite_register: Register) -> None:
    files = sqlite_register.sealed(b"one", "1.pdf"), sqlite_register.sealed(b"two", "2.pdf")
    ids = [*sqlite_register.added(*files), *sqlite_register.added()]
    first, second, thing = sqlite_register.items()
    assert [one.id for one in (first, second, thing)] == ids
    assert [one.kind for one in (first, second, thing)] == ["uploaded", "uploaded", "physical"]
    assert first.content == TOLD | {"name": "1.pdf", "size": "3", "sha256": digest(b"one")}
    assert thing.content == TOLD
    assert (sqlite_register.content(ids[1]), thing.has_file) == (b"two", False)
    with pytest.raises(NotFound):
        sqlite_register.content(thing.id)


def test_a_copy_is_an_item_of_its_own_and_says_of_which(sqlite_register: Register) -> None:
    """C25. The original is as it was."""
    original = sqlite_register.attached()
    copy = sqlite_register.copied(original)
    assert [one.derived_from for one in sqlite_register.items()] == [None, 1]
    assert (sqlite_register.content(copy), sqlite_register.content(original)) == (
        b"clean",
        PHOTOGRAPH[1],
    )
    assert sqlite_register.custody(original) == ["receive", "copy"]
    assert sqlite_register.custody(copy) == ["receive"]
    with pytest.raises(IllegalTransition):
        sqlite_register.copied(copy)


def test_every_event_of_custody_is_one_entry_of_the_ledger_in_order(
    sqlite_register: Register,
) -> None:
    """F16."""
    first = sqlite_register.attached()
    thing = sqlite_register.added()[0]
    allegation = sqlite_register.stated()
    sqlite_register.copied(first)
    sqlite_register.look("colleague", service.note_viewed, first)
    sqlite_register.look("head", service.export_items, [thing, first], WHY)
    sqlite_register.do("head", service.cite, thing, allegation)
    sqlite_register.do("head", service.uncite, thing, allegation)
    sqlite_register.do("investigator", service.return_item, thing, "Back to the storeman")
    assert evidence_acts(sqlite_register) == [
        "evidence.received", "evidence.received", "evidence.copied", "evidence.received",
        "evidence.viewed", "evidence.exported", "evidence.exported", "evidence.cited",
        "evidence.uncited", "evidence.returned",
    ]  # fmt: skip
    told = [
        change
        for act, change in acts(sqlite_register.desk, sqlite_register.case)
        if "event" in change
    ]
    assert told[-2:] == [{"item": thing, "event": "2"}, {"item": thing, "event": "3"}]
    items = {one.id: one for one in sqlite_register.items()}
    assert [one.reason for one in items[thing].custody] == ["", WHY, "Back to the storeman"]
    viewed = next(one for one in items[first].custody if one.action == "view")
    assert viewed.member_id == sqlite_register.office.member("colleague").id


def test_what_was_returned_or_destroyed_takes_nothing_more(sqlite_register: Register) -> None:
    thing, file = sqlite_register.added()[0], sqlite_register.added(sqlite_register.sealed())[0]
    sqlite_register.do("head", service.return_item, thing, WHY)
    sqlite_register.do("head", service.destroy_item, file, WHY)
    for item_id in (thing, file):
        for verb in (service.return_item, service.destroy_item):
            with pytest.raises(IllegalTransition):
                sqlite_register.do("head", verb, item_id, WHY)
        with pytest.raises(IllegalTransition):
            sqlite_register.look("head", service.export_items, [item_id], WHY)
    assert [one.state for one in sqlite_register.items()] == ["returned", "destroyed"]
    # What it was stays written.
    assert [one.content is None for one in sqlite_register.items()] == [False, False]


def test_who_works_the_case_does_not_destroy_its_evidence(sqlite_register: Register) -> None:
    file = sqlite_register.added(sqlite_register.sealed())[0]
    with pytest.raises(Barred):
        sqlite_register.do("investigator", service.destroy_item, file, WHY)
    assert sqlite_register.row(file).state == ItemState.HELD


def test_what_a_finding_rests_on_is_neither_destroyed_nor_returned(
    sqlite_register: Register,
) -> None:
    allegation = sqlite_register.stated()
    thing = sqlite_register.added()[0]
    sqlite_register.do("head", service.cite, thing, allegation)
    for verb in (service.destroy_item, service.return_item):
        with pytest.raises(Held) as refused:
            sqlite_register.do("head", verb, thing, WHY)
        assert refused.value.hold == Hold.FINDING
    with pytest.raises(IllegalTransition):
        sqlite_register.do("head", service.cite, thing, allegation)
    sqlite_register.do("head", service.uncite, thing, allegation)
    with pytest.raises(NotFound):
        sqlite_register.do("head", service.uncite, thing, allegation)
    sqlite_register.do("head", service.destroy_item, thing, WHY)
    with pytest.raises(IllegalTransition):
        sqlite_register.do("head", service.cite, thing, allegation)


def test_a_file_of_a_report_is_held_against_everything_that_would_take_it_away(
    register: Register,
) -> None:
    """F18. Neither a verb nor the database lets go of it; what was returned to its report is let go."""
    second = register.desk.accepted()
    register.desk.linked("investigator", register.case, second)
    item = register.attached()
    with pytest.raises(Held) as refused:
        register.do("head", service.destroy_item, item, WHY)
    assert refused.value.hold == Hold.REPORT
    with pytest.raises(RestsOnIt):
        register.desk.unlinked("investigator", register.case, register.report)
    for table, row_id in ((Dossier, register.report), (EntryFile, register.photograph)):
        with pytest.raises(IntegrityError):
            register.office.execute(sa.delete(table).where(table.id == row_id))
    register.do("head", service.return_item, item, WHY)
    assert register.offered() == [PHOTOGRAPH[0]]
    register.desk.unlinked("investigator", register.case, register.report)
    assert register.content_of_report() == PHOTOGRAPH[1]


def test_a_destroyed_file_is_nowhere_and_others_are_where_they_were(
    sqlite_register: Register,
) -> None:
    """F18."""
    other = sqlite_register.added(sqlite_register.sealed(b"other"))[0]
    file = sqlite_register.sealed(b"secret")
    item = sqlite_register.added(file)[0]
    root = sqlite_register.office.here.blobs.root
    with sqlite_register.office.here.blobs.open(file.blob.id) as sealed:
        canary = sealed.read()[-60:]
    assert holding(root, canary) == 1
    blobs = sqlite_register.do("head", service.destroy_item, item, WHY)
    assert blobs == [file.blob.id]
    sqlite_register.office.here.blobs.delete(blobs)
    assert holding(root, canary) == 0
    assert sqlite_register.content(other) == b"other"


def test_the_sweep_leaves_what_the_register_holds_and_takes_what_it_let_go_of(
    sqlite_register: Register,
) -> None:
    """D8."""
    kept, gone = sqlite_register.sealed(b"kept"), sqlite_register.sealed(b"gone")
    ids = sqlite_register.added(kept, gone)
    sqlite_register.do("head", service.destroy_item, ids[1], WHY)
    sqlite_register.office.clock.forward(days=9000)
    sweep(sqlite_register.office.here)
    assert sqlite_register.content(ids[0]) == b"kept"
    assert not sqlite_register.office.here.blobs.exists(gone.blob.id)


def holding(root: Path, canary: bytes) -> int:
    """Count the files of the store that hold some bytes."""
    return sum(canary in path.read_bytes() for path in root.rglob("*") if path.is_file())


def test_nothing_that_names_or_describes_stands_in_clear_and_no_digest(
    sqlite_register: Register,
) -> None:
    """F3. F18."""
    file = sqlite_register.sealed(picture(), "Qodirov.jpg")
    item = sqlite_register.added(file)[0]
    sqlite_register.look("head", service.export_items, [item], WHY)
    canaries = [*TOLD.values(), WHY, "Qodirov", digest(picture()), "4711", "PLANTED"]
    seen = _everything(sqlite_register)
    assert [one for one in canaries if one.encode() in seen] == []
    assert item.encode() in seen


def _everything(register: Register) -> bytes:
    with register.office.db() as db:
        rows = [
            tuple(row)
            for table in EvidenceItem.metadata.sorted_tables
            for row in db.execute(sa.select(table))
        ]
    written = b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row
    )
    files = (p for p in register.office.here.blobs.root.rglob("*") if p.is_file())
    return written + b"".join(path.read_bytes() + path.name.encode() for path in files)


def test_an_item_or_a_reason_put_into_another_s_place_does_not_open(
    sqlite_register: Register,
) -> None:
    """F9. F10. The others are read all the same."""
    first, second = (
        sqlite_register.added(sqlite_register.sealed()),
        sqlite_register.added(sqlite_register.sealed(b"b")),
    )
    sqlite_register.look("head", service.export_items, [*first, *second], WHY)
    sealed = sqlite_register.row(second[0]).sealed
    sqlite_register.office.execute(
        sa.update(EvidenceItem).where(EvidenceItem.id == first[0]).values(sealed=sealed)
    )
    moved, whole = sqlite_register.items()
    assert (moved.content, whole.content is None) == (None, False)
    assert [one.reason for one in moved.custody] == ["", WHY]
    with pytest.raises(OpenError):
        sqlite_register.content(first[0])


def test_a_blob_swapped_for_another_of_the_same_case_does_not_open(
    sqlite_register: Register,
) -> None:
    """F9."""
    one, other = sqlite_register.sealed(b"one"), sqlite_register.sealed(b"two")
    item = sqlite_register.added(one)[0]
    sqlite_register.office.here.blobs.publish([other.blob.id])
    sqlite_register.office.execute(sa.update(EvidenceItem).values(blob=other.blob.id))
    with pytest.raises(OpenError):
        sqlite_register.content(item)


def test_of_two_who_act_on_an_item_at_once_one_wins(register: Register) -> None:
    """F6."""
    thing = register.added()[0]
    outcomes = at_once(
        lambda: register.do("head", service.destroy_item, thing, WHY),
        lambda: register.do("colleague", service.destroy_item, thing, WHY),
    )
    assert kinds(outcomes) == ["", "IllegalTransition"]
    assert register.custody(thing) == ["receive", "destroy"]


def test_who_takes_an_item_along_while_it_is_destroyed_does_so_before_or_not_at_all(
    register: Register,
) -> None:
    """F6."""
    item = register.added(register.sealed())[0]
    outcomes = at_once(
        lambda: register.look("colleague", service.export_items, [item], WHY),
        lambda: register.do("head", service.destroy_item, item, WHY),
    )
    custody = register.custody(item)
    assert custody in (["receive", "export", "destroy"], ["receive", "destroy"])
    assert kinds(outcomes).count("IllegalTransition") == (0 if "export" in custody else 1)


def test_what_comes_in_at_once_gets_numbers_of_its_own(register: Register) -> None:
    """F6. Both had the same page open: one is told that it is old."""
    outcomes = at_once(register.added, register.added, register.added)
    refused = [one for one in outcomes if isinstance(one, Exception)]
    assert all(isinstance(one, IllegalTransition) for one in refused)
    numbers = [one.number for one in register.items()]
    assert numbers == list(range(1, 4 - len(refused)))


def test_custody_is_never_changed_and_goes_only_with_its_case(register: Register) -> None:
    """F16."""
    item = register.attached()
    register.do("head", service.cite, item, register.stated())
    for change in (
        sa.update(CustodyEvent).values(action="view"),
        sa.delete(CustodyEvent),
    ):
        with pytest.raises(IntegrityError):
            register.office.execute(change)
    register.office.execute(sa.delete(Dossier).where(Dossier.id == register.case))
    with register.office.db() as db:
        left = [
            db.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (EvidenceItem, CustodyEvent, AllegationEvidence)
        ]
    assert left == [0, 0, 0]
    register.office.execute(sa.delete(Dossier).where(Dossier.id == register.report))


def test_whoever_loses_the_case_reads_none_of_its_evidence(sqlite_register: Register) -> None:
    """F1. F2."""
    item = sqlite_register.attached()
    with pytest.raises(NotFound):
        sqlite_register.content(item, "oversight")
    with pytest.raises(NotFound):
        sqlite_register.look("oversight", service.note_viewed, item)


def test_a_closed_case_is_looked_at_and_gives_back_and_takes_nothing_in(
    sqlite_register: Register,
) -> None:
    desk, case = sqlite_register.desk, sqlite_register.case
    thing = sqlite_register.added()[0]
    desk.case("investigator", case, move_case, CaseAction.BEGIN_REVIEW)
    desk.found("investigator", case, sqlite_register.stated())
    desk.proposed("investigator", case)
    with pytest.raises(IllegalTransition):
        sqlite_register.do("head", service.return_item, thing, WHY)
    desk.closed("head", case)
    with pytest.raises(IllegalTransition):
        sqlite_register.added()
    with pytest.raises(IllegalTransition):
        sqlite_register.do("investigator", registering.register_copy, thing, None)
    sqlite_register.look("head", service.export_items, [thing], WHY)
    sqlite_register.do("head", service.return_item, thing, WHY)
    assert sqlite_register.custody(thing) == ["receive", "export", "return"]
