"""Doing several things at the same moment."""

import threading
from collections.abc import Callable, Sequence
from typing import Any


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in threads that begin together; give what each returned, or the exception it raised."""
    barrier = threading.Barrier(len(jobs))
    outcomes: list[Any] = [None] * len(jobs)

    def run(place: int, job: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            outcomes[place] = job()
        except Exception as error:  # noqa: BLE001 - the test says which it expects
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def kinds(outcomes: Sequence[Any]) -> list[str]:
    """Name what came of each job: its exception's type, or nothing; sorted."""
    return sorted(type(one).__name__ if isinstance(one, Exception) else "" for one in outcomes)
