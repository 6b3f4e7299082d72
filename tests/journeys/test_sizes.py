"""A report from a tablet and from a desk, and what the first look at the form costs."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Response

from tests.journeys.browsers import DESKTOP, NARROW, TABLET, Visits
from tests.journeys.people import Informant, Member, SentFile
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]

BUDGET = 14 * 1024


@pytest.mark.parametrize("width", [TABLET, DESKTOP])
def test_a_person_reports_from_any_screen(
    width: int, instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """B17. Each page on the way is measured for scrolling sideways."""
    text, file = f"Ekran eni {width} piksel", SentFile(f"{width}.pdf", b"w" * width)
    person = Informant(visits.begin(width), instance.portal, "uz")
    person.arrive()
    token = person.report(text, [file], answers={"unit": "copper-smelter", "place": "Sex 2"})
    person.confirm(token.digits)
    for link in ("help", "rights"):
        person.page.goto(f"{instance.portal}/uz/{link}")
    person.come_back(token.words[0])
    assert person.said() == [text]
    head = office("head")
    head.collect()
    head.open(text)
    assert head.download(file.name) == file.content


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru", "en"])
def test_the_first_load_of_the_report_page_is_14_kilobytes_at_most(
    language: str, instance: Instance, visits: Visits
) -> None:
    """B16. B17. Page, style sheet and icon as they come over the line, headers included; nothing else is asked for."""
    page = visits.begin(NARROW)
    came: list[Response] = []
    page.on("response", lambda response: came.append(response))  # noqa: PLW0108 - Playwright marks it
    page.goto(f"{instance.portal}/{language}/report")
    icon = page.get_attribute("link[rel=icon]", "href")
    sizes = {r.url.removeprefix(instance.portal): r.request.sizes() for r in came}
    assert set(sizes) == {f"/{language}/report", "/static/portal.css"}
    # A browser fetches the icon behind Playwright's back; its headers are like the others'.
    icon_bytes = len(page.context.request.get(f"{instance.portal}{icon}").body())
    headers = [size["responseHeadersSize"] for size in sizes.values()]
    bodies = [size["responseBodySize"] for size in sizes.values()]
    print(f"{language}: bodies {bodies}, icon {icon_bytes}, headers {headers}")
    assert min(*bodies, icon_bytes) > 0
    assert sum(bodies) + icon_bytes + sum(headers) + max(headers) <= BUDGET
