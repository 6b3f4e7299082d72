"""Letters to begin with: from the organisation's profile, in the informant's language, put into what is being written."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from casework.web.forms.reports import GAP
from portal.organisation import LANGUAGES, ProfileError, load_organisation
from tests.support.offices import Office
from tests.web.office.colleague import Colleague
from tests.web.office.reports import REPORTS, report_about
from tests.web.pages.informant import Informant
from tests.web.sample import PROFILE

FILE = ("answer.pdf", b"x" * 5000)
TYPED = "First a word of my own."
SAMPLE = load_organisation(PROFILE)
# What an informant has to be able to be told, from the confirmation of receipt to the end and after it.
NEEDED = {
    "acknowledgement",
    "question",
    "extension",
    "substantiated",
    "partly-substantiated",
    "unsubstantiated",
    "inconclusive",
    "not-followed-up",
    "handed-over",
    "closing",
    "reopening",
}


def opened(office: Office, language: str = "en") -> tuple[Colleague, str]:
    """Let somebody report in a language, and the head open the report; give where its replies go."""
    reporting = Informant(office.portal.app)
    reporting.get(f"/{language}/report")
    reporting.send(f"/{language}/report", {"text": "What I saw"})
    office.exchange()
    (report,) = office.reports()
    head = Colleague(office, "head")
    head.get(REPORTS)
    head.open(report.id)
    return head, f"{REPORTS}/{report.id}/replies"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_comes_in_the_informants_language_whatever_the_member_speaks(
    sqlite_office: Office, language: str
) -> None:
    head, path = opened(sqlite_office, language)
    letter = SAMPLE.letters[0]
    assert head.send(path, {"letter": letter.id, "begin": "y"}).status_code == 200
    assert head.value_of("text") == letter.text[language]
    assert head.chosen("letter") in ([], [""])
    assert sqlite_office.entries()[-1].author_id is None


def test_what_was_typed_stays_before_the_letter_and_files_are_kept(sqlite_office: Office) -> None:
    head, path = opened(sqlite_office)
    begun = {"letter": "closing", "begin": "y", "text": TYPED, "purpose": "outcome"}
    assert head.send(path, begun, [FILE]).status_code == 200
    assert head.value_of("text") == f"{TYPED}\n\n{SAMPLE.letter('closing', 'en')}"
    assert head.kept() == ["answer.pdf"]
    # One letter after the other: nothing of the first is lost.
    begun = {"letter": "question", "begin": "y", "text": head.value_of("text")}
    assert head.send(path, begun).status_code == 200
    assert head.value_of("text").startswith(f"{TYPED}\n\n")
    assert head.value_of("text").endswith(SAMPLE.letter("question", "en"))
    assert head.kept() == ["answer.pdf"]


def test_a_letter_with_gaps_does_not_go_and_a_filled_in_one_does(sqlite_office: Office) -> None:
    """F20."""
    head, path = opened(sqlite_office)
    head.send(path, {"letter": "question", "begin": "y"})
    text = head.value_of("text")
    assert GAP in text
    assert head.send(path, {"text": text}).status_code == 422
    assert "gaps" in head.problem()
    assert head.value_of("text") == text
    assert head.send(path, {"text": text.replace(GAP, "On which day?")}).status_code == 303
    assert [entry.state for entry in sqlite_office.entries() if entry.author_id] == ["delivered"]


def test_no_letter_and_an_unknown_one_are_refused_and_what_was_typed_stays(
    sqlite_office: Office,
) -> None:
    head, path = opened(sqlite_office)
    for letter in ("", "none-such"):
        sent = head.send(path, {"letter": letter, "begin": "y", "text": TYPED})
        assert sent.status_code == 422
        assert "Choose from the list" in head.problem()
        assert head.value_of("text") == TYPED


def test_letters_to_a_report_one_does_not_read_do_not_exist(sqlite_office: Office) -> None:
    """F1."""
    report_about(sqlite_office, "head")
    (report,) = sqlite_office.reports()
    head = Colleague(sqlite_office, "head")
    head.get(REPORTS)
    fields = head.hidden_fields() | {"letter": "closing", "begin": "y"}
    path = f"{REPORTS}/{report.id}/replies"
    assert head.send_to(path, fields, []).status_code == 404


# ---------------------------------------------------------------------------- the profile


def profile(folder: Path, change: Any) -> Path:
    """Write the sample profile, changed; by hand, for nothing here writes TOML."""
    text = PROFILE.read_text("utf-8")
    path = folder / "profile.toml"
    path.write_text(change(text), "utf-8")
    return path


def test_the_sample_has_every_letter_in_every_language_with_the_same_gaps() -> None:
    assert {letter.id for letter in SAMPLE.letters} == NEEDED
    for letter in SAMPLE.letters:
        assert set(letter.text) == set(letter.label) == set(LANGUAGES)
        gaps = {text.count(GAP) for text in letter.text.values()}
        assert len(gaps) == 1, letter.id
        for text in (*letter.text.values(), *letter.label.values()):
            assert text == text.strip()
            assert not {"'", "`", "\u2018", "\u2019"} & set(text), text


def test_a_letter_that_lacks_a_language_is_refused_with_its_name(tmp_path: Path) -> None:
    written = copy.deepcopy(tomllib.loads(PROFILE.read_text("utf-8"))["letters"])
    russian = written[0]["text"]["ru"]
    without = profile(tmp_path, lambda text: text.replace(f'ru = """\n{russian}"""\n', "", 1))
    with pytest.raises(ProfileError) as refused:
        load_organisation(without)
    assert refused.value.problems == ("letters.acknowledgement.text: the text is missing in ru",)


def test_one_text_for_all_languages_and_an_id_used_twice_are_refused(tmp_path: Path) -> None:
    more = """
[[letters]]
id = "closing"
label = "Closing"
text = "It has ended."
"""
    with pytest.raises(ProfileError) as refused:
        load_organisation(profile(tmp_path, lambda text: text + more))
    assert refused.value.problems == (
        "letters: list at least one, each with an id of its own",
        "letters.closing.text: give a text for each language",
    )


def test_a_profile_without_letters_goes_on_working(sqlite_office: Office, tmp_path: Path) -> None:
    before = profile(tmp_path, lambda text: text.split("[[letters]]")[0])
    assert load_organisation(before).letters == ()
    sqlite_office.here.organisation = load_organisation(before)
    head, path = opened(sqlite_office)
    assert not head.find("//select[@name='letter']")
    assert head.send(path, {"text": TYPED}).status_code == 303
