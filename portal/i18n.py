"""Languages: chosen by a link, carried in the path, never guessed from what the browser says about its owner (E13)."""

from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, redirect, request, url_for
from flask_babel import Babel, get_translations
from werkzeug.routing import BaseConverter

from portal.access import public
from portal.errors import NotFound
from portal.organisation import LANGUAGES, Organisation

LANGUAGE_NAMES = {"uz": "Oʻzbekcha", "uz-Cyrl": "Ўзбекча", "ru": "Русский", "en": "English"}
_LOCALES = {"uz": "uz", "uz-Cyrl": "uz_Cyrl", "ru": "ru", "en": "en"}
_CATALOGUES = Path(__file__).parent / "translations"


class LanguageConverter(BaseConverter):
    """The language at the beginning of a path."""

    regex = "|".join(sorted(LANGUAGES, key=len, reverse=True))


class Languages:
    """The languages of one organisation, in one application."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation

    def init_app(self, app: Flask) -> None:
        """Give the app its languages. Nothing here reads Accept-Language, so no answer varies with it."""
        app.url_map.converters["language"] = LanguageConverter
        app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_CATALOGUES)
        app.config["BABEL_DEFAULT_LOCALE"] = _LOCALES[self._organisation.first_language]
        Babel(app, locale_selector=lambda: _LOCALES[self.current()])
        app.jinja_env.policies["ext.i18n.trimmed"] = True
        app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # the extension's
            lambda text: _catalogue().ugettext(text),
            lambda one, many, n: _catalogue().ungettext(one, many, n),
            newstyle=True,
        )
        app.jinja_env.globals["format_date"] = format_date
        app.url_value_preprocessor(self._take_from_path)
        app.url_defaults(self._give_to_links)
        first = f"/{self._organisation.first_language}/"
        app.add_url_rule("/", "start", public(lambda: redirect(first, code=302)))
        app.context_processor(self._names)

    def current(self) -> str:
        """The language of this request: the one its path begins with, else the organisation's first."""
        if "language" not in g:
            first = request.path.split("/")[1]
            known = first in self._organisation.languages
            g.language = first if known else self._organisation.first_language
        language: str = g.language
        return language

    def choices(self) -> list[dict[str, object]]:
        """Give, for each language, its own name and the address of this same page in it."""
        return [
            {
                "code": code,
                "label": LANGUAGE_NAMES[code],
                "url": _same_page(code),
                "current": code == self.current(),
            }
            for code in self._organisation.languages
        ]

    def _take_from_path(self, _endpoint: str | None, values: dict[str, Any] | None) -> None:
        """Take the language out of the view's arguments; one the organisation does not offer is no page."""
        wanted = values.pop("language", None) if values else None
        if wanted not in {None, self.current()}:
            raise NotFound

    def _give_to_links(self, endpoint: str, values: dict[str, Any]) -> None:
        if "language" not in values and current_app.url_map.is_endpoint_expecting(
            endpoint, "language"
        ):
            values["language"] = self.current()

    def _names(self) -> dict[str, object]:
        return {"language": self.current(), "languages": self.choices()}


def format_date(day: date) -> str:
    """Write a day as people here write it: dd.mm.yyyy, in every language."""
    return day.strftime("%d.%m.%Y")


def format_moment(moment: datetime, timezone: str) -> str:
    """Write a moment as people where the organisation is do: dd.mm.yyyy, hour and minute."""
    return moment.astimezone(ZoneInfo(timezone)).strftime("%d.%m.%Y %H:%M")


def _catalogue() -> Translations | NullTranslations:
    """Give the catalogue of this request; Flask-Babel would look for it again for each of a page's sentences."""
    if "catalogue" not in g:
        g.catalogue = get_translations()
    catalogue: Translations | NullTranslations = g.catalogue
    return catalogue


def _same_page(code: str) -> str:
    """Give this page's address in a language; the first page's, where this one cannot be fetched again."""
    rule = request.url_rule
    if rule is None or "language" not in rule.arguments or "GET" not in (rule.methods or ()):
        return f"/{code}/"
    return url_for(rule.endpoint, **(request.view_args or {}), language=code)
