"""Who can read is the rows of one table and the keys they fit: tried below the pages, on both engines."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from casework.dossiers import service as dossiers
from casework.dossiers.models import Entry, Grant, Offer, Trial
from casework.dossiers.service import OpenReport, OwnReply
from casework.dossiers.states import EntryState, LetterPurpose
from casework.records import CaseworkModel, new_id
from casework.transitions import IllegalTransition
from casework.web import exchange
from crypto.age import seal
from crypto.errors import OpenError
from crypto.recipients import Identity
from portal.errors import NotFound
from tests.support.offices import Office, unguarded
from tests.unit.casework.at_once import at_once, kinds
from tests.unit.casework.reports import blob, claimed, collected, filed, opened, replied, texts
from tests.unit.casework.test_accounts import NEWCOMER, closed

EVERYBODY = ("head", "investigator", "colleague", "oversight", "administrator")


def readers(office: Office) -> list[str]:
    """Say who can open the only report there is."""
    return [username for username in EVERYBODY if opened(office, username)]


def grant_of(office: Office, username: str, dossier_id: str) -> bytes:
    """Give a member's row of a dossier."""
    mine = Grant.member_id == office.member(username).id, Grant.dossier_id == dossier_id
    with office.db() as db:
        sealed = db.scalars(sa.select(Grant.sealed).where(*mine)).one()
    assert sealed is not None
    return sealed


def put_grant(office: Office, username: str, dossier_id: str, sealed: bytes) -> None:
    """Write a row of the table of grants, as somebody with the database could."""
    member_id = office.member(username).id
    mine = Grant.member_id == member_id, Grant.dossier_id == dossier_id
    office.execute(sa.delete(Grant).where(*mine))
    office.execute(
        sa.insert(Grant).values(dossier_id=dossier_id, member_id=member_id, sealed=sealed)
    )


def can_open(office: Office, username: str, dossier_id: str) -> bool:
    """Whether a member gets a dossier by its id."""
    actor = office.actor(username)
    with office.db() as db:
        try:
            dossiers.open_report(db, actor, dossier_id)
        except NotFound:
            return False
    return True


@pytest.mark.parametrize(
    ("concerned", "expected"),
    [
        ([], ["head", "investigator", "colleague"]),
        (["investigator-1"], ["head", "colleague"]),
        (["head"], ["oversight"]),
        (["head", "investigator-1"], ["oversight"]),
        (["investigator-1", "investigator-2"], ["head"]),
    ],
    ids=["nobody", "one", "head", "head and one", "all but the head"],
)
def test_a_report_is_open_to_those_it_does_not_concern_and_to_nobody_else(
    office: Office, concerned: list[str], expected: list[str]
) -> None:
    """F2. F3."""
    filed(office, concerned=concerned)
    collected(office, *EVERYBODY)
    assert readers(office) == expected


def test_who_joins_later_does_not_read_what_came_before(office: Office) -> None:
    """F2."""
    filed(office, "Before")
    office.enrol(NEWCOMER)
    office.sign_roster()
    filed(office, "After")
    collected(office, "newcomer")
    assert texts(office, "newcomer") == [["After"]]


def test_a_closed_account_is_given_nothing_new_once_the_list_is_signed(office: Office) -> None:
    """F8."""
    closed(office, "colleague")
    office.accounts.sign_roster(office.seed)
    filed(office)
    office.exchange()
    (mailbox,) = office.portal.mailboxes()
    assert office.portal.readers(mailbox.id) == ["head", "investigator-1"]


SWAPS: dict[str, Callable[[Office, str, str], bytes]] = {
    "their own of another report": lambda office, mine, _theirs: grant_of(
        office, "investigator", mine
    ),
    "a colleague's of the same report": lambda office, _mine, theirs: grant_of(
        office, "head", theirs
    ),
    "another key, sealed to them": lambda office, _mine, _theirs: seal(
        Identity.generate().seed, [office.identity("investigator").recipient]
    ),
    "no key at all, sealed to them": lambda office, _mine, _theirs: seal(
        b"short", [office.identity("investigator").recipient]
    ),
    "damage": lambda office, mine, _theirs: grant_of(office, "investigator", mine)[:-1],
    "noise": lambda _office, _mine, _theirs: b"noise",
}


@pytest.mark.parametrize("kind", sorted(SWAPS))
def test_a_row_that_somebody_put_into_the_table_of_grants_opens_nothing(
    sqlite_office: Office, kind: str
) -> None:
    """F2. F9. F10."""
    office = sqlite_office
    filed(office, "Mine")
    filed(office, "Not mine", concerned=["investigator-1"])
    collected(office, "head", "investigator")
    (mine,) = opened(office, "investigator")
    (other,) = [d for d in office.reports() if d.id != mine.dossier.id]
    put_grant(office, "investigator", other.id, SWAPS[kind](office, mine.dossier.id, other.id))
    assert not can_open(office, "investigator", other.id)
    assert texts(office, "investigator") == [["Mine"]]


def test_an_administrator_with_the_database_reads_nothing(office: Office) -> None:
    """F2. F3. F9."""
    filed(office)
    collected(office, *EVERYBODY)
    (dossier,) = office.reports()
    for sealed in (
        grant_of(office, "head", dossier.id),
        seal(office.identity("administrator").seed, [office.identity("administrator").recipient]),
    ):
        with pytest.raises(IntegrityError, match="reads no dossier"):
            put_grant(office, "administrator", dossier.id, sealed)
        # Its owner could take that guard away.
        with (
            office.here.database.engine.begin() as connection,
            unguarded(connection, CaseworkModel.metadata),
        ):
            member_id = office.member("administrator").id
            mine = Grant.member_id == member_id, Grant.dossier_id == dossier.id
            values = {"dossier_id": dossier.id, "member_id": member_id, "sealed": sealed}
            connection.execute(sa.delete(Grant).where(*mine))
            connection.execute(sa.insert(Grant).values(**values))
        assert not can_open(office, "administrator", dossier.id)


def test_offers_moved_to_another_report_give_nobody_a_grant(office: Office) -> None:
    """F9."""
    filed(office, "Not about them")
    filed(office, "About the head", concerned=["head"])
    office.exchange()
    with office.db() as db:
        counted = {
            one: db.scalars(sa.select(Offer.id).where(Offer.dossier_id == one.id)).all()
            for one in office.reports()
        }
    (first, offers), (second, others) = counted.items()
    for ids, target in ((offers, second), (others, first)):
        office.execute(sa.update(Offer).where(Offer.id.in_(ids)).values(dossier_id=target.id))
    for username in EVERYBODY:
        claimed(office, username)
    with office.db() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Grant)) == 0


def test_a_letter_moved_to_another_report_is_damaged_there(office: Office) -> None:
    """F9. F10."""
    filed(office, "First")
    filed(office, "Second")
    collected(office, "head")
    first, second = opened(office, "head")
    with office.db() as db:
        letters = dossiers.correspondence(db, [first.dossier.id, second.dossier.id])
    (letter,) = letters[first.dossier.id]
    assert first.read(letter)
    with pytest.raises(OpenError):
        second.read(letter)
    (other,) = letters[second.dossier.id]
    office.execute(sa.update(Entry).where(Entry.id == other.id).values(sealed=letter.sealed))
    with pytest.raises(OpenError), office.db() as db:
        second.read(db.get_one(Entry, other.id))


def test_a_member_finds_what_is_theirs_once_however_often_they_look(office: Office) -> None:
    """F6."""
    for _ in range(3):
        filed(office)
    office.exchange()
    actor = office.actor("head")
    with office.db() as db:
        tried = dossiers.try_offers(db, actor, at_most=10)

    def note() -> None:
        with office.here.database.transaction() as db:
            dossiers.note_tried(db, actor, tried)

    assert kinds(at_once(*(note for _ in range(8)))) == [""] * 8
    assert len(opened(office, "head")) == 3


def test_looking_for_what_is_theirs_costs_a_request_so_much_and_no_more(
    sqlite_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D14."""
    monkeypatch.setattr(exchange, "CLAIM_BATCH", 2)
    monkeypatch.setattr(exchange, "CLAIM_ROUNDS", 1)
    for _ in range(3):
        filed(sqlite_office)
    sqlite_office.exchange()
    found = []
    for _ in range(3):
        claimed(sqlite_office, "head")
        found.append(len(opened(sqlite_office, "head")))
    assert found == [2, 3, 3]


def test_what_was_tried_in_vain_is_not_tried_again(office: Office) -> None:
    filed(office)
    collected(office, "oversight")
    with office.db() as db:
        tried = db.scalars(sa.select(Trial.member_id)).all()
        left = dossiers.try_offers(db, office.actor("oversight"), at_most=10)
    assert tried == [office.member("oversight").id]
    assert left == {}


def in_office(office: Office, username: str, what: Callable[..., object], **more: object) -> object:
    """Do something with the only report, in one transaction."""
    actor = office.actor(username)
    (of_report,) = opened(office, username)
    with office.here.database.transaction() as db:
        found: OpenReport = dossiers.open_report(db, actor, of_report.dossier.id)
        return what(db, found, **more)


def approve(office: Office, username: str, entry_id: str) -> object:
    return in_office(
        office, username, dossiers.approve_reply, entry_id=entry_id, actor=office.actor(username)
    )


def discard(office: Office, username: str, entry_id: str) -> object:
    return in_office(office, username, dossiers.discard_reply, entry_id=entry_id)


@pytest.fixture
def held(office: Office) -> str:
    """A reply with a file, written by the head, that waits; everybody who may has found the report."""
    filed(office)
    collected(office, "head", "investigator", "colleague")
    return replied(office, "head", files=[blob(office)], purpose=LetterPurpose.QUESTION)


def state_of(office: Office, entry_id: str) -> str:
    with office.db() as db:
        return db.get_one(Entry, entry_id).state


def test_a_reply_with_files_waits_and_its_author_cannot_let_it_go(
    office: Office, held: str
) -> None:
    """F20."""
    with pytest.raises(OwnReply):
        approve(office, "head", held)
    assert state_of(office, held) == EntryState.HELD


def test_a_colleague_lets_it_go(office: Office, held: str) -> None:
    """F20."""
    approve(office, "investigator", held)
    assert state_of(office, held) == EntryState.QUEUED


def test_the_database_refuses_an_approval_by_the_author_whoever_asks(
    office: Office, held: str
) -> None:
    """F20."""
    change = sa.update(Entry).where(Entry.id == held)
    author = office.member("head").id
    with pytest.raises(sa.exc.IntegrityError, match="second_person"):
        office.execute(change.values(state="queued", number=2, approved_by=author))
    with pytest.raises(sa.exc.IntegrityError, match="files_need_approval"):
        office.execute(change.values(state="queued", number=2))


@pytest.mark.parametrize("second", [approve, discard])
@pytest.mark.parametrize("first", [approve, discard])
def test_of_two_decisions_about_one_reply_at_once_one_counts(
    office: Office,
    held: str,
    first: Callable[[Office, str, str], object],
    second: Callable[[Office, str, str], object],
) -> None:
    """F6."""
    outcomes = at_once(
        lambda: first(office, "investigator", held), lambda: second(office, "colleague", held)
    )
    assert kinds(outcomes) == ["", "IllegalTransition"]
    assert [one for one in outcomes if isinstance(one, IllegalTransition)]
    wins = first if not isinstance(outcomes[0], Exception) else second
    assert state_of(office, held) == ("queued" if wins is approve else "discarded")


def test_replies_written_at_once_each_have_a_place_of_their_own(office: Office) -> None:
    """F6."""
    filed(office)
    collected(office, "head", "investigator")
    outcomes = at_once(
        *(lambda who=who: replied(office, who) for who in ("head", "investigator") * 2)
    )
    assert kinds(outcomes) == ["", "", "", ""]
    assert [entry.number for entry in office.entries()] == [1, 2, 3, 4, 5]


def test_the_same_reply_written_at_once_is_there_once(office: Office) -> None:
    """F6."""
    filed(office)
    collected(office, "head")
    entry_id = new_id()
    outcomes = at_once(*(lambda: replied(office, "head", entry_id=entry_id) for _ in range(3)))
    assert kinds(outcomes) == ["", "", ""]
    assert len(office.entries()) == 2


def test_a_reply_is_decided_on_through_its_own_report_only(office: Office, held: str) -> None:
    """F1."""
    filed(office, concerned=["head"])
    collected(office, "oversight")
    for decide in (approve, discard):
        with pytest.raises(NotFound):
            decide(office, "oversight", held)
    assert state_of(office, held) == EntryState.HELD
