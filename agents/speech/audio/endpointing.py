"""From voice probabilities to events: when the caller began, paused, continued, was done.

    QUIET --barge_in_ms of speech--> SPEAKING --pause_ms of silence--> PAUSED
      ^                                  ^---------- speech -------------'  |
      '------------------------- endpointing_ms of silence -----------------'

Time is counted in windows, so `at_ms` is the media clock. Waits are rounded up to whole
windows: 200 ms of silence are seven of them, 224 ms.
"""

from enum import StrEnum
from typing import Final

from agents.engines.events import SpeechPaused, SpeechResumed, SpeechStarted, SpeechStopped
from agents.settings.config import TurnTaking

WINDOW_MS: Final = 32
# Measured on recorded people: from 0.3 to 0.6 nothing starts on noise or clicks, and each
# tenth more costs 7 ms of delay.
SPEECH: Final = 0.5
# What keeps an utterance going. At 0.5 a tenth more false ends for 14 ms less delay.
STILL_SPEECH: Final = 0.35


class _State(StrEnum):
    QUIET = "quiet"
    SPEAKING = "speaking"
    PAUSED = "paused"


class Endpointer:
    """Finds one caller's utterances, window by window."""

    def __init__(self, turn_taking: TurnTaking) -> None:
        self._start_windows = _windows(turn_taking.barge_in_ms)
        self._pause_windows = _windows(turn_taking.pause_ms)
        # A pause always comes first: the transcription is begun there.
        self._stop_windows = max(_windows(turn_taking.endpointing_ms), self._pause_windows + 1)
        self._state = _State.QUIET
        self._windows = 0  # heard so far, the media clock
        self._run = 0  # voiced windows in a row while QUIET, silent ones otherwise

    def push(
        self, probability: float
    ) -> SpeechStarted | SpeechPaused | SpeechResumed | SpeechStopped | None:
        """Take the voice probability (0 to 1) of the next 32 ms; at most one event comes of it."""
        self._windows += 1
        if self._state is _State.QUIET:
            return self._while_quiet(probability >= SPEECH)
        return self._while_speaking(probability >= STILL_SPEECH)

    def end(self) -> None:
        """The utterance is over for us: speech that continues begins another one."""
        self._become(_State.QUIET)

    def _while_quiet(self, is_voiced: bool) -> SpeechStarted | None:
        self._run = self._run + 1 if is_voiced else 0
        if self._run < self._start_windows:
            return None
        began = self._ms_ago(self._run)
        self._become(_State.SPEAKING)
        return SpeechStarted(at_ms=began)

    def _while_speaking(
        self, is_voiced: bool
    ) -> SpeechPaused | SpeechResumed | SpeechStopped | None:
        if is_voiced:
            self._run = 0
            if self._state is _State.SPEAKING:
                return None
            self._become(_State.SPEAKING)
            return SpeechResumed(at_ms=self._ms_ago(1))
        self._run += 1
        last_voiced = self._ms_ago(self._run)
        if self._run == self._pause_windows:
            self._state = _State.PAUSED
            return SpeechPaused(at_ms=last_voiced)
        if self._run >= self._stop_windows:
            self._become(_State.QUIET)
            return SpeechStopped(at_ms=last_voiced)
        return None

    def _become(self, state: _State) -> None:
        self._state = state
        self._run = 0

    def _ms_ago(self, windows: int) -> int:
        return (self._windows - windows) * WINDOW_MS


def _windows(milliseconds: int) -> int:
    return max(1, -(-milliseconds // WINDOW_MS))
