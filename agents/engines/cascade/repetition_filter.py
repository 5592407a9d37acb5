"""Removes repetitions in streams: some servers repeat the whole answer at its end, or in each
delta. Pure.

Text that may be a repetition is held back until the following text decides it. An answer of digits
is never shortened.
"""

from typing import Final

SURE_CHARACTERS: Final = 8  # an answer of this length is not repeated by chance


class RepetitionFilter:
    """Removes repetitions from one answer's deltas."""

    def __init__(self) -> None:
        self._all = ""  # the text returned so far
        self._deltas = 0
        self._held = ""  # held back: begins like the answer, or continues a repetition
        self._is_growing = False  # each delta contains all before it

    def push(self, text: str, *, is_last: bool = False) -> str:
        """The new text of a delta. is_last: the server ends the answer with it."""
        if not text:
            return ""
        if self._held:
            new = self._after_held(text)
        elif not self._all:
            new = self._give(text)
        elif text == self._all and (self._is_growing or (is_last and _has_letters(text))):
            new = ""
        elif text.startswith(self._all) and (self._is_growing or self._is_sure()):
            new = self._give(text[len(self._all) :])
        elif text.startswith(self._all) or self._all.startswith(text):
            self._held, new = text, ""
        else:
            new = self._give(text)
        return new + self.flush() if is_last else new

    def flush(self) -> str:
        """The held-back text at the end of the answer, unless it is a repetition."""
        held, self._held = self._held, ""
        if not held or (held == self._all and self._deltas > 1 and _has_letters(held)):
            return ""
        if held.startswith(self._all) and len(held) > len(self._all) and self._ends_a_word(held):
            return self._give(held[len(self._all) :])  # two deltas, and the second is all
        return self._give(held)

    def _after_held(self, text: str) -> str:
        held, self._held = self._held, ""
        if len(held) > len(self._all) and text.startswith(held):
            self._is_growing = True  # twice: it is no chance
            return self._give(text[len(self._all) :])
        together = held + text
        if self._all.startswith(together):
            self._held = together
            return ""
        if together.startswith(self._all) and self._is_sure() and self._deltas > 1:
            return self._give(together[len(self._all) :])
        return self._give(together)

    def _is_sure(self) -> bool:
        return len(self._all) >= SURE_CHARACTERS and _has_letters(self._all)

    def _ends_a_word(self, longer: str) -> bool:
        is_within = self._all[-1].isalnum() and longer[len(self._all)].isalnum()
        return _has_letters(self._all) and not is_within

    def _give(self, text: str) -> str:
        if text:
            self._all += text
            self._deltas += 1
        return text


def _has_letters(text: str) -> bool:
    return any(character.isalpha() for character in text)
