"""Boxes: small things sealed under a key both ends have."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from crypto.boxes import OVERHEAD, open_box, seal_box, subkey
from crypto.errors import OpenError

KEY = bytes(range(32))
CONTEXT = b"session"
SALT = bytes(range(32, 64))
BOX = bytes.fromhex(
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3fbdbe721589a9741cf88cc65b866b3fb2046e1a1699"
)


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_a_box_opens_with_its_key_and_context(plaintext: bytes, context: bytes) -> None:
    box = seal_box(KEY, plaintext, context)
    assert open_box(KEY, box, context) == plaintext
    assert len(box) == len(plaintext) + OVERHEAD


def test_a_box_is_made_exactly_so() -> None:
    """Another value here, and every session and every wrapped key is lost."""
    assert open_box(KEY, BOX, CONTEXT) == b"salom"
    pseudorandom = hmac.digest(SALT, KEY, hashlib.sha256)
    key = hmac.digest(pseudorandom, b"ishonch/v1 box\x01", hashlib.sha256)
    assert SALT + ChaCha20Poly1305(key).encrypt(bytes(12), b"salom", CONTEXT) == BOX


def test_another_key_does_not_open_a_box() -> None:
    with pytest.raises(OpenError):
        open_box(bytes(32), BOX, CONTEXT)


@pytest.mark.parametrize("context", [b"", b"draft", b"session "])
def test_a_box_moved_elsewhere_does_not_open(context: bytes) -> None:
    """F9."""
    with pytest.raises(OpenError):
        open_box(KEY, BOX, context)


def test_a_box_with_any_bit_changed_does_not_open() -> None:
    """F10."""
    for place in range(len(BOX) * 8):
        changed = bytearray(BOX)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(OpenError):
            open_box(KEY, bytes(changed), CONTEXT)


def test_a_box_cut_or_lengthened_anywhere_does_not_open() -> None:
    """F10."""
    for damaged in (*(BOX[:end] for end in range(len(BOX))), BOX + b"\0", BOX[1:]):
        with pytest.raises(OpenError):
            open_box(KEY, damaged, CONTEXT)


def test_no_two_boxes_share_a_key_or_a_byte_pattern() -> None:
    """F11. The nonce is constant, so the salt, which makes the key, must never come twice."""
    boxes = [seal_box(KEY, bytes(32), CONTEXT) for _ in range(2000)]
    assert len({box[:32] for box in boxes}) == len(boxes)
    assert len({box[32:] for box in boxes}) == len(boxes)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_a_bug(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal_box(bytes(length), b"", b"")
    with pytest.raises(ValueError, match="32 bytes"):
        open_box(bytes(length), BOX, CONTEXT)


def test_a_label_makes_a_key_of_its_own() -> None:
    pseudorandom = hmac.digest(bytes(32), KEY, hashlib.sha256)
    assert subkey(KEY, "a") == hmac.digest(pseudorandom, b"a\x01", hashlib.sha256)
    assert len({subkey(KEY, "a"), subkey(KEY, "b"), subkey(bytes(32), "a"), KEY}) == 4
