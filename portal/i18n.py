"""Languages: chosen by a link, carried in the path, never guessed from what the browser says about its owner (E13)."""

from datetime import date
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, redirect, request
from flask_babel import Babel
from werkzeug.routing import BaseConverter, ValidationError

from portal.access import public
from portal.organisation import LANGUAGES, Organisation

LANGUAGE_NAMES = {"uz": "Oʻzbekcha", "uz-Cyrl": "Ўзбекча", "ru": "Русский", "en": "English"}
_LOCALES = {"uz": "uz", "uz-Cyrl": "uz_Cyrl", "ru": "ru", "en": "en"}
_CATALOGUES = Path(__file__).parent / "translations"


class LanguageConverter(BaseConverter):
    """The language at the beginning of a path."""

    regex = "|".join(sorted(LANGUAGES, key=len, reverse=True))
    part_isolating = True

    def to_python(self, value: str) -> str:
        """Take one of ours."""
        if value not in LANGUAGES:
            raise ValidationError
        return value


def init_app(app: Flask, organisation: Organisation) -> None:
    """Give the app its languages."""
    app.url_map.converters["language"] = LanguageConverter
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_CATALOGUES)
    app.config["BABEL_DEFAULT_LOCALE"] = _LOCALES[organisation.first_language]
    Babel(app, locale_selector=lambda: _LOCALES[_language(organisation)])
    app.url_value_preprocessor(lambda _endpoint, values: _take_language(values, organisation))
    app.url_defaults(_give_language)
    app.add_url_rule(
        "/", "start", public(lambda: redirect(f"/{organisation.first_language}/", code=302))
    )
    app.jinja_env.globals["format_date"] = format_date
    app.context_processor(
        lambda: {
            "language": _language(organisation),
            "languages": [_link(code, organisation) for code in organisation.languages],
        }
    )


def format_date(day: date) -> str:
    """Write a day as people here write it: dd.mm.yyyy, in every language."""
    return day.strftime("%d.%m.%Y")


def _language(organisation: Organisation) -> str:
    """The language of this request: of its route, else of its path's first part, else the organisation's first."""
    if "language" not in g:
        first = request.path.split("/")[1] if request else ""
        g.language = first if first in LANGUAGES else organisation.first_language
    language: str = g.language
    return language


def _take_language(values: dict[str, Any] | None, organisation: Organisation) -> None:
    if values and "language" in values:
        g.language = values.pop("language")
    else:
        _language(organisation)


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "language" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "language"):
        values["language"] = g.get("language", "en")


def _link(code: str, organisation: Organisation) -> dict[str, object]:
    """Give the same page in another language, or the first page where this one cannot be fetched again."""
    return {
        "code": code,
        "label": LANGUAGE_NAMES[code],
        "url": _same_page(code),
        "current": code == _language(organisation),
    }


def _same_page(code: str) -> str:
    language, _, page = request.path.removeprefix("/").partition("/")
    rule = request.url_rule
    again = rule is not None and "GET" in (rule.methods or ()) and language in LANGUAGES
    return f"/{code}/{page}" if again else f"/{code}/"
