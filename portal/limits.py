"""Slow work is rationed: so many key derivations at once, a short queue, and a growing wait after failures.

Both live in the memory of one process. Each side serves with one worker process of many threads, so that is the whole instance.
"""

import hmac
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from portal.errors import Busy, TooMany

__all__ = ["Busy", "FailureDelay", "KdfSlots", "TooMany"]

QUEUE = 64
PATIENCE_SECONDS = 15.0
_REMEMBERED = 10_000


class KdfSlots:
    """As many key derivations at once as there are cores, a bounded queue behind them, and a bounded wait in it.

    This is also the instance's whole budget of guesses: a token has 80 bits, and two cores try some hundred a second (A5, A9).
    """

    def __init__(
        self, slots: int = 0, queue: int = QUEUE, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._free = threading.Semaphore(slots or os.cpu_count() or 1)
        self._places = threading.Semaphore((slots or os.cpu_count() or 1) + queue)
        self._patience = patience

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one slot; raises Busy when the queue is full or moves too slowly."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._free.acquire(timeout=self._patience):
                raise Busy
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._places.release()


class FailureDelay:
    """After some free failures each further one doubles the wait, up to a ceiling; a success forgets them.

    Keys are remembered only as an HMAC under a key that dies with the process, the oldest forgotten first.
    """

    def __init__(self, free: int = 5, ceiling: timedelta = timedelta(minutes=5)) -> None:
        self._free = free
        self._ceiling = ceiling
        self._key = secrets.token_bytes(32)
        self._failures: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, subject: bytes, now: datetime) -> None:
        """Raise TooMany while the subject has to wait."""
        with self._lock:
            _count, until = self._failures.get(self._name(subject), (0, now))
        if until > now:
            raise TooMany(int((until - now).total_seconds()) + 1)

    def failed(self, subject: bytes, now: datetime) -> None:
        """Note a failure."""
        name = self._name(subject)
        with self._lock:
            count = self._failures.pop(name, (0, now))[0] + 1
            wait = (
                timedelta(seconds=2 ** min(count - self._free, 20))
                if count >= self._free
                else timedelta()
            )
            self._failures[name] = (count, now + min(wait, self._ceiling))
            while len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, subject: bytes) -> None:
        """Forget the failures."""
        with self._lock:
            self._failures.pop(self._name(subject), None)

    def _name(self, subject: bytes) -> bytes:
        return hmac.digest(self._key, subject, "sha256")
