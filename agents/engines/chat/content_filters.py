"""Leaves out of requests what a provider's content filter has refused before. Pure.

A filter that takes offence at one turn of the caller, or at what a tool gave, refuses every later
request that still has it: the caller would be told of trouble until they hang up.
"""

import re
from dataclasses import replace
from typing import Final

from agents.engines.conversation import Role, ToolUse, Utterance

MOST_LEFT_OUT: Final = 20  # turns and results of one call
WITHHELD: Final = "A content filter withheld the result."
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
    """What of one call a filter refused: turns of the caller, and what tools gave."""

    def __init__(self) -> None:
        # By the place among the caller's turns: the same words said later are another turn.
        self._turns: dict[int, str] = {}
        self._results: set[str] = set()  # by the id of the call

    def add_last_of(self, conversation: tuple[Utterance, ...]) -> None:
        """What was new in `conversation`, as it was before anything was left out, was refused.

        That is what tools gave, where it ends with that, else the caller's last turn: what came
        before had been read.
        """
        if len(self._turns) + len(self._results) >= MOST_LEFT_OUT or not conversation:
            return
        given = {use.call.id for use in conversation[-1].tools if use.result is not None}
        if given:
            self._results |= given
            return
        said = [each.text for each in conversation if each.role is Role.CALLER]
        if said:
            self._turns[len(said) - 1] = said[-1]

    def left_out_of(self, conversation: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
        """`conversation` without them, but for what was just said."""
        if not self._turns and not self._results:
            return conversation
        kept, place = [], -1
        for each in conversation:
            place += each.role is Role.CALLER
            is_last = each is conversation[-1]
            if is_last or each.role is not Role.CALLER or not self._is_refused(place, each.text):
                kept.append(replace(each, tools=tuple(map(self._without, each.tools))))
        return tuple(kept)

    def _is_refused(self, place: int, text: str) -> bool:
        # A turn may have been continued. Where places have moved, another one is innocent.
        refused = self._turns.get(place)
        return refused is not None and text.startswith(refused)

    def _without(self, use: ToolUse) -> ToolUse:
        """The use of a tool stays: a model that knows nothing of it would ask once more."""
        if use.result is None or use.call.id not in self._results:
            return use
        return replace(use, result=replace(use.result, text=WITHHELD, is_error=True))
