"""The journey everything else exists for, in each language, on each engine."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.journeys.browsers import DESKTOP, NARROW, TABLET, Visits, history
from tests.journeys.people import Informant, Member, SentFile, Token
from tests.support.instances import Instance

pytestmark = [pytest.mark.browser, pytest.mark.any_engine]


@dataclass(frozen=True, slots=True)
class Words:
    """What is said on one journey."""

    language: str
    width: int
    report: str
    question: str
    answer: str
    last: str
    names: tuple[str, str, str, str]


JOURNEYS = [
    Words(
        "uz",
        NARROW,
        "Smena boshligʻi 40 tonna misni hisobdan oʻchirdi.",
        "Rahmat. Yuk mashinasining raqami esingizdami?",
        "Ha, suratda koʻrinadi.",
        "Qoʻshimcha: u soat 22 da keldi.",
        ("dalolatnoma.pdf", "Oʻlchov qaydlari — 12.xlsx", "surat.jpg", "javob.pdf"),
    ),
    Words(
        "uz-Cyrl",
        TABLET,
        "Смена бошлиғи 40 тонна мисни ҳисобдан ўчирди.",
        "Раҳмат. Юк машинасининг рақами эсингиздами?",
        "Ҳа, суратда кўринади.",
        "Қўшимча: у соат 22 да келди.",
        ("далолатнома.pdf", "Ўлчов қайдлари — 12.xlsx", "сурат.jpg", "жавоб.pdf"),
    ),
    Words(
        "ru",
        TABLET,
        "Начальник смены списал 40 тонн меди.",
        "Спасибо. Вы помните номер грузовика?",
        "Да, он виден на снимке.",
        "Добавлю: он приезжал в 22 часа.",
        ("акт.pdf", "Журнал взвешиваний — 12.xlsx", "снимок.jpg", "ответ.pdf"),
    ),
    Words(
        "en",
        DESKTOP,
        "The shift manager wrote off 40 tonnes of copper.",
        "Thank you. Do you remember the number of the truck?",
        "Yes, the picture shows it.",
        "One more thing: he came at 22 hours.",
        ("record.pdf", "Weighing log — 12.xlsx", "picture.jpg", "answer.pdf"),
    ),
]


@pytest.mark.parametrize("words", JOURNEYS, ids=lambda words: words.language)
def test_a_person_reports_reads_the_reply_answers_and_burns_the_token(
    words: Words, instance: Instance, visits: Visits, office: Callable[[str], Member]
) -> None:
    """B14. B17. E15. E20. F20."""
    record, log, picture, paper = _files(words)
    person = Informant(visits.begin(words.width), instance.portal, words.language)
    person.arrive()
    token = person.report(words.report, [record, log])
    person.confirm(token.digits)
    assert person.said() == [words.report]

    head = office("head")
    head.collect()
    head.open(words.report)
    assert head.said() == [words.report]
    assert {name: head.download(name) for name in head.files()} == {
        file.name: file.content for file in (record, log)
    }
    head.reply(words.question, purpose="question")

    # Days later, elsewhere.
    later = Informant(visits.begin(words.width), instance.portal, words.language)
    later.come_back(token.words[0] if words.language == "ru" else token.digits)
    assert later.said() == [words.report, words.question]
    later.write(words.answer, [picture])
    later.write(words.last)
    assert later.said() == [words.report, words.question, words.answer, words.last]
    assert later.download(record.name) == record.content

    head.collect()
    head.open(words.report)
    assert head.said() == [words.report, words.question, words.answer, words.last]
    assert head.download(picture.name) == picture.content
    head.reply("", [paper])
    assert not head.can_approve()
    later.look_again()
    assert later.page.get_by_text(paper.name).count() == 0

    investigator = office("investigator")
    investigator.collect()
    investigator.open(words.report)
    investigator.approve()
    later.look_again()
    assert later.download(paper.name) == paper.content

    later.delete_letter(words.last)
    assert words.last not in later.said()
    later.burn()
    assert later.page.context.cookies() == []
    again = Informant(visits.begin(words.width), instance.portal, words.language)
    again.come_back(token.digits)
    assert not again.is_inside()
    assert again.page.locator("#token-error").count() == 1

    _no_trace([*history(person.page), *history(later.page), *history(again.page)], words, token)


def _files(words: Words) -> tuple[SentFile, ...]:
    """Make files of sizes around what a careless server would put into a temporary file: 500 KiB."""
    contents = random.Random(words.language)  # noqa: S311 - examples
    sizes = (70_001, 700_000, 64, 300_000)
    return tuple(
        SentFile(name, contents.randbytes(size))
        for name, size in zip(words.names, sizes, strict=True)
    )


def _no_trace(pages: list[tuple[str, str]], words: Words, token: Token) -> None:
    """Nothing that was typed or shown stands in an address or a title."""
    assert len(pages) > 10
    said = " ".join(f"{urlsplit(address).path} {title}" for address, title in pages)
    assert [secret for secret in (*token.telling(), *words.names) if secret in said] == []
