"""Shortens conversations that a model's context has no room for. Pure.

A server that refuses a long request refuses every later one of the same call: the caller would
hear the apology for the rest of it. The oldest turns are left out for the rest of the call.
"""

import re
from typing import Final

from agents.engines.conversation import Utterance

STATUSES: Final = frozenset({400, 413, 422, 500})
FEWEST_TURNS: Final = 2  # that are always sent
_TOO_LONG: Final = re.compile(
    r"context[ _-]?(?:length|window|size|limit)"
    r"|max(?:imum)?[ _](?:prompt|input|model|seq\w*)[ _]?len"
    r"|(?:prompt|input|conversation|messages?) (?:is |are )?too long|too many (?:input )?tokens"
    r"|request too large|reduce the length"
    r"|(?:input|prompt|context|messages?)(?: tokens?| length)?(?: count)?(?: \(\d{1,9}\))? exceed"
    r"|(?<![\w-])token(?:s limit| limit|s count| count) exceed"
    r"|exceeds? the (?:context|token limit"
    r"|(?:model['’]?s? )?(?:maximum|max)(?: allowed)?(?: number of)? (?:input|prompt|context))"
    r"|context the overflows",
    re.IGNORECASE,
)

# Beside a parameter's name: what the messages take of the room that both share.
_COUNTS_INPUT: Final = re.compile(
    r"input tokens|in (?:the|your) (?:messages|prompt)|input length|your (?:request|prompt) has",
    re.IGNORECASE,
)


def is_of_length(status: int, said: str) -> bool:
    """Whether a server refused a request because it is longer than its model reads."""
    return status in STATUSES and _TOO_LONG.search(said) is not None


def counts_input(said: str) -> bool:
    """Whether a refusal counts the messages: no parameter that it names is what is too much."""
    return _COUNTS_INPUT.search(said) is not None


class Shortened:
    """How much of one call's conversation its model has room for."""

    def __init__(self) -> None:
        self._most: int | None = None

    def of(self, conversation: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
        """The latest turns of `conversation`, all of them while there was room."""
        return conversation if self._most is None else conversation[-self._most :]

    def shorten(self, conversation: tuple[Utterance, ...]) -> bool:
        """`conversation`, as it was sent, was too long. False when no less of it can be sent."""
        if len(conversation) <= FEWEST_TURNS:
            return False
        self._most = max(FEWEST_TURNS, len(conversation) // 2)
        return True
