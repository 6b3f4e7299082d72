"""The public test vectors of age (C2SP/CCTV), every one of them: each tests one failure, or one success.

Those of our recipient type are opened as any file is. Those of other types go the same way from the point where the file
key is found, which the vectors tell. Armor is not ours: an armored file is refused.
"""

import hashlib
import io
from collections.abc import Iterator

import pytest

from crypto.age import _base64, _derive, _open_payload, _read_header, unseal_stream
from crypto.errors import OpenError
from crypto.recipients import Identity
from crypto.stream import ChunkSealer
from tests.unit.crypto_age.node import Vector, vectors
from tests.unit.crypto_age.oracle import IDENTITY, authentic_part, payload_key, stanza
from tests.unit.crypto_age.reading import refused, refuses

pytestmark = pytest.mark.node

# Other types: what is refused there by the rules of a recipient type that is not ours, and has no stanza for us.
NAMES = {
    "ours": """
        hybrid hybrid_and_x25519 hybrid_bad_tag hybrid_currupted_enc_mlkem
        hybrid_currupted_enc_x25519 hybrid_extra_argument hybrid_grease hybrid_identity
        hybrid_long_file_key hybrid_long_share hybrid_low_order hybrid_multiple_recipients
        hybrid_no_match hybrid_not_canonical_body hybrid_not_canonical_enc hybrid_short_share
        hybrid_uppercase hybrid_x25519_arg
    """,
    "armored": """
        armor_crlf armor_empty armor_empty_last_line armor_empty_line_begin armor_empty_line_end
        armor_eol_between_padding armor_full_last_line armor_garbage_encoded
        armor_garbage_leading armor_garbage_trailing armor_header_crlf armor_headers
        armor_hybrid armor_invalid_character_header armor_invalid_character_payload
        armor_long_line armor_lowercase armor_no_end_line armor_no_eol armor_no_match
        armor_no_padding armor_not_canonical armor_pgp_checksum armor_scrypt armor_short_line
        armor_whitespace_begin armor_whitespace_end armor_whitespace_eol
        armor_whitespace_last_line armor_whitespace_line_start armor_whitespace_outside
        armor_wrong_type armor_x25519
    """,
    "ungrammatical": """
        empty header_crlf hmac_extra_space hmac_garbage hmac_missing hmac_no_space
        hmac_not_canonical hmac_trailing_space hmac_truncated scrypt_not_canonical_body
        stanza_bad_start stanza_base64_padding stanza_empty_argument stanza_invalid_character
        stanza_long_line stanza_missing_body stanza_missing_final_line
        stanza_multiple_short_lines stanza_no_arguments stanza_not_canonical stanza_spurious_cr
        version_unsupported x25519_not_canonical_body
    """,
    "other types": """
        scrypt_and_x25519 scrypt_bad_tag scrypt_double scrypt_extra_argument
        scrypt_long_file_key scrypt_no_match scrypt_not_canonical_salt scrypt_salt_long
        scrypt_salt_missing scrypt_salt_short scrypt_uppercase scrypt_work_factor_23
        scrypt_work_factor_hex scrypt_work_factor_leading_garbage
        scrypt_work_factor_leading_plus scrypt_work_factor_leading_zero_decimal
        scrypt_work_factor_leading_zero_octal scrypt_work_factor_missing
        scrypt_work_factor_negative scrypt_work_factor_overflow
        scrypt_work_factor_trailing_garbage scrypt_work_factor_wrong scrypt_work_factor_zero
        x25519_bad_tag x25519_extra_argument x25519_identity x25519_long_file_key
        x25519_long_share x25519_low_order x25519_lowercase x25519_no_match
        x25519_not_canonical_share x25519_short_share
    """,
    "wrong MAC or nonce": """
        hmac_bad stream_no_nonce stream_short_nonce
    """,
    "bad streams": """
        stream_bad_tag stream_bad_tag_second_chunk stream_bad_tag_second_chunk_full
        stream_last_chunk_empty stream_missing_tag stream_no_chunks stream_no_final
        stream_no_final_full stream_no_final_two_chunks stream_no_final_two_chunks_full
        stream_short_chunk stream_short_second_chunk stream_trailing_garbage_long
        stream_trailing_garbage_short stream_two_final_chunks stream_two_final_chunks_full
        stream_two_final_chunks_second stream_two_final_chunks_short
    """,
    "good": """
        scrypt stanza_empty_body stanza_empty_last_line stanza_valid_characters
        stream_257_chunks stream_257_chunks_full stream_258_chunks stream_empty_payload
        stream_last_chunk_full stream_last_chunk_full_second stream_three_chunks
        stream_two_chunks x25519 x25519_grease x25519_multiple_recipients
    """,
}
GROUPS = {group: names.split() for group, names in NAMES.items()}
EXPECTED = {
    "armored": {"success", "no match", "armor failure", "header failure", "payload failure"},
    "ungrammatical": {"header failure"},
    "other types": {"header failure", "no match"},
    "wrong MAC or nonce": {"header failure", "HMAC failure"},
    "bad streams": {"payload failure"},
    "good": {"success"},
}


@pytest.fixture(scope="module")
def package() -> dict[str, Vector]:
    return vectors()


def test_every_vector_of_the_package_is_tried(package: dict[str, Vector]) -> None:
    names = [name for group in GROUPS.values() for name in group]
    assert len(names) == len(set(names)) == 143
    assert set(names) == set(package)
    assert [len(group) for group in GROUPS.values()] == [18, 33, 23, 33, 3, 18, 15]


def test_the_groups_are_what_the_vectors_say(package: dict[str, Vector]) -> None:
    """A vector in the wrong group could pass without trying anything."""
    expected = {kind: {package[name].expect for name in GROUPS[kind]} for kind in EXPECTED}
    assert expected == EXPECTED
    assert {name for name, vector in package.items() if vector.armored} == set(GROUPS["armored"])
    ours = {n for n, vector in package.items() if our_identity(vector) and not vector.armored}
    assert ours == set(GROUPS["ours"])


def our_identity(vector: Vector) -> Identity | None:
    texts = [text for text in vector.identities if text.startswith("AGE-SECRET-KEY-PQ-")]
    return Identity.parse(texts[0]) if texts else None


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("name", GROUPS["ours"])
def test_a_vector_of_our_recipient_type_ends_as_it_says(
    package: dict[str, Vector], name: str
) -> None:
    vector = package[name]
    identity = our_identity(vector)
    assert identity is not None
    if vector.expect == "success":
        opened = b"".join(unseal_stream(io.BytesIO(vector.file), identity))
        assert digest(opened) == vector.payload
    else:
        assert vector.payload is None
        assert refuses(vector.file, identity) == b""


@pytest.mark.parametrize("name", GROUPS["armored"])
def test_an_armored_file_is_refused(package: dict[str, Vector], name: str) -> None:
    vector = package[name]
    with pytest.raises(OpenError):
        _read_header(io.BytesIO(vector.file))
    assert refuses(vector.file, our_identity(vector) or IDENTITY) == b""


@pytest.mark.parametrize("name", GROUPS["ungrammatical"])
def test_an_ungrammatical_header_is_refused(package: dict[str, Vector], name: str) -> None:
    with pytest.raises(OpenError):
        _read_header(io.BytesIO(package[name].file))


@pytest.mark.parametrize("name", [*GROUPS["other types"], *GROUPS["good"], *GROUPS["bad streams"]])
def test_a_file_of_another_recipient_type_does_not_open_for_us(
    package: dict[str, Vector], name: str
) -> None:
    source = io.BytesIO(package[name].file)
    _read_header(source)
    assert refuses(package[name].file, IDENTITY) == b""


@pytest.mark.parametrize("name", GROUPS["wrong MAC or nonce"])
def test_a_wrong_mac_or_a_nonce_cut_short_is_refused(package: dict[str, Vector], name: str) -> None:
    assert refused(opened_with_file_key(package[name])) == b""


def opened_with_file_key(vector: Vector) -> Iterator[bytes]:
    source = io.BytesIO(vector.file)
    return _open_payload(_read_header(source), vector.file_key, source)


@pytest.mark.parametrize("name", GROUPS["good"])
def test_a_good_payload_opens(package: dict[str, Vector], name: str) -> None:
    opened = b"".join(opened_with_file_key(package[name]))
    assert digest(opened) == package[name].payload


@pytest.mark.parametrize("name", GROUPS["bad streams"])
def test_a_bad_payload_is_refused_and_only_its_authentic_part_given(
    package: dict[str, Vector], name: str
) -> None:
    """F10. The vector's hash is of all that is authentic; we withhold a chunk that is not where its mark says."""
    vector = package[name]
    released = refused(opened_with_file_key(vector))
    source = io.BytesIO(vector.file)
    _read_header(source)
    key = payload_key(vector.file_key, source.read(16))
    authentic = authentic_part(source.read(), key)
    assert digest(authentic) == vector.payload
    assert authentic.startswith(released)
    assert len(authentic) - len(released) <= 64 * 1024


@pytest.mark.parametrize(
    "name",
    [
        *GROUPS["good"],
        *GROUPS["bad streams"],
        *GROUPS["other types"],
        *GROUPS["wrong MAC or nonce"],
    ],
)
def test_a_header_that_parses_is_written_exactly_so(package: dict[str, Vector], name: str) -> None:
    source = io.BytesIO(package[name].file)
    header = _read_header(source)
    stanzas = b"".join(stanza(arguments, body) for arguments, body in header.stanzas)
    written = b"age-encryption.org/v1\n%s--- %s\n" % (stanzas, _base64(header.mac))
    assert written == package[name].file[: source.tell()]


@pytest.mark.parametrize("name", GROUPS["good"])
def test_a_payload_sealed_again_is_the_same(package: dict[str, Vector], name: str) -> None:
    vector = package[name]
    source, sink = io.BytesIO(vector.file), io.BytesIO()
    _read_header(source)
    nonce = source.read(16)
    sealer = ChunkSealer(_derive(vector.file_key, nonce, b"payload"), sink)
    for chunk in opened_with_file_key(vector):
        sealer.write(chunk)
    sealer.close()
    assert sink.getvalue() == source.read()
