from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal import errors
from portal.errors import ANSWERS, STATUSES, IshonchError, TooMany, answer_to
from tests.web.client import Browser

# Whatever imports the family's members: they are in the table or inherit from one that is.
import portal.app  # noqa: F401 isort: skip


def family(kind: type[IshonchError] = IshonchError) -> Iterator[type[IshonchError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


@pytest.mark.parametrize("kind", sorted(family(), key=repr))
def test_every_refusal_has_its_own_status_and_words(kind: type[IshonchError]) -> None:
    assert kind in ANSWERS
    error = kind(7) if kind is TooMany else kind()
    assert answer_to(error).status in STATUSES


def test_what_is_no_refusal_is_a_fault_of_ours() -> None:
    assert answer_to(ZeroDivisionError()).status == 500


@pytest.mark.parametrize(
    ("kind", "status", "retry_after"),
    [
        ("notfound", 404, None),
        ("busy", 503, "10"),
        ("toomany", 429, "7"),
        ("damaged", 410, None),
        ("bug", 500, None),
        ("disk", 503, "60"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ru", "uz", "uz-Cyrl"])
def test_every_error_has_a_page_in_the_language_of_its_path(
    browser: Browser, kind: str, status: int, retry_after: str | None, language: str
) -> None:
    response = browser.get(f"/{language}/raise/{kind}")
    assert response.status_code == status
    assert response.headers.get("Retry-After") == retry_after
    assert browser.page is not None
    assert browser.page.get("lang") == language
    assert browser.page.xpath("//main//a[@class='button']/@href") == [f"/{language}/"]
    assert "canary" not in response.text


def test_a_path_in_no_language_gets_a_page_in_the_first(browser: Browser) -> None:
    browser.get("/nothing")
    assert browser.page is not None
    assert browser.page.get("lang") == "uz"


def test_another_s_thing_and_no_thing_look_the_same(browser: Browser) -> None:
    """E25."""
    assert browser.get("/en/raise/notfound").data == browser.get("/en/no-such-page").data


def test_a_refused_method_says_which_are_allowed(browser: Browser) -> None:
    response = browser.client.put("/en/form", base_url=browser.origin)
    assert set(response.allow) == {"GET", "HEAD", "POST"}


def test_an_error_page_needs_neither_templates_nor_catalogues(
    app: Flask, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Error pages must not fail where everything else did: disk gone, catalogue damaged."""
    broken = tmp_path / "ru" / "LC_MESSAGES"
    broken.mkdir(parents=True)
    (broken / "messages.mo").write_bytes(b"\xde\x12\x04\x95\0\0\0\0damaged")
    with app.app_context():
        domain = app.extensions["babel"].instance.domain_instance
    monkeypatch.setattr(domain, "_translation_directories", [str(tmp_path)])
    monkeypatch.setattr(domain, "cache", {})
    monkeypatch.setattr(app.jinja_env, "loader", None)
    if app.jinja_env.cache is not None:
        app.jinja_env.cache.clear()
    response = browser.get("/ru/raise/notfound")
    assert response.status_code == 404
    assert "There is no such page" in response.text


def test_an_error_while_the_session_opens_still_has_a_page(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError("canary")

    monkeypatch.setattr(app.session_interface, "open_session", fail)
    response = browser.get("/ru/")
    assert response.status_code == 500
    assert response.headers["Cache-Control"] == "no-store"
    assert "canary" not in response.text


def test_the_error_page_is_the_same_file_for_all() -> None:
    templates = Path(errors.__file__).parents[1] / "templates" / "errors"
    text = (templates / "page.html").read_text()
    assert [path.name for path in templates.iterdir()] == ["page.html"]
    for needed in ("extends", "url_for", "session", "csrf", "import", "_("):
        assert needed not in text


def test_health_is_the_database_and_the_blob_store(app: Flask, browser: Browser) -> None:
    assert browser.get("/healthz").data == b"ok\n"
    folder: Path = app.extensions["ishonch"].settings.blobs
    folder.rename(folder.with_name("unplugged"))
    assert browser.get("/healthz").status_code == 503
    folder.with_name("unplugged").rename(folder)
    assert browser.get("/healthz").status_code == 200
