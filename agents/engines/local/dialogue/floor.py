"""Interruptions: the unheard part of an answer, and turns that were split by a pause."""

from dataclasses import replace
from typing import Final

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.hearing import LONGEST_TURN, is_question, plain
from agents.engines.local.dialogue.small_talk import Talk, recognise
from agents.speech.text.sentences import SentenceChunker

# An answer cut off before this many words has told the caller nothing.
HARDLY_HEARD: Final = 3
_MAY_GO_ON: Final = frozenset((Talk.AGREE, Talk.GO_ON))


def joined(conversation: tuple[Utterance, ...]) -> tuple[Utterance, ...]:
    """The conversation with turns of the caller put together where nothing was heard between.

    People pause in the middle of a number or a sentence. When the agent's answer to the
    first half was cut off at once, both halves are one turn.
    """
    turns: list[Utterance] = []
    for each in conversation:
        utterance = each if each.role is Role.AGENT else _bounded(each)
        is_more = utterance.role is Role.CALLER and not gives_floor_back(utterance.text)
        if is_more and len(turns) > 1 and _is_hardly_heard(turns[-1]):
            unheard = turns.pop()
            if turns[-1].role is not Role.CALLER:
                turns.append(unheard)
        if utterance.role is Role.CALLER and turns and turns[-1].role is Role.CALLER:
            together = _together(turns[-1].text, utterance.text)
            turns[-1] = _bounded(replace(turns[-1], text=together))
        else:
            turns.append(utterance)
    return tuple(turns)


def gives_floor_back(text: str) -> bool:
    """Whether an interruption ("okay", a cough, "sorry, go on") leaves the word to the agent."""
    words = plain(text)
    return not words or recognise(words) in _MAY_GO_ON


def unheard_part(intended: str, heard: str) -> str:
    """What is left to say of `intended`, from the sentence that was cut; "" when all was heard."""
    chunker = SentenceChunker(early=False)
    sentences = chunker.push(intended) + chunker.flush()
    heard_words = heard.split()
    if intended.split()[: len(heard_words)] != heard_words:
        return intended
    count = 0
    for index, sentence in enumerate(sentences):
        count += len(sentence.split())
        if count > len(heard_words):
            return "".join(sentences[index:]).strip()
    return ""


def _bounded(utterance: Utterance) -> Utterance:
    text = utterance.text
    return utterance if len(text) <= LONGEST_TURN else replace(utterance, text=text[:LONGEST_TURN])


def _together(first: str, second: str) -> str:
    # A second question stands for itself; anything else continues the sentence.
    is_new = is_question(plain(second)) and len(plain(first).split()) >= HARDLY_HEARD
    return f"{first.rstrip()}{'. ' if is_new else ' '}{second.lstrip()}".strip()


def _is_hardly_heard(utterance: Utterance) -> bool:
    if utterance.role is not Role.AGENT:
        return False
    is_cut = utterance.interrupted and len(utterance.text.split()) < HARDLY_HEARD
    return is_cut or not utterance.text.strip()
