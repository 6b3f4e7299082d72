"""A report about the head of the service goes around the head, and around everybody who works for them."""

import secrets
from collections.abc import Callable

import pytest

from tests.journeys.browsers import Visits, follow
from tests.journeys.people import Informant, Member, SentFile
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]


def test_the_oversight_desk_alone_sees_a_report_about_the_head(
    instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """E25. F1. F2. Not in a list, a count, a search, or by any address."""
    mark = "zq" + secrets.token_hex(6)
    file = SentFile(f"{mark}.pdf", mark.encode())
    _another_report(Informant(visits.begin(), instance.portal, "uz"))
    excluded = [office("head"), office("investigator")]
    for member in excluded:
        member.collect()
    before = [member.listed() for member in excluded]

    person = Informant(visits.begin(), instance.portal, "uz")
    person.arrive()
    person.confirm(person.report(f"Rahbar haqida: {mark}", [file], concerned=["head"]).digits)

    oversight = office("oversight")
    oversight.collect()
    oversight.open(mark)
    address = oversight.page.url
    file_address = oversight.page.get_attribute(".files a", "href")
    assert file_address is not None
    assert oversight.download(file.name) == file.content

    for member, count in zip(excluded, before, strict=True):
        member.collect()
        assert member.listed() == count
        assert member.found(mark) == 0
        for hidden in (address, f"{instance.office}{file_address}"):
            assert _refused(member, hidden) == _refused(member, _nobodys(hidden))
        _cannot_reply(member, address.rpartition("/")[2])
    oversight.reply("Rahmat, koʻrib chiqamiz.")
    person.look_again()
    assert person.said() == [f"Rahbar haqida: {mark}", "Rahmat, koʻrib chiqamiz."]


def _another_report(person: Informant) -> None:
    """Report something that concerns nobody of the service."""
    person.arrive()
    person.report("Omborda mis kamaygan.")


def _refused(member: Member, address: str) -> str:
    """Go to an address that is refused; gives the page, which is the same for what is hidden and what never was."""
    response = member.page.goto(address)
    assert response is not None
    assert response.status == 404
    return member.page.content()


def _nobodys(address: str) -> str:
    """Give a like address with an id that nothing has."""
    return "/".join(part if len(part) != 32 else "0" * 32 for part in address.split("/"))


def _cannot_reply(member: Member, hidden: str) -> None:
    """Take a report they may open, and point its form at the one they may not."""
    member.page.goto(f"{member.origin}/{member.language}/reports")
    follow(member.page, member.page.locator("table.reports tbody a").first)
    own = member.page.url.rpartition("/")[2]
    form = member.page.locator("form[enctype]")
    form.evaluate(f"form => form.action = form.action.replace('{own}', '{hidden}')")
    member.page.fill("#text", "I know who you are")
    with member.page.expect_navigation() as sent:
        form.locator("button[type=submit]:not([name])").click()
    assert sent.value is not None
    assert sent.value.status == 404
