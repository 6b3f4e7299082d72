"""Where a report's code and keys come from: always the same from one page, never the same from two."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.passwords import CHEAP
from crypto.recipients import Identity
from crypto.tokens import LIMIT, CaseToken, derive_mailbox_key
from portal.filing import Filing, Origin, begin_filing, new_submission

ORIGIN = Origin(secret=b"s" * 32, visit=b"cookie", submission="ab" * 32)
TYPED = [("place", "the gate"), ("text", "What I saw")]
ELSEWHERE = [
    replace(ORIGIN, secret=b"t" * 32),
    replace(ORIGIN, visit=b"another"),
    replace(ORIGIN, submission="cd" * 32),
    # What moves from one input to its neighbour is another input.
    replace(ORIGIN, visit=b"cookiea", submission="b" + "ab" * 31),
]

typed_fields = st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=4)


def derived(origin: Origin, typed: list[tuple[str, str]] = TYPED) -> tuple[object, ...]:
    token = CaseToken(origin.number(typed))
    return (
        token.number,
        origin.dossier(typed).encode(),
        origin.mailbox_id(token),
        origin.envelope_id(typed),
    )


def begin(origin: Origin, typed: list[tuple[str, str]] = TYPED) -> Filing:
    token = CaseToken(origin.number(typed))
    return begin_filing(origin, token, origin.dossier(typed), salt=b"k" * 16, profile=CHEAP)


def test_the_same_page_gives_the_same_code_keys_and_ids() -> None:
    """F6."""
    assert derived(ORIGIN) == derived(replace(ORIGIN))
    assert begin(ORIGIN) == begin(ORIGIN)


@pytest.mark.parametrize("place", range(len(ELSEWHERE)))
def test_another_server_cookie_or_page_gives_everything_anew(place: int) -> None:
    """A5. Whoever lacks one of them can make nothing again from the rest."""
    ours, theirs = derived(ORIGIN), derived(ELSEWHERE[place])
    assert all(one != other for one, other in zip(ours, theirs, strict=True))


@given(typed_fields, typed_fields)
def test_other_words_give_another_code_and_another_dossier(
    one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    """F6. However fields and values are cut: `a=b` `c` is not `a` `b=c`."""
    same = one == other
    assert (ORIGIN.number(one) == ORIGIN.number(other)) is same
    assert (ORIGIN.dossier(one).seed == ORIGIN.dossier(other).seed) is same
    assert (ORIGIN.envelope_id(one) == ORIGIN.envelope_id(other)) is same


def test_text_that_is_no_text_is_no_fault() -> None:
    """A11. A lone surrogate, as a broken form may hold it."""
    lone = "\ud800"
    assert ORIGIN.number([("text", lone)]) != ORIGIN.number([("text", "")])
    assert replace(ORIGIN, submission=lone).number(TYPED) != ORIGIN.number(TYPED)


@given(st.binary(max_size=40), st.text(max_size=40))
def test_a_code_s_number_is_always_in_range(visit: bytes, submission: str) -> None:
    """A5."""
    assert 0 <= Origin(b"s" * 32, visit, submission).number(TYPED) < LIMIT


def test_numbers_are_spread_over_the_whole_range() -> None:
    """A5. Ten equal parts, two thousand pages: each part gets its share, by far."""
    parts = [0] * 10
    for place in range(2000):
        parts[replace(ORIGIN, submission=f"{place:064x}").number(TYPED) * 10 // LIMIT] += 1
    assert min(parts) > 130
    assert max(parts) < 270


def test_one_purpose_s_bytes_are_no_other_s() -> None:
    """F11. Neither id tells anything of the token, nor the token of the dossier."""
    number, dossier, mailbox, envelope = (str(part) for part in derived(ORIGIN))
    for one, other in itertools.permutations((f"{int(number):x}", dossier, mailbox, envelope), 2):
        assert one[:16] not in other


def test_ids_are_thirty_two_hex_digits() -> None:
    """E3."""
    filing = begin(ORIGIN)
    ids = (filing.mailbox_id, filing.dossier_id, ORIGIN.envelope_id(TYPED))
    assert all(len(found) == 32 and int(found, 16) >= 0 for found in ids)
    assert len(set(ids)) == 3


def test_a_mailbox_s_id_depends_on_the_code() -> None:
    ids = {ORIGIN.mailbox_id(CaseToken(number)) for number in range(50)}
    assert len(ids) == 50


def test_the_code_opens_what_the_filing_made() -> None:
    filing = begin(ORIGIN)
    assert filing.key == derive_mailbox_key(filing.token, b"k" * 16, CHEAP)
    dossier, mailbox = filing.recipients
    assert dossier == filing.dossier.recipient
    assert mailbox == filing.key.identity.recipient
    assert dossier != mailbox


def test_a_dossier_s_id_follows_from_its_public_half() -> None:
    dossier = Identity.generate()
    token = CaseToken(1)
    ids = {
        begin_filing(origin, token, dossier, salt=b"k" * 16, profile=CHEAP).dossier_id
        for origin in ELSEWHERE
    }
    assert len(ids) == 1


@pytest.mark.parametrize("show", [repr, str, "{}".format])
def test_nothing_shows_a_secret(show: Callable[[object], str]) -> None:
    """A28."""
    filing = begin(ORIGIN)
    for shown in (show(ORIGIN), show(filing)):
        for secret in (
            str(filing.token.number),
            filing.dossier.encode(),
            ORIGIN.submission,
            "cookie",
            filing.mailbox_id,
        ):
            assert secret not in shown


def test_no_two_pages_are_given_the_same_number() -> None:
    """E3. E11."""
    numbers = {new_submission() for _ in range(1000)}
    assert len(numbers) == 1000
    assert {len(number) for number in numbers} == {64}
