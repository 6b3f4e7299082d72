"""What a profile says about time: read whole, or refused with all its problems at once."""

import copy
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from casework.clocks.calendar import is_working_day
from casework.clocks.profile import load_timekeeping, read_timekeeping
from casework.clocks.states import RuleName, Unit
from portal.organisation import ProfileError, load_organisation
from tests.unit.clocks.made import OFFICE, PROFILE

SAMPLE: dict[str, Any] = tomllib.loads(PROFILE.read_text("utf-8"))
PAGE = (Path(__file__).parents[3] / "docs" / "clocks.md").read_text("utf-8")
Change = Callable[[dict[str, Any]], object]
DAY = {"day": date(2027, 1, 4), "source": "a decree"}


def changed(*changes: Change) -> dict[str, Any]:
    profile = copy.deepcopy(SAMPLE)
    for change in changes:
        change(profile)
    return profile


def rules(profile: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = profile["rule_sets"][0]["rules"]
    return found


def problems(*changes: Change) -> tuple[str, ...]:
    with pytest.raises(ProfileError) as refused:
        read_timekeeping(changed(*changes))
    return refused.value.problems


def test_the_sample_has_every_rule_of_the_service() -> None:
    (only,) = OFFICE.rule_sets
    assert {name: (rule.amount, rule.unit) for name, rule in only.rules.items()} == {
        "acknowledge": (7, "calendar_days"),
        "triage": (5, "working_days"),
        "triage_danger": (4, "hours"),
        "preliminary_review": (10, "working_days"),
        "feedback": (3, "months"),
        "discipline": (6, "months"),
        "discipline_audit": (24, "months"),
    }
    assert not any(rule.moves_to_working_day for rule in only.rules.values())
    assert (OFFICE.calendar.days_per_week, str(OFFICE.zone)) == (5, "Asia/Tashkent")


def test_rule_sets_are_in_force_from_their_days_whatever_their_order() -> None:
    older = copy.deepcopy(SAMPLE["rule_sets"][0]) | {
        "id": "2025",
        "effective_from": date(2025, 1, 1),
    }
    older["rules"]["acknowledge"] = {"calendar_days": 14, "source": "an earlier promise"}
    office = read_timekeeping(changed(lambda p: p["rule_sets"].append(older)))
    assert [one.id for one in office.rule_sets] == ["2025", "2026"]
    assert office.in_force(date(2025, 6, 1)).rule(RuleName.ACKNOWLEDGE).amount == 14


def test_days_are_added_and_taken_away() -> None:
    worked = {"day": date(2027, 1, 9), "source": "the same decree"}
    office = read_timekeeping(
        changed(lambda p: p["calendar"].update(days_off=[DAY], working_days=[worked]))
    )
    assert not is_working_day(office.calendar, date(2027, 1, 4))
    assert is_working_day(office.calendar, date(2027, 1, 9))
    assert is_working_day(OFFICE.calendar, date(2027, 1, 4))


def test_a_rule_may_move_on_to_a_working_day() -> None:
    office = read_timekeeping(
        changed(lambda p: rules(p)["feedback"].update(moves_to_working_day=True))
    )
    assert office.rule_sets[0].rule(RuleName.FEEDBACK).moves_to_working_day


BROKEN: dict[str, tuple[Change, str]] = {
    "no zone": (lambda p: p.update(timezone="Mars/Olympus"), "timezone"),
    "no calendar": (lambda p: p.pop("calendar"), "calendar: "),
    "a calendar that is no table": (lambda p: p.update(calendar=5), "calendar: "),
    "an unknown country": (lambda p: p["calendar"].update(country="XX"), "calendar.country"),
    "no country": (lambda p: p["calendar"].pop("country"), "calendar.country"),
    "seven days a week": (
        lambda p: p["calendar"].update(working_days_per_week=7),
        "calendar.working_days_per_week",
    ),
    "a week of true days": (
        lambda p: p["calendar"].update(working_days_per_week=True),
        "calendar.working_days_per_week",
    ),
    "a day both off and worked": (
        lambda p: p["calendar"].update(days_off=[DAY], working_days=[DAY]),
        "2027-01-04 cannot be both",
    ),
    "a day nobody decided": (
        lambda p: p["calendar"].update(days_off=[{"day": DAY["day"]}]),
        "calendar.days_off.source",
    ),
    "a day without a date": (
        lambda p: p["calendar"].update(days_off=[{"source": "x"}]),
        "calendar.days_off: write a date",
    ),
    "a moment for a day": (
        lambda p: p["calendar"].update(days_off=[DAY | {"day": datetime(2027, 1, 4)}]),  # noqa: DTZ001
        "calendar.days_off: write a date",
    ),
    "a day far away": (
        lambda p: p["calendar"].update(working_days=[DAY | {"day": date(2199, 1, 1)}]),
        "calendar.working_days: write a date",
    ),
    "a bare day": (
        lambda p: p["calendar"].update(days_off=[DAY["day"]]),
        "calendar.days_off: is missing, or no table",
    ),
    "no rule set": (lambda p: p.update(rule_sets=[]), "rule_sets: list at least one"),
    "two rule sets of one name": (
        lambda p: p["rule_sets"].append(p["rule_sets"][0] | {"effective_from": date(2025, 1, 1)}),
        "no two have the same id",
    ),
    "two rule sets of one day": (
        lambda p: p["rule_sets"].append(p["rule_sets"][0] | {"id": "other"}),
        "no two have the same effective_from",
    ),
    "a rule set without a name": (lambda p: p["rule_sets"][0].pop("id"), "an id is 1 to 64"),
    "a rule set without a day": (
        lambda p: p["rule_sets"][0].pop("effective_from"),
        "rule_sets.2026.effective_from",
    ),
    "a rule set nobody decided": (
        lambda p: p["rule_sets"][0].update(source=" "),
        "rule_sets.2026.source",
    ),
    "no rules": (lambda p: p["rule_sets"][0].pop("rules"), "rule_sets.2026.rules"),
    "a rule left out": (lambda p: rules(p).pop("triage"), "rule_sets.2026.triage"),
    "a rule too many": (lambda p: rules(p).update(lunch={}), "rule_sets.2026.lunch"),
    "a rule without a unit": (
        lambda p: rules(p).update(triage={"source": "x"}),
        "rule_sets.2026.triage: give one of hours",
    ),
    "a rule in two units": (
        lambda p: rules(p)["triage"].update(hours=1),
        "rule_sets.2026.triage: give one of hours",
    ),
    "a rule of no time": (
        lambda p: rules(p)["triage"].update(working_days=0),
        "working_days is a whole number",
    ),
    "a rule of half a day": (
        lambda p: rules(p)["triage"].update(working_days=0.5),
        "working_days is a whole number",
    ),
    "a rule of true days": (
        lambda p: rules(p)["triage"].update(working_days=True),
        "working_days is a whole number",
    ),
    "a rule of ages": (
        lambda p: rules(p)["triage"].update(working_days=367),
        "working_days is a whole number",
    ),
    "a rule nobody decided": (
        lambda p: rules(p)["triage"].pop("source"),
        "rule_sets.2026.triage.source",
    ),
    "a rule with a misspelled key": (
        lambda p: rules(p)["triage"].update(moves=True),
        "rule_sets.2026.triage.moves",
    ),
    "hours that move": (
        lambda p: rules(p)["triage_danger"].update(moves_to_working_day=True),
        "only calendar_days and months",
    ),
    "perhaps it moves": (
        lambda p: rules(p)["feedback"].update(moves_to_working_day="yes"),
        "only calendar_days and months",
    ),
    "another promise of days": (
        lambda p: p["clocks"].update(acknowledge_days=14),
        "clocks.acknowledge_days",
    ),
    "another promise of months": (
        lambda p: rules(p).update(feedback={"months": 6, "source": "x"}),
        "clocks.feedback_months",
    ),
    "a promise in another unit": (
        lambda p: rules(p).update(acknowledge={"working_days": 7, "source": "x"}),
        "clocks.acknowledge_days",
    ),
}


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_profile_with_one_thing_wrong_says_that_one_thing(what: str) -> None:
    change, words = BROKEN[what]
    found = problems(change)
    assert [words in problem for problem in found] == [True], found


def test_all_that_is_wrong_is_said_at_once() -> None:
    separate = ("no zone", "an unknown country", "seven days a week", "a rule too many")
    found = problems(*(BROKEN[what][0] for what in separate))
    assert len(found) == len(separate)


def test_a_promise_is_held_against_the_newest_rule_set_only() -> None:
    newer = copy.deepcopy(SAMPLE["rule_sets"][0]) | {
        "id": "2027",
        "effective_from": date(2027, 1, 1),
    }
    newer["rules"]["acknowledge"]["calendar_days"] = 3
    assert any("rule_sets.2027" in one for one in problems(lambda p: p["rule_sets"].append(newer)))


def test_a_file_that_cannot_be_read_is_a_problem_of_the_profile(tmp_path: Path) -> None:
    broken = tmp_path / "profile.toml"
    for text in (None, "calendar = ", "\xff"):
        if text is not None:
            broken.write_text(text, "latin-1")
        with pytest.raises(ProfileError):
            load_timekeeping(broken)


def test_the_portal_reads_the_profile_without_the_calendar() -> None:
    """Neither the package nor its memory gets into the process that faces the internet."""
    assert load_organisation(PROFILE).clocks.acknowledge_days == 7
    loaded = (
        "import sys, portal.app, portal.organisation as o, pathlib;"
        f"o.load_organisation(pathlib.Path({str(PROFILE)!r}));"
        "sys.exit('holidays' in sys.modules or 'casework' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


def test_the_page_explains_every_key_and_every_rule_of_the_sample() -> None:
    explained = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE, re.MULTILINE))
    for key in SAMPLE["calendar"]:
        assert key in explained
    for name, rule in OFFICE.rule_sets[0].rules.items():
        unit = {Unit.MONTHS: "months", Unit.HOURS: "hours"}.get(rule.unit, "days")
        assert explained[name].startswith(f"{rule.amount} ")
        assert explained[name].endswith(unit)
    assert all(f"`{unit}`" in PAGE for unit in Unit)


def test_what_the_page_shows_of_a_calendar_can_be_read() -> None:
    shown = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert shown
    calendar = tomllib.loads(shown[1])["calendar"]
    assert calendar.keys() == SAMPLE["calendar"].keys()
    read_timekeeping(changed(lambda p: p.update(calendar=calendar)))
