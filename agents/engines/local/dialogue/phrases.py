"""The agent's questions, and which of them a caller has heard."""

from enum import StrEnum
from typing import Final


class Asked(StrEnum):
    """A question of the agent's that gives meaning to a "yes" or a bare number."""

    SAY_AGAIN = "say again"
    ANYTHING_ELSE = "anything else"
    OFFER_MESSAGE = "offer to take a message"
    NAME = "name"
    NUMBER = "number"
    REST_OF_NUMBER = "rest of the number"
    NUMBER_RIGHT = "is the number right"
    MESSAGE = "message"


QUESTIONS: Final[dict[Asked, str]] = {
    Asked.SAY_AGAIN: "Could you say that again?",
    Asked.ANYTHING_ELSE: "Is there anything else I can help you with?",
    Asked.OFFER_MESSAGE: "Would you like to leave a message?",
    Asked.NAME: "May I have your name, please?",
    Asked.NUMBER: "What is the best number to reach you?",
    Asked.REST_OF_NUMBER: "What comes after that?",
    Asked.NUMBER_RIGHT: "Is that right?",
    Asked.MESSAGE: "What would you like me to pass on?",
}
# Said once all of a message is there; from then on none is being taken.
TAKEN: Final = "I've taken your message"
# A caller who has heard this much of a question knows what is asked.
ENOUGH_HEARD: Final = 0.5


def question_heard(text: str, *, interrupted: bool) -> Asked | None:
    """The last question in what was heard of an utterance, if it was asked far enough."""
    places = {
        asked: _place(question, text, interrupted=interrupted)
        for asked, question in QUESTIONS.items()
    }
    asked, place = max(places.items(), key=lambda item: item[1])
    return asked if place >= 0 else None


def is_taken_heard(text: str, *, interrupted: bool) -> bool:
    """Whether the caller has heard that the message is taken."""
    return _place(TAKEN, text, interrupted=interrupted) >= 0


def _place(phrase: str, text: str, *, interrupted: bool) -> int:
    text = text.rstrip()
    place = text.rfind(phrase)
    if place >= 0 or not interrupted:
        return place
    for length in range(len(phrase) - 1, int(len(phrase) * ENOUGH_HEARD), -1):
        if text.endswith(phrase[:length].rstrip()):
            return len(text) - length
    return -1
