"""How a setting of an agent is declared: its kind, its words, when it applies. Pure.

A setting is a field of a dataclass: type and default are the field's, everything else is in its
metadata, made by `declared`. `agents.settings.table` reads them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Literal

from agents.http_tools.limits import NAME as NAME_CHARACTERS

METADATA: Final = "setting"  # the key of a Setting in the metadata of a field
FIRST_RELEASE: Final = "0.1.0"
_BETWEEN_ADDRESSES: Final = re.compile(r"[,;\s]+")


def translatable(text: str) -> str:
    """`text`, marked for translation: it is translated where it is shown.

    Imported as `_`, which is what the catalogues look for.
    """
    return text


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of text. characters: at most; rows: how high its field is."""

    characters: int
    rows: int = 2


@dataclass(frozen=True, slots=True)
class Pronunciations:
    """Lines of `written = spoken`. characters: of all of them, at most; rows: as of Text."""

    characters: int
    rows: int = 4


# What is wrong with a text: a marked sentence, and the values in it.
Problem = tuple[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Lines:
    """Text in a form of its own. characters: at most; fault: what is wrong with it; form: what it
    is, for the handbook; rows: as of Text, with 1 for a single line. is_list: on pages each line is
    a row of fields.
    """

    characters: int
    fault: Callable[[str], Problem | None]
    form: str
    rows: int = 4
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class CallFields:
    """Lines of `name (type): description` (`agents.analysis.fields`); rest as of Text."""

    characters: int
    rows: int = 4


@dataclass(frozen=True, slots=True)
class SingleLine:
    """One line. pattern: what all of it matches, "" for anything; hint: how to write it."""

    characters: int
    pattern: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What a caller says, in lower case. characters: at most."""

    characters: int


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a telephone. keys: those that may be chosen."""

    keys: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, each with its label."""

    options: tuple[tuple[StrEnum, str], ...]

    @property
    def values(self) -> tuple[StrEnum, ...]:
        """What may be chosen."""
        return tuple(value for value, _label in self.options)


@dataclass(frozen=True, slots=True)
class Milliseconds:
    """A whole number of milliseconds, both ends included. in_minutes: people write minutes."""

    lowest: int
    highest: int
    in_minutes: bool = False


@dataclass(frozen=True, slots=True)
class Switch:
    """True or false."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Mail addresses, in one text with commas, blanks or line breaks between. most: of them."""

    most: int

    @property
    def characters(self) -> int:
        """Of the text, at most: an address has 254 (RFC 5321), and one stands behind each."""
        return self.most * 255


def addresses_in(text: str) -> tuple[str, ...]:
    """The addresses in a text of the kind `Addresses`, each once, in order."""
    return tuple(dict.fromkeys(_BETWEEN_ADDRESSES.sub(" ", text).split()))


@dataclass(frozen=True, slots=True)
class ToolNames:
    """Names of the organization's tools, in one text with commas between. most: of them."""

    most: int

    @property
    def characters(self) -> int:
        """Of the text, at most."""
        return self.most * (NAME_CHARACTERS + 2)


@dataclass(frozen=True, slots=True)
class EngineName:
    """An engine by name; "" is the platform's default for the part."""

    part: Literal["stt", "llm", "tts"]
    characters: int = 40


Kind = (
    Text
    | Pronunciations
    | CallFields
    | Lines
    | SingleLine
    | Word
    | Key
    | Choice
    | Milliseconds
    | Switch
    | Addresses
    | ToolNames
    | EngineName
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of an agent. Texts for people are marked, not translated yet.

    help: what it does, as a caller notices it. section: where pages show it, "" for the section
    of its group. beside: in one row with the setting before it. empty: what an empty value means.
    only_for: another setting of its group, and the values of that one with which it applies.
    missing: what to say when it applies and is empty. not_above: a setting of its group that it
    may not exceed, and what to say then, with that one's value as `%(ms)d`. name, group (""
    for a column of a version) and default are filled in by `agents.settings.table`.
    """

    kind: Kind
    label: str
    help: str
    section: str = ""
    beside: bool = False
    empty: str = ""
    only_for: tuple[str, tuple[str, ...]] | None = None
    missing: str = ""
    not_above: tuple[str, str] | None = None
    since: str = FIRST_RELEASE
    name: str = ""
    group: str = ""
    default: Any = None

    @property
    def path(self) -> str:
        """Its name among all settings, such as "privacy.names" or "greeting"."""
        return f"{self.group}.{self.name}" if self.group else self.name


def declared(kind: Kind, label: str, help: str, **words: Any) -> dict[str, Setting]:  # noqa: A002
    """The metadata of a field that is a setting; arguments as of Setting."""
    return {METADATA: Setting(kind, label, help, **words)}
