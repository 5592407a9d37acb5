"""The answer to the caller's last turn."""

from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import Role, Utterance
from agents.engines.local.dialogue import floor
from agents.engines.local.dialogue.composing import Agent, compose
from agents.engines.local.dialogue.hearing import clauses, is_question, plain, stems
from agents.engines.local.dialogue.notes.notes import News, Notes
from agents.engines.local.dialogue.notes.reading import after_caller, notes_of
from agents.engines.local.dialogue.persona import Persona
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked
from agents.engines.local.dialogue.pleasantries import HOW_CAN_I_HELP
from agents.engines.local.dialogue.small_talk import Talk, recognise

MISHEARD: Final = ("Sorry, I didn't catch that.", "I'm sorry, I still didn't get that.")
BAD_LINE: Final = "I'm having trouble understanding you."


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent says next, and whether it is a goodbye.

    message: the notes of a message that `text` says is taken, so it has to be taken before.
    unknown: the questions (plain) to which there is no answer.
    """

    text: str
    hang_up: bool = False
    message: Notes | None = None
    unknown: tuple[str, ...] = ()


def answer(agent: Agent, conversation: tuple[Utterance, ...]) -> Reply:
    """The agent's next words. The same conversation always has the same answer."""
    turns = floor.joined(conversation)
    if not turns:
        return Reply(
            agent.greeting or f"Hello, this is {agent.persona.introduction}. {HOW_CAN_I_HELP}"
        )
    *before, last = turns
    if last.role is Role.AGENT:
        before, last = list(turns), Utterance(Role.CALLER, "")
    earlier = notes_of(tuple(before), agent.knows)
    if resumed := _resumed(agent, tuple(before), last.text, earlier):
        return resumed
    notes = after_caller(earlier, last.text, agent.knows)
    if _is_goodbye(notes):
        return Reply(_goodbye(agent.persona, notes), hang_up=True)
    if not notes.news and not notes.is_taking and _is_unclear(last.text):
        return Reply(_say_again(earlier))
    is_whole = notes.is_taking and notes.needs() is None
    text, unknown = compose(agent, notes, tuple(before))
    return Reply(text, message=notes if is_whole else None, unknown=unknown)


def _resumed(agent: Agent, before: tuple[Utterance, ...], text: str, notes: Notes) -> Reply | None:
    """The rest of what the caller cut short, when they want to hear it after all."""
    if not before or before[-1].role is not Role.AGENT:
        return None
    heard = before[-1]
    wants_repeat = recognise(plain(text)) is Talk.REPEAT
    wants_rest = heard.interrupted and floor.gives_floor_back(text) and notes.asked is None
    if not wants_repeat and not wants_rest:
        return None
    if not heard.interrupted:
        return Reply(heard.text.strip())
    intended = answer(agent, before[:-1])
    if wants_repeat:
        return intended
    rest = floor.unheard_part(intended.text, heard.text)
    return Reply(rest, hang_up=intended.hang_up) if rest else None


def _is_unclear(text: str) -> bool:
    words = plain(text)
    return not words or (not stems(words) and recognise(words) is None and not is_question(words))


def _say_again(notes: Notes) -> str:
    if notes.asked in (Asked.OFFER_MESSAGE, Asked.ANYTHING_ELSE):
        return f"{MISHEARD[0]} {QUESTIONS[notes.asked]}"
    if notes.unclear < len(MISHEARD):
        return f"{MISHEARD[notes.unclear]} {QUESTIONS[Asked.SAY_AGAIN]}"
    return f"{BAD_LINE} {QUESTIONS[Asked.OFFER_MESSAGE]}"


def _is_goodbye(notes: Notes) -> bool:
    if News.NOTHING_ELSE in notes.news:
        return True
    said = [plain(clause) for clause in clauses(notes.rest)]
    return bool(said) and recognise(said[-1]) is Talk.GOODBYE and not notes.news & {News.NUMBER}


def _goodbye(persona: Persona, notes: Notes) -> str:
    thanks = (
        f"Thank you for calling {persona.company}" if persona.company else "Thank you for calling"
    )
    return f"{thanks}, {notes.first_name}. Goodbye!" if notes.first_name else f"{thanks}. Goodbye!"
