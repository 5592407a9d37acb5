"""The caller's consent to the recording: what the caller hears, and what counts as a yes.

| mode | the caller hears | recorded |
|---|---|---|
| off | nothing of it | never |
| announced | the sentence, before the greeting | once the sentence was heard |
| key | the sentence as a question | once the key was pressed |
| word | the sentence as a question | once the word was said |

Another key, other words, and `ANSWER_MS` of silence after the question mean no. Whatever the
answer, the call continues with its greeting.
"""

import re
from enum import StrEnum
from typing import Final

from agents.settings.config import Recording, RecordingMode
from telephony.session.commands import Record

ANSWER_MS: Final = 6_000
LONGEST_ANSWER: Final = 2_000
_NOT_IN_WORDS: Final = re.compile(r"[^\w']+")
# Negations, in the languages of the fixed phrases: a yes beside one of them is a no.
_NEGATIONS: Final = frozenset({"no", "not", "don't", "nein", "nicht", "kein", "keine"})


class _Stage(StrEnum):
    SETTLED = "settled"  # decided, or nothing to ask
    NOTICE = "notice"  # the sentence is being said
    ASKED = "asked"  # the question was heard


class Consent:
    """The consent of one call's caller. Times on the session's clock, milliseconds."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._stage = _Stage.SETTLED
        self._asked_at_ms = 0
        self.is_given = False  # the call may be recorded

    @property
    def mode(self) -> RecordingMode:
        """How the caller is informed or asked."""
        return self._recording.mode

    @property
    def is_open(self) -> bool:
        """Whether the consent is undecided: input may be the answer, or come before the
        question.
        """
        return self._stage is not _Stage.SETTLED

    @property
    def is_question(self) -> bool:
        """Whether a key pressed now is an answer to the question, or comes before it."""
        return self.is_open and self.mode is not RecordingMode.ANNOUNCED

    @property
    def is_notice(self) -> bool:
        """Whether the sentence is being said, which only an answer may interrupt."""
        return self._stage is _Stage.NOTICE

    def begin(self) -> str:
        """Start: the sentence to say first, "" when there is nothing to announce or ask."""
        if self.mode is RecordingMode.OFF or not self._recording.sentence.strip():
            return ""
        self._stage = _Stage.NOTICE
        return self._recording.sentence

    def announced(self, now_ms: int, *, whole: bool) -> bool | None:
        """The sentence was heard, or a part of it if the voice failed (not `whole`). Returns the
        decision if this is one: an announcement needs no answer, and a question that was cut off
        counts as no.
        """
        if whole and self.mode is not RecordingMode.ANNOUNCED:
            self._asked_at_ms = now_ms
            self._stage = _Stage.ASKED
            return None
        return whole

    def settle(self, *, is_given: bool) -> list[Record]:
        """Settle the consent with the answer; none in time is a no. Returns what follows
        from it.
        """
        self._stage = _Stage.SETTLED
        self.is_given = self.is_given or is_given
        return [Record(self.mode)] if is_given else []

    def pressed(self, digit: str) -> bool | None:
        """The answer by a key. The right key counts also before the end of the question; any other
        is a no after it, and ignored (None) before.
        """
        if self.mode is RecordingMode.KEY and digit == self._recording.key:
            return True
        return None if self.is_notice else False

    def is_word(self, words: str) -> bool:
        """Whether `words` mean yes: they contain the word and no negation. Speech of more than
        `LONGEST_ANSWER` characters is not a clear yes.
        """
        if self.mode is not RecordingMode.WORD or len(words) > LONGEST_ANSWER:
            return False
        said = f" {_plain(words)} "
        wanted = f" {_plain(self._recording.word)} "
        return wanted.strip() != "" and wanted in said and not _NEGATIONS.intersection(said.split())

    def is_overdue(self, now_ms: int) -> bool:
        """Whether the time to answer is over."""
        return self._stage is _Stage.ASKED and now_ms - self._asked_at_ms >= ANSWER_MS


def _plain(words: str) -> str:
    return " ".join(_NOT_IN_WORDS.sub(" ", words.lower()).split())
