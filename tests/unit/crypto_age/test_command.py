"""`python -m crypto`, as an operator runs it: real processes, real pipes, real files."""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import pytest

from crypto.age import seal, sealed_length, unseal
from crypto.recipients import Identity
from tests.unit.crypto_age.oracle import CHUNK, IDENTITY, OTHER, SEALED_CHUNK

ROOT = Path(__file__).resolve().parents[3]
TEXT = "Ular pul olishdi. Об этом знают. ".encode() * 6000
SEALED = seal(TEXT, [IDENTITY.recipient])
PAYLOAD = sealed_length(0, 1) - 16
FAILED = b"crypto: failed\n"


def start(
    *arguments: str | Path,
    stdin: int = subprocess.PIPE,
    stdout: int = subprocess.PIPE,
    unbuffered: bool = False,
    limit: int = resource.RLIM_INFINITY,
) -> subprocess.Popen[bytes]:
    """Start the command; `limit` is the most bytes it may write to any file."""
    return subprocess.Popen(
        [sys.executable, "-m", "crypto", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | ({"PYTHONUNBUFFERED": "1"} if unbuffered else {}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),  # noqa: PLW1509
    )


def run(given: bytes, *arguments: str | Path) -> tuple[int, bytes, bytes]:
    """Run the command; give exit code, output and error output."""
    process = start(*arguments)
    out, err = process.communicate(given)
    return process.returncode, out, err


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(f"# {IDENTITY.recipient}\n{IDENTITY.encode()}\n", "utf-8")
    return path


def test_keys_are_made_files_sealed_and_opened_through_pipes(tmp_path: Path) -> None:
    code, keys, err = run(b"", "keygen")
    assert (code, err) == (0, b"")
    made = tmp_path / "made.txt"
    made.write_bytes(keys)
    recipient = keys.decode().split("\n")[0].removeprefix("# public key: ")
    with (
        start("seal", "-r", recipient, "-r", str(OTHER.recipient)) as sealing,
        start("open", "-i", made, stdin=pipe(sealing.stdout).fileno()) as opening,
    ):
        pipe(sealing.stdout).close()
        pipe(sealing.stdin).write(TEXT)
        pipe(sealing.stdin).close()
        assert opening.communicate() == (TEXT, b"")
        assert pipe(sealing.stderr).read() == b""
    assert (sealing.returncode, opening.returncode) == (0, 0)


def pipe(stream: IO[bytes] | None) -> IO[bytes]:
    """Give a stream that was asked for."""
    assert stream is not None
    return stream


def test_what_the_command_seals_opens_for_each_recipient() -> None:
    people = (IDENTITY, OTHER)
    arguments = [part for person in people for part in ("-r", str(person.recipient))]
    code, sealed, err = run(TEXT, "seal", *arguments)
    assert (code, err) == (0, b"")
    assert [unseal(sealed, person) for person in people] == [TEXT, TEXT]


@pytest.mark.parametrize("size", [0, 1, CHUNK, CHUNK + 1])
def test_the_command_opens_what_the_package_seals(key_file: Path, size: int) -> None:
    sealed = seal(TEXT[:size], [IDENTITY.recipient])
    assert run(sealed, "open", "-i", key_file) == (0, TEXT[:size], b"")


def test_a_key_file_says_the_recipient_and_the_key_and_nothing_else() -> None:
    """E6. Not when the key was made: a date would tie it to a day, and the day to a person."""
    code, keys, err = run(b"", "keygen")
    assert (code, err) == (0, b"")
    found = re.fullmatch(r"# public key: (age1pq1[a-z0-9]{1952})\n(AGE-SECRET-.*)\n", keys.decode())
    assert found is not None
    identity = Identity.parse(found[2])
    assert str(identity.recipient) == found[1]
    assert run(b"", "keygen")[1] != keys


def without_last(text: str) -> str:
    return text[:-1]


KEY_FILES: dict[str, Callable[[str], str]] = {
    "an empty file": lambda _: "",
    "only remarks": lambda _: "# nothing\n",
    "two keys": lambda key: f"{key}\n{key}\n",
    "a key cut short": without_last,
    "a key in small letters": str.lower,
    "a blank before the key": lambda key: " " + key,
    "a recipient": lambda _: str(IDENTITY.recipient),
    "another kind of key": lambda _: "AGE-SECRET-KEY-1" + "Q" * 58,
    "bytes that are no text": lambda key: "\udcff" + key,
}


@pytest.mark.parametrize("write", KEY_FILES.values(), ids=KEY_FILES)
def test_a_key_file_without_exactly_one_key_opens_nothing(
    write: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "key.txt"
    path.write_bytes(write(IDENTITY.encode()).encode("utf-8", "surrogateescape"))
    assert run(SEALED, "open", "-i", path) == (1, b"", FAILED)


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "{}\n",
        "\n\n{}\n\n",
        "# сделан для проверки\n{}\n",
        "# created: 2026\r\n# public key: age1pq1…\r\n{}\r\n",
        "# one\u2028two\x0bthree\n{}\n#",
    ],
)
def test_remarks_and_empty_lines_in_a_key_file_do_not_matter(tmp_path: Path, around: str) -> None:
    path = tmp_path / "key.txt"
    path.write_bytes(around.format(IDENTITY.encode()).encode())
    assert run(SEALED, "open", "-i", path) == (0, TEXT, b"")


DAMAGED = {
    "nothing": b"",
    "garbage": b"not a file of ours",
    "cut in the header": SEALED[:100],
    "cut in the nonce": SEALED[: PAYLOAD - 3],
    "cut in the first chunk": SEALED[: PAYLOAD + 100],
    "for somebody else": seal(TEXT, [OTHER.recipient]),
}


@pytest.mark.parametrize("sealed", DAMAGED.values(), ids=DAMAGED)
def test_whatever_is_wrong_there_is_one_line_that_does_not_say_what(
    key_file: Path, sealed: bytes
) -> None:
    """F10."""
    assert run(sealed, "open", "-i", key_file) == (1, b"", FAILED)


@pytest.mark.parametrize("name", ["missing.txt", ".", "missing/key.txt", IDENTITY.encode()])
def test_a_key_file_that_cannot_be_read_fails_with_the_same_line(tmp_path: Path, name: str) -> None:
    """A key given in place of its file's name is not said back."""
    assert run(SEALED, "open", "-i", tmp_path / name) == (1, b"", FAILED)


@pytest.mark.parametrize(
    "recipients",
    [["age1pq1"], [""], [str(IDENTITY.recipient), "age1"], [IDENTITY.encode()]],
    ids=["cut", "empty", "second", "an identity"],
)
def test_a_wrong_recipient_seals_nothing(recipients: Sequence[str]) -> None:
    arguments = [part for recipient in recipients for part in ("-r", recipient)]
    assert run(TEXT, "seal", *arguments) == (1, b"", FAILED)


@pytest.mark.parametrize("chunk", [0, 1, 2])
def test_nothing_beyond_the_last_authentic_chunk_is_given_out(key_file: Path, chunk: int) -> None:
    """F10."""
    changed = bytearray(SEALED)
    changed[PAYLOAD + chunk * SEALED_CHUNK + 5] ^= 1
    assert run(bytes(changed), "open", "-i", key_file) == (1, TEXT[: chunk * CHUNK], FAILED)


@pytest.mark.parametrize("end", [PAYLOAD + 2 * SEALED_CHUNK, PAYLOAD + 2 * SEALED_CHUNK + 500])
def test_a_file_cut_after_two_chunks_is_not_taken_for_whole(key_file: Path, end: int) -> None:
    """F10."""
    code, out, err = run(SEALED[:end], "open", "-i", key_file)
    assert (code, err) == (1, FAILED)
    assert out in (TEXT[:CHUNK], TEXT[: 2 * CHUNK])


def test_a_file_with_something_after_it_is_not_taken_for_whole(key_file: Path) -> None:
    """F10."""
    code, out, err = run(SEALED + b"\n", "open", "-i", key_file)
    assert (code, err) == (1, FAILED)
    assert TEXT.startswith(out)
    assert len(out) < len(TEXT)


@pytest.mark.parametrize("command", ["seal", "open"])
def test_a_reader_that_goes_away_leaves_no_traceback(key_file: Path, command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    arguments = ("-r", str(IDENTITY.recipient)) if command == "seal" else ("-i", key_file)
    process = start(command, *arguments, stdout=writer)
    os.close(writer)
    assert process.communicate(SEALED)[1] == FAILED
    assert process.returncode == 1


def test_keys_nobody_could_read_are_no_success() -> None:
    with Path("/dev/full").open("wb") as full:
        process = start("keygen", stdout=full.fileno())
        assert process.communicate()[1] == FAILED
    assert process.returncode == 1


@pytest.mark.parametrize("unbuffered", [False, True])
def test_a_disk_that_fills_up_is_no_success(tmp_path: Path, *, unbuffered: bool) -> None:
    """With PYTHONUNBUFFERED, Python's own output would be cut short without a word."""
    text, target = TEXT[:1000], tmp_path / "sealed"
    limit = sealed_length(len(text), 1) - 10
    with target.open("wb") as file:
        process = start(
            *("seal", "-r", str(IDENTITY.recipient)),
            unbuffered=unbuffered,
            limit=limit,
            stdout=file.fileno(),
        )
        assert process.communicate(text)[1] == FAILED
    assert (process.returncode, target.stat().st_size) == (1, limit)


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_stream_that_is_closed_leaves_no_traceback(key_file: Path, closed: str) -> None:
    script = f'exec "$0" -m crypto open -i "$1" {closed}'
    done = subprocess.run(
        ["sh", "-c", script, sys.executable, key_file],
        input=SEALED,
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", FAILED)


def test_no_option_takes_a_secret_key() -> None:
    """Arguments are in every list of processes: keys come from files, and only recipients from arguments."""
    options = set()
    for command in ("keygen", "seal", "open"):
        options |= set(re.findall(r"--[a-z]+", run(b"", command, "--help")[1].decode()))
    assert options == {"--help", "--recipient", "--identity"}
    code, out, err = run(SEALED, "open", "-i", IDENTITY.encode())
    assert (code, out, err) == (1, b"", FAILED)


def test_the_command_says_how_it_is_used() -> None:
    code, out, err = run(b"")
    assert (code, out) == (2, b"")
    assert err.startswith(b"usage: python -m crypto")
