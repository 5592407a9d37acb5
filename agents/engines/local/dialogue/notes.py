"""The state of a conversation, derived from its utterances."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.consent import is_cancelled, verdict
from agents.engines.local.dialogue.digits import (
    LONGEST,
    NO_MORE,
    NOT_BUT,
    SHORTEST,
    THIS_NUMBER,
    digits_in,
    groups_in,
    has_plus,
    without_counts,
    written,
)
from agents.engines.local.dialogue.hearing import as_text, as_written, clauses, is_question, plain
from agents.engines.local.dialogue.names import name_in
from agents.engines.local.dialogue.phrases import Asked, is_taken_heard, question_heard
from agents.engines.local.dialogue.small_talk import Talk, recognise
from agents.speech.heard.groups import Groups, as_said, corrected, is_whole

# Whether the agent could answer a clause from its facts.
Knows = Callable[[str], bool]

_NOT_GIVEN: Final = re.compile(
    r"\b(?:rather not|don't want to|prefer not|not going to|no name|anonymous|none of your|"
    r"don't have (?:a|one)|skip)\b"
)
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
# A "yes" or "no" with no more words behind it than this says nothing else.
SHORT_TAIL: Final = 2


class News(StrEnum):
    """What the caller's last turn brought."""

    NAME = "gave a name"
    NAME_HEARD = "may have given a name"
    NAME_MISSED = "has given no name that is understood"
    NAME_WITHHELD = "gives no name"
    NUMBER = "gave a whole number"
    PART_OF_NUMBER = "gave some digits"
    NUMBER_HEARD = "did not say whether the number is right"
    NUMBER_MISSED = "has given no number that is understood"
    NUMBER_WITHHELD = "gives no number, or the one that calls"
    NUMBER_CONFIRMED = "the number is right"
    NUMBER_WRONG = "the number is wrong"
    MESSAGE = "gave the message"
    WANTS_MESSAGE = "wants to leave a message"
    CANCELLED = "gave up the message"
    DECLINED = "wants to leave no message"
    NOTHING_ELSE = "has no other question"
    SOMETHING_ELSE = "has another question, not yet said"


@dataclass(frozen=True, slots=True)
class Notes:
    """The state of a conversation. `rest` is what of the last turn is still to be answered."""

    name: str = ""
    is_name_sure: bool = True  # else it is what was heard
    groups: Groups = ()  # of the number, as many digits as were given
    is_international: bool = False  # it began with a plus, so with the code of a country
    is_number_over: bool = False  # the caller says that there are no more
    is_number_right: bool = False
    about: str = ""  # what was told beside the wish to leave a message
    message: str = ""
    is_taking: bool = False  # a message is being taken
    withheld: frozenset[Asked] = frozenset()
    has_declined: bool = False
    asked: Asked | None = None  # the question that the caller last heard
    tries: int = 0  # how often in a row it was answered with something else
    unclear: int = 0  # how often in a row the caller was asked to say it again
    news: frozenset[News] = frozenset()
    rest: str = ""

    @property
    def number(self) -> str:
        """Its digits."""
        return "".join(self.groups)

    @property
    def read_back(self) -> str:
        """The number for people, in its caller's groups: "415-555-0142", "+49-30-1234567"."""
        if not self.is_international:
            return written(self.groups)
        groups = self.groups if len(self.groups) > 1 else as_said(self.groups)
        return f"+{'-'.join(groups)}"

    @property
    def has_whole_number(self) -> bool:
        """Whether nothing of it seems to be missing."""
        digits = self.number
        return is_whole(digits) or (self.is_number_over and len(digits) >= SHORTEST)

    @property
    def first_name(self) -> str:
        """How the caller is addressed; "" where that is not known."""
        return self.name.partition(" ")[0] if self.is_name_sure else ""

    def needs(self) -> Asked | None:
        """What a message still lacks; None when it is complete."""
        if not self.name and Asked.NAME not in self.withheld:
            return Asked.NAME
        if Asked.NUMBER not in self.withheld:
            if not self.number:
                return Asked.NUMBER
            if not self.has_whole_number:
                return Asked.REST_OF_NUMBER
            if not self.is_number_right:
                return Asked.NUMBER_RIGHT
        return None if self.message else Asked.MESSAGE


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


def _brought(notes: Notes, *news: News, rest: str = "", **changes: object) -> Notes:
    return replace(notes, news=notes.news | set(news), rest=rest, **changes)  # type: ignore[arg-type]


def _tail(words: str) -> str:
    return words if len(words.split()) > SHORT_TAIL else ""


def _name(notes: Notes, text: str, knows: Knows) -> Notes:
    if recognise(plain(text)) is None:
        name, left = name_in(text, was_asked=True)
        if name:
            return _brought(notes, News.NAME, rest=_tail(left), name=name, is_name_sure=True)
    says_no = verdict(plain(text))[0] is False
    if says_no or _NOT_GIVEN.search(plain(text)):
        return _brought(notes, News.NAME_WITHHELD, withheld=notes.withheld | {Asked.NAME})
    return notes


def _number(notes: Notes, text: str, knows: Knows) -> Notes:
    words, figures = plain(text), without_counts(text)
    if digits := digits_in(figures):
        return _digits(notes, figures, digits)
    if THIS_NUMBER.search(words) or _NOT_GIVEN.search(words):
        withheld = notes.withheld | {Asked.NUMBER}
        return _brought(notes, News.NUMBER_WITHHELD, withheld=withheld, groups=())
    if notes.asked is Asked.REST_OF_NUMBER:
        if len(notes.number) >= SHORTEST and NO_MORE.search(words):
            return _brought(notes, News.NUMBER, is_number_over=True)
        if verdict(words)[0] is False:
            return _brought(notes, News.NUMBER_WRONG, groups=())
    return notes


def _digits(notes: Notes, text: str, digits: str) -> Notes:
    """Digits in answer to a question about the number: all of it, more of it, or another."""
    words, said = plain(text), groups_in(text)
    is_correction, old = verdict(words)[0] is False, ""
    if found := NOT_BUT.search(words):
        old, new = digits_in(found["old"]), digits_in(words[found.end() :])
        if old and new:
            is_correction, digits, said = True, new, (new,)
    if "area code" in words and notes.number and len(digits) < SHORTEST:
        groups = said + notes.groups
    elif is_correction and len(digits) < SHORTEST and len(digits) <= len(notes.number):
        groups = corrected(notes.groups, digits, old=old)
    elif len(digits) >= SHORTEST or is_correction:
        groups = said
    else:
        groups = notes.groups + said
    is_begun = bool(notes.groups) and groups != said
    is_international = notes.is_international if is_begun else has_plus(text)
    if sum(map(len, groups)) > LONGEST:
        groups = ("".join(groups)[:LONGEST],)
    questions = ". ".join(c for c in clauses(text) if is_question(plain(c)) and not digits_in(c))
    news = News.NUMBER if is_whole("".join(groups)) else News.PART_OF_NUMBER
    withheld = notes.withheld - {Asked.NUMBER}
    return _brought(
        notes,
        news,
        rest=questions,
        groups=groups,
        is_international=is_international,
        is_number_over=False,
        is_number_right=False,
        withheld=withheld,
    )


def _number_right(notes: Notes, text: str, knows: Knows) -> Notes:
    text = without_counts(text)
    digits = digits_in(text)
    says_yes, tail = verdict(plain(text), sound=text)
    if digits and not (says_yes and digits == notes.number):
        return _digits(notes, text, digits)
    if says_yes:
        return _brought(notes, News.NUMBER_CONFIRMED, rest=_tail(tail), is_number_right=True)
    if says_yes is False:
        return _brought(notes, News.NUMBER_WRONG, groups=())
    return notes


def _message(notes: Notes, text: str, knows: Knows) -> Notes:
    words = plain(text)
    says_yes, tail = verdict(words)
    if not _tail(tail) and says_yes is not None:
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
    return _brought(notes, News.MESSAGE, message=f"{about} {said}".strip(), about="")


def _tried(notes: Notes, text: str, knows: Knows) -> Notes:
    """The notes with one more try, if `text` was no answer to what the caller was asked; with the
    last one the conversation goes on.
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
        return _brought(notes, News.NAME_HEARD, name=name, is_name_sure=False)
    return _brought(notes, News.NAME_MISSED, withheld=notes.withheld | {Asked.NAME})


def _number_as_heard(notes: Notes, text: str) -> Notes:
    if notes.asked is Asked.NUMBER_RIGHT:
        return _brought(notes, News.NUMBER_HEARD, is_number_right=True)
    if len(notes.number) >= SHORTEST:
        return _brought(notes, News.NUMBER, is_number_over=True)
    withheld = notes.withheld | {Asked.NUMBER}
    return _brought(notes, News.NUMBER_MISSED, withheld=withheld, groups=())


_INSTEAD: Final[dict[Asked | None, Callable[[Notes, str], Notes]]] = {
    Asked.NAME: _name_as_heard,
    Asked.NUMBER: _number_as_heard,
    Asked.REST_OF_NUMBER: _number_as_heard,
    Asked.NUMBER_RIGHT: _number_as_heard,
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
        rest = as_written(text, _tail(tail))
        return _brought(notes, News.WANTS_MESSAGE, rest=rest, is_taking=True)
    if says_yes is False:
        return _brought(notes, News.DECLINED, rest=_tail(tail), has_declined=True)
    return notes


def _anything_else(notes: Notes, text: str, knows: Knows) -> Notes:
    says_yes, tail = verdict(plain(text), sound=text)
    if recognise(plain(text)) is Talk.LATER:
        return _brought(notes, News.NOTHING_ELSE)
    if says_yes is None or _tail(tail):
        return notes
    return _brought(notes, News.SOMETHING_ELSE if says_yes else News.NOTHING_ELSE)


_ANSWERS: Final[dict[Asked | None, Callable[[Notes, str, Knows], Notes]]] = {
    Asked.NAME: _name,
    Asked.NUMBER: _number,
    Asked.REST_OF_NUMBER: _number,
    Asked.NUMBER_RIGHT: _number_right,
    Asked.MESSAGE: _message,
    Asked.OFFER_MESSAGE: _offer,
    Asked.ANYTHING_ELSE: _anything_else,
}


def _is_told(clause: str) -> bool:
    words = plain(clause)
    is_talk = is_question(words) or recognise(words) is not None
    return bool(_tail(words)) and not is_talk and len(digits_in(clause)) < SHORTEST


def _volunteered(notes: Notes) -> Notes:
    """What the caller says without having been asked for it."""
    name, left = name_in(notes.rest, was_asked=False)
    if name:
        _, tail = verdict(plain(left))
        notes = _brought(
            notes, News.NAME, rest=left if _tail(tail) else "", name=name, is_name_sure=True
        )
    wanted = [c for c in clauses(notes.rest) if recognise(plain(c)) is Talk.LEAVE_MESSAGE]
    if wanted:
        others = as_text(c for c in clauses(notes.rest) if c not in wanted)
        notes = _brought(notes, News.WANTS_MESSAGE, rest=others, is_taking=True)
    if News.WANTS_MESSAGE in notes.news:
        told = filter(_is_told, clauses(notes.rest))
        notes = replace(notes, about=as_text((notes.about, *told)))
    digits = digits_in(notes.rest)
    if len(digits) >= SHORTEST and not notes.news & {News.NUMBER, News.PART_OF_NUMBER}:
        notes = _digits(notes, notes.rest, digits)
    return notes
