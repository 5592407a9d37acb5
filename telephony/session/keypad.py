"""Numbers entered on the caller's phone: over with #, or after a pause."""

from typing import Final

PAUSE_MS: Final = 1_500
END_KEY: Final = "#"
MAX_DIGITS: Final = 64  # of all numbers that wait; a card's has 19, and those after it are dropped


class Keypad:
    """Collects the keys of one number. Times on the session's clock, milliseconds."""

    def __init__(self) -> None:
        self.pressed_at_ms = 0
        self._digits = ""
        self._is_ended = False

    def press(self, digit: str, now_ms: int) -> None:
        """The caller pressed a key."""
        self.pressed_at_ms = now_ms
        if digit == END_KEY:
            self._is_ended = bool(self._digits)
            return
        if len(self._digits) >= MAX_DIGITS:
            return
        if self._is_ended:  # the last number still waits for its turn
            self._digits += " "
            self._is_ended = False
        self._digits += digit

    @property
    def is_empty(self) -> bool:
        """Whether no number is being entered, and none waits."""
        return not self._digits

    def is_complete(self, now_ms: int) -> bool:
        """Whether a number has been entered and is over."""
        paused = now_ms - self.pressed_at_ms >= PAUSE_MS
        return bool(self._digits) and (self._is_ended or paused)

    def take(self) -> str:
        """The number; the next key begins another."""
        digits, self._digits, self._is_ended = self._digits, "", False
        return digits
