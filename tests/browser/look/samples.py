"""What people type and send here: plain stories in three languages, long words, hostile text, names of files."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from portal.cyrillic import to_cyrillic
from portal.organisation import Organisation, load_organisation

ROOT = Path(__file__).parents[3]
HOSTILE = (
    "<b>жирный</b> <script>alert(1)</script> https://example.com/?id=1 {{7*7}} '\"><img src=x>"
)
LONG_WORD = "Металлоконструкциянингэлектрометаллургиялаштирилганлигиданмисиз"
SAID = {
    "en": "On Friday evening the shift foreman signed for 40 tonnes of concentrate.\n"
    "Only 31 tonnes left the scales. I saw both papers.\n\nThe driver was told to be silent.",
    "ru": "В пятницу вечером начальник смены расписался за 40 тонн концентрата.\n"
    "С весов ушла только 31 тонна. Я видел обе накладные.\n\nВодителю велели молчать.",
    "uz": "Juma kuni kechqurun smena boshligʻi 40 tonna boyitma uchun imzo qoʻydi.\n"
    "Tarozidan faqat 31 tonna oʻtdi. Ikkala hujjatni ham koʻrdim.\n\n"
    "Haydovchiga jim boʻl, deyishdi.",
}
ANSWER = {
    "en": "Thank you. Do you remember the number of the lorry? You need not answer.",
    "ru": "Спасибо. Помните ли вы номер грузовика? Отвечать не обязательно.",
    "uz": "Rahmat. Yuk mashinasining raqamini eslaysizmi? Javob berish shart emas.",
}
PLAIN_FILES = [("накладная_№_4471_ноябрь.pdf", b"%PDF-" + b"7" * 400_000)]
HOSTILE_FILES = [
    ("<img src=x onerror=alert(1)>.docx", b"1" * 90_000),
    ("IMG_20261030_" + "1" * 60 + ".jpeg", b"2" * 41_000),
    ("смета\u202egpj.exe", b"3" * 3_000),
    *((f"фото цеха {number:02}.jpg", b"4" * 2_000) for number in range(1, 14)),
]


def worded(words: Mapping[str, str], language: str) -> str:
    """Give a text of this file in one of the four languages."""
    return to_cyrillic(words["uz"]) if language == "uz-Cyrl" else words[language]


@cache
def organisation() -> Organisation:
    """Read the profile that comes with the project, which is the served instance's."""
    return load_organisation(ROOT / "deploy/organisations/agmk.toml")
