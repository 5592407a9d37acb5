"""Reminders and goodbye for a caller who says nothing.

The silence is counted from the last words of either side. Noise or music does not restart it, and
only delays a reminder for a moment.

    counting --reminder_ms--> reminded --reminder_ms--> reminded again --reminder_ms--> goodbye
       ^  \\--"one moment"--> granted --GRANTED_MS--> reminded
       '-------------------- words of the caller, from everywhere
"""

from enum import StrEnum
from typing import Final

from agents.settings.config import Reminders, TurnTaking

GRANTED_MS: Final = 60_000  # silence granted to a caller who asked for a moment
# After a sound a reminder waits, as words may follow.
SETTLED_MS: Final = 1_000
# The limit for sound without words, such as music of a caller who has put the agent on hold.
LONGEST_WORDLESS_MS: Final = 300_000
_MOST: Final = {Reminders.OFF: 0, Reminders.ONCE: 1, Reminders.TWICE: 2}


class Step(StrEnum):
    """The reactions to silence."""

    FIRST = "first"  # a reminder
    SECOND = "second"  # a second reminder, in other words
    GOODBYE = "goodbye"


class Patience:
    """The silence of one call. Times on the session's clock, milliseconds."""

    def __init__(self, turn_taking: TurnTaking) -> None:
        self.is_granted = False  # the caller has asked for a moment
        self._most = _MOST[turn_taking.reminders]
        self._gap_ms = turn_taking.reminder_ms
        self._reminders = 0  # reminders since the caller's last words
        self._from_ms = 0  # end of the last words
        self._sound_at_ms = 0  # the caller's latest sound

    def restart(self, now_ms: int) -> None:
        """Restart the count: the agent speaks, or is about to."""
        self._from_ms = now_ms

    def answered(self, now_ms: int) -> None:
        """The caller has said or entered something."""
        self._from_ms = now_ms
        self._reminders = 0
        self.is_granted = False

    def grant(self) -> None:
        """The caller has asked for a moment."""
        self.is_granted = True

    def save(self) -> tuple[bool, int, int, int]:
        """The state as a tuple: granted, reminders, start of the silence, last sound."""
        return self.is_granted, self._reminders, self._from_ms, self._sound_at_ms

    def restore(
        self, is_granted: bool, reminders: int, silent_from_ms: int, sound_at_ms: int
    ) -> None:
        """Restore what `save` returned."""
        self.is_granted, self._reminders = is_granted, reminders
        self._from_ms, self._sound_at_ms = silent_from_ms, sound_at_ms

    def sound(self, now_ms: int) -> None:
        """The caller makes a sound that may or may not be speech."""
        self._sound_at_ms = now_ms

    def is_exhausted(self, now_ms: int) -> bool:
        """Whether there was sound without words for too long."""
        return self._most > 0 and now_ms - self._from_ms >= LONGEST_WORDLESS_MS

    def step(self, now_ms: int) -> Step | None:
        """The reaction that is due now, which then counts as done; None for none."""
        gap_ms = GRANTED_MS if self.is_granted else self._gap_ms
        waited_ms = now_ms - self._from_ms
        if not self._most or waited_ms < gap_ms:
            return None
        # Frequent sounds must not delay it for ever.
        if now_ms - self._sound_at_ms < SETTLED_MS and waited_ms < 2 * gap_ms:
            return None
        self.is_granted = False
        self._from_ms = now_ms
        self._reminders += 1
        if self._reminders > self._most:
            return Step.GOODBYE
        return Step.FIRST if self._reminders == 1 else Step.SECOND
