"""Proofs and filing certificates: small text files that are checked offline."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.checkpoints import Checkpoint, cosigner_text, sign_checkpoint
from crypto.errors import ProofError
from crypto.merkle import leaf_hash
from crypto.notes import verifier_text
from crypto.proofs import (
    LogProof,
    Proven,
    format_proof,
    parse_proof,
    verify_certificate,
    verify_proof,
)
from tests.unit.crypto_logs.certificates import (
    CHECKPOINT,
    COSIGNED,
    ENTRIES,
    INDEX,
    LEAVES,
    LOG_KEY,
    MOMENT,
    SIGNED,
    WITNESS,
    WITNESS_KEY,
    certificate,
)

CERTIFICATE = certificate()
PROOF = parse_proof(CERTIFICATE)


def test_a_certificate_shows_where_and_when() -> None:
    shown = verify_certificate(CERTIFICATE, log=LOG_KEY, witnesses=[WITNESS_KEY])
    assert shown == Proven(INDEX, CHECKPOINT, (MOMENT,))
    assert verify_certificate(certificate(SIGNED), log=LOG_KEY).seen == ()


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_every_entry_has_a_certificate(index: int) -> None:
    assert verify_certificate(certificate(index=index), log=LOG_KEY).index == index


def test_a_proof_without_extra_data_is_of_a_leaf_that_the_reader_knows() -> None:
    plain = parse_proof(format_proof(replace(PROOF, extra=None)))
    assert verify_proof(plain, leaf=LEAVES[INDEX], log=LOG_KEY).index == INDEX
    with pytest.raises(ProofError):
        verify_proof(plain, leaf=LEAVES[INDEX - 1], log=LOG_KEY)
    refuses(format_proof(plain))


def test_a_log_of_one_entry_needs_no_path() -> None:
    checkpoint = Checkpoint(CHECKPOINT.origin, 1, leaf_hash(ENTRIES[0]))
    text = format_proof(LogProof(0, (), sign_checkpoint(checkpoint, bytes(range(32))), ENTRIES[0]))
    assert "\nindex 0\n\nreport" in text
    assert verify_certificate(text, log=LOG_KEY).checkpoint == checkpoint


@given(
    st.builds(
        LogProof,
        st.integers(0, 2**63 - 1),
        st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
        st.just(COSIGNED) | st.text(max_size=100),
        st.none() | st.binary(max_size=80),
    )
)
def test_what_is_written_is_read(proof: LogProof) -> None:
    assert parse_proof(format_proof(proof)) == proof


def test_a_character_changed_anywhere_in_a_certificate_is_noticed() -> None:
    """F10."""
    for place, character in enumerate(CERTIFICATE):
        refuses(CERTIFICATE[:place] + chr(ord(character) ^ 1) + CERTIFICATE[place + 1 :])


FIRST = base64.b64encode(PROOF.path[0]).decode()
EXTRA = base64.b64encode(ENTRIES[INDEX]).decode()
CHANGES: dict[str, Callable[[str], str]] = {
    "another version": lambda t: t.replace("@v1", "@v2"),
    "no version": lambda t: t.partition("\n")[2],
    "no extra": lambda t: t.replace(f"extra {EXTRA}\n", ""),
    "another's entry": lambda t: t.replace(EXTRA, base64.b64encode(ENTRIES[0]).decode()),
    "two extras": lambda t: t.replace("index", f"extra {EXTRA}\nindex"),
    "extra after index": lambda t: t.replace(
        f"extra {EXTRA}\nindex 6\n", f"index 6\nextra {EXTRA}\n"
    ),
    "a short entry": lambda t: t.replace(EXTRA, base64.b64encode(ENTRIES[INDEX][:31]).decode()),
    "no index": lambda t: t.replace("index 6\n", ""),
    "a zero in front": lambda t: t.replace("index 6", "index 06"),
    "two blanks": lambda t: t.replace("index 6", "index  6"),
    "another index": lambda t: t.replace("index 6", "index 7"),
    "an index beyond the log": lambda t: t.replace("index 6", "index 11"),
    "a hash less": lambda t: t.replace(f"{FIRST}\n", ""),
    "a hash twice": lambda t: t.replace(f"{FIRST}\n", f"{FIRST}\n{FIRST}\n"),
    "an empty line in the path": lambda t: t.replace(f"{FIRST}\n", f"{FIRST}\n\n"),
    "a short hash": lambda t: t.replace(FIRST, base64.b64encode(PROOF.path[0][:31]).decode()),
    "a path to the moon": lambda t: t.replace(f"{FIRST}\n", f"{FIRST}\n" * 64),
    "no empty line": lambda t: t.replace("\n\nreport", "\nreport"),
    "carriage returns": lambda t: t.replace("\n", "\r\n"),
    "a byte order mark": lambda t: f"\ufeff{t}",
    "no last line feed": lambda t: t[:-1],
    "a line feed more": lambda t: f"{t}\n",
    "no checkpoint": lambda t: t[: t.index("\n\n") + 2],
    "no cosignature": lambda _: certificate(SIGNED),
    "far too long": lambda t: t + t[t.index("\u2014") :] * 200,
    "nothing": lambda _: "",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_certificate_is_refused(change: Callable[[str], str]) -> None:
    """F10."""
    assert change(CERTIFICATE) != CERTIFICATE
    refuses(change(CERTIFICATE))


@pytest.mark.parametrize(
    "text",
    [
        "c2sp.org/tlog-proof@v1\nindex 0",
        "c2sp.org/tlog-proof@v1\nindex 0\n",
        format_proof(replace(PROOF, path=PROOF.path[:1] * 64)),
        CERTIFICATE + "x" * (1024 * 1024),
    ],
    ids=["no empty line", "one line feed", "too high a tree", "too long"],
)
def test_a_text_that_is_no_proof_is_not_even_read(text: str) -> None:
    with pytest.raises(ProofError):
        parse_proof(text)


def test_a_certificate_of_another_log_or_witness_shows_nothing() -> None:
    stranger = cosigner_text(WITNESS, bytes(32))
    for log, witnesses in (
        (verifier_text(CHECKPOINT.origin, bytes(32)), [WITNESS_KEY]),
        (LOG_KEY, [stranger]),
        (LOG_KEY, [WITNESS_KEY, stranger]),
    ):
        with pytest.raises(ProofError):
            verify_certificate(CERTIFICATE, log=log, witnesses=witnesses)


def refuses(text: str) -> None:
    with pytest.raises(ProofError):
        verify_certificate(text, log=LOG_KEY, witnesses=[WITNESS_KEY])
