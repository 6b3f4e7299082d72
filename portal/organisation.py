"""The organisation's own facts, read from its profile: names, units, categories, positions, channels, clocks.

They are data, never code. Labels are tables of language to text; Uzbek in Cyrillic is derived from
the Latin where it is left out.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from portal.cyrillic import to_cyrillic

LANGUAGES = ("uz", "uz-Cyrl", "ru", "en")
DESKS = ("service", "oversight")

Text = Mapping[str, str]


class ProfileError(Exception):
    """The profile cannot be used; `problems` says everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Something with an id and a name in each language."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone(Labelled):
    """A number to call."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Position(Labelled):
    """A place in a desk that receives reports."""

    desk: str
    head: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTemplate(Labelled):
    """What a letter to an informant may begin with."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Days and months the organisation promises."""

    acknowledge_days: int
    feedback_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """One organisation, as its profile says."""

    name: Text
    short_name: Text
    timezone: str
    languages: tuple[str, ...]
    leave_url: str
    security_contact: str
    phones: tuple[Phone, ...]
    units: tuple[Labelled, ...]
    categories: tuple[Labelled, ...]
    positions: tuple[Position, ...]
    clocks: Clocks
    pages: Mapping[str, Text]
    letters: tuple[LetterTemplate, ...] = ()

    @property
    def first_language(self) -> str:
        """The language `/` leads to."""
        return self.languages[0]

    def text(self, words: Text, language: str) -> str:
        """Give the words in a language, or in the organisation's first if they lack it."""
        return words.get(language) or words[self.first_language]

    def label(self, items: Sequence[Labelled], item_id: str, language: str) -> str:
        """Give the label of one of `items`, or the id itself if the profile no longer has it."""
        found = [item for item in items if item.id == item_id]
        return self.text(found[0].label, language) if found else item_id

    def choices(self, items: Sequence[Labelled], language: str) -> list[tuple[str, str]]:
        """Give `items` as a form offers them: each id with its label."""
        return [(item.id, self.text(item.label, language)) for item in items]

    def letter(self, letter_id: str, language: str) -> str:
        """Give a letter's text in a language, or in the organisation's first; nothing if there is no such letter."""
        return next(
            (self.text(one.text, language) for one in self.letters if one.id == letter_id), ""
        )

    def position(self, position_id: str) -> Position | None:
        """Find a position by its id."""
        return next((p for p in self.positions if p.id == position_id), None)


def load_organisation(path: Path) -> Organisation:
    """Read a profile; raises ProfileError with all its problems."""
    try:
        profile = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProfileError([f"{path}: {error}"]) from error
    return _Reader(profile).organisation()


class _Reader:
    """Reads a profile and collects what is wrong with it."""

    def __init__(self, profile: dict[str, Any]) -> None:
        self._profile = profile
        self._problems: list[str] = []
        self._languages = tuple(profile.get("languages", ()))

    def organisation(self) -> Organisation:
        self._check_top()
        organisation = Organisation(
            name=self._words(self._profile.get("name"), "name"),
            short_name=self._words(self._profile.get("short_name"), "short_name"),
            timezone=self._profile.get("timezone", ""),
            languages=self._languages,
            leave_url=self._profile.get("leave_url", ""),
            security_contact=self._profile.get("security_contact", ""),
            phones=tuple(
                Phone(**self._base(p, "phones"), number=p.get("number", ""))
                for p in self._list("phones")
            ),
            units=tuple(Labelled(**self._base(u, "units")) for u in self._list("units")),
            categories=tuple(
                Labelled(**self._base(c, "categories")) for c in self._list("categories")
            ),
            positions=tuple(self._position(p) for p in self._list("positions")),
            clocks=self._clocks(),
            pages={
                page: self._words(words, f"pages.{page}")
                for page, words in self._profile.get("pages", {}).items()
            },
            letters=self._letters(),
        )
        self._check_desks(organisation.positions)
        if self._problems:
            raise ProfileError(self._problems)
        return organisation

    def _check_top(self) -> None:
        if not self._languages or not set(self._languages) <= set(LANGUAGES):
            self._problems.append(f"languages: name one or more of {', '.join(LANGUAGES)}")
        for name in ("leave_url", "security_contact"):
            if ":" not in str(self._profile.get(name, "")):
                self._problems.append(f"{name}: give an address, such as https://… or tel:…")
        try:
            ZoneInfo(self._profile.get("timezone", ""))
        except (ValueError, OSError, KeyError):
            self._problems.append("timezone: name one, such as Asia/Tashkent")

    def _list(self, name: str) -> list[dict[str, Any]]:
        items = self._profile.get(name, [])
        ids = [item.get("id") for item in items]
        if not items or len(set(ids)) != len(ids):
            self._problems.append(f"{name}: list at least one, each with an id of its own")
        return list(items)

    def _base(self, item: dict[str, Any], where: str) -> dict[str, Any]:
        found = str(item.get("id", ""))
        if not found or not all(c.isalnum() or c == "-" for c in found):
            self._problems.append(f"{where}: an id is letters, digits and dashes, not {found!r}")
        return {"id": found, "label": self._words(item.get("label"), f"{where}.{found}.label")}

    def _words(self, words: object, where: str) -> dict[str, str]:
        given = dict.fromkeys(self._languages, words) if isinstance(words, str) else words
        if not isinstance(given, dict):
            self._problems.append(f"{where}: give a text for each language")
            return {}
        complete = dict(given)
        if "uz" in complete and "uz-Cyrl" not in complete:
            complete["uz-Cyrl"] = to_cyrillic(complete["uz"])
        missing = [code for code in self._languages if not complete.get(code)]
        if missing:
            self._problems.append(f"{where}: the text is missing in {', '.join(missing)}")
        return complete

    def _position(self, item: dict[str, Any]) -> Position:
        desk = item.get("desk", "")
        if desk not in DESKS:
            self._problems.append(f"positions.{item.get('id')}: desk is one of {', '.join(DESKS)}")
        return Position(
            **self._base(item, "positions"), desk=desk, head=bool(item.get("head", False))
        )

    def _letters(self) -> tuple[LetterTemplate, ...]:
        """Read the letters there are: an organisation may do without any."""
        items = self._list("letters") if "letters" in self._profile else []
        return tuple(LetterTemplate(**self._base(i, "letters"), text=self._said(i)) for i in items)

    def _said(self, item: dict[str, Any]) -> dict[str, str]:
        """Read a letter's text: in each language its own, for an informant reads it in theirs."""
        given = item.get("text")
        words = given if isinstance(given, dict) else None
        found = self._words(words, f"letters.{item.get('id')}.text")
        return {language: text.strip() for language, text in found.items()}

    def _clocks(self) -> Clocks:
        clocks = self._profile.get("clocks", {})
        values = {name: clocks.get(name, 0) for name in ("acknowledge_days", "feedback_months")}
        for name, value in values.items():
            if not isinstance(value, int) or value < 1:
                self._problems.append(f"clocks.{name}: give a whole number")
        return Clocks(**values)

    def _check_desks(self, positions: Sequence[Position]) -> None:
        if {p.desk for p in positions} != set(DESKS):
            self._problems.append("positions: each of the desks service and oversight needs one")
        if sum(p.head and p.desk == "service" for p in positions) != 1:
            self._problems.append("positions: the service has exactly one head")
