"""What an informant is told before they give away more than they mean to."""

import pytest

from tests.support.portals import Portal
from tests.web.client import Browser

pytestmark = pytest.mark.any_engine

WARNED = {
    "en": "hidden data",
    "ru": "скрытые данные",
    "uz": "yashirin",
    "uz-Cyrl": "яширин",
}


@pytest.mark.parametrize("language", WARNED)
def test_whoever_adds_a_file_is_told_what_files_carry(portal: Portal, language: str) -> None:
    """C25. Beside the control itself, and tied to it for those who hear the page."""
    browser = Browser(portal.app)
    browser.get(f"/{language}/report")
    assert browser.page is not None
    (control,) = browser.page.xpath("//input[@type='file']")
    hints = [browser.page.get_element_by_id(i) for i in control.get("aria-describedby").split()]
    assert WARNED[language] in " ".join(hint.text_content() for hint in hints)
