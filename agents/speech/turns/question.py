"""Determines what the agent has asked for, by its last question. Pure."""

import re
from typing import Final

from agents.speech.turns.words import Question, TurnWords

# An agent may explain itself after its question: "What's your number? You can type it, too."
SENTENCES_LOOKED_AT: Final = 3
_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]*")
MAX_CHARACTERS: Final = 600  # the end of what was said; longer texts say no more about it


def question_of(said: str, known: TurnWords | None) -> Question:
    """The kind of answer that `said`, the agent's newest words, asks for.

    known: the words of the agent's language; None: only tells whether it was a question.
    """
    sentences = _SENTENCE.findall(said[-MAX_CHARACTERS:].lower().replace("’", "'"))
    for sentence in reversed(sentences[-SENTENCES_LOOKED_AT:]):
        asked = _asked_by(sentence.strip(), known)
        if asked is not Question.NONE:
            return asked
    return Question.NONE


def _asked_by(sentence: str, known: TurnWords | None) -> Question:
    is_question = "?" in sentence
    if known is None:
        return Question.OPEN if is_question else Question.NONE
    is_request = known.request.search(sentence) is not None
    if not is_question:
        # "Please give me your number." asks, "Your number is stored." tells.
        is_request = is_request or known.tell_me.search(sentence) is not None
        if not is_request:
            return Question.NONE
    elif not is_request and known.yes_no_question.search(sentence):
        return Question.CHOICE if known.either in sentence else Question.YES_NO
    for kind, pattern in known.asked.items():
        if pattern.search(sentence):
            return kind
    return Question.CHOICE if is_question and known.either in sentence else Question.OPEN
