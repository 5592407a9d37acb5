"""The caller's current utterance, and the clocks by which it is measured."""

from typing import Final

from agents.engines.events import Stage, Transcribed, TranscriptionFailed

BYTES_PER_MS: Final = 8  # mu-law, 8 kHz
# A cough is shorter; speech of this length without text was not understood.
SPEECH_MS: Final = 600
# How often the caller is asked to repeat in a row, and then at which interval: background voices
# would otherwise cause endless questions.
ASKED_IN_A_ROW: Final = 3
ASKED_AGAIN_MS: Final = 10_000
ASKED_MOST: Final = 6  # until there are words again; see `silence.patience`


class CallerSpeech:
    """The current utterance. `..._ms`: the session's clock; `at_ms`: the media clock."""

    def __init__(self) -> None:
        self._media_bytes = 0
        self.frame_at_ms = 0  # the session's clock at the latest frame
        self.is_going_on = False
        self.is_taken = False  # the turn was ended although the caller may continue
        self.is_echo = False  # the sound is probably the agent's echo
        # The transcription up to the latest pause; None: not known yet, or kept as a turn.
        self.result: Transcribed | TranscriptionFailed | None = None
        # The utterance includes the previous one, whose words it replaces in the transcript.
        self.is_again = False
        self.started_ms = 0
        self.ended_ms = 0
        # Durations of speech are measured on the media clock: frames may come late, and then many
        # at once.
        self._began_at_ms = 0
        self._paused_at_ms = 0
        self.stages: dict[Stage, int] = {}
        self._is_typed = False
        self._is_kept = False
        self._is_partly_kept = False  # as a turn, up to a pause, while the reply continues
        self._asked_again = 0  # consecutive requests to repeat
        self._asked_again_at_ms = 0

    @property
    def media_ms(self) -> int:
        """The media clock: milliseconds of audio received from the caller."""
        return self._media_bytes // BYTES_PER_MS

    @property
    def is_speaking(self) -> bool:
        """Whether the caller is speaking, and it is not the agent's echo."""
        return self.is_going_on and not self.is_echo

    def frame(self, size: int, now_ms: int) -> None:
        """Count received audio. size: mu-law bytes at 8 kHz."""
        self._media_bytes += size
        self.frame_at_ms = now_ms

    def start(self, at_ms: int, *, continues: bool) -> None:
        """The caller begins to speak; `continues` as in `SpeechStarted`."""
        self.is_going_on = True
        self.is_echo = False
        self._is_typed = False
        self.is_again = continues and (self._is_kept or self.is_again)
        self.started_ms = self._session_ms(at_ms)
        if not continues or self._is_kept:
            self._began_at_ms = at_ms
        self._is_partly_kept = False
        self.result = None

    def pause(self, at_ms: int) -> None:
        """A short pause, which may be the end."""
        self.ended_ms = self._session_ms(at_ms)
        self._paused_at_ms = at_ms
        if isinstance(self.result, TranscriptionFailed):
            self.result = None
        self.stages = {}

    def resume(self) -> None:
        """The caller continues after a pause: what was kept of it will be transcribed again."""
        self.result = None
        self.is_again = self.is_again or self._is_partly_kept

    def stop(self, now_ms: int) -> None:
        """The utterance is over."""
        self.is_going_on = False
        self._is_kept = self._is_partly_kept
        self.stages[Stage.ENDPOINT] = now_ms

    def take(self, now_ms: int) -> None:
        """End the utterance, even if the caller continues."""
        self.stop(now_ms)
        self.ended_ms = now_ms
        self.result = None
        self.is_taken = True

    @property
    def lasted_ms(self) -> int:
        """Milliseconds since the utterance began, while it is not over."""
        return self.media_ms - self._began_at_ms

    def is_unanswered(self, now_ms: int) -> bool:
        """Whether to ask the caller to repeat, because speech without words was long enough.
        Counts.
        """
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
        """Mark the utterance as stored in the transcript."""
        self._asked_again = 0
        self._is_kept = not self._is_typed  # keys are not part of later audio
        self._is_partly_kept = self._is_kept and self.is_going_on
        self.result = None

    def save(self) -> tuple[int, int]:
        """The number of requests to repeat, and the time of the last one."""
        return self._asked_again, self._asked_again_at_ms

    def restore(self, asked_again: int, asked_again_at_ms: int, *, at_ms: int) -> None:
        """Restore what `save` returned at `at_ms`. The media clock restarts with the stream."""
        self._asked_again, self._asked_again_at_ms = asked_again, asked_again_at_ms
        self.started_ms = self.ended_ms = self.frame_at_ms = at_ms

    def type(self, pressed_at_ms: int, now_ms: int) -> None:
        """Typed input is the caller's turn, in place of speech."""
        self.is_again = False
        self.is_taken = False
        self._is_typed = True
        self.started_ms = self.ended_ms = pressed_at_ms
        self.stages = {Stage.ENDPOINT: now_ms, Stage.STT: now_ms}

    def _session_ms(self, at_ms: int) -> int:
        # The latest frame relates both clocks.
        return max(0, self.frame_at_ms - max(0, self.media_ms - at_ms))
