"""Slow work is rationed: so many key derivations at once, a short queue, and a growing wait after failures.

All of it lives in the memory of one process. Each side serves with one worker process of many threads, so that is the whole
instance; a restart forgets the failures, which costs an attacker's victims nothing and an attacker little.
"""

import hmac
import os
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from portal.errors import Busy, TooMany

__all__ = ["Busy", "FailureDelay", "GuessBudget", "KdfSlots", "TooMany"]

QUEUE = 64
PATIENCE_SECONDS = 8.0
_REMEMBERED = 10_000


class KdfSlots:
    """As many key derivations at once as there are cores, a bounded queue behind them, and a bounded wait in it (A9, D16)."""

    def __init__(
        self, slots: int = 0, queue: int = QUEUE, patience: float = PATIENCE_SECONDS
    ) -> None:
        slots = slots or os.cpu_count() or 1
        self._free = threading.Semaphore(slots)
        self._places = threading.Semaphore(slots + queue)
        self._patience = patience

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one slot; raises Busy when the queue is full or moves too slowly."""
        with _held(self._places, 0), _held(self._free, self._patience):
            yield


@contextmanager
def _held(semaphore: threading.Semaphore, patience: float) -> Iterator[None]:
    if not semaphore.acquire(blocking=patience > 0, timeout=patience or None):
        raise Busy
    try:
        yield
    finally:
        semaphore.release()


class GuessBudget:
    """The failures the whole instance takes without a pause; they are made good steadily (A5, A8).

    When they are used up every try, right or wrong, first waits. It is a brake and no gate: the right token still opens
    its mailbox while somebody else guesses (A7). The waiting threads are bounded; who finds no place is told to come back.
    """

    def __init__(
        self,
        failures: int = 600,
        per_second: float = 1.0,
        pause: float = 2.0,
        places: int = 24,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._size = self._left = float(failures)
        self._per_second = per_second
        self._pause = pause
        self._places = threading.Semaphore(places)
        self._sleep = sleep
        self._at: datetime | None = None
        self._lock = threading.Lock()

    def wait(self, now: datetime) -> None:
        """Let a try go on: at once, or after the pause; raises TooMany when too many are waiting already."""
        with self._lock:
            self._refill(now)
            if self._left >= 1:
                return
        if not self._places.acquire(blocking=False):
            raise TooMany(int(self._pause) + 1)
        try:
            self._sleep(self._pause)
        finally:
            self._places.release()

    def failed(self, now: datetime) -> None:
        """Take one failure out of the budget."""
        with self._lock:
            self._refill(now)
            self._left = max(0.0, self._left - 1)

    def _refill(self, now: datetime) -> None:
        passed = (now - self._at).total_seconds() if self._at else 0.0
        self._left = min(self._size, self._left + max(0.0, passed) * self._per_second)
        self._at = now


class FailureDelay:
    """After some free failures each further one doubles the wait of its subject, up to a ceiling; a success forgets them.

    Each subject (a session, an account) waits for itself alone (A7), and the instance as a whole has its GuessBudget. Subjects
    are remembered as an HMAC under a key that dies with the process, the oldest forgotten first.
    """

    def __init__(
        self,
        free: int = 5,
        ceiling: timedelta = timedelta(minutes=5),
        budget: GuessBudget | None = None,
    ) -> None:
        self._free = free
        self._ceiling = ceiling
        self._budget = budget or GuessBudget()
        self._key = secrets.token_bytes(32)
        self._failures: OrderedDict[bytes, tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, subject: bytes, now: datetime) -> None:
        """Let a try go on; raises TooMany while the subject has to wait, or while too many others do."""
        with self._lock:
            _count, until = self._failures.get(self._name(subject), (0, now))
        if until > now:
            raise _too_many(until, now)
        self._budget.wait(now)

    @contextmanager
    def attempt(self, subject: bytes, now: datetime, failure: type[Exception]) -> Iterator[None]:
        """Let a try go on, counted as failed from the beginning: many sent at once are counted before one is answered (A21).

        `failure` leaves the count; a success forgets all of them; anything else, such as a database that is down, this one.
        """
        self.check(subject, now)
        before = self._begin(self._name(subject), now)
        try:
            yield
        except failure:
            self._budget.failed(now)
            raise
        except Exception:
            self._forget_one(self._name(subject), before)
            raise
        self.succeeded(subject)

    def failed(self, subject: bytes, now: datetime) -> None:
        """Note a failure."""
        self._budget.failed(now)
        with self._lock:
            self._count(self._name(subject), now)

    def succeeded(self, subject: bytes) -> None:
        """Forget the failures."""
        with self._lock:
            self._failures.pop(self._name(subject), None)

    def _begin(self, name: bytes, now: datetime) -> tuple[int, datetime]:
        """Count a try, unless its subject has to wait since others began; give the count before it."""
        with self._lock:
            before = self._failures.get(name, (0, now))
            if before[1] > now:
                raise _too_many(before[1], now)
            self._count(name, now)
        return before

    def _count(self, name: bytes, now: datetime) -> None:
        count = self._failures.pop(name, (0, now))[0] + 1
        self._failures[name] = (count, now + self._wait_after(count))
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def _forget_one(self, name: bytes, before: tuple[int, datetime]) -> None:
        """Take one try back; what others counted meanwhile stands."""
        with self._lock:
            count, until = self._failures.get(name, (0, before[1]))
            if count == before[0] + 1:
                self._failures[name] = before
            elif count:
                self._failures[name] = (count - 1, until)

    def _wait_after(self, count: int) -> timedelta:
        if count < self._free:
            return timedelta()
        return min(timedelta(seconds=2 ** min(count - self._free, 20)), self._ceiling)

    def _name(self, subject: bytes) -> bytes:
        return hmac.digest(self._key, subject, "sha256")


def _too_many(until: datetime, now: datetime) -> TooMany:
    return TooMany(int((until - now).total_seconds()) + 1)
