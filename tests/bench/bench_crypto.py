"""The age format beside bare cryptography: `python -m tests.bench.bench_crypto [MiB] [rounds]`.

Streams: sealing and opening one beside ChaCha20-Poly1305 over 64 KiB buffers. Headers: files without content, for one
recipient, beside HPKE alone. Best of some rounds, taken in turns, in seconds of this process alone: all of it is
computing, and what else the machine does shall not count.
"""

import io
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from crypto.age import seal, seal_stream, unseal, unseal_stream
from crypto.recipients import Identity
from crypto.stream import CHUNK
from tests.unit.crypto_age.streams import Nowhere, source

MIB = 1024 * 1024
HEADERS = 1000


@dataclass(frozen=True)
class Rates:
    """Best rates per second, and what bare cryptography reaches in the same rounds."""

    sealed: float
    opened: float
    floor_sealed: float
    floor_opened: float


def measure_streams(size: int, rounds: int) -> Rates:
    """Seal and open `size` bytes `rounds` times, and encrypt as many with the bare cipher; in bytes per second."""
    identity = Identity.generate()
    sealed = io.BytesIO()
    seal_stream(source(size), sealed, [identity.recipient])
    cipher, buffer, nonce = ChaCha20Poly1305(os.urandom(32)), os.urandom(CHUNK), bytes(12)

    def seals() -> None:
        seal_stream(source(size), Nowhere(), [identity.recipient])

    def opens() -> None:
        sealed.seek(0)
        assert sum(map(len, unseal_stream(sealed, identity))) == size

    def bare() -> None:
        for _ in range(size // CHUNK):
            cipher.encrypt(nonce, buffer, None)

    sealing, opening, floor = _best(rounds, seals, opens, bare)
    return Rates(size / sealing, size / opening, size / floor, size / floor)


def measure_headers(rounds: int) -> Rates:
    """Seal and open a thousand empty files for one recipient, and do as much HPKE; in headers per second."""
    identity = Identity.generate()
    recipient = identity.recipient
    sealed, wrapped = seal(b"", [recipient]), recipient.wrap(bytes(16))
    works = (
        lambda: seal(b"", [recipient]),
        lambda: unseal(sealed, identity),
        lambda: recipient.wrap(bytes(16)),
        lambda: identity.unwrap(*wrapped),
    )
    seconds = _best(rounds, *(_many_times(work) for work in works))
    return Rates(*(HEADERS / s for s in seconds))


def _many_times(work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(HEADERS):
            work()

    return run


def _best(rounds: int, *works: Callable[[], None]) -> list[float]:
    """Do each work once per round, in turns; give the least seconds of each."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for place, work in enumerate(works):
            started = time.process_time()
            work()
            best[place] = min(best[place], time.process_time() - started)
    return best


def main() -> None:
    """Print one measurement."""
    size = int(sys.argv[1]) * MIB if len(sys.argv) > 1 else 256 * MIB
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    streams, headers = measure_streams(size, rounds), measure_headers(rounds)
    print(f"a stream of {size // MIB} MiB, best of {rounds}")
    _print(streams, 1e6, "MB/s", "bare cipher")
    print(f"headers for one recipient, best of {rounds}")
    _print(headers, 1, "/s", "bare HPKE")


def _print(rates: Rates, unit: float, name: str, floor_name: str) -> None:
    for what, rate, floor in (
        ("sealed", rates.sealed, rates.floor_sealed),
        ("opened", rates.opened, rates.floor_opened),
    ):
        floor_text = f"{floor_name} {floor / unit:6.0f} {name}"
        print(f"  {what} {rate / unit:6.0f} {name}   {floor_text}   ratio {rate / floor:.2f}")


if __name__ == "__main__":
    main()
