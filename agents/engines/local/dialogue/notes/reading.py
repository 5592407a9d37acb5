"""Derives the state of a conversation from its utterances."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.consent import is_cancelled, verdict
from agents.engines.local.dialogue.digits import SHORTEST, digits_in
from agents.engines.local.dialogue.hearing import as_text, as_written, clauses, is_question, plain
from agents.engines.local.dialogue.names import name_in
from agents.engines.local.dialogue.notes.notes import (
    NOT_GIVEN,
    Knows,
    News,
    Notes,
    brought,
    unless_short,
)
from agents.engines.local.dialogue.notes.numbers import (
    digits_given,
    number_as_heard,
    number_confirmed,
    number_given,
)
from agents.engines.local.dialogue.phrases import Asked, is_taken_heard, question_heard
from agents.engines.local.dialogue.small_talk import Talk, recognise

# "Can you ask her to call me" is a message, though it is put as a question.
TO_PASS_ON: Final = re.compile(
    r"\b(?:tell|ask|let|have|inform|remind|call|ring) (?:him|her|them|me|us|\w+ (?:to|that|know))\b"
    r"|\b(?:tell|ask|inform|remind) \w+ (?:i|i'm|i'd|i'll|i've|we|we're|my|about)\b"
)
_TALK_BESIDE_MESSAGE: Final = frozenset(
    (
        Talk.REPEAT,
        Talk.HEAR_ME,
        Talk.WAIT,
        Talk.ROBOT,
        Talk.WHO,
        Talk.MY_NAME,
        Talk.MY_NUMBER,
        Talk.THANKS,
        Talk.GREETING,
        Talk.WHY,
    )
)
# Questions behind whose "yes" callers say their message at once: "yes, tell Rose that it came".
MESSAGE_MAY_FOLLOW: Final = frozenset((Asked.NUMBER_RIGHT, Asked.OFFER_MESSAGE))
# After so many answers in which there was none, the message is taken without one, or with what was
# heard: the same question is not repeated endlessly.
MOST_TRIES: Final = 2
LONGEST_NAME_HEARD: Final = 4  # words


def notes_of(conversation: tuple[Utterance, ...], knows: Knows) -> Notes:
    """The notes after all of `conversation`."""
    notes = Notes()
    for utterance in conversation:
        if utterance.role is Role.AGENT:
            notes = after_agent(notes, utterance)
        else:
            notes = after_caller(notes, utterance.text, knows)
    return notes


def after_agent(notes: Notes, utterance: Utterance) -> Notes:
    """The notes once the caller has heard `utterance`."""
    text, interrupted = utterance.text, utterance.interrupted
    asked = question_heard(text, interrupted=interrupted)
    is_taken = is_taken_heard(text, interrupted=interrupted)
    return replace(
        notes,
        asked=asked,
        tries=notes.tries if asked is notes.asked else 0,
        unclear=notes.unclear + 1 if asked is Asked.SAY_AGAIN else 0,
        is_taking=notes.is_taking and not is_taken,
        about="" if is_taken else notes.about,
        message="" if is_taken else notes.message,
    )


def after_caller(notes: Notes, text: str, knows: Knows) -> Notes:
    """The notes once the caller has said `text`."""
    notes = replace(notes, news=frozenset(), rest=text)
    is_later = recognise(plain(text)) is Talk.LATER and notes.asked is not Asked.MESSAGE
    if notes.is_taking and (is_later or is_cancelled(plain(text))):
        return replace(notes, is_taking=False, about="", rest="", news=frozenset((News.CANCELLED,)))
    if _is_farewell(notes, plain(text)):
        return notes
    if notes.asked in _ANSWERS:
        asked, notes = notes.asked, _ANSWERS[notes.asked](notes, text, knows)
        notes = _tried(notes, text, knows)
        if asked in MESSAGE_MAY_FOLLOW:
            notes = _message_behind_yes(notes, text)
    return _volunteered(notes) if notes.rest else notes


def _is_farewell(notes: Notes, words: str) -> bool:
    # "That's it" is a yes to some questions and a goodbye after others.
    is_yes = notes.asked in (Asked.NUMBER_RIGHT, Asked.REST_OF_NUMBER, Asked.MESSAGE)
    return recognise(words) is Talk.GOODBYE and (not is_yes or "bye" in words)


def _name(notes: Notes, text: str, knows: Knows) -> Notes:
    if recognise(plain(text)) is None:
        name, left = name_in(text, was_asked=True)
        if name:
            return brought(notes, News.NAME, rest=unless_short(left), name=name, is_name_sure=True)
    says_no = verdict(plain(text))[0] is False
    if says_no or NOT_GIVEN.search(plain(text)):
        return brought(notes, News.NAME_WITHHELD, withheld=notes.withheld | {Asked.NAME})
    return notes


def _message(notes: Notes, text: str, knows: Knows) -> Notes:
    words = plain(text)
    says_yes, tail = verdict(words)
    if not unless_short(tail) and says_yes is not None:
        # "No" leaves what was told before, or else a request to call back.
        is_told = bool(notes.about) or not says_yes
        return _to_pass_on(notes, "" if notes.about else "please call back") if is_told else notes
    is_aside = recognise(words) in _TALK_BESIDE_MESSAGE
    if is_aside or (is_question(words) and knows(text) and not TO_PASS_ON.search(words)):
        return notes
    return _to_pass_on(notes, text.strip()) if words else notes


def _to_pass_on(notes: Notes, said: str) -> Notes:
    """The notes with a message, which begins with what it is about."""
    about = notes.about if not said or notes.about[-1:] in ("", *".!?") else f"{notes.about}."
    return brought(notes, News.MESSAGE, message=f"{about} {said}".strip(), about="")


def _tried(notes: Notes, text: str, knows: Knows) -> Notes:
    """The notes with one more try, if `text` was no answer to what the caller was asked; with the
    last one the conversation continues.
    """
    words = plain(text)
    is_aside = recognise(words) in _TALK_BESIDE_MESSAGE or (is_question(words) and knows(text))
    if notes.news or is_aside or notes.asked not in _INSTEAD:
        return notes
    notes = replace(notes, tries=notes.tries + 1)
    return notes if notes.tries < MOST_TRIES else _INSTEAD[notes.asked](notes, text)


def _name_as_heard(notes: Notes, text: str) -> Notes:
    words = plain(text)
    is_short = 0 < len(words.split()) <= LONGEST_NAME_HEARD
    if is_short and recognise(words) is None and not is_question(words) and not digits_in(text):
        name = " ".join(text.split()).strip(" .,!?")
        return brought(notes, News.NAME_HEARD, name=name, is_name_sure=False)
    return brought(notes, News.NAME_MISSED, withheld=notes.withheld | {Asked.NAME})


_INSTEAD: Final[dict[Asked | None, Callable[[Notes, str], Notes]]] = {
    Asked.NAME: _name_as_heard,
    Asked.NUMBER: number_as_heard,
    Asked.REST_OF_NUMBER: number_as_heard,
    Asked.NUMBER_RIGHT: number_as_heard,
}


def _message_behind_yes(notes: Notes, text: str) -> Notes:
    """What shall be passed on, from a caller who agrees and says it at once."""
    if not notes.news or not notes.is_taking or notes.message or digits_in(notes.rest):
        return notes
    words = plain(notes.rest)
    if not TO_PASS_ON.search(words) or recognise(words) is not None:
        return notes
    return _to_pass_on(notes, as_written(text, words))


def _offer(notes: Notes, text: str, knows: Knows) -> Notes:
    says_yes, tail = verdict(plain(text), sound=text)
    if recognise(plain(text)) is Talk.LATER:
        says_yes, tail = False, ""
    if says_yes:
        rest = as_written(text, unless_short(tail))
        return brought(notes, News.WANTS_MESSAGE, rest=rest, is_taking=True)
    if says_yes is False:
        return brought(notes, News.DECLINED, rest=unless_short(tail), has_declined=True)
    return notes


def _anything_else(notes: Notes, text: str, knows: Knows) -> Notes:
    says_yes, tail = verdict(plain(text), sound=text)
    if recognise(plain(text)) is Talk.LATER:
        return brought(notes, News.NOTHING_ELSE)
    if says_yes is None or unless_short(tail):
        return notes
    return brought(notes, News.SOMETHING_ELSE if says_yes else News.NOTHING_ELSE)


_ANSWERS: Final[dict[Asked | None, Callable[[Notes, str, Knows], Notes]]] = {
    Asked.NAME: _name,
    Asked.NUMBER: number_given,
    Asked.REST_OF_NUMBER: number_given,
    Asked.NUMBER_RIGHT: number_confirmed,
    Asked.MESSAGE: _message,
    Asked.OFFER_MESSAGE: _offer,
    Asked.ANYTHING_ELSE: _anything_else,
}


def _is_told(clause: str) -> bool:
    words = plain(clause)
    is_talk = is_question(words) or recognise(words) is not None
    return bool(unless_short(words)) and not is_talk and len(digits_in(clause)) < SHORTEST


def _volunteered(notes: Notes) -> Notes:
    """What the caller says without having been asked for it."""
    name, left = name_in(notes.rest, was_asked=False)
    if name:
        _, tail = verdict(plain(left))
        notes = brought(
            notes, News.NAME, rest=left if unless_short(tail) else "", name=name, is_name_sure=True
        )
    wanted = [c for c in clauses(notes.rest) if recognise(plain(c)) is Talk.LEAVE_MESSAGE]
    if wanted:
        others = as_text(c for c in clauses(notes.rest) if c not in wanted)
        notes = brought(notes, News.WANTS_MESSAGE, rest=others, is_taking=True)
    if News.WANTS_MESSAGE in notes.news:
        told = filter(_is_told, clauses(notes.rest))
        notes = replace(notes, about=as_text((notes.about, *told)))
    digits = digits_in(notes.rest)
    if len(digits) >= SHORTEST and not notes.news & {News.NUMBER, News.PART_OF_NUMBER}:
        notes = digits_given(notes, notes.rest, digits)
    return notes
