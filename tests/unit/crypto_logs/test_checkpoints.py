"""Checkpoints, signed by the log and cosigned by witnesses."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from crypto.checkpoints import (
    Checkpoint,
    _message,
    cosign,
    cosigner_text,
    open_checkpoint,
    open_cosignature,
    sign_checkpoint,
)
from crypto.errors import ProofError
from crypto.merkle import EMPTY_ROOT
from crypto.notes import key_text, sign_note, split_note, verifier_text
from tests.unit.crypto_logs.certificates import (
    CHECKPOINT,
    COSIGNED,
    LOG,
    LOG_KEY,
    LOG_SEED,
    MOMENT,
    SIGNED,
    WITNESS,
    WITNESS_KEY,
    WITNESS_SEED,
)

OTHER_SEED = bytes(32)
ROOT = base64.b64encode(CHECKPOINT.root).decode()


def test_a_checkpoint_is_the_text_of_the_standard_and_comes_back() -> None:
    assert SIGNED.startswith(f"{LOG}\n11\n{ROOT}\n\n\u2014 {LOG} ")
    assert open_checkpoint(SIGNED, LOG_KEY) == open_checkpoint(COSIGNED, LOG_KEY) == CHECKPOINT


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_every_size_and_root_comes_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(LOG, size, root)
    assert open_checkpoint(sign_checkpoint(checkpoint, LOG_SEED), LOG_KEY) == checkpoint


TEXTS: dict[str, str] = {
    "a zero in front": f"{LOG}\n011\n{ROOT}\n",
    "a sign": f"{LOG}\n+11\n{ROOT}\n",
    "a minus": f"{LOG}\n-1\n{ROOT}\n",
    "a blank": f"{LOG}\n11 \n{ROOT}\n",
    "digits of another script": f"{LOG}\n\u0661\n{ROOT}\n",
    "a size too large": f"{LOG}\n{2**63}\n{ROOT}\n",
    "a size far too large": f"{LOG}\n{10**30}\n{ROOT}\n",
    "no size": f"{LOG}\n\n{ROOT}\n",
    "an extension": f"{LOG}\n11\n{ROOT}\nmore\n",
    "an empty line more": f"{LOG}\n11\n{ROOT}\n\n",
    "two lines": f"{LOG}\n11\n",
    "a short root": f"{LOG}\n11\n{base64.b64encode(bytes(31)).decode()}\n",
    "a long root": f"{LOG}\n11\n{base64.b64encode(bytes(33)).decode()}\n",
    "a root without padding": f"{LOG}\n11\n{ROOT[:-1]}\n",
    "a root in hex": f"{LOG}\n11\n{CHECKPOINT.root.hex()}\n",
    "an empty log with a root": f"{LOG}\n0\n{ROOT}\n",
    "another log": f"other.example\n11\n{ROOT}\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_signed_but_no_checkpoint_of_this_log_is_refused(text: str) -> None:
    refuses(sign_note(text, LOG, LOG_SEED))


def test_an_origin_no_witness_could_name_is_refused() -> None:
    long = "a" * 256
    with pytest.raises(ValueError, match="no reader"):
        sign_checkpoint(replace(CHECKPOINT, origin=long), LOG_SEED)
    note = sign_note(f"{long}\n11\n{ROOT}\n", long, LOG_SEED)
    with pytest.raises(ProofError):
        open_checkpoint(note, verifier_text(long, LOG_SEED))


@pytest.mark.parametrize(
    "checkpoint",
    [
        replace(CHECKPOINT, origin=""),
        replace(CHECKPOINT, origin="a b"),
        replace(CHECKPOINT, origin="a\nb"),
        replace(CHECKPOINT, size=-1),
        replace(CHECKPOINT, size=2**63),
        replace(CHECKPOINT, size=0),
        replace(CHECKPOINT, root=b"short"),
    ],
)
def test_a_checkpoint_nobody_would_take_is_not_signed(checkpoint: Checkpoint) -> None:
    with pytest.raises(ValueError, match="no reader"):
        sign_checkpoint(checkpoint, LOG_SEED)


def test_an_empty_log_has_a_checkpoint() -> None:
    empty = Checkpoint(LOG, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, LOG_SEED), LOG_KEY) == empty


def test_another_key_of_the_same_name_signs_nothing() -> None:
    refuses(sign_checkpoint(CHECKPOINT, OTHER_SEED))
    with pytest.raises(ProofError):
        open_checkpoint(SIGNED, WITNESS_KEY)


@pytest.mark.parametrize("place", range(len(SIGNED)))
def test_a_character_changed_anywhere_is_noticed(place: int) -> None:
    """F10."""
    refuses(SIGNED[:place] + chr(ord(SIGNED[place]) ^ 1) + SIGNED[place + 1 :])
    refuses(SIGNED[:place] + SIGNED[place + 1 :])


def refuses(note: str) -> None:
    with pytest.raises(ProofError):
        open_checkpoint(note, LOG_KEY)


def test_a_cosignature_says_when() -> None:
    assert open_cosignature(COSIGNED, WITNESS_KEY) == MOMENT
    assert COSIGNED.startswith(SIGNED)


def test_witnesses_sign_side_by_side() -> None:
    second = "second.example"
    both = cosign(COSIGNED, second, OTHER_SEED, MOMENT + 86400)
    assert open_cosignature(both, WITNESS_KEY) == MOMENT
    assert open_cosignature(both, cosigner_text(second, OTHER_SEED)) == MOMENT + 86400
    assert open_checkpoint(both, LOG_KEY) == CHECKPOINT


def _with_moment(note: str, moment: int) -> str:
    """Write another moment into the cosignature."""
    _, lines = split_note(note)
    ours = lines[-1]
    changed = replace(ours, signature=moment.to_bytes(8, "big") + ours.signature[8:])
    return note.replace(str(ours), str(changed))


COSIGNATURES: dict[str, Callable[[str], str]] = {
    "none": lambda _: SIGNED,
    "another moment": lambda n: _with_moment(n, MOMENT + 1),
    "no moment": lambda n: _with_moment(n, 0),
    "a moment beyond all": lambda n: _with_moment(n, 2**63),
    "another size": lambda n: n.replace("\n11\n", "\n12\n"),
    "another log": lambda n: n.replace(f"{LOG}\n", "other.example\n"),
    "another root": lambda n: n.replace(ROOT, base64.b64encode(bytes(32)).decode()),
    "another witness's name": lambda n: n.replace(WITNESS, "other.example"),
    "of the same name, by another key": lambda _: cosign(SIGNED, WITNESS, OTHER_SEED, MOMENT),
    "an extension": lambda n: n.replace(f"{ROOT}\n", f"{ROOT}\nmore\n"),
}


@pytest.mark.parametrize("change", COSIGNATURES.values(), ids=COSIGNATURES)
def test_a_cosignature_of_anything_else_is_refused(change: Callable[[str], str]) -> None:
    """F10."""
    with pytest.raises(ProofError):
        open_cosignature(change(COSIGNED), WITNESS_KEY)


@pytest.mark.parametrize("moment", [0, 2**63])
def test_an_impossible_moment_is_refused_though_it_was_signed(moment: int) -> None:
    message = _message(WITNESS, moment, CHECKPOINT)
    signature = MLDSA44PrivateKey.from_seed_bytes(WITNESS_SEED).sign(message)
    _, lines = split_note(COSIGNED)
    line = replace(lines[-1], signature=moment.to_bytes(8, "big") + signature)
    with pytest.raises(ProofError):
        open_cosignature(f"{SIGNED}{line}", WITNESS_KEY)


def test_the_name_of_a_witness_is_signed_with() -> None:
    """Or one witness's word could be passed off as another's that uses the same key."""
    renamed = cosigner_text("other.example", WITNESS_SEED)
    _, lines = split_note(COSIGNED)
    hashed = bytes.fromhex(renamed.split("+")[1])
    line = replace(lines[-1], name="other.example", hashed=hashed)
    with pytest.raises(ProofError):
        open_cosignature(f"{SIGNED}{line}", renamed)


@pytest.mark.parametrize("moment", [0, -1, 2**63])
def test_a_witness_signs_no_impossible_moment(moment: int) -> None:
    with pytest.raises(ValueError, match="when"):
        cosign(SIGNED, WITNESS, WITNESS_SEED, moment)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a" * 256])
def test_a_witness_has_a_name_that_can_be_read(name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        cosign(SIGNED, name, WITNESS_SEED, MOMENT)
    with pytest.raises(ValueError, match="name"):
        cosigner_text(name, WITNESS_SEED)


def test_a_witness_signs_checkpoints_only_and_never_more_than_can_be_read() -> None:
    for note in ("", "text\n", sign_note("text\n", LOG, LOG_SEED), SIGNED * 2):
        with pytest.raises(ProofError):
            cosign(note, WITNESS, WITNESS_SEED, MOMENT)
    full = SIGNED + SIGNED[SIGNED.index("\u2014") :] * 99
    with pytest.raises(ProofError):
        cosign(full, WITNESS, WITNESS_SEED, MOMENT)


@pytest.mark.parametrize(
    "key",
    [
        "",
        LOG_KEY,
        key_text(WITNESS, b"\x06", bytes(1311)),
        key_text("a" * 256, b"\x06", bytes(1312)),
        WITNESS_KEY[:-4],
    ],
)
def test_what_is_no_witness_s_key_believes_nothing(key: str) -> None:
    with pytest.raises(ProofError):
        open_cosignature(COSIGNED, key)
