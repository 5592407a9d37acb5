"""Endpointing: converts voice probabilities to events (speech started, paused, resumed, stopped).

    QUIET --barge_in_ms of speech--> SPEAKING --pause_ms of silence--> PAUSED
      ^                                  ^---------- speech -------------'  |
      '------------------ the wait for this pause, at least endpointing_ms -'

The wait is `endpointing_ms`, unless a pause is given another one (`wait`): while its words are not
known yet, or because they are not all. Beyond `endpointing_ms`, and never within `LONG_MS`, a
pause ends as an utterance begins, by `barge_in_ms` of speech: a click does not throw away what was
begun on the pause.

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
# How long a pause without a text is no end: the text says whether it is one. Cloud recognisers give
# it after 300 to 800 ms; one that takes longer is waited for after the end of the turn.
TEXT_WAIT_MS: Final = 900
# The least of that: shorter pauses lie within words, too, and any speech ends them.
LONG_MS: Final = 200


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
        self._long_windows = max(self._stop_windows, _windows(LONG_MS))
        self._wait_windows = self._stop_windows  # for the pause that there is
        self._state = _State.QUIET
        self._windows = 0  # heard so far, the media clock
        self._run = 0  # voiced windows in a row while QUIET, silent ones otherwise
        self._voiced = 0  # voiced windows in a row in a long pause

    def push(
        self, probability: float
    ) -> SpeechStarted | SpeechPaused | SpeechResumed | SpeechStopped | None:
        """Take the voice probability (0 to 1) of the next 32 ms; returns at most one event."""
        self._windows += 1
        if self._state is _State.QUIET:
            return self._while_quiet(probability >= SPEECH)
        if self._run >= self._long_windows:
            return self._while_waiting(probability >= SPEECH)
        return self._while_speaking(probability >= STILL_SPEECH)

    def end(self) -> None:
        """End the current utterance; speech that continues begins a new one."""
        self._become(_State.QUIET)

    def wait(self, silence_ms: int) -> None:
        """Set how long the current pause must last to end the utterance.

        It lasts `endpointing_ms` at least. Without a current pause nothing changes.
        """
        if self._state is _State.PAUSED:
            self._wait_windows = max(_windows(silence_ms), self._stop_windows)

    @property
    def silence_ms(self) -> int:
        """How long the current pause has lasted; 0 without one."""
        return self._run * WINDOW_MS if self._state is _State.PAUSED else 0

    def stop_if_due(self) -> SpeechStopped | None:
        """The event that ends the utterance, if the pause has lasted long enough."""
        is_due = self._state is _State.PAUSED and self._run >= self._wait_windows
        return self._stop() if is_due and not self._voiced else None

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
        return self.stop_if_due()

    def _while_waiting(self, is_voiced: bool) -> SpeechResumed | SpeechStopped | None:
        self._run += 1
        self._voiced = self._voiced + 1 if is_voiced else 0
        if self._voiced < self._start_windows:
            return self.stop_if_due()
        began = self._ms_ago(self._voiced)
        self._become(_State.SPEAKING)
        return SpeechResumed(at_ms=began)

    def _stop(self) -> SpeechStopped:
        last_voiced = self._ms_ago(self._run)
        self._become(_State.QUIET)
        return SpeechStopped(at_ms=last_voiced)

    def _become(self, state: _State) -> None:
        self._state = state
        self._run = self._voiced = 0
        self._wait_windows = self._stop_windows

    def _ms_ago(self, windows: int) -> int:
        return (self._windows - windows) * WINDOW_MS


def _windows(milliseconds: int) -> int:
    return max(1, -(-milliseconds // WINDOW_MS))
