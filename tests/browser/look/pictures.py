"""The README's pictures, taken from a served instance: `python -m tests.browser.look.pictures docs/pictures`."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser

from tests.browser.look.gallery import Film, chromium, film_of, staged
from tests.browser.look.samples import SAID, organisation
from tests.browser.look.stage import Stage
from tests.browser.look.visitor import Shot, Visitor

COLOURS = 48
PHONE, DESK = (375, 760), (1180, 780)
# By the names of the files the office finds each of the two conversations.
FILES = {
    "uz": [("tarozi-daftari.jpg", b"1" * 310_000), ("yuk-xati-4471.pdf", b"2" * 96_000)],
    "ru": [("журнал-весов.jpg", b"1" * 310_000), ("накладная-4471.pdf", b"2" * 96_000)],
}
QUESTION = {
    "uz": "Rahmat, xabaringizni oʻqidik. Yuk mashinasining raqamini eslaysizmi? "
    "Xavfli boʻlsa, javob bermang.",
    "ru": "Спасибо, мы прочитали ваше сообщение. Помните ли вы номер грузовика? "
    "Если это опасно, не отвечайте.",
}
_TAKEN_UP = 4
REMEMBERED = {"uz": "Oxirgi raqamlari 417 edi.", "ru": "Последние цифры были 417."}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What to show: a page of a side, how large, in which colours, what is typed in first."""

    side: str
    shot: Shot
    size: tuple[int, int] = PHONE
    scheme: Literal["light", "dark"] = "light"
    typed: str = ""


def pictures(stage: Stage) -> dict[str, Picture]:
    """Tell one story twice, in Uzbek and in Russian, among other reports; give the pictures by name."""
    _other_reports(stage)
    uzbek, russian = _conversation(stage, "uz"), _conversation(stage, "ru")
    stage.message(russian, REMEMBERED["ru"])
    stage.collect(stage.head)
    inbox = stage.head.open("/ru/reports")
    report = stage.head.open("/ru" + stage.found(stage.head, FILES["ru"][0][0]))
    form, receipt = stage.informant().open("/uz/report"), _report(stage, "uz").shot
    return {
        "report-uz": Picture(side="portal", shot=form, typed=SAID["uz"]),
        "receipt-uz": Picture(side="portal", shot=receipt),
        "mailbox-uz": Picture(side="portal", shot=uzbek.open("/uz/mailbox")),
        "mailbox-dark-ru": Picture(side="portal", shot=russian.open("/ru/mailbox"), scheme="dark"),
        "inbox-ru": Picture(side="office", shot=inbox, size=DESK),
        "office-report-ru": Picture(side="office", shot=report, size=DESK),
    }


def _report(stage: Stage, language: str) -> Visitor:
    category, unit = organisation().categories[5].id, organisation().units[7].id
    return stage.report(SAID[language], FILES[language], language, category=category, unit=unit)


def _conversation(stage: Stage, language: str) -> Visitor:
    informant = stage.opened(_report(stage, language))
    stage.reply(FILES[language][0][0], QUESTION[language], purpose="question")
    return informant


def _other_reports(stage: Stage) -> None:
    categories, units = organisation().categories, organisation().units
    for number in range(9):
        language = ("uz", "ru", "en")[number % 3]
        files = [(f"{n}.jpg", b"1" * 900) for n in range(number % 4)]
        category, unit = categories[number], units[number * 4 % len(units)]
        marker = f"{number}0{number}"
        stage.report(
            f"{SAID[language]} {marker}", files, language, category=category.id, unit=unit.id
        )
        if number < _TAKEN_UP:
            stage.taken_up(marker)
            stage.reply(marker, QUESTION["ru"])


def take(browser: Browser, film: Film, name: str, picture: Picture) -> bytes:
    """Give a picture as a small PNG."""
    width, height = picture.size
    context = browser.new_context(
        java_script_enabled=False,
        color_scheme=picture.scheme,
        viewport={"width": width, "height": height},
        device_scale_factor=2 if picture.size == PHONE else 1.25,
    )
    page = context.new_page()
    film.show(page, name, "")
    if picture.typed:
        page.fill("#text", picture.typed)
        page.evaluate("document.activeElement.blur(), scrollTo(0, 0)")
    image = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    small = io.BytesIO()
    image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        small, "PNG", optimize=True
    )
    return small.getvalue()


def main() -> None:
    """Take all pictures and write them into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with staged() as stage, chromium() as browser:
        for name, picture in pictures(stage).items():
            film = film_of(stage, picture.side, {(name, ""): picture.shot})
            (folder / f"{name}.png").write_bytes(take(browser, film, name, picture))


if __name__ == "__main__":
    main()
