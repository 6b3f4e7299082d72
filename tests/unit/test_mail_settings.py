"""The settings of the daily mail: read as written, and refused with what to write instead."""

from pathlib import Path

import pytest

from portal.settings import SettingsError, load_office

GOOD = 'smtp_host = "relay.example"\nsmtp_from = "office@example.org"\n'


def problems(folder: Path, text: str) -> str:
    (folder / "office.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_office(folder)
    return "\n".join(one for one in refused.value.problems if "smtp" in one or "reminders" in one)


def test_mail_that_is_whole_is_not_complained_of(tmp_path: Path) -> None:
    reminders = 'reminders = ["head head@example.org ru", "n.k n.k+x@mail.example uz-Cyrl"]'
    assert problems(tmp_path, GOOD + reminders) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('reminders = ["head head@example.org ru"]', "reminders go nowhere"),
        ('smtp_host = "relay.example"', "smtp_from is missing"),
        (GOOD.replace("office@", "Office <office@"), "smtp_from is one address"),
        (GOOD + 'reminders = ["head head@example.org"]', "username address language"),
        (GOOD + 'reminders = ["head head@example.org de"]', "username address language"),
        (GOOD + 'reminders = ["head x@y\\\\nBcc:z@y ru"]', "username address language"),
        (GOOD + 'smtp_port = "25"', "smtp_port cannot be used"),
    ],
)
def test_what_is_wrong_with_the_mail_is_said_with_what_to_write(
    tmp_path: Path, text: str, said: str
) -> None:
    """C19. E22. F15."""
    assert said in problems(tmp_path, text)
