"""An onion address has a portal process of its own: browsers say `http://` of it, and mean it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from tests.support.portals import make_portal

ONION = "ishonchxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst.onion"


@pytest.mark.parametrize(
    ("origin", "status"), [(f"http://{ONION}", 303), ("https://report.example.uz", 403)]
)
def test_a_report_over_the_onion_is_taken_where_the_origin_is_the_onion(
    tmp_path: Path, origin: str, status: int
) -> None:
    """B7. B10. As docs/operations.md says; under another origin its forms would be those of a foreign site."""
    portal = make_portal(
        tmp_path,
        f"sqlite:///{tmp_path}/mailbox.db",
        lambda: datetime(2026, 11, 24, tzinfo=UTC),
        origin=origin,
        trusted_hosts=(ONION,),
    )
    browser, here = portal.app.test_client(), f"http://{ONION}"
    shown = browser.get("/en/report", base_url=here)
    cookie = shown.headers["Set-Cookie"]
    assert "Secure" in cookie
    hidden = html.fromstring(shown.text).xpath("//main//form//input[@type='hidden']")
    fields = {field.get("name"): field.get("value", "") for field in hidden}
    of_its_own = {"Origin": here, "Sec-Fetch-Site": "same-origin"}
    sent = browser.post(
        "/en/report",
        base_url=here,
        headers={**of_its_own, "Cookie": cookie.partition(";")[0]},
        data={**fields, "text": "over the onion", "language": "en"},
        content_type="multipart/form-data",
    )
    assert sent.status_code == status
    assert len(portal.mailboxes()) == (status == 303)
    assert ("Strict-Transport-Security" in shown.headers) == origin.startswith("https")
    portal.here.database.engine.dispose()
