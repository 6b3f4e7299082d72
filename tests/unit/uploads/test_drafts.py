"""A draft opens in its own browser, in time, and gives back the files that are still there."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.recipients import Identity
from crypto.tokens import new_token
from portal.blobs import DirectoryBlobs
from portal.drafts import MAX_LENGTH, Draft, draft_key, restore_draft, seal_draft
from portal.uploads import SealedFile

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LIFETIME = timedelta(hours=2)
KEY = draft_key(b"s" * 32, b"c" * 32)


@pytest.fixture
def blobs(tmp_path: Path) -> DirectoryBlobs:
    return DirectoryBlobs(tmp_path)


def staged_file(blobs: DirectoryBlobs, name: str = "доказательство.pdf") -> SealedFile:
    with blobs.stage() as staged:
        staged.write(b"sealed")
        return SealedFile(name, 4, "ab" * 32, staged.commit_durable())


def draft_of(*files: SealedFile) -> Draft:
    return Draft(Identity.generate(), new_token(), files)


def restore(text: str, blobs: DirectoryBlobs, **changed: object) -> Draft | None:
    options: dict[str, object] = {"blobs": blobs, "now": NOW, "lifetime": LIFETIME, "key": KEY}
    return restore_draft(text, **{**options, **changed})  # type: ignore[arg-type]


def test_a_draft_comes_back_whole(blobs: DirectoryBlobs) -> None:
    draft = draft_of(staged_file(blobs), staged_file(blobs, "b.txt"))
    restored = restore(seal_draft(draft, KEY, now=NOW), blobs)
    assert restored == draft


def test_a_draft_without_a_token_or_files_comes_back(blobs: DirectoryBlobs) -> None:
    draft = Draft(Identity.generate(), None, ())
    assert restore(seal_draft(draft, KEY, now=NOW), blobs) == draft


def test_a_draft_of_twenty_long_names_fits(blobs: DirectoryBlobs) -> None:
    draft = draft_of(*(staged_file(blobs, "ў" * 125 + ".docx") for _ in range(20)))
    text = seal_draft(draft, KEY, now=NOW)
    assert len(text) < MAX_LENGTH
    assert restore(text, blobs) == draft


def test_a_draft_opens_only_with_the_cookie_and_the_server_it_was_made_with(
    blobs: DirectoryBlobs,
) -> None:
    text = seal_draft(draft_of(), KEY, now=NOW)
    assert restore(text, blobs, key=draft_key(b"s" * 32, b"d" * 32)) is None
    assert restore(text, blobs, key=draft_key(b"t" * 32, b"c" * 32)) is None
    assert draft_key(b"s" * 32, b"c" * 32) == KEY


def test_a_draft_lives_exactly_its_lifetime(blobs: DirectoryBlobs) -> None:
    text = seal_draft(draft_of(), KEY, now=NOW)
    tick = timedelta(seconds=1)
    assert restore(text, blobs, now=NOW + LIFETIME - tick) is not None
    assert restore(text, blobs, now=NOW + LIFETIME) is None
    assert restore(text, blobs, now=NOW - tick) is None


def test_any_change_to_a_draft_makes_it_nothing(blobs: DirectoryBlobs) -> None:
    """F10."""
    raw = bytearray(base64.urlsafe_b64decode(seal_draft(draft_of(), KEY, now=NOW)))
    for place in range(len(raw)):
        raw[place] ^= 1
        assert restore(base64.urlsafe_b64encode(raw).decode(), blobs) is None
        raw[place] ^= 1
    assert restore(base64.urlsafe_b64encode(raw).decode(), blobs) is not None
    assert restore(base64.urlsafe_b64encode(raw[:-1]).decode(), blobs) is None


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())))
def test_any_text_in_the_hidden_field_is_nothing(text: str) -> None:
    assert restore(text, DirectoryBlobs(Path("/nonexistent"))) is None


def test_a_huge_hidden_field_is_nothing(blobs: DirectoryBlobs) -> None:
    """D2: not even if it is ours."""
    text = seal_draft(draft_of(*[staged_file(blobs, "x" * 2000)] * 40), KEY, now=NOW)
    assert len(text) > MAX_LENGTH
    assert restore(text, blobs) is None


def test_a_file_swept_meanwhile_is_named_as_missing(blobs: DirectoryBlobs) -> None:
    kept, swept = staged_file(blobs, "kept"), staged_file(blobs, "swept")
    draft = draft_of(kept, swept)
    blobs.delete([swept.blob.id])
    restored = restore(seal_draft(draft, KEY, now=NOW), blobs)
    assert restored == replace(draft, files=(kept,), missing=("swept",))


def test_a_draft_claims_no_file_that_a_report_already_has(blobs: DirectoryBlobs) -> None:
    """F6: the Back button after a report was filed."""
    file = staged_file(blobs)
    text = seal_draft(draft_of(file), KEY, now=NOW)
    blobs.publish([file.blob.id])
    restored = restore(text, blobs)
    assert restored is not None
    assert restored.files == ()
    assert restored.missing == (file.name,)


def test_restoring_a_draft_keeps_its_files_from_the_sweep(blobs: DirectoryBlobs) -> None:
    file = staged_file(blobs)
    path = blobs.root / "staging" / file.blob.id
    before = path.stat().st_ctime_ns
    text = seal_draft(draft_of(file), KEY, now=NOW)
    while path.stat().st_ctime_ns == before:
        assert restore(text, blobs) is not None


def test_files_can_be_taken_out_and_added(blobs: DirectoryBlobs) -> None:
    first, second, third = (staged_file(blobs, name) for name in "abc")
    draft = draft_of(first, second)
    assert draft.without([first.blob.id]).files == (second,)
    assert draft.without(["unknown"]).files == draft.files
    assert draft.with_files([third]).files == (first, second, third)


def test_a_draft_shows_no_secret() -> None:
    """A28."""
    draft = draft_of()
    assert draft.token is not None
    assert draft.dossier.encode() not in repr(draft)
    assert str(draft.token.number) not in repr(draft)
    text = seal_draft(draft, KEY, now=NOW)
    raw = base64.urlsafe_b64decode(text)
    assert b"dossier" not in raw
    assert str(draft.token.number).encode() not in raw
