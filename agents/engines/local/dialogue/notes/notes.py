"""The state of a conversation, as a value."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from agents.engines.local.dialogue.digits import SHORTEST, written
from agents.engines.local.dialogue.phrases import Asked
from agents.speech.heard.groups import Groups, as_said, is_whole

# Whether the agent could answer a clause from its facts.
Knows = Callable[[str], bool]

NOT_GIVEN: Final = re.compile(
    r"\b(?:rather not|don't want to|prefer not|not going to|no name|anonymous|none of your|"
    r"don't have (?:a|one)|skip)\b"
)
# A "yes" or "no" with no more words behind it than this says nothing else.
SHORT_TAIL: Final = 2


class News(StrEnum):
    """What the caller's last turn brought."""

    NAME = "gave a name"
    NAME_HEARD = "may have given a name"
    NAME_MISSED = "has given no name that is understood"
    NAME_WITHHELD = "gives no name"
    NUMBER = "gave a whole number"
    PART_OF_NUMBER = "gave some digits"
    NUMBER_HEARD = "did not say whether the number is right"
    NUMBER_MISSED = "has given no number that is understood"
    NUMBER_WITHHELD = "gives no number, or the one that calls"
    NUMBER_CONFIRMED = "the number is right"
    NUMBER_WRONG = "the number is wrong"
    MESSAGE = "gave the message"
    WANTS_MESSAGE = "wants to leave a message"
    CANCELLED = "gave up the message"
    DECLINED = "wants to leave no message"
    NOTHING_ELSE = "has no other question"
    SOMETHING_ELSE = "has another question, not yet said"


@dataclass(frozen=True, slots=True)
class Notes:
    """The state of a conversation. `rest` is what of the last turn is still to be answered."""

    name: str = ""
    is_name_sure: bool = True  # else it is what was heard
    groups: Groups = ()  # of the number, as many digits as were given
    is_international: bool = False  # it began with a plus, so with the code of a country
    is_number_over: bool = False  # the caller says that there are no more
    is_number_right: bool = False
    about: str = ""  # what was told beside the wish to leave a message
    message: str = ""
    is_taking: bool = False  # a message is being taken
    withheld: frozenset[Asked] = frozenset()
    has_declined: bool = False
    asked: Asked | None = None  # the question that the caller last heard
    tries: int = 0  # how often in a row it was answered with something else
    unclear: int = 0  # how often in a row the caller was asked to say it again
    news: frozenset[News] = frozenset()
    rest: str = ""

    @property
    def number(self) -> str:
        """Its digits."""
        return "".join(self.groups)

    @property
    def read_back(self) -> str:
        """The number for people, in its caller's groups: "415-555-0142", "+49-30-1234567"."""
        if not self.is_international:
            return written(self.groups)
        groups = self.groups if len(self.groups) > 1 else as_said(self.groups)
        return f"+{'-'.join(groups)}"

    @property
    def has_whole_number(self) -> bool:
        """Whether nothing of it seems to be missing."""
        digits = self.number
        return is_whole(digits) or (self.is_number_over and len(digits) >= SHORTEST)

    @property
    def first_name(self) -> str:
        """How the caller is addressed; "" where that is not known."""
        return self.name.partition(" ")[0] if self.is_name_sure else ""

    def needs(self) -> Asked | None:
        """What a message still lacks; None when it is complete."""
        if not self.name and Asked.NAME not in self.withheld:
            return Asked.NAME
        if Asked.NUMBER not in self.withheld:
            if not self.number:
                return Asked.NUMBER
            if not self.has_whole_number:
                return Asked.REST_OF_NUMBER
            if not self.is_number_right:
                return Asked.NUMBER_RIGHT
        return None if self.message else Asked.MESSAGE


def brought(notes: Notes, *news: News, rest: str = "", **changes: object) -> Notes:
    """The notes with `news` and changed fields. rest: what is still to be answered."""
    return replace(notes, news=notes.news | set(news), rest=rest, **changes)  # type: ignore[arg-type]


def unless_short(words: str) -> str:
    """`words`, or "" where there are too few behind a yes or no to say anything else."""
    return words if len(words.split()) > SHORT_TAIL else ""
