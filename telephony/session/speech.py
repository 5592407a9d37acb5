"""What the caller is saying: the utterance in progress and the clocks it is measured by."""

from typing import Final

from agents.engines.events import Stage, Transcribed, TranscriptionFailed

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
# A cough is shorter; speech of this length was words that were not understood.
SPEECH_MS: Final = 600
# So often in a row the caller is asked again, and then not more often than this: a room full of
# voices would be asked without end.
ASKED_IN_A_ROW: Final = 3
ASKED_AGAIN_MS: Final = 10_000
ASKED_MOST: Final = 6  # until there are words: music is answered no more, see `silence.patience`


class CallerSpeech:
    """The utterance in progress. `..._ms`: the session's clock; `at_ms`: the media clock."""

    def __init__(self) -> None:
        self._media_bytes = 0
        self.frame_at_ms = 0  # the session's clock at the newest frame
        self.is_going_on = False
        self.is_taken = False  # the turn was taken from a caller who may speak on
        self.is_echo = False  # what is heard is the agent, as far as is known
        # What became of it up to the latest pause; None: not known yet, or kept as a turn.
        self.result: Transcribed | TranscriptionFailed | None = None
        # The utterance includes one that is in the transcript: its words take their place.
        self.is_again = False
        self.started_ms = 0
        self.ended_ms = 0
        # How long the caller spoke is measured on the media clock alone: frames may come late, and
        # then many at once.
        self._began_at_ms = 0
        self._paused_at_ms = 0
        self.stages: dict[Stage, int] = {}
        self._is_typed = False
        self._is_kept = False
        self._asked_again = 0  # in a row, because there were no words
        self._asked_again_at_ms = 0

    @property
    def media_ms(self) -> int:
        """The media clock: how much of the caller's audio has come."""
        return self._media_bytes // BYTES_PER_MS

    @property
    def is_speaking(self) -> bool:
        """Whether the caller is heard, and not the agent by the caller's telephone."""
        return self.is_going_on and not self.is_echo

    def frame(self, size: int, now_ms: int) -> None:
        """Audio came. size: mu-law bytes at 8 kHz."""
        self._media_bytes += size
        self.frame_at_ms = now_ms

    def start(self, at_ms: int, *, continues: bool) -> None:
        """The caller speaks; `continues` as in `SpeechStarted`."""
        self.is_going_on = True
        self.is_echo = False
        self._is_typed = False
        self.is_again = continues and (self._is_kept or self.is_again)
        self.started_ms = self._session_ms(at_ms)
        if not continues or self._is_kept:
            self._began_at_ms = at_ms
        self.result = None

    def pause(self, at_ms: int) -> None:
        """A short pause; perhaps the end."""
        self.ended_ms = self._session_ms(at_ms)
        self._paused_at_ms = at_ms
        if isinstance(self.result, TranscriptionFailed):
            self.result = None
        self.stages = {}

    def stop(self, now_ms: int) -> None:
        """The utterance is over."""
        self.is_going_on = False
        self._is_kept = False
        self.stages[Stage.ENDPOINT] = now_ms

    def take(self, now_ms: int) -> None:
        """The utterance is over for us, whatever the caller does."""
        self.stop(now_ms)
        self.ended_ms = now_ms
        self.result = None
        self.is_taken = True

    @property
    def lasted_ms(self) -> int:
        """How long ago the utterance began, as long as it is not over."""
        return self.media_ms - self._began_at_ms

    def is_unanswered(self, now_ms: int) -> bool:
        """Whether speech without words was long enough to ask for it again, which counts."""
        is_short = self._paused_at_ms - self._began_at_ms < SPEECH_MS
        is_noise = isinstance(self.result, Transcribed) and self.result.nothing_said
        if self._is_typed or self.is_taken or is_noise or is_short:
            return False
        if self._asked_again >= ASKED_MOST:
            return False
        is_often = self._asked_again >= ASKED_IN_A_ROW
        if is_often and now_ms - self._asked_again_at_ms < ASKED_AGAIN_MS:
            return False
        self._asked_again += 1
        self._asked_again_at_ms = now_ms
        return True

    @property
    def is_typed(self) -> bool:
        """Whether the turn was typed, on a keyboard or a keypad."""
        return self._is_typed

    def keep(self) -> None:
        """Its words are in the transcript now."""
        self._asked_again = 0
        self._is_kept = not self._is_typed  # keys are never heard again
        self.result = None

    def save(self) -> tuple[int, int]:
        """How often speech without words was asked for again, and when last."""
        return self._asked_again, self._asked_again_at_ms

    def restore(self, asked_again: int, asked_again_at_ms: int, *, at_ms: int) -> None:
        """Take over what `save` gave at `at_ms`. The media clock begins again with the stream."""
        self._asked_again, self._asked_again_at_ms = asked_again, asked_again_at_ms
        self.started_ms = self.ended_ms = self.frame_at_ms = at_ms

    def type(self, pressed_at_ms: int, now_ms: int) -> None:
        """A number from the keypad is the caller's turn, in place of speech."""
        self.is_again = False
        self.is_taken = False
        self._is_typed = True
        self.started_ms = self.ended_ms = pressed_at_ms
        self.stages = {Stage.ENDPOINT: now_ms, Stage.STT: now_ms}

    def _session_ms(self, at_ms: int) -> int:
        # The newest frame carries both clocks.
        return max(0, self.frame_at_ms - max(0, self.media_ms - at_ms))
