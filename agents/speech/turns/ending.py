"""Judges the pauses of one caller over a whole call, and learns from wrong judgements.

Times of speech are on the media clock, milliseconds. Pure.
"""

import re
from dataclasses import replace
from typing import Final

from agents.speech.turns.end_of_turn import (
    Bounds,
    Evidence,
    Prediction,
    predict,
    words_of,
)
from agents.speech.turns.question import question_of
from agents.speech.turns.reasons import LEAST_MS, Reason
from agents.speech.turns.rhythm import Rhythm
from agents.speech.turns.words import Question

# Answers that are begun in the pauses of one turn, each of which costs tokens; the last one is
# for a pause that may be the end.
MOST_DRAFTS: Final = 3
# Words over so much of an answer come too soon to be a reaction to it; of a longer part they may.
UNNOTICED_MS: Final = 500
JUST_BEGUN_MS: Final = 1_500
# Silence in which the sound of a question is asked for: one decision takes some 14 ms.
SOON_MS: Final = 120
# A caller who is silent for longer than this had finished.
LONGEST_PAUSE_MS: Final = 3_000


_GOES_ON: Final = (Reason.CONNECTIVE, Reason.OPEN_PHRASE, Reason.FILLER)
_DICTATED: Final = frozenset(
    (
        Question.NUMBER,
        Question.TELEPHONE,
        Question.POSTAL_CODE,
        Question.NAME,
        Question.SPELLING,
        Question.EMAIL,
        Question.ADDRESS,
    )
)
TELLING_CHARACTERS: Final = 60
LAST_CHARACTERS: Final = 200
_CLAUSES: Final = re.compile(r"[.,;:!]\s")
_WORD: Final = re.compile(r"[^\W_]+")
_LETTERS_THAT_ARE_WORDS: Final = frozenset("aio")  # "a" and "I", also in "I'm" and "o'clock"
_OF_NO_LANGUAGE: Final = frozenset(
    (Question.NAME, Question.SPELLING, Question.EMAIL, Question.ADDRESS)
)


class TurnEnding:
    """Judges the pauses of one caller, and learns from turns that were ended too early."""

    def __init__(self, language: str, bounds: Bounds) -> None:
        """language: the agent's, "en" or "de-AT"."""
        self._language = language
        self._words = words_of(language)
        self._bounds = bounds
        self._rhythm = Rhythm()
        self._said = ""  # by the agent, and what it asked with it
        self._question = Question.NONE
        self._text = ""  # at the last pause of this turn
        self._evidence: Evidence | None = None  # of the latest pause of this turn
        self._prediction: Prediction | None = None  # for it
        self._taken: Prediction | None = None  # for the end of the turn before
        self._drafts = 0
        self._paused_at_ms: int | None = None
        self._gap_ms: int | None = None  # after the end of a turn, if that may have been none
        self._heard_ms = 0  # of the answer that was begun in it

    @property
    def is_telling(self) -> bool:
        """Whether the caller is in the middle of a story: more must follow, and it is neither
        dictation nor a question."""
        known, prediction = self._words, self._prediction
        if known is None or prediction is None or prediction.reason not in _GOES_ON:
            return False
        if self._question in _DICTATED:
            return False
        last = self._text[-TELLING_CHARACTERS:].lower()
        said = [token for token in _WORD.findall(last) if token not in _LETTERS_THAT_ARE_WORDS]
        is_dictated = any(
            len(token) == 1 or token in known.digits or any(map(str.isdigit, token))
            for token in said
        )
        if is_dictated or not {"?", "@"}.isdisjoint(last):
            return False
        clause = _WORD.findall(_CLAUSES.split(self._text[-LAST_CHARACTERS:].lower())[-1])
        first = next((token for token in clause if token not in known.connectives), "")
        return first not in known.openers

    @property
    def asks_for_name(self) -> bool:
        """Whether the agent has asked for a name or the like, which may be in any language."""
        return self._question in _OF_NO_LANGUAGE

    def use_language(self, language: str) -> None:
        """Continue in another language (a tag)."""
        self._language, self._words = language, words_of(language)
        self._said, self._question = "", Question.NONE

    @property
    def pause_ms(self) -> float | None:
        """The mean of this caller's pauses; None while it is unknown."""
        return self._rhythm.pause_ms

    @pause_ms.setter
    def pause_ms(self, pause_ms: float | None) -> None:
        self._rhythm.pause_ms = pause_ms

    def start(self, at_ms: int, answer_heard_ms: int | None, *, continues: bool = False) -> None:
        """The caller begins to speak. answer_heard_ms: how much was heard of the current answer, 0
        before its first sound; None without one. continues: the previous turn is transcribed again.
        """
        self._gap_ms = None
        if not continues:
            self._evidence = self._prediction = None
            self._text, self._drafts = "", 0
        if answer_heard_ms is None or self._paused_at_ms is None:
            return
        gap_ms = at_ms - self._paused_at_ms
        if answer_heard_ms <= JUST_BEGUN_MS and 0 <= gap_ms <= LONGEST_PAUSE_MS:
            self._gap_ms, self._heard_ms = gap_ms, answer_heard_ms

    def pause(self, at_ms: int) -> None:
        """The caller pauses."""
        self._paused_at_ms = at_ms

    def resume(self, at_ms: int) -> None:
        """The caller continues after the pause."""
        if self._paused_at_ms is not None:
            self._rhythm.paused(at_ms - self._paused_at_ms)

    def pass_over(self) -> None:
        """The sound since `start` turned out not to be part of a turn."""
        self._gap_ms = None

    def joins(self, text: str) -> bool:
        """Whether these words continue the previous turn and were said over its audible answer.

        If they continue it, it was ended too early, and the caller's rhythm is updated.
        """
        if self._gap_ms is None or not text.strip():
            return False
        gap_ms, self._gap_ms = self._gap_ms, None
        was_open = self._taken is not None and self._taken.is_open
        is_wrong = self._heard_ms <= UNNOTICED_MS or was_open or self._goes_on(text)
        if is_wrong:
            self._rhythm.was_cut_off(gap_ms)
        return is_wrong and self._heard_ms > 0

    def judge(self, text: str, said: str) -> Prediction:
        """How much silence ends the turn. text: all its words; said: the agent's before it."""
        if said != self._said:
            self._said, self._question = said, question_of(said, self._words)
        self._evidence = Evidence(
            text,
            self._language,
            self._question,
            self._rhythm.pause_ms,
            is_unchanged=bool(text) and text == self._text,
        )
        self._text = text
        self._prediction = predict(self._evidence, self._bounds)
        return self._prediction

    def asks_sound(self, silence_ms: int) -> bool:
        """Whether the sound of this pause, which has lasted `silence_ms`, may change its wait.

        After a question the sound can only shorten the wait, and only if it is asked soon.
        """
        prediction = self._prediction
        if prediction is None or prediction.is_in_doubt:
            return prediction is not None
        if prediction.reason is not Reason.QUESTION:
            return False
        is_early = silence_ms <= SOON_MS and self._bounds.shortest_ms < LEAST_MS
        return is_early and self._rhythm.pause_ms is None

    def hear(self, finished: float) -> Prediction | None:
        """Predict the current pause again with the probability, by its sound, of a finished turn.

        finished: 0 to 1. None without a current pause.
        """
        if self._evidence is None or self._prediction is None:
            return None
        self._evidence = replace(self._evidence, finished=finished)
        self._prediction = predict(self._evidence, self._bounds)
        return self._prediction

    def stop_without_text(self, silence_ms: int) -> None:
        """The turn ended before its words were known."""
        self._evidence = None
        self._prediction = Prediction(silence_ms, Reason.NO_TEXT)

    def takes_draft(self) -> bool:
        """Whether an answer may be begun in this pause; if so, it is counted."""
        is_last = self._drafts == MOST_DRAFTS - 1
        is_open = self._prediction is not None and self._prediction.is_open
        if self._drafts >= MOST_DRAFTS or (is_last and is_open):
            return False
        self._drafts += 1
        return True

    def take(self) -> dict[str, int | str] | None:
        """End the turn; returns the last decision as it is stored, None without one."""
        self._taken, self._prediction = self._prediction, None
        evidence, self._evidence = self._evidence, None
        self._text, self._drafts = "", 0
        if self._taken is None:
            return None
        taken: dict[str, int | str] = {
            "wait_ms": self._taken.wait_ms,
            "reason": self._taken.reason.value,
        }
        if evidence is not None and evidence.finished is not None:
            taken["finished_percent"] = round(100 * evidence.finished)
        return taken

    def _goes_on(self, text: str) -> bool:
        first = text.lower().split()[0].strip(".,")
        known = self._words
        if known is None:
            return False
        return first.isdigit() or first in known.digits or first in known.connectives
