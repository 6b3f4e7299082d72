"""What an entry says in clear, in one spelling."""

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.ledger.rules import (
    Body,
    detail_in,
    digest_of,
    moment,
    normal,
    read_body,
    salted,
    write_body,
)
from casework.ledger.states import Act

AT = datetime(2026, 11, 25, 9, 30, 15, tzinfo=UTC)
BODY = Body(
    number=7,
    act=Act.GRANT_GIVEN,
    actor="a" * 32,
    subject="c" * 32,
    at=AT,
    change={"to": "b" * 32, "state": "open"},
    detail="0" * 64,
)
WRITTEN = (
    f'{{"act":"grant.given","actor":"{"a" * 32}","at":"2026-11-25T09:30:15Z",'
    f'"change":{{"state":"open","to":"{"b" * 32}"}},'
    f'"detail":"{"0" * 64}","n":7,"subject":"{"c" * 32}","v":1}}'
)


def test_a_body_is_written_as_the_page_says() -> None:
    assert write_body(BODY).decode() == WRITTEN
    assert read_body(WRITTEN.encode()) == BODY


words = (
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
    .map(normal)
    .filter(lambda word: word.isprintable() and 0 < len(word) <= 64)
)


@given(
    st.builds(
        Body,
        number=st.integers(0, 2**63 - 1),
        act=st.sampled_from([act.value for act in Act]),
        actor=st.none() | words,
        subject=words,
        at=st.datetimes(min_value=datetime(1970, 1, 1)).map(  # noqa: DTZ001 - the zone follows
            lambda at: at.replace(microsecond=0, tzinfo=UTC)
        ),
        change=st.dictionaries(
            st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True), words | st.just("")
        ),
        detail=st.none() | st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
    )
)
def test_what_is_written_is_read_and_is_json_in_nfc(body: Body) -> None:
    raw = write_body(body)
    assert read_body(raw) == body
    assert unicodedata.is_normalized("NFC", raw.decode())
    assert json.loads(raw)["n"] == body.number


def test_two_spellings_of_a_word_are_written_as_one() -> None:
    composed, apart = "\u0439", "\u0438\u0306"
    assert write_body(replace(BODY, subject=apart)) == write_body(replace(BODY, subject=composed))


SPELLINGS: dict[str, Callable[[str], str]] = {
    "a blank": lambda t: t.replace(",", ", ", 1),
    "another order": lambda t: t.replace('"n":7,', "").replace('{"act"', '{"n":7,"act"'),
    "a key twice": lambda t: t.replace('"n":7', '"n":7,"n":7'),
    "a key more": lambda t: t.replace('"v":1', '"v":1,"x":1'),
    "a key less": lambda t: t.replace(',"v":1', ""),
    "no number": lambda t: t.replace('"n":7,', ""),
    "another version": lambda t: t.replace('"v":1', '"v":2'),
    "a number that is none": lambda t: t.replace('"n":7', '"n":"7"'),
    "a number that is true": lambda t: t.replace('"n":7', '"n":true'),
    "a number with a point": lambda t: t.replace('"n":7', '"n":7.0'),
    "a negative number": lambda t: t.replace('"n":7', '"n":-7'),
    "another zone": lambda t: t.replace("15Z", "15+00:00"),
    "parts of a second": lambda t: t.replace("15Z", "15.5Z"),
    "a short hour": lambda t: t.replace("T09", "T9"),
    "an escape": lambda t: t.replace("open", "\\u006fpen"),
    "a change that is a list": lambda t: re.sub(r'\{"state".*?\}', "[]", t),
    "a change to a number": lambda t: t.replace('"open"', "1"),
    "a sentence": lambda t: t.replace("open", "he took money"),
    "a digest in capitals": lambda t: t.replace("0" * 64, "A" * 64),
    "no detail but null": lambda t: re.sub('"0{64}"', "null", t),
    "a list": lambda t: f"[{t}]",
    "a byte order mark": lambda t: f"\ufeff{t}",
    "letters not composed": lambda t: t.replace("open", "\u0438\u0306"),
    "a line feed more": lambda t: f"{t}\n",
    "cut": lambda t: t[:-1],
    "too deep": lambda _: "[" * 100_000,
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("change", SPELLINGS.values(), ids=SPELLINGS)
def test_any_other_spelling_is_refused(change: Callable[[str], str]) -> None:
    assert change(WRITTEN) != WRITTEN
    with pytest.raises(ValueError):  # noqa: PT011 - any of them
        read_body(change(WRITTEN).encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        read_body(b"\xff" + WRITTEN.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"change": {"why": "he is the chief's cousin"}},
        {"change": {"why": "line\nline"}},
        {"change": {"why": "x" * 201}},
        {"change": {"Not a key": "x"}},
        {"change": {"": "x"}},
        {"subject": ""},
        {"subject": "two words"},
        {"subject": "x" * 65},
        {"actor": ""},
        {"act": "Grant given"},
        {"detail": "in clear"},
        {"number": -1},
    ],
)
def test_free_text_has_no_place_in_clear(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"ids|number|digest"):
        write_body(replace(BODY, **change))


def test_a_moment_is_whole_seconds_of_utc() -> None:
    tashkent = timezone(timedelta(hours=5))
    assert moment(datetime(2026, 11, 25, 14, 30, 15, 999999, tashkent)) == AT
    with pytest.raises(ValueError, match="zone"):
        moment(datetime(2026, 11, 25))  # noqa: DTZ001 - that is the point


def test_the_same_detail_has_another_digest_each_time_and_its_length_is_padded() -> None:
    """E8. Or a short text could be guessed from its digest."""
    made = [salted("yes") for _ in range(50)]
    assert len({digest_of(one) for one in made}) == 50
    assert {detail_in(one) for one in made} == {"yes"}
    assert len(salted("no")) == len(salted("yes"))
    assert len(salted("x" * 1000)) == len(salted("x" * 1010))
