"""Every string in every language, with the same placeholders and tags, in the right letters."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from jinja2 import Environment

from portal.cyrillic import to_cyrillic
from portal.translations import catalogue
from portal.translations.catalogue import (
    CATALOGUES,
    DERIVED,
    DERIVED_FROM,
    ROOT,
    TRANSLATED,
    Update,
    everything,
    forms,
    po_path,
)
from portal.translations.check import PLACEHOLDER, TAG, problems, wrong_letters

LOCALES = (*TRANSLATED, DERIVED)
PROFILES = sorted((ROOT / "deploy" / "organisations").glob("*.toml"))
ALLOWED_TAGS = {"p", "ul", "ol", "li", "strong", "em", "h2", "h3"}


@pytest.fixture(scope="module")
def updates() -> dict[str, Update]:
    return everything()


def test_no_string_is_missing_fuzzy_or_stale_in_any_language(updates: dict[str, Update]) -> None:
    assert problems(updates) == []


def test_the_command_finds_nothing_to_do() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal.translations", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("locale", LOCALES)
def test_every_translation_has_the_placeholders_and_tags_of_its_source(locale: str) -> None:
    """C7. A translator can neither bring markup in nor break a page."""
    for message in catalogue.read(locale):
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[-1]
            for form in forms(message):
                for pattern in (PLACEHOLDER, TAG):
                    assert sorted(pattern.findall(form)) == sorted(pattern.findall(source))


def test_the_cyrillic_catalogue_is_the_latin_one_derived() -> None:
    latin, cyrillic = catalogue.read(DERIVED_FROM), catalogue.read(DERIVED)
    assert [m.id for m in latin] == [m.id for m in cyrillic]
    for source, derived in zip(latin, cyrillic, strict=True):
        if source.id:
            assert forms(derived) == tuple(to_cyrillic(form) for form in forms(source))


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_says_what_the_source_one_says(locale: str) -> None:
    path = po_path(locale)
    with path.open("rb") as po, path.with_suffix(".mo").open("rb") as mo:
        assert _strings(read_mo(mo)) == _strings(read_po(po, locale=locale))


def _strings(catalog: Catalog) -> dict[object, tuple[str, ...]]:
    return {m.id if isinstance(m.id, str) else tuple(m.id): forms(m) for m in catalog if m.id}


def test_running_the_tool_twice_gives_the_same_bytes(
    updates: dict[str, Update], tmp_path: Path
) -> None:
    catalogue.write(updates, tmp_path)
    again = everything(catalogues=tmp_path)
    for locale in LOCALES:
        assert (again[locale].po, again[locale].mo) == (updates[locale].po, updates[locale].mo)
        assert b"-Date:" not in updates[locale].po


# ------------------------------------------------------------------- the check itself finds things


def _tree(tmp_path: Path, english: str) -> Path:
    (tmp_path / "templates").mkdir(exist_ok=True)
    (tmp_path / "templates" / "page.html").write_text('{{ _("' + english + '") }}', "utf-8")
    return tmp_path


def _found(tmp_path: Path, english: str, **translations: str) -> list[str]:
    """Write catalogues holding `translations` of the one string `english`; return the problems."""
    root, catalogues = _tree(tmp_path, english), tmp_path / "catalogues"
    for locale, translation in translations.items():
        po = po_path(locale, catalogues)
        po.parent.mkdir(parents=True, exist_ok=True)
        po.write_text(f'msgid "{english}"\nmsgstr "{translation}"\n', "utf-8")
    catalogue.write(everything(root, catalogues), catalogues)
    return problems(everything(root, catalogues), catalogues)


GOOD = {"ru": "Хабар %(day)s", "uz": "Xabar %(day)s"}


def test_a_complete_catalogue_has_no_problem(tmp_path: Path) -> None:
    assert _found(tmp_path, "Report %(day)s", ru="Сообщение %(day)s", uz="Xabar %(day)s") == []


@pytest.mark.parametrize(
    ("locale", "translation", "complaint"),
    [
        ("uz", "", "not translated"),
        ("uz", "Xabar", "placeholders differ"),
        ("uz", "Xabar %(kun)s", "placeholders differ"),
        ("ru", "Сообщение %(day)d", "placeholders differ"),
        ("ru", "<b>Сообщение</b> %(day)s", "tags differ"),
        ("uz", "<script>Xabar</script> %(day)s", "tags differ"),
        ("uz", " Xabar %(day)s", "space at the start or end"),
        ("uz", "Report %(day)s", "left in English"),
        ("ru", "Report %(day)s", "a Latin word in Russian text: Report"),
        ("uz", "Хабар %(day)s", "a Cyrillic word in Latin text"),
        ("uz", "Xаbar %(day)s", "Latin and Cyrillic letters in one word"),
        ("ru", "Cообщение %(day)s", "Latin and Cyrillic letters in one word"),
        ("uz", "O'qildi %(day)s", "must be ʻ or ʼ"),
        ("uz", "Ma’lumot %(day)s", "must be ʻ or ʼ"),
        ("uz", "Oʼqildi %(day)s", "must be ʻ or ʼ"),
        ("uz", "Maʻlumot %(day)s", "must be ʻ or ʼ"),
    ],
)
def test_a_broken_translation_is_named(
    tmp_path: Path, locale: str, translation: str, complaint: str
) -> None:
    """C7."""
    found = _found(tmp_path, "Report %(day)s", **(GOOD | {locale: translation}))
    assert any(complaint in problem and problem.startswith(locale) for problem in found), found


def test_a_fuzzy_translation_is_named(tmp_path: Path) -> None:
    root, catalogues = _tree(tmp_path, "Report"), tmp_path / "catalogues"
    po = po_path("uz", catalogues)
    po.parent.mkdir(parents=True)
    po.write_text('#, fuzzy\nmsgid "Report"\nmsgstr "Xabar"\n', "utf-8")
    found = problems(everything(root, catalogues), catalogues)
    assert any("fuzzy" in problem for problem in found)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("suffix", [".po", ".mo"])
def test_a_catalogue_that_lags_behind_the_pages_is_named(
    tmp_path: Path, locale: str, suffix: str
) -> None:
    _found(tmp_path, "Report %(day)s", **GOOD)
    catalogues = tmp_path / "catalogues"
    file = po_path(locale, catalogues).with_suffix(suffix)
    file.write_bytes(file.read_bytes() + b"\n")
    found = problems(everything(tmp_path, catalogues), catalogues)
    assert any(problem.startswith(f"{locale}: {file.name} is not up to date") for problem in found)


def test_a_new_string_makes_the_catalogues_stale_and_untranslated(tmp_path: Path) -> None:
    _found(tmp_path, "Report %(day)s", **GOOD)
    _tree(tmp_path, "Another one")
    found = problems(everything(tmp_path, tmp_path / "catalogues"), tmp_path / "catalogues")
    assert any("'Another one': not translated" in problem for problem in found)
    assert any("not up to date" in problem for problem in found)


def test_a_plural_needs_every_form_of_its_language(tmp_path: Path) -> None:
    root, catalogues = _tree(tmp_path, "unused"), tmp_path / "catalogues"
    page = '{{ ngettext("%(num)s day", "%(num)s days", 3) }}'
    (root / "templates" / "page.html").write_text(page, "utf-8")
    po = po_path("ru", catalogues)
    po.parent.mkdir(parents=True)
    two = 'msgstr[0] "%(num)s день"\nmsgstr[1] "%(num)s дня"\n'
    po.write_text(f'msgid "%(num)s day"\nmsgid_plural "%(num)s days"\n{two}', "utf-8")
    assert "ru: '%(num)s day': not translated" in problems(everything(root, catalogues), catalogues)


# --------------------------------------------------------- nothing is said outside the catalogues


class _Text(HTMLParser):
    """Collects what a page says: text, and the attributes that are read out or shown."""

    SPOKEN = frozenset({"title", "alt", "aria-label", "placeholder"})

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.said += [value or "" for name, value in attrs if name in self.SPOKEN]

    def handle_data(self, data: str) -> None:
        self.said.append(data)


_ATTRIBUTE = re.compile(r'\s*class="[\w -]*"')  # alone in a block, for a tag of the layout


def _said_outside(source: str) -> list[str]:
    parser = _Text()
    parser.feed("".join(_literal(source)))
    parser.close()
    return [word for said in parser.said for word in re.findall(r"[^\W\d_]{2,}", said)]


def _literal(source: str) -> Iterator[str]:
    """Yield the markup of a template, without expressions and what is marked for translation."""
    translating = False
    block = ""
    for _, token, value in Environment(autoescape=True).lex(source):
        if token == "block_begin":
            block = ""
        elif token == "block_end":
            translating = (translating or block == "trans") and block != "endtrans"
        elif token == "name" and not block:
            block = value
        elif token == "data" and not translating and not _ATTRIBUTE.fullmatch(value):
            yield value


@pytest.mark.parametrize(
    "path", sorted((ROOT / "templates").rglob("*.html")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_a_template_says_nothing_outside_the_catalogues(path: Path) -> None:
    assert _said_outside(path.read_text("utf-8")) == []


def test_words_outside_the_catalogues_are_found() -> None:
    assert _said_outside('<p title="Hi">{{ _("x") }} left</p>') == ["Hi", "left"]
    assert _said_outside("{% trans %}<p>inside</p>{% endtrans %}<p>outside</p>") == ["outside"]


# -------------------------------------------------------------- the sample profile speaks them all


def _labels(value: object, where: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(value, dict):
        if "en" in value:
            yield where, value
        for name, inner in value.items():
            yield from _labels(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for item in value:
            name = item.get("id", "") if isinstance(item, dict) else ""
            yield from _labels(item, f"{where}[{name}]")


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.name)
def test_each_label_of_a_sample_profile_is_in_every_language(path: Path) -> None:
    labels = dict(_labels(tomllib.loads(path.read_text("utf-8"))))
    assert labels
    for where, label in labels.items():
        assert {"uz", "ru", "en"} <= set(label), where
        assert [*wrong_letters(label["uz"], "uz"), *wrong_letters(label["ru"], "ru")] == [], where


@pytest.mark.parametrize("path", PROFILES, ids=lambda p: p.name)
def test_the_pages_of_a_sample_profile_have_one_shape_in_every_language(path: Path) -> None:
    """C3."""
    for pages in tomllib.loads(path.read_text("utf-8"))["pages"].values():
        shapes = {language: re.findall(r"<(/?)(\w+)>", text) for language, text in pages.items()}
        assert len({tuple(shape) for shape in shapes.values()}) == 1
        assert {tag for shape in shapes.values() for _, tag in shape} <= ALLOWED_TAGS
        assert not any("<" in re.sub(r"</?\w+>", "", text) for text in pages.values())


def test_the_catalogues_hold_the_languages_they_should() -> None:
    assert sorted(p.name for p in CATALOGUES.iterdir() if (p / "LC_MESSAGES").is_dir()) == [
        "ru",
        "uz",
        "uz_Cyrl",
    ]
