"""Where in the audio of a call each turn lies, and which speech never became text. Pure.

All times are milliseconds of the media clock. A turn's own times are on the session's clock, which
is ahead by the audio that was lost on the line. So here a turn of the agent begins where its first
audio was sent, and a turn of the caller where voice activity was detected.
"""

from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import Role
from agents.engines.events import (
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
)
from telephony.session.events import DigitPressed, Event
from telephony.session.turns import TurnRecord

MARGIN_MS: Final = 400  # margin around a turn, for the delay of line and detection
# Of a longer utterance the transcriber drops the beginning (`agents.engines.cascade.transcriber`).
LONGEST_HEARD_MS: Final = 60_000
FOREVER: Final = 2**62


@dataclass(frozen=True, slots=True)
class Stretch:
    """Audio from `begin_ms` to `end_ms`."""

    begin_ms: int
    end_ms: int


class Stretches:
    """The stretches of one call. For the event loop's thread."""

    def __init__(self) -> None:
        self.lost: tuple[Stretch, ...] = ()  # speech that never became a turn
        self._of_turns: dict[int, Stretch] = {}
        self._since: int | None = None  # start of speech that is not part of a turn yet
        self._keys_since: int | None = None
        self._is_speaking = False
        self._has_text = False  # all of it has a text, or never will
        self._is_lost = False
        self._is_kept = False
        self._event: Event | None = None  # the event being processed

    def observe(self, event: Event, media_ms: int) -> None:
        """`event` is about to be received by the session."""
        self._event = event
        match event:
            case SpeechStarted(at_ms):
                self._since = at_ms if self._since is None else self._since
                self._is_speaking, self._has_text, self._is_kept = True, False, False
            case SpeechResumed():
                self._is_speaking, self._has_text, self._is_kept = True, False, False
            case SpeechStopped():
                self._is_speaking = False
            case Transcribed(text):
                self._has_text, self._is_lost = True, bool(text)  # reset when it is kept as a turn
            case TranscriptionFailed():
                self._has_text, self._is_lost = True, True
            case DigitPressed(digit) if digit != "#" and self._keys_since is None:
                self._keys_since = media_ms

    def keep(self, turn: TurnRecord, *, now_ms: int, media_ms: int) -> Stretch:
        """`turn` was kept at `now_ms` of the session's clock: it covers the audio until now."""
        before = self._of_turns.get(turn.number)
        began = [before.begin_ms + MARGIN_MS] if before else []
        if turn.role is Role.CALLER:
            began += [each for each in (self._since, self._keys_since) if each is not None]
            if isinstance(self._event, Transcribed | SpeechStopped):
                self._is_kept = True
            else:  # the keys were a turn
                self._keys_since = None
            if not began:
                began = [turn.started_ms - max(0, now_ms - media_ms)]
        begin_ms = max(0, min([media_ms, *began]) - MARGIN_MS)
        self._of_turns[turn.number] = Stretch(begin_ms, media_ms + MARGIN_MS)
        return self._of_turns[turn.number]

    def received(self, media_ms: int) -> None:
        """The session has processed the event, and its turns were kept."""
        if self._since is None or self._is_speaking or not self._has_text:
            return
        if self._is_lost and not self._is_kept:
            self._lose(self._since, media_ms)
        elif media_ms - self._since > LONGEST_HEARD_MS:
            self._lose(self._since, media_ms - LONGEST_HEARD_MS)
        self._since, self._is_kept, self._is_lost = None, False, False

    def unknown_since(self, media_ms: int) -> int:
        """Where the caller's audio begins that is not part of a turn yet, at most now."""
        began = [each for each in (self._since, self._keys_since) if each is not None]
        return max(0, min([media_ms, *(each - MARGIN_MS for each in began)]))

    def end(self, media_ms: int) -> None:
        """The call is over: speech without text by now will never have any."""
        since = self.unknown_since(media_ms)
        if since < media_ms:
            self.lost = (*self.lost, Stretch(since, FOREVER))

    def _lose(self, begin_ms: int, end_ms: int) -> None:
        begin_ms = max(0, begin_ms - MARGIN_MS)
        self.lost = (*self.lost, Stretch(begin_ms, end_ms + MARGIN_MS))
