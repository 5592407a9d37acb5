"""People on the simulated phone who do not only ask and listen. Pure, as `Caller` is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from agents.engines.scripted import marks
from agents.speech.audio import mulaw
from benchmarks.turn_taking.sounds import Sound
from telephony.simulator.caller import Act, Caller, HangUp, Say
from telephony.simulator.sound.loudness import FRAME_BYTES, FRAME_MS, loud_frames
from telephony.simulator.sound.playout import Playout
from telephony.simulator.sound.utterance import Utterance

QUIET_MS: Final = 700  # before a question
ANSWER_MS: Final = 2_300  # of silence after a reply: an answer to a sound comes in 2 s or never
PATIENCE_MS: Final = 6_000  # for a reply
NEW_REPLY_MS: Final = 1_500  # of a reply, when only its beginning is of interest


class SoundsOverReplies(Caller):
    """Asks, makes a sound while the agent answers, waits, and asks again.

    sounds: after_ms of the reply each begins. `made` is filled with what was made when.
    """

    def __init__(
        self,
        questions: Sequence[Utterance],
        sounds: Sequence[tuple[Sound, int]],
        *,
        now_ms: float,
    ) -> None:
        super().__init__((), now_ms=now_ms)
        self.made: list[tuple[Sound, float]] = []
        self._questions = questions
        self._todo = list(reversed(sounds))
        self._asked = 0
        self._since_ms = now_ms  # agent speech from here on counts
        self._until_ms = now_ms  # the caller sounds until then
        self._step = _Step.BEFORE

    def act(self, playout: Playout, *, now_ms: float) -> Act | None:
        """See `Caller.act`."""
        if now_ms < self._until_ms:
            return None
        heard = playout.heard(since_ms=self._since_ms, now_ms=now_ms)
        is_playing = playout.is_playing(now_ms)
        waited_ms = now_ms - max(self._since_ms, heard.last_ms if heard else 0)
        if self._step == _Step.ASKED:
            if heard and is_playing and now_ms - heard.first_ms >= self._todo[-1][1]:
                return self._make(now_ms)
            if not is_playing and waited_ms > PATIENCE_MS:
                return self._ask(now_ms)
            return None
        if is_playing:
            # The answer to real words is not waited for: the next sound comes into it.
            begins_ms = playout.stretches[-1].begins_ms
            is_new = self._step == _Step.MADE_WORDS and begins_ms > self._since_ms
            is_due = is_new and bool(self._todo) and now_ms - begins_ms >= NEW_REPLY_MS
            return self._make(now_ms) if is_due else None
        quiet_ms = QUIET_MS if self._step == _Step.BEFORE else ANSWER_MS
        if waited_ms < (quiet_ms if heard else PATIENCE_MS):
            return None
        return self._ask(now_ms) if self._todo else HangUp()

    def _ask(self, now_ms: float) -> Say:
        question = self._questions[self._asked % len(self._questions)]
        self._asked += 1
        self._step = _Step.ASKED
        self._since_ms = now_ms + (question.last_voiced + 1) * FRAME_MS
        self._until_ms = now_ms + len(question.frames) * FRAME_MS
        return Say(question)

    def _make(self, now_ms: float) -> Say:
        sound, _ = self._todo.pop()
        self.made.append((sound, now_ms))
        self._step = _Step.MADE_WORDS if sound.kind == "words" else _Step.MADE
        self._since_ms = now_ms
        self._until_ms = now_ms + len(sound.utterance.frames) * FRAME_MS
        return Say(sound.utterance)


class _Step:
    BEFORE: Final = 0
    ASKED: Final = 1
    MADE: Final = 2
    MADE_WORDS: Final = 3


@dataclass(slots=True)
class Echo:
    """The agent's own sound in the caller's, `delay_ms` late and `level_db` weaker.

    words: what the agent says, which is what a recogniser would hear of it.
    """

    delay_ms: int
    level_db: float
    words: Sequence[str]
    _gain: float = field(init=False)

    def __post_init__(self) -> None:
        self._gain = 10 ** (self.level_db / 20)

    def __call__(self, frame: bytes, playout: Playout, now_ms: float) -> bytes:
        """`frame` with the echo in it. For `CallPlan.effect`."""
        played, at_ms = self._played(playout, now_ms - self.delay_ms)
        if not played:
            return frame
        echo = mulaw.decode(played).astype(np.float64) * self._gain
        mixed = (mulaw.decode(frame).astype(np.float64) + echo).clip(-32768, 32767)
        text = marks.read(frame)
        if text:
            text += " "
        elif loud_frames(played)[0] and int(at_ms // FRAME_MS) % WORD_FRAMES == 0:
            text = self.words[int(at_ms // FRAME_MS) // WORD_FRAMES % len(self.words)] + " "
        return marks.write(mulaw.encode(mixed.astype(np.int16)), text[: marks.MOST])

    def _played(self, playout: Playout, at_ms: float) -> tuple[bytes, float]:
        """The frame that the carrier played at `at_ms`, and where it lay in its stretch."""
        for stretch in reversed(playout.stretches):
            if stretch.begins_ms <= at_ms:
                begin = int(at_ms - stretch.begins_ms) * 8
                frame = bytes(stretch.audio[begin : begin + FRAME_BYTES])
                return (frame if len(frame) == FRAME_BYTES else b""), at_ms - stretch.begins_ms
        return b"", 0.0


WORD_FRAMES: Final = 17  # 340 ms a word
