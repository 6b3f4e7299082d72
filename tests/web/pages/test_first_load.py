"""The report page on a slow line: all that a first visit fetches, as it is served."""

import gzip

import pytest

from portal.app import STATIC
from tests.support.portals import Portal
from tests.web.pages.informant import Informant

pytestmark = pytest.mark.any_engine

BUDGET = 14 * 1024


@pytest.mark.parametrize("language", ["uz", "uz-Cyrl", "ru", "en"])
def test_the_first_load_of_the_report_page_fits_in_fourteen_kilobytes(
    portal: Portal, language: str
) -> None:
    """B16. B17. The page names all it needs: one style sheet and one icon, both from here."""
    visitor = Informant(portal.app)
    path = f"/{language}/report"
    headers = {"Accept-Encoding": "gzip"}
    page = visitor.client.get(path, base_url=visitor.origin, headers=headers)
    assert page.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(page.data).decode()
    fetched = {path: len(page.data)}
    for wanted in ("/static/portal.css", "/favicon.ico"):
        assert f'href="{wanted}"' in text
        response = visitor.client.get(wanted, base_url=visitor.origin, headers=headers)
        assert response.status_code == 200
        fetched[wanted] = len(response.data)
    assert text.count("<link ") == 2
    assert "src=" not in text
    print(path, fetched, sum(fetched.values()))
    assert sum(fetched.values()) <= BUDGET
    assert fetched["/static/portal.css"] < len((STATIC / "portal.css").read_bytes()) / 2
