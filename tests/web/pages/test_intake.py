"""The report form: what is asked, what is kept, and who may read it."""

from typing import Any

import pytest
from flask_babel import gettext

from portal.roster import GRANT_SLOTS
from tests.support.portals import Portal
from tests.web.pages.informant import Informant

SERVICE = {
    "head",
    "triage-officer",
    "investigator-1",
    "investigator-2",
    "registers-officer",
    "risk-officer",
}
OVERSIGHT = {"audit-committee-chair", "audit-committee-member"}
ANSWERS: dict[str, Any] = {
    "category": "bribery",
    "unit": "copper-smelter",
    "place": "Цех № 4, третий пролёт",
    "period": "с прошлого года",
    "people": "a shift foreman\nand a driver",
    "source": "Oʻz koʻzim bilan koʻrdim",
}


def readers(portal: Portal) -> set[str]:
    (mailbox,) = portal.mailboxes()
    return set(portal.readers(mailbox.id))


def test_nothing_is_obligatory_but_what_happened(portal: Portal, informant: Informant) -> None:
    """A form with its two hidden fields and one sentence, as a very old browser may send it."""
    informant.open_report()
    hidden = informant.fields_of("/en/report")
    response = informant.client.post(
        "/en/report",
        base_url=informant.origin,
        data={
            "csrf_token": hidden["csrf_token"],
            "submission": hidden["submission"],
            "text": "Help",
        },
    )
    assert response.status_code == 303
    assert response.location == "/en/receipt"
    (letter,) = portal.letters("triage-officer")
    assert (letter.kind, letter.text, letter.language) == ("report", "Help", "en")
    assert letter.answers == {}
    assert letter.attachments == ()


@pytest.mark.parametrize("text", ["", "   ", "\n\t \r\n", "\x00\x07", "\u00a0\u2003"])
def test_a_report_of_blanks_says_nothing_and_is_asked_for_again(
    portal: Portal, informant: Informant, text: str
) -> None:
    informant.open_report()
    assert informant.report(text, place="the gate").status_code == 422
    assert "Write what happened" in informant.problem()
    assert informant.value_of("place") == "the gate"
    assert portal.mailboxes() == []


def test_every_answer_is_in_the_sealed_letter_and_nowhere_else(
    portal: Portal, informant: Informant
) -> None:
    """C1. E13. E24. The language is kept only sealed."""
    informant.open_report()
    text = "First line\r\nsecond  line\n\nӯ ғ қ ҳ ✓"
    response = informant.report(text, **ANSWERS, concerned=["risk-officer"], language="uz-Cyrl")
    assert response.status_code == 303
    (letter,) = portal.letters("investigator-1")
    assert letter.text == "First line\nsecond  line\n\nӯ ғ қ ҳ ✓"
    assert letter.answers == {**ANSWERS, "concerned": "risk-officer"}
    assert letter.language == "uz-Cyrl"


def test_the_form_asks_for_no_name_and_says_how_not_to_give_oneself_away(
    informant: Informant,
) -> None:
    """E24. Every control is one of these; a new one that asks who is writing must not slip in."""
    informant.open_report()
    names = set(informant.find("//form//*[@name][not(@type='hidden')]/@name"))
    assert names == {"text", *ANSWERS, "concerned", "language", "files"}
    assert "who would guess that it was you" in informant.text_of("//*[@class='safe']")


def test_several_answers_are_asked_in_the_language_of_the_page(informant: Informant) -> None:
    for language, label in (("ru", "Медеплавильный завод"), ("uz-Cyrl", "Мис эритиш заводи")):
        informant.open_report(language)
        options = informant.find("//select[@name='unit']/option/text()")
        assert label in options
        assert informant.chosen("language") == [language]


def test_a_report_goes_to_the_whole_service_and_to_nobody_else(
    portal: Portal, informant: Informant
) -> None:
    """F2."""
    informant.file()
    assert readers(portal) == SERVICE


@pytest.mark.parametrize("position", sorted(SERVICE - {"head"}))
def test_whoever_is_ticked_gets_no_grant_and_no_other_loses_theirs(
    portal: Portal, informant: Informant, position: str
) -> None:
    """F2."""
    informant.file(concerned=[position])
    assert readers(portal) == SERVICE - {position}


@pytest.mark.parametrize("also", [[], ["triage-officer"], sorted(SERVICE - {"head"})])
def test_a_report_about_the_head_goes_to_the_oversight_desk_alone(
    portal: Portal, informant: Informant, also: list[str]
) -> None:
    """F2."""
    informant.file(concerned=["head", *also])
    assert readers(portal) == OVERSIGHT


def test_a_report_about_everybody_but_the_head_goes_to_the_head(
    portal: Portal, informant: Informant
) -> None:
    """F2."""
    informant.file(concerned=sorted(SERVICE - {"head"}))
    assert readers(portal) == {"head"}


def test_who_may_read_a_report_shows_in_nothing_the_mailbox_stores(
    portal: Portal, informant: Informant, stranger: Informant
) -> None:
    """F2. E8. As many grants of one length for every report; only their keys tell them apart."""
    informant.file(concerned=["head"])
    stranger.file()
    for mailbox in portal.mailboxes():
        grants = portal.grants(mailbox.id)
        assert len(grants) == GRANT_SLOTS
        assert len({len(grant) for grant in grants}) == 1
        assert len(set(grants)) == GRANT_SLOTS


@pytest.mark.parametrize("name", ["category", "unit", "concerned", "language"])
def test_a_choice_that_is_not_on_the_list_is_refused_in_words_of_our_own(
    portal: Portal, informant: Informant, name: str
) -> None:
    """F5. An id nobody offered must not decide who reads a report; WTForms speaks no Uzbek."""
    informant.open_report("uz")
    typed = {**ANSWERS, name: "nobody-offered-this"}
    assert informant.report("What I saw", **typed).status_code == 422
    with portal.app.test_request_context("/uz/report"):
        ours = gettext("Choose from the list.")
    assert ours in informant.problem()
    assert "nobody-offered-this" not in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert informant.value_of("place") == ANSWERS["place"]
    assert portal.mailboxes() == []


def test_a_refused_form_comes_back_with_everything_that_was_typed(
    portal: Portal, informant: Informant
) -> None:
    informant.open_report()
    chosen: dict[str, Any] = {"concerned": ["head", "risk-officer"], "language": "ru"}
    assert informant.report("", **ANSWERS, **chosen).status_code == 422
    for name in ("place", "period", "people", "source"):
        assert informant.value_of(name) == ANSWERS[name]
    assert informant.chosen("category") == ["bribery"]
    assert informant.chosen("unit") == ["copper-smelter"]
    assert informant.chosen("concerned") == ["head", "risk-officer"]
    assert informant.chosen("language") == ["ru"]
    assert informant.report("Now I say it", **ANSWERS, **chosen).status_code == 303
    (letter,) = portal.letters("audit-committee-chair")
    assert letter.answers == {**ANSWERS, "concerned": "head,risk-officer"}


@pytest.mark.parametrize(("name", "limit"), [("text", 200_000), ("people", 10_000)])
def test_a_text_too_long_is_refused_with_its_limit_and_kept(
    portal: Portal, informant: Informant, name: str, limit: int
) -> None:
    informant.open_report()
    long = "я" * (limit + 1)
    typed = {"text": "short", name: long}
    assert informant.send("/en/report", typed).status_code == 422
    assert str(limit) in informant.problem()
    assert informant.value_of(name) == long
    assert portal.mailboxes() == []
    assert informant.send("/en/report", {**typed, name: long[1:]}).status_code == 303


def test_fields_nobody_asked_for_are_ignored(portal: Portal, informant: Informant) -> None:
    """F5."""
    informant.open_report()
    extra: dict[str, Any] = {
        "burned": "1",
        "public_state": "closed",
        "mailbox_id": "ab" * 16,
        "kind": "reply",
        "envelope": "cd" * 16,
        "attachments": "[]",
        "recipient": "age1pq1x",
        "acknowledged_on": "2020-01-01",
    }
    assert informant.report("What I saw", **extra).status_code == 303
    (mailbox,) = portal.mailboxes()
    assert (mailbox.burned, mailbox.public_state) == (False, "received")
    assert (mailbox.acknowledged_on, str(mailbox.received_on)) == (None, "2026-11-24")
    assert mailbox.id != "ab" * 16
    (letter,) = portal.letters("head")
    assert (letter.kind, letter.answers) == ("report", {})
    assert letter.envelope != "cd" * 16


def test_a_report_in_any_page_language_is_taken(portal: Portal, informant: Informant) -> None:
    for language in ("uz", "uz-Cyrl", "ru", "en"):
        informant.open_report(language)
        response = informant.report(language, language=language)
        assert response.location == f"/{language}/receipt"
    assert {letter.text for letter in portal.letters("head")} == {"uz", "uz-Cyrl", "ru", "en"}


def test_nothing_is_taken_while_nobody_may_read_it(portal: Portal, informant: Informant) -> None:
    """F2. A roster that was swapped for an unsigned one receives nothing; the words wait at the person's own page."""
    roster = portal.here.settings.roster
    roster.write_text(roster.read_text().replace("sample", "evil", 1))
    informant.open_report()
    assert informant.report("What I saw").status_code == 503
    assert "NOT received" in informant.problem()
    assert informant.value_of("text") == "What I saw"
    assert portal.mailboxes() == []
