"""docs/formats-keys.md says what the code does: its test vectors are those the code gives."""

import hashlib
import re
from pathlib import Path

from crypto.notes import sign_note, verifier_text
from crypto.passwords import OWASP_MINIMUM, PROFILES, unwrap_identity
from crypto.tokens import WORD_LANGUAGES, CaseToken, _wordlist, derive_mailbox_key, parse_token
from tests.unit.crypto_keys import test_boxes as boxes
from tests.unit.crypto_keys import test_notes as notes
from tests.unit.crypto_keys import test_passwords as passwords
from tests.unit.crypto_keys import test_recovery_codes as codes
from tests.unit.crypto_keys import test_tokens as tokens

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formats-keys.md").read_text("utf-8")
VECTORS = dict(re.findall(r"^\| (.+?) \| `(.+)` \|$", PAGE.split("## 8.")[1], re.MULTILINE))
LISTS = dict(re.findall(r"^\| (en|ru) \| `(.+)` \|$", PAGE, re.MULTILINE))


def test_the_vectors_of_the_page_are_those_of_the_code() -> None:
    token = CaseToken(int(VECTORS.pop("token: number")))
    key = derive_mailbox_key(token, bytes.fromhex(VECTORS.pop("token: salt")), OWASP_MINIMUM)
    assert {
        "token: digits": token.digits(),
        "token: words, en": token.words("en"),
        "token: words, ru": token.words("ru"),
        "token: locator": key.locator.hex(),
        "token: identity": key.identity.seed.hex(),
        "box: key": boxes.KEY.hex(),
        "box: context": boxes.CONTEXT.decode(),
        "box: plaintext": "salom",
        "box": boxes.BOX.hex(),
        "wrap: password": passwords.PASSWORD,
        "wrap: seed": passwords.IDENTITY.seed.hex(),
        "wrap: head": passwords.OLD_WRAP[:-81].decode(),
        "wrap: box": passwords.OLD_WRAP[-80:].hex(),
        "recovery code": codes.CODE,
        "note: verifier": notes.GO_VERIFIER,
        "note: seed": notes.GO_SEED.hex(),
        "note: signature": notes.GO_SIGNATURE,
    } == VECTORS
    assert token == tokens.TOKEN == parse_token(VECTORS["token: digits"])
    assert unwrap_identity(passwords.OLD_WRAP, passwords.PASSWORD) == passwords.IDENTITY
    assert verifier_text(notes.GO_NAME, notes.GO_SEED) == notes.GO_VERIFIER
    assert notes.GO_SIGNATURE in sign_note(notes.GO_TEXT, notes.GO_NAME, notes.GO_SEED)


def test_the_word_lists_are_those_of_the_page() -> None:
    """A list that changes with the package would make tokens in people's hands unreadable."""
    assert set(LISTS) == set(WORD_LANGUAGES)
    for language, digest in LISTS.items():
        text = "".join(f"{word}\n" for word in _wordlist(language))
        assert hashlib.sha256(text.encode()).hexdigest() == digest


def test_the_profiles_are_those_of_the_page() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\d+) KiB, t=(\d+), p=(\d+) \|", PAGE, re.MULTILINE)
    assert rows == [
        (p.name, str(p.memory_kib), str(p.time_cost), str(p.parallelism)) for p in PROFILES.values()
    ]
