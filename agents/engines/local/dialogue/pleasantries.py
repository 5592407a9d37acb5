"""What the agent answers to small talk."""

from typing import Final

from agents.engines.local.dialogue.hearing import is_question, plain
from agents.engines.local.dialogue.notes.notes import Notes
from agents.engines.local.dialogue.persona import Persona
from agents.engines.local.dialogue.phrases import QUESTIONS, Asked
from agents.engines.local.dialogue.small_talk import Talk
from agents.settings.config import Fact

HOW_CAN_I_HELP: Final = "How can I help you?"
# Talk that is only manners: it needs an answer when it stands alone.
PLEASANTRIES: Final = frozenset((Talk.GREETING, Talk.THANKS, Talk.AGREE))
TOPICS_NAMED: Final = 3


def small_talk_reply(talk: Talk, persona: Persona, facts: tuple[Fact, ...], notes: Notes) -> str:
    """The answer to `talk`; "" for what needs none by itself."""
    if talk in _RECALLED:
        return _RECALLED[talk](notes)
    if talk is Talk.WHO:
        return f"This is {persona.introduction}, an automated assistant."
    if talk is Talk.ROBOT:
        for_whom = f" for {persona.company}" if persona.company else ""
        return f"I'm {persona.name}, an automated assistant{for_whom}, not a person."
    if talk is Talk.ABILITIES:
        return _abilities(facts)
    said = _SAID.get(talk, "")
    # While a message is being taken its own next question follows.
    return said if notes.is_taking else " ".join(filter(None, (said, _ASKED_BACK.get(talk, ""))))


_SAID: Final = {
    Talk.GREETING: "Hello!",
    Talk.HOW_ARE_YOU: "I'm doing well, thank you.",
    Talk.HEAR_ME: "Yes, I can hear you.",
    Talk.WAIT: "Of course, take your time.",
    Talk.THANKS: "You're welcome.",
    Talk.WHY: "It's so that someone can get back to you.",
}
_ASKED_BACK: Final = {
    Talk.GREETING: HOW_CAN_I_HELP,
    Talk.HOW_ARE_YOU: HOW_CAN_I_HELP,
    Talk.HEAR_ME: HOW_CAN_I_HELP,
    Talk.THANKS: QUESTIONS[Asked.ANYTHING_ELSE],
    Talk.AGREE: QUESTIONS[Asked.ANYTHING_ELSE],
    Talk.LATER: QUESTIONS[Asked.ANYTHING_ELSE],
}


def _abilities(facts: tuple[Fact, ...]) -> str:
    # A topic that is a question does not fit into a list of topics.
    topics = [fact.topic for fact in facts if not is_question(plain(fact.topic))]
    topics = [t[:1].lower() + t[1:] for t in topics if len(t.split()) <= 4][:TOPICS_NAMED]
    named = f", for example {', '.join(topics)}" if topics else ""
    return f"I can answer questions{named}, and I can take a message."


def _my_name(notes: Notes) -> str:
    return (
        f"You told me your name is {notes.name}."
        if notes.name
        else "You haven't told me your name yet."
    )


def _my_number(notes: Notes) -> str:
    if not notes.number:
        return "You haven't given me a number yet."
    return f"The number you gave me is {notes.read_back}."


def _my_message(notes: Notes) -> str:
    return (
        f"Your message is: {notes.message}"
        if notes.message
        else "You haven't given me a message yet."
    )


_RECALLED: Final = {
    Talk.MY_NAME: _my_name,
    Talk.MY_NUMBER: _my_number,
    Talk.MY_MESSAGE: _my_message,
}
