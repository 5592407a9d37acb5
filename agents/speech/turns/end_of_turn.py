"""Predicts the end of a turn: how long to wait for a caller who has just fallen silent. Pure.

    predict(Evidence("my number is four one five", "en", Question.TELEPHONE), Bounds(200, 2_500))

A complete answer gets the shortest wait; an incomplete one a longer wait.
"""

from dataclasses import dataclass
from typing import Final

from agents.speech.turns.english import ENGLISH
from agents.speech.turns.german import GERMAN
from agents.speech.turns.judging import MAX_CHARACTERS, Judged, by_marks, judged
from agents.speech.turns.reasons import (
    ANSWERS_NOTHING,
    AT_ONCE,
    BY_SOUND_MS,
    CLEARLY_FINISHED,
    LEAST_MS,
    MISSING_MS,
    OF_THE_RHYTHM,
    OPEN,
    SOUNDS_FINISHED,
    SOUNDS_OPEN,
    STATEMENT_MS,
    SURELY_FINISHED,
    WHOLE,
    Reason,
)
from agents.speech.turns.words import Question, TurnWords

REGION_LENGTH: Final = 2  # of an ISO code, as in "de-AT"
LANGUAGES: Final = {"en": ENGLISH, "de": GERMAN}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a caller pauses.

    text: the words of the turn so far, "" for none. language: of the agent, "en" or "de-AT".
    question: what was asked. pause_ms: the mean of this caller's pauses; None: unknown.
    is_unchanged: no words were added since the last pause.
    finished: the probability, by its sound, that the turn is finished; None: not computed.
    """

    text: str
    language: str = "en"
    question: Question = Question.NONE
    pause_ms: float | None = None
    is_unchanged: bool = False
    finished: float | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The agent's shortest and longest wait, milliseconds of silence."""

    shortest_ms: int
    longest_ms: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """How much silence ends the turn, and why."""

    wait_ms: int
    reason: Reason

    @property
    def is_open(self) -> bool:
        """Whether the words say that the turn is not over."""
        return self.reason in OPEN

    @property
    def is_in_doubt(self) -> bool:
        """Whether the sound of the pause may change the prediction."""
        return self.reason in BY_SOUND_MS or self.reason is Reason.STATEMENT


def predict(evidence: Evidence, bounds: Bounds) -> Prediction:
    """Predict how long to wait in this pause, and why."""
    reason, wait_ms = _judged(evidence)
    shortest_ms, longest_ms = bounds.shortest_ms, max(bounds.shortest_ms, bounds.longest_ms)
    sound = None if evidence.finished is None else BY_SOUND_MS.get(reason)
    is_heard = sound is not None and wait_ms < MISSING_MS
    if sound is not None and is_heard:
        least_ms = wait_ms if reason in ANSWERS_NOTHING else 0
        wait_ms = max(_by_sound(sound, evidence), least_ms)
    # The rhythm of a caller who continues after whole sentences says more than a voice that
    # may have been lowered, and less than one that surely was; a few words that are no sentence
    # are the less an end.
    is_lowered = is_heard and (evidence.finished or 0.0) >= SURELY_FINISHED
    is_paced = reason is Reason.FRAGMENT or (reason is Reason.FINISHED and not is_lowered)
    if is_paced and evidence.pause_ms is not None:
        own_ms = min(round(evidence.pause_ms * OF_THE_RHYTHM), STATEMENT_MS)
        if own_ms > max(shortest_ms, wait_ms):
            wait_ms = own_ms
            reason = Reason.STATEMENT if reason is Reason.FINISHED else reason
    if evidence.is_unchanged and not is_heard:
        wait_ms //= 2
    if _is_clear(reason, evidence):
        wait_ms = 0
    elif reason not in WHOLE:
        wait_ms = max(wait_ms, LEAST_MS)
    return Prediction(min(max(wait_ms, shortest_ms), longest_ms), reason)


def _is_clear(reason: Reason, evidence: Evidence) -> bool:
    is_clear = (evidence.finished or 0.0) >= CLEARLY_FINISHED
    return is_clear and reason in AT_ONCE and evidence.pause_ms is None


def _by_sound(waits_ms: tuple[int, int, int], evidence: Evidence) -> int:
    finished_ms, unclear_ms, open_ms = waits_ms
    sounds = evidence.finished or 0.0
    if sounds < SOUNDS_OPEN:
        return open_ms  # also of unchanged words: a breath or an "um" comes before more of them
    return finished_ms if sounds >= SOUNDS_FINISHED else unclear_ms


def words_of(language: str) -> TurnWords | None:
    """The words of a language, by its tag; None for an unsupported language."""
    return LANGUAGES.get(language.partition("-")[0].lower())


def _judged(evidence: Evidence) -> Judged:
    text = evidence.text[-MAX_CHARACTERS:].lower().replace("’", "'").strip()
    known = words_of(evidence.language)
    if known is None:
        return by_marks(text)
    region = evidence.language.rpartition("-")[2].upper() if "-" in evidence.language else ""
    return judged(text, evidence.question, known, region if len(region) == REGION_LENGTH else "")
