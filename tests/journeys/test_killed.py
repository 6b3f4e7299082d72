"""The power goes at a moment nobody chose, while letters are on their way in, over and out."""

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest
from playwright.sync_api import Error

from tests.journeys.browsers import Visits
from tests.journeys.marked import MarkedInformant, Marks
from tests.journeys.people import Informant, Member, SentFile, Token
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]

LONGEST_MS = 2500


class Crowd(threading.Thread):
    """Somebody who reports again and again, until nobody answers; what was acknowledged is kept."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = origin
        self.marks = Marks()
        self.acknowledged: list[tuple[Token, str, SentFile]] = []

    def run(self) -> None:
        """Report until the connection breaks, or what comes back is no page with a token."""
        with suppress(httpx.TransportError):
            while True:
                person = MarkedInformant(self.origin, self.marks)
                file = self.marks.file("file", 90_000)
                text = f"report-{len(self.acknowledged)}-of-{self.marks.latin}"
                token = person.report({"text": text, "language": "uz"}, [file])
                self.acknowledged.append((token, text, file))
                person.close()


@pytest.mark.parametrize("time", ["the first time", "the second time"])
def test_after_a_kill_at_any_moment_everything_restarts_and_works(
    time: str, instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """D8. What was acknowledged is there, for the informant and for the office, and the next report goes its way."""
    head, crowd = office("head"), Crowd(instance.portal)
    delay = secrets.randbelow(LONGEST_MS) / 1000
    print(f"{time}, killed after {delay} s")
    crowd.start()
    power_cut = threading.Timer(delay, instance.kill)
    power_cut.start()
    with suppress(Error):
        while power_cut.is_alive():
            head.collect()
    power_cut.join()
    crowd.join()

    instance.start()
    for token, text, file in crowd.acknowledged:
        person = MarkedInformant(instance.portal, crowd.marks)
        assert person.come_back(token.digits)
        assert person.said() == [text]
        assert person.download(file.name) == file.content
        person.close()
    _next_report(instance, visits, head)
    if crowd.acknowledged:
        assert head.found(crowd.marks.latin) >= len(crowd.acknowledged)
        _, text, file = crowd.acknowledged[-1]
        head.open(text)
        assert head.download(file.name) == file.content


def _next_report(instance: Instance, visits: Visits, head: Member) -> None:
    """Report, collect and reply as if nothing had happened."""
    text = f"after-the-power-came-back-{secrets.token_hex(8)}"
    person = Informant(visits.begin(), instance.portal, "en")
    person.arrive()
    person.confirm(person.report(text).digits)
    head.collect()
    head.open(text)
    head.reply("We have it.")
    person.look_again()
    assert person.said() == [text, "We have it."]
