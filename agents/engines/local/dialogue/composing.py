"""Composes an answer: acknowledgement, answers to questions, next question."""

import re
from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue.hearing import clauses, is_question, plain, question_in, stems
from agents.engines.local.dialogue.knowledge import Knowledge, Match, spoken
from agents.engines.local.dialogue.notes.notes import News, Notes
from agents.engines.local.dialogue.persona import Persona
from agents.engines.local.dialogue.phrases import QUESTIONS, TAKEN, Asked
from agents.engines.local.dialogue.pleasantries import (
    HOW_CAN_I_HELP,
    PLEASANTRIES,
    small_talk_reply,
)
from agents.engines.local.dialogue.small_talk import recognise

DONT_KNOW: Final = "I'm sorry, I don't know that."
CANNOT_DO: Final = "I'm afraid I can't arrange that myself."
NOT_THE_REST: Final = "As for the rest, I'm afraid I don't know."
FOR_THE_MESSAGE: Final = "I'm sorry, I don't know that, but you can put it into your message."
# Said of questions to which there is no answer.
NOT_KNOWN: Final = (DONT_KNOW, NOT_THE_REST, FOR_THE_MESSAGE)
NOT_CAUGHT: Final = "Sorry, I didn't catch that."
# What is said when the same was asked often enough.
GONE_ON: Final = {
    News.NAME_HEARD: "I've noted your name as I heard it.",
    News.NAME_MISSED: "I'm sorry, I couldn't catch your name, so I'll leave it out.",
    News.NUMBER_HEARD: "I've noted the number as I heard it.",
    News.NUMBER_MISSED: "I'm sorry, I couldn't catch a number, so I'll leave it out.",
}
_WANT: Final = re.compile(
    r"\b(?:(?:i|we)(?:'d| would)? (?:also |really |just )?(?:want|need|like|love)"
    r"|looking (?:for|to)|interested in|calling (?:to|for))\b"
)
# "Can you book me in for Friday" wants something done; what it lacks is not a fact.
_REQUEST: Final = re.compile(
    r"^(?:please )?(?:i|we|can|could|would|will|may|book|schedule|cancel|change|reserve|order)\b"
    r"|\b(?:i|we) (?:want|need|would like|have to)\b|\b(?:i'd|we'd) like\b"
)
_REQUEST_STEMS: Final = stems(
    "book schedule reschedule cancel change order reserve arrange buy pay send fix repair "
    "appointment reservation booking"
)
FOLLOW_UP_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Agent:
    """All that the dialogue knows of an agent."""

    persona: Persona
    greeting: str
    knowledge: Knowledge

    def knows(self, clause: str) -> bool:
        """Whether a fact answers `clause`."""
        return self.knowledge.find(clause) is not None


def compose(
    agent: Agent, notes: Notes, before: tuple[Utterance, ...]
) -> tuple[str, tuple[str, ...]]:
    """The answer to a turn that left `notes`, after the turns `before` it, and the questions
    (plain) to which there is none."""
    answers, unknown = _Answers(agent, notes, before).of(notes.rest)
    if notes.is_taking:
        closing = _next_of_message(notes, bool(answers), unknown)
    else:
        closing = _closing(notes, bool(answers), unknown)
    text = " ".join([*_opening(notes), *answers, *closing])
    return text, tuple(filter(is_question, unknown))


def _opening(notes: Notes) -> list[str]:
    """A word for each thing that the caller gave."""
    news, said = notes.news, []
    if News.WANTS_MESSAGE in news:
        said.append("Of course.")
    if News.NAME in news:
        said.append(f"Thank you, {notes.first_name}.")
    said.extend(words for each, words in GONE_ON.items() if each in news)
    if news & {News.NAME_WITHHELD, News.NUMBER_WITHHELD, News.DECLINED}:
        said.append("All right.")
    if News.NUMBER_CONFIRMED in news:
        said.append("Thank you.")
    if News.NUMBER_WRONG in news:
        said.append("Sorry about that.")
    if News.CANCELLED in news:
        said.append("No problem, no message then.")
    if News.SOMETHING_ELSE in news:
        said.append("Please go ahead.")
    return said


def _next_of_message(notes: Notes, has_answers: bool, unknown: list[str]) -> list[str]:
    """The way back to the message, and the next thing it needs."""
    said = []
    needed = notes.needs()
    if unknown:
        if any(map(is_question, unknown)):
            said.append(FOR_THE_MESSAGE)
        elif not notes.news:
            said.append(NOT_CAUGHT)
    elif not notes.news and not has_answers:
        said.append(NOT_CAUGHT)
    if needed is None:
        return [*said, _taken(notes), QUESTIONS[Asked.ANYTHING_ELSE]]
    if has_answers:
        said.append("Now, back to your message.")
    if needed is Asked.NUMBER_RIGHT:
        said.append(f"That's {notes.read_back}.")
    if needed is Asked.REST_OF_NUMBER:
        said.append(f"I have {notes.read_back} so far.")
    return [*said, QUESTIONS[needed]]


def _taken(notes: Notes) -> str:
    who = f"Thank you, {notes.first_name}." if notes.first_name else "Thank you."
    if Asked.NUMBER in notes.withheld:
        return f"{who} {TAKEN}."
    return f"{who} {TAKEN} and your number, {notes.read_back}."


def _closing(notes: Notes, has_answers: bool, unknown: list[str]) -> list[str]:
    """What is said when no message is being taken: nothing after a plain answer."""
    if unknown:
        if News.NAME in notes.news and not any(map(_is_errand, unknown)):
            return [HOW_CAN_I_HELP]
        if has_answers:
            # Beside what was answered, a remark that is no question needs no answer.
            missed = any(map(is_question, unknown))
            return [NOT_THE_REST, *_offer(notes)] if missed else []
        wants_done = any(_is_request(words) for words in unknown)
        return [CANNOT_DO if wants_done else DONT_KNOW, *_offer(notes)]
    if notes.news & {News.CANCELLED, News.DECLINED} and not has_answers:
        return [QUESTIONS[Asked.ANYTHING_ELSE]]
    if News.NAME in notes.news and not has_answers:
        return [HOW_CAN_I_HELP]
    if News.NUMBER in notes.news and not has_answers:
        return [f"I have your number as {notes.read_back}.", *_offer(notes)]
    if not notes.news and not has_answers:
        return [QUESTIONS[Asked.ANYTHING_ELSE]]
    return []


def _is_request(words: str) -> bool:
    return bool(_REQUEST.search(words)) and bool(stems(words) & _REQUEST_STEMS)


def _is_errand(words: str) -> bool:
    """Whether a clause wants something, other than to tell something."""
    return is_question(words) or bool(_WANT.search(words)) or _is_request(words)


def _offer(notes: Notes) -> list[str]:
    return [QUESTIONS[Asked.ANYTHING_ELSE if notes.has_declined else Asked.OFFER_MESSAGE]]


class _Answers:
    """Answers each clause of a turn: small talk first, then the facts."""

    def __init__(self, agent: Agent, notes: Notes, before: tuple[Utterance, ...]) -> None:
        self._agent = agent
        self._notes = notes
        self._before = before

    def of(self, text: str) -> tuple[list[str], list[str]]:
        """What to say to `text`, and its clauses (plain) for which there is no answer."""
        answers: list[str] = []
        unknown: list[str] = []
        said = clauses(text)
        self._agent.knowledge.read([text, *said] if len(said) > 1 else said)
        # "My chain is broken. How much is that?" asks one thing, and tells another.
        is_told = any(_is_errand(plain(clause)) for clause in said)
        for clause in said:
            if is_told and recognise(plain(clause)) is None and not _is_errand(plain(clause)):
                continue
            if len(said) > 1 and recognise(plain(clause)) in PLEASANTRIES:
                continue  # beside a question, an answer to "hello" only delays the other
            answer = self._to(clause)
            if answer is None:
                unknown.append(plain(clause))
            elif answer and answer not in answers:
                answers.append(answer)
        if unknown and not answers:
            # Its parts alone may say too little: "My chain is broken. What would that cost?"
            whole = self._agent.knowledge.find(text)
            return ([spoken(whole.fact)], []) if whole else ([], unknown)
        return answers, unknown

    def _to(self, clause: str) -> str | None:
        """The answer to one clause; "" needs none, None has none."""
        words = plain(clause)
        asked = question_in(words)
        talk = recognise(words) or recognise(asked)
        if talk is not None:
            agent = self._agent
            return small_talk_reply(talk, agent.persona, agent.knowledge.facts, self._notes)
        match = self._agent.knowledge.find(clause) or self._follow_up(asked)
        if match:
            return spoken(match.fact)
        return None if stems(words) or is_question(words) else ""

    def _follow_up(self, asked: str) -> Match | None:
        """ "And on Saturday?": a short clause, understood with the question before it."""
        said = [u.text for u in self._before if u.role is Role.CALLER]
        if not said or not asked or len(stems(asked)) > FOLLOW_UP_WORDS:
            return None
        match = self._agent.knowledge.find(f"{said[-1]} {asked}")
        # The earlier question alone finds its own fact; the new words must be in this one.
        is_meant = match and stems(asked) & stems(f"{match.fact.topic} {match.fact.text}")
        return match if is_meant else None
