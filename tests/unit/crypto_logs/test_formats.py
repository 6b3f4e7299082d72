"""docs/formats-logs.md is enough to check a certificate: a program written from it alone, under Node, agrees with ours."""

import re
from pathlib import Path
from typing import Any

import pytest

from crypto.errors import ProofError
from crypto.proofs import filing_entry, verify_certificate
from tests.unit.crypto_age.node import run
from tests.unit.crypto_logs import certificates as made
from tests.unit.crypto_logs.test_proofs import CERTIFICATE, CHANGES
from tests.unit.crypto_logs.trees import ENTRIES, ROOTS

HERE = Path(__file__).resolve()
PAGE = (HERE.parents[3] / "docs" / "formats-logs.md").read_text("utf-8")
VECTORS = dict(re.findall(r"^\| (.+?) \| `(.+)` \|$", PAGE.split("## 7.")[1], re.MULTILINE))
# A changed character in each place would take long: every seventh, in the signatures as elsewhere.
STEP = 7


def node_says(certificates: list[str], **asked: Any) -> list[Any]:
    request = {"log": made.LOG_KEY, "witnesses": [made.WITNESS_KEY], "certificates": certificates}
    answers = run(HERE.with_name("certificate.mjs"), request | asked)
    assert isinstance(answers, list)
    return answers


@pytest.mark.node
def test_node_takes_the_certificates_that_we_make() -> None:
    every = [made.certificate(index=index) for index in range(len(made.ENTRIES))]
    assert node_says(every) == [
        {"index": index, "size": len(made.ENTRIES), "moments": [made.MOMENT]}
        for index in range(len(made.ENTRIES))
    ]
    (plain,) = node_says([made.certificate(made.SIGNED)], witnesses=[])
    assert plain["moments"] == []


@pytest.mark.node
def test_node_refuses_the_certificates_that_we_refuse() -> None:
    """F10."""
    places = range(0, len(CERTIFICATE), STEP)
    flipped = [
        CERTIFICATE[:place] + chr(ord(CERTIFICATE[place]) ^ 1) + CERTIFICATE[place + 1 :]
        for place in places
    ]
    bad = [*flipped, *(change(CERTIFICATE) for change in CHANGES.values())]
    answers = node_says([CERTIFICATE, *bad])
    assert answers[0] is not None
    assert [text for text, answer in zip(bad, answers[1:], strict=True) if answer] == []
    assert [text for text in bad if we_take(text)] == []


def we_take(text: str) -> bool:
    try:
        verify_certificate(text, log=made.LOG_KEY, witnesses=[made.WITNESS_KEY])
    except ProofError:
        return False
    return True


def test_the_vectors_of_the_page_are_those_of_the_code() -> None:
    assert {
        "tree: entries": " ".join(entry.hex() or "-" for entry in ENTRIES),
        "tree: root of none": ROOTS[0].hex(),
        "tree: root of three": ROOTS[3].hex(),
        "tree: root of eight": ROOTS[8].hex(),
        "checkpoint: seed": made.LOG_SEED.hex(),
        "checkpoint: verifier": made.LOG_KEY,
        "checkpoint: text, lines joined by a blank": " ".join(made.CHECKPOINT.text.split()),
        "checkpoint: signature": made.SIGNED.rsplit(" ", 1)[1].strip(),
        "entry: salt": made.SALT.hex(),
        "entry: sealed report": made.SEALED.hex(),
        "entry": filing_entry(made.SALT, made.SEALED).hex(),
        "cosigner: seed": made.WITNESS_SEED.hex(),
        "cosigner: key id": made.WITNESS_KEY.split("+")[1],
    } == VECTORS
