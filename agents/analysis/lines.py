"""The transcript of a call as input of an analysis. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.engines.conversation import Role
from agents.speech.turns.words import words

_WORDS_OF_A_REMARK: Final = 2  # "Hello?", "Yes please": nothing to look for a reason in
_QUESTION_WORDS: Final = words("""
    what when where who whose which why how do does did is are can could would will should may have
    has am was wann wo wer wem wen wessen welche welcher welches warum wieso weshalb wie wohin woher
    haben hat ist sind kann können könnte könnten darf dürfen machen gibt habt
""")


class Outcome(StrEnum):
    """What a call came to. Values are stored, and never change."""

    ANSWERED = "answered"
    MESSAGE = "message"  # the caller has left one
    TRANSFERRED = "transferred"  # to a person
    NOT_HELPED = "not_helped"  # the caller wanted something, and did not get it
    ABANDONED = "abandoned"  # the caller said nothing, or was gone before the first answer


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One turn. text: of a tool its name and what it was given."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """A call that is over. language: of its agent.

    began: by the clocks of the business, such as "Monday, 2026-11-30 09:15", "" if that is not
    known. has_failed: it ended by a fault. has_message: its caller has left one. is_transferred: it
    went on with a person.
    """

    lines: tuple[TranscriptLine, ...]
    language: str = "en"
    began: str = ""
    has_failed: bool = False
    has_message: bool = False
    is_transferred: bool = False

    @property
    def caller_lines(self) -> list[str]:
        """What the caller said."""
        return [line.text for line in self.lines if line.role is Role.CALLER and line.text.strip()]

    @property
    def evident(self) -> Outcome | None:
        """The outcome that nobody's opinion is needed for; None where there is none."""
        if self.is_transferred:
            return Outcome.TRANSFERRED
        if self.has_message:
            return Outcome.MESSAGE
        return None if self.caller_lines else Outcome.ABANDONED


def one_line(text: str, *, longest: int) -> str:
    """`text` on one line of `longest` characters at most, cut behind a word where possible."""
    plain = " ".join(text[: 4 * longest].split())
    if len(plain) <= longest:
        return plain
    kept = plain[: longest - 1]
    at_word = kept.rpartition(" ")[0]
    return (at_word if len(at_word) > longest // 2 else kept).rstrip(" ,;:-") + "…"


def is_asking(text: str) -> bool:
    """Whether a caller's words are a question, by a mark or by how they begin."""
    first = text.strip().partition(" ")[0].strip(",.!").casefold()
    return "?" in text or first in _QUESTION_WORDS


def first_request(said: Iterable[str]) -> str:
    """What a caller came for: the first that is more than a greeting, "" for nothing."""
    lines = list(said)
    wanted = (line for line in lines if _is_request(line))
    return next(wanted, max(lines, key=len, default=""))


def _is_request(text: str) -> bool:
    count = len(text.split())
    return count > _WORDS_OF_A_REMARK and (is_asking(text) or count > 2 * _WORDS_OF_A_REMARK)
