"""What is wrong with the catalogues: each problem a sentence that names the language and string."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from portal.cyrillic import LATIN_WORDS
from portal.translations.catalogue import CATALOGUES, DERIVED, Update, forms, po_path

PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]*[\d.]*[a-zA-Z]|%[sdfrx%]|\{\w*\}")
TAG = re.compile(r"<[^<>]*>|&\#?\w+;")
_ASCII_APOSTROPHE = re.compile(r"[A-Za-z]['`´‘’](?=[A-Za-z])|\b[A-Za-z]*[oOgG]['`´‘’]")
_MISPLACED_MARK = re.compile(r"[oOgG]ʼ|(?<![oOgG])ʻ")
_WORDS = re.compile(r"[^\W\d_]+")
_LATIN, _CYRILLIC = re.compile(r"[A-Za-z]"), re.compile(r"[Ѐ-ӿ]")

# The same word in both languages, by language.
SAME: dict[str, frozenset[str]] = {
    "uz": frozenset({"%(number)s KB", "%(number)s MB", "Administrator", "Auditor", "Operator"}),
}


def problems(updates: dict[str, Update], catalogues: Path = CATALOGUES) -> list[str]:
    """Return every problem of the catalogues on the disk, compared with what they should be."""
    found: list[str] = []
    for locale, expected in updates.items():
        found += _stale(locale, expected, catalogues)
        if locale != DERIVED:
            found += [f"{locale}: {problem}" for problem in _of_catalogue(expected.catalog)]
    return found


def _stale(locale: str, expected: Update, catalogues: Path) -> Iterator[str]:
    path = po_path(locale, catalogues)
    for file, content in ((path, expected.po), (path.with_suffix(".mo"), expected.mo)):
        if not file.exists() or file.read_bytes() != content:
            yield f"{locale}: {file.name} is not up to date: run `python -m portal.translations`"


def _of_catalogue(catalog: Catalog) -> Iterator[str]:
    for message in catalog:
        if message.id:
            for problem in _of_message(message, str(catalog.locale), catalog.num_plurals):
                yield f"{_shown(message)}: {problem}"


def _shown(message: Message) -> str:
    return repr(message.id if isinstance(message.id, str) else message.id[0])


def _of_message(message: Message, locale: str, plurals: int) -> Iterator[str]:
    sources = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    translated = forms(message)
    if message.fuzzy:
        yield "fuzzy, to be looked at again"
    if len(translated) != (1 if len(sources) == 1 else plurals) or not all(translated):
        yield "not translated"
        return
    for form in translated:
        yield from _of_form(sources[-1], form, locale)


def _of_form(source: str, form: str, locale: str) -> Iterator[str]:
    if _counted(PLACEHOLDER, source) != _counted(PLACEHOLDER, form):
        yield f"placeholders differ in {form!r}"
    if _counted(TAG, source) != _counted(TAG, form):
        yield f"tags differ in {form!r}"
    if _edges(source) != _edges(form):
        yield f"space at the start or end differs in {form!r}"
    if _is_untouched(source, form, locale):
        yield "left in English"
    yield from wrong_letters(form, locale)


def _counted(pattern: re.Pattern[str], text: str) -> Counter[str]:
    return Counter(pattern.findall(text))


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _is_untouched(source: str, form: str, locale: str) -> bool:
    words = set(_words(source)) - LATIN_WORDS
    return form == source and bool(words) and form not in SAME.get(locale, frozenset())


def _words(text: str) -> list[str]:
    return _WORDS.findall(TAG.sub(" ", PLACEHOLDER.sub(" ", text)))


def wrong_letters(text: str, locale: str) -> Iterator[str]:
    """Name the words of `text` whose letters are not those of the language `locale`."""
    for word in _words(text):
        if _LATIN.search(word) and _CYRILLIC.search(word):
            yield f"Latin and Cyrillic letters in one word: {word}"
        elif locale == "uz" and _CYRILLIC.search(word):
            yield f"a Cyrillic word in Latin text: {word}"
        elif locale == "ru" and _LATIN.search(word) and not _is_name(word):
            yield f"a Latin word in Russian text: {word}"
    if locale == "uz":
        plain = TAG.sub(" ", text)
        for pattern in (_ASCII_APOSTROPHE, _MISPLACED_MARK):
            yield from (f"{match!r} must be ʻ or ʼ" for match in pattern.findall(plain))


def _is_name(word: str) -> bool:
    return word in LATIN_WORDS or word == "Ishonch"
