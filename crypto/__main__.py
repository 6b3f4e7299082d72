"""The format on the command line: `python -m crypto keygen | seal -r RECIPIENT | open -i IDENTITY_FILE`.

Standard input to standard output. Any failure is exit code 1 and one line that says nothing of why; no byte after the last
authenticated chunk is ever written.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import BinaryIO

from crypto.age import seal_stream, unseal_stream
from crypto.errors import CryptoError
from crypto.recipients import Identity, Recipient


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give the exit code."""
    options = _parser().parse_args(arguments)
    try:
        # Streams of our own: Python's output is unbuffered under PYTHONUNBUFFERED, and then a full disk cuts it short
        # without a word; its input and output are None where the caller has closed them.
        with os.fdopen(0, "rb", closefd=False) as source, os.fdopen(1, "wb", closefd=False) as sink:
            _run(options, source, sink)
    except (CryptoError, OSError, UnicodeDecodeError):
        print("crypto: failed", file=sys.stderr)  # noqa: T201 - this is a command
        return 1
    return 0


def _run(options: argparse.Namespace, source: BinaryIO, sink: BinaryIO) -> None:
    if options.command == "keygen":
        sink.write(_keygen().encode())
    elif options.command == "seal":
        seal_stream(source, sink, [Recipient.parse(text) for text in options.recipient])
    else:
        sink.writelines(unseal_stream(source, _identity(options.identity)))


def _keygen() -> str:
    """Make an identity file; unlike age's own it bears no time (E6)."""
    identity = Identity.generate()
    return f"# public key: {identity.recipient}\n{identity.encode()}\n"


def _identity(path: Path) -> Identity:
    """Read the one identity of a file; lines that begin with # are remarks."""
    lines = path.read_text(encoding="utf-8").split("\n")
    keys = [line for line in lines if line and not line.startswith("#")]
    return Identity.parse(keys[0] if len(keys) == 1 else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crypto", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("keygen", help="make a key pair")
    seal = commands.add_parser("seal", help="seal standard input")
    seal.add_argument("-r", "--recipient", action="append", required=True, help="age1pq1…")
    unseal = commands.add_parser("open", help="open standard input")
    unseal.add_argument(
        "-i", "--identity", type=Path, required=True, help="a file that holds the key"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
