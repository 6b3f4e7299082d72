"""The signed roster, who may read a report by it, and the grants that make it so."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import date
from itertools import chain, combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.age import seal
from crypto.errors import EncodingError
from crypto.notes import sign_note, verifier_text
from crypto.recipients import Identity
from portal.roster import (
    GRANT_SLOTS,
    NobodyEntitled,
    Receiver,
    Roster,
    entitled,
    format_roster,
    open_grant,
    parse_roster,
    seal_grants,
    sign_roster,
)

NAME, SEED = "roster.example", bytes(32)
VERIFIER = verifier_text(NAME, SEED)
POSITIONS = {
    "head": ("service", True),
    "triage": ("service", False),
    "investigator": ("service", False),
    "chair": ("oversight", True),
    "member": ("oversight", False),
}
STAFF = {
    position: Identity(bytes([number]) * 32) for number, position in enumerate(POSITIONS, start=1)
}
DOSSIER = Identity(bytes([99]) * 32)


def receiver(position: str) -> Receiver:
    desk, head = POSITIONS[position]
    return Receiver(position, desk, head, STAFF[position].recipient)


def member(position: str, desk: str, number: int = 99) -> Receiver:
    return Receiver(position, desk, head=False, recipient=Identity(bytes([number]) * 32).recipient)


def roster_of(*positions: str) -> Roster:
    return Roster("AGMK", date(2026, 11, 24), tuple(receiver(p) for p in positions))


WHOLE = roster_of(*POSITIONS)


def readers(roster: Roster, *concerned: str) -> set[str]:
    return {r.position for r in entitled(roster, concerned)}


# ------------------------------------------------------------------------------------- the text


def test_a_roster_is_written_exactly_so() -> None:
    """Another text here, and every signed roster is waste paper."""
    head, *lines = format_roster(roster_of("head", "member")).split("\n")
    assert head == "ishonch-roster/v1"
    assert lines[:2] == ["instance AGMK", "signed 2026-11-24"]
    assert lines[2] == f"head service head {STAFF['head'].recipient}"
    assert lines[3] == f"member oversight member {STAFF['member'].recipient}"
    assert lines[4:] == [""]
    assert hashlib.sha256(sign_roster(WHOLE, NAME, SEED).encode()).hexdigest() == SIGNED


SIGNED = "695e901c886e20f5ec11a1f1b6f64cab35b78f5d1e42c50ce89b13089b2ffbda"


def test_a_signed_roster_is_read() -> None:
    assert parse_roster(sign_roster(WHOLE, NAME, SEED), VERIFIER) == WHOLE


ids = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None)
@given(
    st.dates(),
    ids,
    st.lists(
        st.tuples(ids, st.sampled_from(["service", "oversight"]), st.booleans()),
        min_size=1,
        max_size=len(STAFF),
    ),
)
def test_whatever_is_written_is_read(
    day: date, instance: str, lines: list[tuple[str, str, bool]]
) -> None:
    keys = [identity.recipient for identity in STAFF.values()]
    receivers = (Receiver(*line, key) for line, key in zip(lines, keys, strict=False))
    roster = Roster(instance, day, tuple(receivers))
    assert parse_roster(sign_roster(roster, NAME, SEED), VERIFIER) == roster


LINE = format_roster(roster_of("head")).split("\n")[3]
OTHER = format_roster(roster_of("member")).split("\n")[3]

SPELLINGS: dict[str, Callable[[str], str]] = {
    "another version": lambda t: t.replace("/v1", "/v2"),
    "no version": lambda t: t.split("\n", 1)[1],
    "no instance": lambda t: t.replace("instance AGMK\n", ""),
    "an unnamed instance": lambda t: t.replace("instance AGMK", "instance "),
    "an instance without its word": lambda t: t.replace("instance AGMK", "AGMK"),
    "a blank after the instance": lambda t: t.replace("AGMK", "AGMK "),
    "a direction mark in the instance": lambda t: t.replace("AGMK", "AG\u202eMK"),
    "a compact day": lambda t: t.replace("2026-11-24", "20261124"),
    "a day by its week": lambda t: t.replace("2026-11-24", "2026-W48-2"),
    "no such day": lambda t: t.replace("2026-11-24", "2026-02-30"),
    "a day and a time": lambda t: t.replace("2026-11-24", "2026-11-24T00:00"),
    "nobody": lambda t: t.replace(LINE + "\n", ""),
    "an empty line": lambda t: t + "\n",
    "an empty line between": lambda t: t.replace(LINE, LINE + "\n"),
    "a remark": lambda t: t + "# nobody else\n",
    "two blanks": lambda t: t.replace("head service", "head  service"),
    "a blank at the end": lambda t: t.replace(LINE, LINE + " "),
    "another kind": lambda t: t.replace("head service", "chief service"),
    "a capital kind": lambda t: t.replace("head service", "Head service"),
    "another desk": lambda t: t.replace("service", "sevice"),
    "no position": lambda t: t.replace("service head ", "service "),
    "a hard blank in a position": lambda t: t.replace("service head", "service he\u00a0ad"),
    "a recipient in capitals": lambda t: t.replace(LINE[18:], LINE[18:].upper()),
    "a damaged recipient": lambda t: t.replace(LINE[-6:], LINE[:-7:-1]),
    "the same line twice": lambda t: t + LINE + "\n",
    "one key for two positions": lambda t: t + LINE.replace(" head age1", " triage age1") + "\n",
}


@pytest.mark.parametrize("change", SPELLINGS.values(), ids=SPELLINGS)
def test_any_other_spelling_is_refused_even_when_signed(change: Callable[[str], str]) -> None:
    """F2. One key under two positions could be left out as one and read as the other."""
    text = format_roster(roster_of("head"))
    assert parse_roster(sign_note(text, NAME, SEED), VERIFIER) == roster_of("head")
    assert change(text) != text
    with pytest.raises(EncodingError):
        parse_roster(sign_note(change(text), NAME, SEED), VERIFIER)


def test_a_roster_with_another_line_is_refused_as_not_signed() -> None:
    """F3. Whoever takes over the portal's files cannot add a reader."""
    note = sign_roster(roster_of("head"), NAME, SEED)
    with pytest.raises(EncodingError, match="wrong"):
        parse_roster(note.replace(LINE, f"{LINE}\n{OTHER}"), VERIFIER)


def test_a_roster_signed_by_another_key_is_refused() -> None:
    """F3."""
    with pytest.raises(EncodingError, match="did not sign"):
        parse_roster(sign_roster(WHOLE, NAME, bytes([1]) * 32), VERIFIER)


@pytest.mark.parametrize(
    "roster",
    [
        Roster("AGMK", date(2026, 1, 1), ()),
        Roster("", date(2026, 1, 1), WHOLE.receivers),
        Roster("AG\nMK", date(2026, 1, 1), WHOLE.receivers),
        Roster("AGMK", date(2026, 1, 1), (member("a b", "service"),)),
        Roster("AGMK", date(2026, 1, 1), (member("", "service"),)),
        Roster("AGMK", date(2026, 1, 1), (member("a", "hotline"),)),
        Roster("AGMK", date(2026, 1, 1), (*WHOLE.receivers, WHOLE.receivers[0])),
    ],
)
def test_a_roster_nobody_would_read_is_not_signed(roster: Roster) -> None:
    with pytest.raises(ValueError, match=r"."):
        sign_roster(roster, NAME, SEED)


def test_a_roster_has_as_many_receivers_as_a_mailbox_has_grants() -> None:
    many = tuple(member(f"p{n}", "service", n) for n in range(GRANT_SLOTS + 1))
    full = Roster("AGMK", date(2026, 1, 1), many[:GRANT_SLOTS])
    assert parse_roster(sign_roster(full, NAME, SEED), VERIFIER) == full
    with pytest.raises(ValueError, match="16"):
        format_roster(Roster("AGMK", date(2026, 1, 1), many))


# ----------------------------------------------------------------------------------- who may read

SERVICE = {"head", "triage", "investigator"}
OVERSIGHT = {"chair", "member"}


@pytest.mark.parametrize(
    ("concerned", "expected"),
    [
        ([], SERVICE),
        (["triage"], SERVICE - {"triage"}),
        (["triage", "investigator"], {"head"}),
        (["head"], OVERSIGHT),
        (["head", "triage"], OVERSIGHT),
        (["head", "member"], {"chair"}),
        (["head", "triage", "investigator"], OVERSIGHT),
        (["chair"], SERVICE),
        (["member", "chair"], SERVICE),
        (["chair", "triage"], SERVICE - {"triage"}),
        (["head", "chair"], {"member"}),
        (["a position nobody holds"], SERVICE),
    ],
)
def test_who_may_read_a_report(concerned: list[str], expected: set[str]) -> None:
    """F2."""
    assert readers(WHOLE, *concerned) == expected


def test_when_the_whole_service_is_concerned_oversight_reads() -> None:
    """F2. Here nobody is head, so it is not the head who makes it so."""
    assert readers(roster_of("triage", "investigator", "chair"), "triage", "investigator") == {
        "chair"
    }


def test_a_report_about_a_head_who_has_no_key_yet_goes_to_oversight() -> None:
    """F2. The form offers every position of the profile; the roster names only those with a key."""
    vacant = roster_of("triage", "investigator", "chair")
    assert readers(vacant, "head") == {"chair"}
    assert readers(vacant, "triage") == {"investigator"}
    assert readers(vacant) == {"triage", "investigator"}


def test_where_nobody_may_read_the_report_is_not_taken() -> None:
    """F2."""
    for roster, concerned in (
        (WHOLE, list(POSITIONS)),
        (WHOLE, ["head", "chair", "member"]),
        (roster_of("head", "triage"), ["head"]),
        (roster_of("triage"), ["triage"]),
        (roster_of("triage"), ["head"]),
    ):
        with pytest.raises(NobodyEntitled):
            entitled(roster, concerned)


def test_no_choice_of_positions_lets_one_of_them_read_or_mixes_the_desks() -> None:
    """F2. Every roster of these five, with every choice of positions."""
    for held in chain.from_iterable(combinations(POSITIONS, n) for n in range(1, 6)):
        for concerned in chain.from_iterable(combinations(POSITIONS, n) for n in range(6)):
            try:
                chosen = entitled(roster_of(*held), concerned)
            except NobodyEntitled:
                assert not OVERSIGHT.intersection(held) - set(concerned)
                continue
            assert not {r.position for r in chosen} & set(concerned)
            assert len({r.desk for r in chosen}) == 1
            if "head" in concerned:
                assert chosen[0].desk == "oversight"


# ------------------------------------------------------------------------------------- the grants


def test_those_entitled_find_their_grant_and_nobody_else_does() -> None:
    """F2."""
    chosen = entitled(WHOLE, ["triage"])
    grants = seal_grants(DOSSIER, chosen)
    for position, identity in STAFF.items():
        found = open_grant(grants, identity)
        assert found == (DOSSIER if position in {"head", "investigator"} else None)
    assert open_grant([], STAFF["head"]) is None


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_every_mailbox_has_the_same_number_of_grants_of_one_length(count: int) -> None:
    """E8. How many may read a report, and so whether it is about the head, shows in nothing stored."""
    grants = seal_grants(DOSSIER, WHOLE.receivers[:count])
    assert len(grants) == GRANT_SLOTS == 16
    assert {len(grant) for grant in grants} == {len(seal(DOSSIER.seed, [DOSSIER.recipient]))}


def test_sixteen_receivers_leave_no_room_for_decoys_and_seventeen_are_a_bug() -> None:
    many = [member("p", "service", n) for n in range(17)]
    grants = seal_grants(DOSSIER, many[:16])
    assert all(open_grant([g], DOSSIER) is None for g in grants)
    assert {open_grant(grants, Identity(bytes([n]) * 32)) for n in range(16)} == {DOSSIER}
    with pytest.raises(ValueError, match="more receivers"):
        seal_grants(DOSSIER, many)


def test_a_decoy_is_built_as_a_grant_is() -> None:
    """F2. The lines, their words and their lengths are the same; what differs is new in each."""
    grants = seal_grants(DOSSIER, WHOLE.receivers[:3])
    shapes = Counter(_shape(grant) for grant in grants)
    assert len(shapes) == 1
    fields = [field for grant in grants for field in _changing(grant)]
    assert len(set(fields)) == len(fields)
    for identity in (DOSSIER, *STAFF.values()):
        assert not any(identity.seed in grant for grant in grants)
        assert not any(identity.recipient.raw[:24] in grant for grant in grants)


def _shape(grant: bytes) -> tuple[object, ...]:
    version, stanza, body, rest = grant.split(b"\n", 3)
    mark, kind, encapsulated = stanza.split(b" ")
    return version, mark, kind, len(encapsulated), len(body), rest[:4], len(rest)


def _changing(grant: bytes) -> tuple[bytes, ...]:
    _, stanza, body, rest = grant.split(b"\n", 3)
    return stanza.split(b" ")[2], body, rest


def test_where_a_grant_stands_says_nothing_about_whose_it_is() -> None:
    """F2. In 64 mailboxes one receiver's grant stands in many places; unshuffled it would be in one."""
    places = set()
    for _ in range(64):
        grants = seal_grants(DOSSIER, WHOLE.receivers[:2])
        places.add(next(n for n, g in enumerate(grants) if open_grant([g], STAFF["head"])))
    assert len(places) >= 8  # fewer has a probability below 10^-16


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 33, b"x" * 100_000])
def test_a_foreign_grant_that_holds_no_identity_is_passed_over(content: bytes) -> None:
    """F10. Anyone can seal to a receiver: rubbish in the mailbox must not stop the collecting."""
    rubbish = [seal(content, [STAFF["head"].recipient]), b"", b"age-encryption.org/v1\n"]
    grants = [*rubbish, *seal_grants(DOSSIER, WHOLE.receivers)]
    assert open_grant(grants, STAFF["head"]) == DOSSIER
    assert open_grant(rubbish, STAFF["head"]) is None
