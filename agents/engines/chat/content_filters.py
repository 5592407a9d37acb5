"""What a provider's filter refused to read is not sent to it again. Pure.

A filter that takes offence at one turn of the caller refuses every later request that still has
that turn in it: the caller would be told of trouble until they hang up.
"""

import re
from typing import Final

from agents.engines.conversation import Role, Utterance

MOST_LEFT_OUT: Final = 20  # turns of one call
_REFUSALS: Final = re.compile(
    r"content[_ ]?(?:filter|management policy|policy violation)|responsible ?ai|prompt_blocked"
    r"|safety (?:system|filter|reasons)|blocked by .{0,40}(?:safety|policy|moderation)"
    r"|flagged (?:by|for|as)|moderation|data_?inspection|inappropriate content|sensitive content",
    re.IGNORECASE,
)


def is_of_a_filter(said: str) -> bool:
    """Whether a refusal, of which this is all that it says, is a filter's."""
    return _REFUSALS.search(said) is not None


class FilteredTurns:
    """The caller's turns of one call that a filter refused."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def add_last_of(self, conversation: tuple[Utterance, ...]) -> None:
        """The last turn was refused: those before it had been read."""
        said = [each.text for each in conversation if each.role is Role.CALLER]
        if said and len(self._texts) < MOST_LEFT_OUT:
            self._texts.add(said[-1])

    def left_out_of(self, conversation: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
        """`conversation` without them, but for what was just said."""
        if not self._texts:
            return conversation
        *before, last = conversation
        kept = [
            each for each in before if each.role is not Role.CALLER or each.text not in self._texts
        ]
        return (*kept, last)
