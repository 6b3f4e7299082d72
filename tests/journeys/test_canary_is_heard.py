"""The scanner that finds nothing in an instance finds what it should where something was planted."""

import base64
import gzip
import random
import textwrap
import zlib
from pathlib import Path

import pytest

from tests.support.canary import Canary, spellings

MARK = "zq7kx2 жщъ ʻ <&>"
NOISE = random.Random(1).randbytes(50_000)  # noqa: S311 - noise


@pytest.mark.parametrize("spelling", [*spellings(MARK)])
def test_a_planted_mark_is_found_in_every_spelling(tmp_path: Path, spelling: str) -> None:
    canary = Canary({"mark": MARK})
    planted = tmp_path / "deep" / "planted"
    planted.parent.mkdir()
    planted.write_bytes(NOISE + spellings(MARK)[spelling] + NOISE)
    (tmp_path / "silent").write_bytes(NOISE)
    heard = canary.heard_below(tmp_path)
    assert ("mark", spelling) in heard.pop(str(planted))
    assert heard == {}


@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_hides_it_at_no_distance_from_the_beginning(encode: object, before: int) -> None:
    assert callable(encode)
    text = encode(NOISE[:before] + b"<p>" + MARK.encode() + b"</p>").decode()
    assert Canary({"mark": MARK}).heard_in(text.encode())
    assert Canary({"mark": MARK}).heard_in("\n".join(textwrap.wrap(text, 13)).encode())


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_packing_it_hides_it_in_no_place(pack: object) -> None:
    assert callable(pack)
    packed = pack(b"x" * 1000 + pack(b"y" * 1000 + MARK.encode()))
    heard = Canary({"mark": MARK}).heard_in(NOISE + packed + NOISE)
    assert ("mark", "utf-8, packed, packed") in heard
    # A stream that was cut off, as after a crash, is read as far as it goes.
    assert Canary({"mark": MARK}).heard_in(pack(MARK.encode() + NOISE)[:5000])


def test_a_mark_of_bytes_and_a_mark_in_the_name_of_a_file_are_found(tmp_path: Path) -> None:
    key, name = bytes(range(200, 232)), "zq7kx2 жщъ"
    (tmp_path / name).write_bytes(NOISE + key)
    (heard,) = Canary({"key": key, "name": name}).heard_below(tmp_path).values()
    assert heard == {("key", "bytes"), ("name", "utf-8")}


def test_noise_is_silent() -> None:
    assert Canary({"mark": MARK, "key": b"sixteen bytes !!"}).heard_in(NOISE * 20) == set()
