"""The power goes out in the middle of everything: SIGKILL at random moments while people report."""

import os
import random
import threading
import time
from contextlib import suppress

import pytest

from tests.support.served import Served
from tests.web.faults.reports import (
    GONE,
    Report,
    has_every_report_in_its_log,
    some_files,
    store_of,
    sweep_everything,
)
from tests.web.faults.visitor import Visitor

# In all: half of them on each engine.
KILLS = int(os.environ.get("ISHONCH_TEST_KILLS", "20"))
PEOPLE = 3
SIZES = (1, 70_000, 600_000, 1_500_000)
# How many reports' time the process lives at most: long enough for tokens to be shown, short enough to be cut off.
LONGEST_LIFE = 2


@pytest.mark.slow
def test_whatever_moment_the_process_dies_at_a_token_shown_opens_its_whole_report(
    portal: Served,
) -> None:
    """D8. D9. And the form sent again gives one report, and the sweep leaves no file without a row, nor the reverse."""
    chance = random.Random()  # noqa: S311 - moments, not secrets
    first, seconds = _report_in_peace(portal)
    reports, cut = [first], 0
    for _ in range(KILLS // 2):
        begun = _report_until_killed(portal, chance, LONGEST_LIFE * seconds)
        cut += sum(not report.token for report in begun)
        portal.start()
        for report in begun:
            if not report.token:
                answer = report.go_on()
                assert report.token, (answer.status, answer.alert)
        reports += begun
    print(f"{KILLS // 2} kills, {len(reports)} reports, {cut} of them cut off")
    assert 0 < cut < len(reports)
    assert len({report.token for report in reports}) == len(reports)
    portal.kill()
    sweep_everything(portal)
    store = store_of(portal)
    assert store.files == store.named
    assert not store.staged
    assert store.rows["mailboxes"] == store.rows["envelopes"] == len(reports)
    assert has_every_report_in_its_log(portal)
    portal.start()
    assert [report.text for report in reports if not report.is_whole()] == []


def _report_in_peace(portal: Served) -> tuple[Report, float]:
    """Report once, and see how long it takes."""
    report = Report(Visitor(portal.port), "canary in peace", some_files(*SIZES))
    begun = time.monotonic()
    report.go_on()
    return report, time.monotonic() - begun


def _report_until_killed(
    portal: Served, chance: random.Random, longest_life: float
) -> list[Report]:
    """Let some people report, one report after the other, until the process dies; give their reports."""
    begun: list[Report] = []
    everybody = [
        threading.Thread(target=_keep_reporting, args=(portal.port, begun, chance))
        for _ in range(PEOPLE)
    ]
    for one in everybody:
        one.start()
    time.sleep(chance.uniform(0, longest_life))
    portal.kill()
    for one in everybody:
        one.join()
    return begun


def _keep_reporting(port: int, begun: list[Report], chance: random.Random) -> None:
    with suppress(*GONE):
        while True:
            files = some_files(*chance.sample(SIZES, chance.randrange(4)))
            report = Report(Visitor(port), f"canary {chance.getrandbits(64):x}", files)
            begun.append(report)
            report.go_on()
