import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from portal.errors import Busy, TooMany
from portal.limits import FailureDelay, GuessBudget, KdfSlots

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_no_more_run_at_once_than_there_are_slots() -> None:
    """A9. D16."""
    slots, running, most = KdfSlots(slots=2), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        with slots.slot():
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.005)
            with lock:
                running[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]


def test_a_full_queue_says_so_at_once() -> None:
    """A9."""
    slots = KdfSlots(slots=1, queue=0, patience=60)
    with slots.slot(), pytest.raises(Busy), slots.slot():
        pass
    with slots.slot():
        pass


def test_who_waits_too_long_is_told_to_come_back_and_frees_the_place() -> None:
    """A9."""
    slots = KdfSlots(slots=1, queue=1, patience=0.01)
    with slots.slot():
        for _ in range(3):
            with pytest.raises(Busy), slots.slot():
                pass
    with slots.slot():
        pass


def test_a_slot_is_free_again_after_an_error() -> None:
    slots = KdfSlots(slots=1, queue=0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), slots.slot():
            raise ZeroDivisionError


def test_after_some_free_failures_each_doubles_the_wait_up_to_a_ceiling() -> None:
    """A7. A21."""
    delay = FailureDelay(free=3, ceiling=timedelta(seconds=10))
    now, waits = NOW, []
    for _ in range(8):
        delay.failed(b"one", now)
        try:
            delay.check(b"one", now)
            waits.append(0)
        except TooMany as error:
            waits.append(error.retry_after)
            now += timedelta(seconds=error.retry_after)
            delay.check(b"one", now)  # never a lock
    assert waits == [0, 0, 2, 3, 5, 9, 11, 11]


def test_only_the_one_who_failed_waits() -> None:
    """A7."""
    delay = FailureDelay(free=1)
    delay.failed(b"one", NOW)
    with pytest.raises(TooMany):
        delay.check(b"one", NOW)
    delay.check(b"another", NOW)


def test_a_success_forgets_the_failures() -> None:
    delay = FailureDelay(free=1)
    delay.failed(b"one", NOW)
    delay.succeeded(b"one")
    delay.check(b"one", NOW)


def test_who_failed_is_not_remembered_by_name() -> None:
    """E1."""
    delay = FailureDelay()
    delay.failed(b"somebody", NOW)
    assert b"somebody" not in b"".join(delay._failures)
    assert len(next(iter(delay._failures))) == 32


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """D6."""
    monkeypatch.setattr("portal.limits._REMEMBERED", 3)
    delay = FailureDelay()
    for number in range(10):
        delay.failed(str(number).encode(), NOW)
    assert len(delay._failures) == 3


def test_guesses_from_ever_new_sessions_meet_a_pause_and_nobody_is_locked_out() -> None:
    """A5. A7. A8."""
    pauses: list[float] = []
    budget = GuessBudget(failures=3, per_second=1, pause=2, places=1, sleep=pauses.append)
    delay = FailureDelay(budget=budget)
    for number in range(3):
        delay.check(str(number).encode(), NOW)
        delay.failed(str(number).encode(), NOW)
    assert pauses == []
    delay.check(b"an honest one", NOW)
    assert pauses == [2]
    delay.check(b"an honest one", NOW + timedelta(seconds=1))
    assert pauses == [2]


def test_the_pause_holds_up_a_bounded_number_of_threads() -> None:
    """A7. D5."""
    refused: list[int] = []

    def second(_pause: float) -> None:
        with pytest.raises(TooMany) as error:
            budget.wait(NOW)
        refused.append(error.value.retry_after)

    budget = GuessBudget(failures=1, per_second=0, pause=2, places=1, sleep=second)
    budget.failed(NOW)
    budget.wait(NOW)
    assert refused == [3]


def test_a_clock_turned_back_gives_nothing_away() -> None:
    """F27."""
    pauses: list[float] = []
    budget = GuessBudget(failures=1, per_second=1, sleep=pauses.append)
    budget.failed(NOW)
    budget.wait(NOW - timedelta(days=1))
    assert len(pauses) == 1
