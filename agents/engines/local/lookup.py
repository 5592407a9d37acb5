"""Looks up questions without a matching fact in the agent's documents, by the tool."""

import json
from typing import Final

from agents.analysis.gathering import terms_of
from agents.engines.conversation import Role, ToolCall, ToolUse, Utterance
from agents.engines.local.dialogue.composing import (
    DONT_KNOW,
    FOR_THE_MESSAGE,
    NOT_KNOWN,
    NOT_THE_REST,
)
from agents.engines.local.dialogue.hearing import LONGEST_TURN
from agents.speech.text.sentences import sentences
from agents.tools import search_documents

LONGEST_ANSWER: Final = 300  # characters: a passage is too long to be listened to
# A passage speaks of what was asked when it has all the words that tell what that is, and of many
# words this share.
ENOUGH: Final = 0.75
MANY_WORDS: Final = 4


def answer_of(
    answer: str, conversation: tuple[Utterance, ...], *, unknown: tuple[str, ...] = ()
) -> tuple[str, ToolCall | None]:
    """What to say in place of `answer`, and the tool to run before anything is said.

    answer: what the facts alone lead to. It stays, unless it says of a question that the agent does
    not know; what it says of others stays. unknown: those questions, plain; the first is looked up.
    """
    phrase = next((each for each in NOT_KNOWN if each in answer), "")
    if not phrase or not conversation:
        return answer, None
    question = _question(conversation, phrase, unknown)
    use = _newest_run(conversation[-1].tools)
    if use is None:
        is_asked = conversation[-1].role is Role.CALLER and terms_of(question)
        return ("", _call(question)) if is_asked else (answer, None)
    if use.result is None or use.result.is_error:
        return answer, None
    found = spoken_part(use.result.text, question)
    return (_with(found, answer, phrase, unknown) if found else answer), None


def _with(found: str, answer: str, phrase: str, unknown: tuple[str, ...]) -> str:
    """`answer` with what was found in place of `phrase`."""
    before, _phrase, after = answer.partition(phrase)
    if len(unknown) > 1:
        return f"{before}{found} {NOT_THE_REST}{after}"
    # With nothing left unknown there is no message to offer, but the one that is taken goes on.
    return f"{before}{found}{after if phrase is FOR_THE_MESSAGE else ''}"


def spoken_part(passages: str, question: str) -> str:
    """The sentences of a passage that say what was asked; "" where none does for certain."""
    asked = set(terms_of(question))
    for passage in passages.split("\n\n"):
        has = asked & set(terms_of(passage))
        needed = ENOUGH * len(asked) if len(asked) >= MANY_WORDS else len(asked)
        if not asked or len(has) < needed:
            continue
        _title, colon, text = passage.partition(":\n")
        said = sentences(" ".join((text if colon else passage).split()))
        shared = [len(asked & set(terms_of(each))) for each in said]
        first = shared.index(max(shared)) if said else 0
        answer = "".join(said[first : first + 2]).strip()
        if len(answer) > LONGEST_ANSWER:
            answer = said[first].strip()[:LONGEST_ANSWER]
        if answer:
            return answer
    return ""


def _question(conversation: tuple[Utterance, ...], phrase: str, unknown: tuple[str, ...]) -> str:
    """What to look up: all that was said, unless something else was in it."""
    if unknown and (phrase is not DONT_KNOW or len(unknown) > 1) and terms_of(unknown[0]):
        return unknown[0]
    said = [each.text for each in conversation if each.role is Role.CALLER]
    return said[-1][:LONGEST_TURN] if said else ""


def _call(question: str) -> ToolCall:
    arguments = {"question": question}
    return ToolCall(search_documents.NAME, json.dumps(arguments, separators=(",", ":")))


def _newest_run(uses: tuple[ToolUse, ...]) -> ToolUse | None:
    runs = [use for use in uses if use.call.name == search_documents.NAME]
    return runs[-1] if runs else None
