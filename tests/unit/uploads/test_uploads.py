"""Files are sealed as they arrive; whatever goes wrong, the text survives, and nothing half."""

import hashlib
import io
import resource
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect, generate_csrf

from portal.blobs import DirectoryBlobs, StoredBlob
from portal.limits import Busy
from portal.multipart import MAX_FIELDS
from portal.uploads import Destination, Fault, SealedFile, UploadLimits, init_app
from tests.unit.uploads.conftest import BOUNDARY, LIMITS, Desk, body, file, text

KIB = 1024


def kept_file(size: int = 1) -> SealedFile:
    return SealedFile("earlier.txt", size, "0" * 64, StoredBlob("0" * 32, size))


def test_a_file_arrives_sealed_to_both_recipients_with_its_size_and_hash(desk: Desk) -> None:
    data = bytes(range(256)) * 1000
    assert desk.post(body(text("text", "hello"), file("отчёт.pdf", data))) == 200
    (received,) = desk.received().files
    assert (received.name, received.size) == ("отчёт.pdf", len(data))
    assert received.sha256 == hashlib.sha256(data).hexdigest()
    assert desk.opened(0, desk.dossier) == data
    assert desk.opened(0, desk.mailbox) == data
    assert desk.form == {"text": ["hello"]}
    assert desk.received().fault is None


def test_several_files_arrive_in_their_order(desk: Desk) -> None:
    parts = [file(f"{n}.txt", str(n).encode() * n * 70_000) for n in range(1, 4)]
    assert desk.post(body(*parts)) == 200
    assert [f.name for f in desk.received().files] == ["1.txt", "2.txt", "3.txt"]
    assert [desk.opened(n)[:1] for n in range(3)] == [b"1", b"2", b"3"]


def test_the_destination_is_asked_once_with_the_fields_before_the_first_file(desk: Desk) -> None:
    files = file("a", b"a"), file("b", b"b")
    assert desk.post(body(text("draft", "x"), files[0], text("later", "y"), files[1])) == 200
    assert desk.asked == [{"draft": "x"}]
    assert desk.form == {"draft": ["x"], "later": ["y"]}


def test_the_body_is_parsed_once_whoever_asks_first(desk: Desk) -> None:
    desk.app.before_request(lambda: request.form.get("text") and None)
    assert desk.post(body(text("text", "t"), file("a", b"a"))) == 200
    assert len(desk.asked) == 1
    assert len(desk.received().files) == 1


@pytest.mark.parametrize("parts", [[], [file("", b"")], [file("", b""), file("", b"")]])
def test_a_form_without_a_file_asks_for_no_destination(desk: Desk, parts: list[bytes]) -> None:
    """A9: no key derivation for it."""
    assert desk.post(body(text("text", "t"), *parts)) == 200
    assert desk.asked == []
    assert desk.received().files == ()
    assert desk.left() == []


def test_an_empty_file_with_a_name_is_a_file_and_bytes_without_a_name_too(desk: Desk) -> None:
    assert desk.post(body(file("empty.txt", b""), file("", b"data"))) == 200
    assert [(f.name, f.size) for f in desk.received().files] == [("empty.txt", 0), ("file", 4)]
    assert desk.opened(0) == b""


def test_urlencoded_text_is_read_as_ever(desk: Desk) -> None:
    assert desk.client.post("/plain", data={"a": ["1", "ў"], "empty": ""}).status_code == 200
    assert desk.form == {"a": ["1", "ў"], "empty": [""]}


def test_nul_characters_and_broken_utf8_do_not_get_through(desk: Desk) -> None:
    """A11."""
    assert desk.post(body(text("te\0xt", b"a\0b\xff"), text("n", "\x001"))) == 200
    assert desk.form == {"text": ["ab\ufffd"], "n": ["1"]}
    desk.client.post(
        "/plain", data=b"a%00=b%00%ff", content_type="application/x-www-form-urlencoded"
    )
    assert desk.form == {"a": ["b\ufffd"]}


def test_sealed_sizes_of_files_of_like_size_are_equal(desk: Desk) -> None:
    """E8."""
    desk.post(body(*(file("f", b"x" * (300_000 + extra)) for extra in (0, 17, 900))))
    assert len({f.blob.sealed_size for f in desk.received().files}) == 1


# Limits


def test_a_body_announced_too_large_is_not_stored_but_its_text_is_kept(desk: Desk) -> None:
    """D1: refused before a key derivation."""
    big = file("big", b"x" * (LIMITS.total + LIMITS.overhead))
    assert desk.post(body(text("text", "kept"), big, text("after", "too"))) == 200
    assert desk.received().fault is Fault.TOO_LARGE
    assert desk.form == {"text": ["kept"], "after": ["too"]}
    assert desk.asked == []
    assert desk.left() == []


def test_bytes_are_counted_when_no_length_is_announced(desk: Desk) -> None:
    """D1: chunked. What was whole before stays, the text after is read."""
    big = file("big", b"x" * (LIMITS.total + 1))
    assert desk.post_chunked(body(file("first", b"whole"), big, text("after", "kept"))) == 200
    assert desk.received().fault is Fault.TOO_LARGE
    assert [f.name for f in desk.received().files] == ["first"]
    assert desk.opened() == b"whole"
    assert desk.form == {"after": ["kept"]}
    assert len(desk.left()) == 1


def test_files_up_to_the_very_limit_are_taken(desk: Desk) -> None:
    half = b"x" * (LIMITS.total // 2)
    assert desk.post(body(file("a", half), file("b", half))) == 200
    assert desk.received().fault is None
    assert desk.post(body(file("a", half), file("b", half + b"x"))) == 200
    assert desk.received().fault is Fault.TOO_LARGE


def test_a_file_too_many_is_refused_and_the_others_stay(desk: Desk) -> None:
    """D2."""
    assert desk.post(body(*(file(str(n), b"x") for n in range(LIMITS.files + 1)))) == 200
    assert desk.received().fault is Fault.TOO_MANY
    assert len(desk.received().files) == LIMITS.files


def test_files_of_the_draft_count_with_the_new_ones(desk: Desk) -> None:
    """D6: correcting a form again and again gets nobody more than one report may have."""
    recipients = (desk.dossier.recipient,)
    desk.answer = Destination(recipients, kept=[kept_file()] * (LIMITS.files - 1))
    assert desk.post(body(file("a", b"x"), file("b", b"x"))) == 200
    assert desk.received().fault is Fault.TOO_MANY
    desk.answer = Destination(recipients, kept=[kept_file(LIMITS.total - 1)])
    assert desk.post(body(file("a", b"x"))) == 200
    assert desk.received().fault is None
    assert desk.post(body(file("a", b"xx"))) == 200
    assert desk.received().fault is Fault.TOO_LARGE


def test_a_body_far_beyond_the_limit_is_read_only_to_twice_the_limit(desk: Desk) -> None:
    """D1: an endless body does not hold a thread for ever, and keeps nothing on disk."""
    read = 0

    class Endless(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            nonlocal read
            assert read < 10 * LIMITS.total
            head = body(text("text", "kept"), file("f", b""))[: -len(f"\r\n--{BOUNDARY}--\r\n")]
            data = head if not read else b"x" * len(buffer)
            buffer[: len(data)] = data
            read += len(data)
            return len(data)

    status = desk.stream(Endless())
    assert status == 200
    assert desk.received().fault is Fault.TOO_LARGE
    assert desk.form == {"text": ["kept"]}
    assert desk.left() == []
    assert 2 * LIMITS.total < read < 3 * LIMITS.total


@pytest.mark.parametrize(
    "parts",
    [
        [text(str(n), "x") for n in range(201)],
        [file("", b"") for _ in range(1001)],
        [text("t", "x" * (LIMITS.overhead + 1))],
        [text("a" * 20_000, "x")],
        [text("a" * 500_000, "x")],
        [b"x" * 500_000 + b"\r\n", text("after", "preamble")],
    ],
    ids=["fields", "parts", "text", "part header", "endless part header", "preamble"],
)
@pytest.mark.parametrize("path", ["/report", "/plain", "/nowhere"])
def test_a_multipart_bomb_is_413(desk: Desk, path: str, parts: list[bytes]) -> None:
    """D2."""
    desk.app.before_request(lambda: request.form and None)
    assert desk.post(body(*parts), path) == 413
    assert desk.left() == []


@pytest.mark.parametrize(
    "data",
    [b"&".join(b"f%d=" % n for n in range(20_000)), b"a=" + b"x" * 600_000, b"a=b" * 30_000],
    ids=["fields", "one field", "over the limit"],
)
@pytest.mark.parametrize("path", ["/plain", "/nowhere"])
def test_a_urlencoded_bomb_is_413(desk: Desk, path: str, data: bytes) -> None:
    """D2: Flask alone lets them pass."""
    desk.app.before_request(lambda: request.form and None)
    kind = "application/x-www-form-urlencoded"
    assert desk.client.post(path, data=data, content_type=kind).status_code == 413


def test_the_number_of_fields_is_bounded_whatever_the_kind_of_form(desk: Desk) -> None:
    """D2."""
    for number, status in ((MAX_FIELDS, 200), (MAX_FIELDS + 1, 413)):
        names = [f"f{n}" for n in range(number)]
        assert desk.client.post("/plain", data=dict.fromkeys(names, "")).status_code == status
        assert desk.post(body(*(text(name, "") for name in names)), "/plain") == status


def test_a_body_refused_is_read_to_its_end_so_that_the_browser_shows_the_answer(
    desk: Desk,
) -> None:
    """D1."""
    raw = io.BytesIO(body(text("t", "x" * 900_000)))
    assert desk.stream(raw) == 413
    assert raw.tell() == len(raw.getvalue())


def test_a_longer_text_passes_where_the_view_declares_it(desk: Desk) -> None:
    cyrillic = "ў" * 100_000
    assert desk.client.post("/long", data={"text": cyrillic}).status_code == 200
    assert desk.form == {"text": [cyrillic]}
    assert desk.client.post("/plain", data={"text": cyrillic}).status_code == 413
    assert desk.post(body(text("text", cyrillic)), "/long") == 200
    assert desk.post(body(text("text", cyrillic)), "/plain") == 413


def test_text_up_to_the_limit_passes_beside_files(desk: Desk) -> None:
    longest = "𐍈" * LIMITS.text
    assert desk.post(body(text("text", longest), file("f", b"x"))) == 200
    assert desk.form == {"text": [longest]}


def test_a_view_that_declares_no_files_gets_none(desk: Desk) -> None:
    assert desk.post(body(text("t", "x"), file("f", b"x")), "/plain") == 413
    assert desk.post(body(text("t", "x"), file("", b"")), "/plain") == 200
    assert desk.left() == []


# Refusals that keep the text


def test_busy_key_derivation_keeps_the_text_and_stores_nothing(desk: Desk) -> None:
    """A9."""
    desk.answer = Busy
    assert desk.post(body(text("a", "1"), file("f", b"x" * 300_000), text("b", "2"))) == 200
    assert desk.received().fault is Fault.BUSY
    assert desk.form == {"a": ["1"], "b": ["2"]}
    assert desk.left() == []
    assert len(desk.asked) == 1


def test_who_may_send_no_files_stores_none(desk: Desk) -> None:
    desk.answer = False
    assert desk.post(body(file("f", b"x"), text("b", "2"))) == 200
    assert desk.received().fault is Fault.REFUSED
    assert desk.left() == []


def test_a_store_that_is_gone_is_a_fault_and_keeps_the_text(desk: Desk) -> None:
    shutil.rmtree(desk.blobs.root)
    assert desk.post(body(text("a", "1"), file("f", b"x" * 300_000), text("b", "2"))) == 200
    assert desk.received().fault is Fault.STORAGE
    assert desk.form == {"a": ["1"], "b": ["2"]}
    assert not desk.blobs.root.exists()


@contextmanager
def disk_that_takes_files_of(size: int) -> Iterator[None]:
    """Let the kernel refuse writes beyond `size` bytes in a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_half_way_is_a_fault_and_keeps_the_text(desk: Desk) -> None:
    """D6."""
    with disk_that_takes_files_of(200 * KIB):
        parts = file("first", b"1"), file("big", b"x" * 500_000), text("b", "2"), file("c", b"3")
        assert desk.post(body(*parts)) == 200
    assert desk.received().fault is Fault.STORAGE
    assert [f.name for f in desk.received().files] == ["first"]
    assert desk.form == {"b": ["2"]}
    assert len(desk.left()) == 1


def test_the_floor_of_free_space_is_kept_from_the_start(desk: Desk) -> None:
    """D6: an upload that would not fit is not begun, nor a key derived for it."""
    spare = desk.blobs.free_bytes() - 400_000
    init_app(desk.app, desk.blobs, replace(LIMITS, free_space_floor=spare))
    assert desk.post(body(file("f", b"x" * 900_000), text("b", "2"))) == 200
    assert desk.received().fault is Fault.STORAGE
    assert desk.form == {"b": ["2"]}
    assert desk.asked == []


def test_the_floor_of_free_space_is_kept_while_others_fill_the_disk(desk: Desk) -> None:
    """D6."""
    left = [10**12, 10**12, 0]

    class Filling(DirectoryBlobs):
        def free_bytes(self) -> int:
            return left.pop(0)

    limits = UploadLimits(total=64 * 1024 * KIB, free_space_floor=1)
    init_app(desk.app, Filling(desk.blobs.root), limits)
    parts = file("f", b"x" * (9 * 1024 * KIB)), file("g", b"x" * (16 * 1024 * KIB))
    assert desk.post(body(*parts)) == 200
    assert desk.received().fault is Fault.STORAGE
    assert [f.name for f in desk.received().files] == ["f"]
    assert len(desk.left()) == 1


# Whose the files are afterwards


def test_files_the_view_did_not_take_over_are_gone_after_the_request(desk: Desk) -> None:
    desk.keeps = False
    assert desk.post(body(file("f", b"x"))) == 200
    assert len(desk.received().files) == 1
    assert desk.left() == []


def test_files_are_gone_when_the_view_fails_before_taking_over(desk: Desk) -> None:
    desk.keeps, desk.fails = False, True
    assert desk.post(body(file("f", b"x"))) == 500
    assert desk.left() == []


def test_files_taken_over_outlive_a_failing_view(desk: Desk) -> None:
    """The row may have been committed: the sweep knows."""
    desk.fails = True
    assert desk.post(body(file("f", b"x"))) == 500
    assert len(desk.left()) == 1


def test_files_of_a_forged_form_are_never_stored(desk: Desk) -> None:
    """B1, D6, A9: no disk and no key derivation for another site's form."""
    desk.app.secret_key = "a secret of this test"
    CSRFProtect(desk.app)
    desk.app.get("/token")(generate_csrf)
    token = desk.client.get("/token").text
    forged = "0" + token[1:]
    for parts in ([], [text("csrf_token", forged)]):
        assert desk.post(body(*parts, file("f", b"x"))) == 400
    assert desk.asked == []
    assert desk.left() == []
    assert desk.post(body(text("csrf_token", token), file("f", b"x"))) == 200
    assert desk.received().fault is None
    assert desk.post(body(file("f", b"x"), text("csrf_token", token))) == 200
    assert desk.received().fault is Fault.REFUSED


def test_parallel_uploads_never_meet(desk: Desk) -> None:
    """D9."""
    app: Flask = desk.app
    seen: dict[str, str] = {}

    @app.after_request
    def note(response: Response) -> Response:
        (received,) = request.sealed_files.files  # type: ignore[attr-defined]
        seen[received.sha256] = received.blob.id
        return response

    contents = [bytes([n]) * 400_000 for n in range(8)]
    kind = f"multipart/form-data; boundary={BOUNDARY}"

    def send(data: bytes) -> int:
        raw = body(file("same name", data))
        return app.test_client().post("/report", data=raw, content_type=kind).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, contents)) == {200}
    assert set(seen) == {hashlib.sha256(data).hexdigest() for data in contents}
    assert len(set(seen.values())) == len(contents) == len(desk.left())
