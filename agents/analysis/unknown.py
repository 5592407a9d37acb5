"""Finds questions in a transcript that the agent could not answer. Pure.

The local dialogue has fixed sentences for it, and people say it in few ways: whole phrases are
looked for, so a text of any length takes as long as it takes to read it.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final

from agents.analysis.lines import TranscriptLine, one_line
from agents.engines.conversation import Role
from agents.speech.turns.words import words

MOST: Final = 5  # of one call
LONGEST: Final = 200  # characters of a question
_READ: Final = 2_000  # characters of a turn
_GREETING: Final = 20
_GREETINGS: Final = words(
    "hello hi hey good hallo guten moin servus yes yeah okay ok so well ja gut"
)

_PHRASES: Final = (
    "i don't know",
    "i do not know",
    "i'm not sure",
    "i am not sure",
    "i don't have that information",
    "i don't have this information",
    "i don't have information",
    "i don't have any information",
    "i do not have that information",
    "i do not have information",
    "i have no information",
    "i can't answer that",
    "i'm not able to answer",
    "das weiß ich nicht",
    "das weiß ich leider nicht",
    "weiß ich leider nicht",
    "ich weiß es nicht",
    "ich weiß das nicht",
    "ich weiß leider nicht",
    "das weiss ich nicht",
    "das weiss ich leider nicht",
    "ist mir nicht bekannt",
    "ist mir leider nicht bekannt",
    "habe ich keine information",
    "habe ich leider keine information",
    "liegen mir keine information",
    "liegen mir leider keine information",
    "keine angaben",
    "kann ich nicht beantworten",
    "kann ich leider nicht beantworten",
    "kann ich ihnen nicht sagen",
    "kann ich ihnen leider nicht sagen",
)


def says_unknown(text: str) -> bool:
    """Whether an agent says there that it does not know what it was asked."""
    plain = " ".join(text[:_READ].casefold().replace("’", "'").split())
    return any(phrase in plain for phrase in _PHRASES)


def unanswered_in(lines: Iterable[TranscriptLine]) -> tuple[str, ...]:
    """The questions after which the agent said so, each once, MOST at most."""
    return tuple(islice(dict.fromkeys(_asked(lines)), MOST))


def _asked(lines: Iterable[TranscriptLine]) -> Iterable[str]:
    asked = ""
    for line in lines:
        if line.role is Role.CALLER:
            asked = line.text
        elif line.role is Role.AGENT and asked and says_unknown(line.text):
            if question := question_in(asked):
                yield question
            asked = ""


def question_in(said: str) -> str:
    """What is asked in a caller's turn: its last question, all of it without one."""
    text = " ".join(said[:_READ].split())
    end = text.rfind("?")
    if end >= 0:
        begin = max(text.rfind(mark, 0, end) for mark in ".!?")
        text = text[begin + 1 : end + 1].strip()
    return one_line(_without_greeting(text), longest=LONGEST)


def _without_greeting(text: str) -> str:
    """ "Hello, when are you open?" asks when you are open."""
    head, comma, rest = text.partition(", ")
    is_greeting = len(head) < _GREETING and head.partition(" ")[0].casefold() in _GREETINGS
    return rest[0].upper() + rest[1:] if comma and is_greeting and rest else text
