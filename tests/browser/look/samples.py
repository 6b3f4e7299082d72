"""What the pages of both sides are filled with: the sample profile, letters, files, hostile text."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from wtforms import Form
from wtforms.fields import choices

from portal.cyrillic import to_cyrillic
from portal.organisation import Labelled, Organisation, load_organisation

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 24)
LIMITS = SimpleNamespace(bytes=512 * 1024 * 1024, files=20)
HOSTILE = "<b>жирный</b> <script>alert(1)</script> https://example.com/?id=1 {{7*7}}"

Context = Mapping[str, Any]
Translate = Callable[[str], str]
Made = Callable[[str, Translate], Context]
Pages = Mapping[str, tuple[str, Made]]

LONG_WORD = "Металлоконструкциянингэлектрометаллургиялаштирилганлигиданмисиз"
SAID = {
    "en": "On Friday evening the shift foreman signed for 40 tonnes of concentrate.\n"
    "Only 31 tonnes left the scales. I saw both papers.\n\nThe driver was told to be silent.",
    "ru": "В пятницу вечером начальник смены расписался за 40 тонн концентрата.\n"
    "С весов ушла только 31 тонна. Я видел обе накладные.\n\nВодителю велели молчать. "
    f"{LONG_WORD}",
    "uz": "Juma kuni kechqurun smena boshligʻi 40 tonna boyitma uchun imzo qoʻydi.\n"
    "Tarozidan faqat 31 tonna oʻtdi. Ikkala hujjatni ham koʻrdim.\n\n"
    "Haydovchiga jim boʻl, deyishdi.",
}
ANSWER = {
    "en": "Thank you. Do you remember the number of the lorry? You need not answer.",
    "ru": "Спасибо. Помните ли вы номер грузовика? Отвечать не обязательно.",
    "uz": "Rahmat. Yuk mashinasining raqamini eslaysizmi? Javob berish shart emas.",
}


def worded(words: Mapping[str, str], language: str) -> str:
    """Give a text of this file in one of the four languages."""
    return to_cyrillic(words["uz"]) if language == "uz-Cyrl" else words[language]


@cache
def organisation() -> Organisation:
    """Read the profile that comes with the project."""
    return load_organisation(ROOT / "deploy/organisations/agmk.toml")


def labels(items: Iterable[Labelled], language: str) -> list[str]:
    """Give the labels of some units, categories or positions."""
    return [organisation().text(item.label, language) for item in items]


def options(texts: Iterable[str], first: str | None = None) -> list[Any]:
    """Turn labels into numbered choices, after an empty choice if one is named."""
    empty = [] if first is None else [_option("", first)]
    return [*empty, *(_option(f"item-{index}", text) for index, text in enumerate(texts))]


def _option(value: str, label: str) -> Any:
    return choices.SelectChoice(value, label)  # type: ignore[attr-defined]  # newer than its stubs


def refused(form: Form) -> Form:
    """Fill in a form's errors."""
    form.validate()
    return form


def file(name: str, size: int) -> SimpleNamespace:
    """Make one attachment."""
    number = "ab" * 16
    return SimpleNamespace(
        id=number,
        blob=SimpleNamespace(id=number),
        name=name,
        size=size,
        extension=name.rpartition(".")[2],
    )


def state(key: str, words: str) -> SimpleNamespace:
    """Make a state with its words."""
    return SimpleNamespace(key=key, words=words)


def letters(language: str, _: Translate) -> list[SimpleNamespace]:
    """Make a conversation as the informant sees it: long words, hostile text, many files."""
    return [
        _letter(
            1,
            mine=True,
            on=TODAY - timedelta(days=20),
            text=worded(SAID, language),
            answers=[
                (_("Which unit?"), labels(organisation().units, language)[2]),
                (_("Who is involved?"), HOSTILE),
            ],
            files=[
                file("накладная_№_4471_ноябрь.pdf", 2_400_000),
                file("IMG_20261030_" + "1" * 60 + ".jpeg", 41_000),
            ],
        ),
        _letter(
            2,
            mine=False,
            on=TODAY - timedelta(days=14),
            text=worded(ANSWER, language),
            files=[file("<img src=x onerror=alert(1)>.docx", 88_000)],
        ),
        _letter(3, mine=True, on=TODAY, text=HOSTILE),
    ]


def _letter(number: int, **given: Any) -> SimpleNamespace:
    usual = {"damaged": False, "answers": [], "files": [], "can_delete": given["mine"]}
    return SimpleNamespace(id=f"{number:02}" * 16, kind="message", **{**usual, **given})
