"""What the session itself says when no model can, by language.

Short and speakable; rendered once a voice and kept (see `agents.engines.cascade.clips`), so a
provider that fails later cannot silence them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """The fixed sentences of one language.

    waiting: what a caller hears who waits for an answer, in this order, never one twice in a row.
    """

    say_again: str
    trouble: str
    still_trouble: str
    broke_off: str
    go_on: str
    giving_up: str
    goodbye: str
    time_is_up: str
    restarting: str
    waiting: tuple[str, ...]

    def all(self) -> tuple[str, ...]:
        """Every sentence, for rendering ahead; what is needed soonest comes first."""
        return (
            self.waiting[0],
            self.say_again,
            self.trouble,
            self.still_trouble,
            self.broke_off,
            *self.waiting[1:],
            self.giving_up,
            self.goodbye,
            self.time_is_up,
            self.go_on,
            self.restarting,
        )


ENGLISH: Final = Phrases(
    say_again="Sorry, I didn't catch that. Could you say it again?",
    trouble="I'm sorry, I have a technical problem. Could you say that again?",
    still_trouble=(
        "I'm sorry, I still have a technical problem. Please try again in a moment, "
        "or stay on the line."
    ),
    broke_off="I'm sorry, I couldn't finish what I was saying. Could you ask me again?",
    go_on="There is more to say. Would you like me to go on?",
    giving_up="I'm sorry, I can't help you right now. Please call again later. Goodbye.",
    goodbye="Thank you for calling. Goodbye.",
    time_is_up="I'm sorry, we have reached the time limit of this call. Goodbye.",
    restarting="I'm sorry, I have to end this call. Please call again in a minute. Goodbye.",
    waiting=(
        "One moment, please.",
        "I'm still working on it. Please stay on the line.",
        "Thank you for waiting. It takes a little longer.",
    ),
)
GERMAN: Final = Phrases(
    say_again="Entschuldigung, das habe ich nicht verstanden. Bitte noch einmal.",
    trouble="Entschuldigung, ich habe ein technisches Problem. Bitte noch einmal.",
    still_trouble=(
        "Entschuldigung, das technische Problem besteht noch. Bitte versuchen Sie es gleich "
        "noch einmal, oder bleiben Sie am Apparat."
    ),
    broke_off="Entschuldigung, ich wurde unterbrochen. Bitte fragen Sie noch einmal.",
    go_on="Dazu gibt es noch mehr zu sagen. Soll ich weitersprechen?",
    giving_up="Ich kann gerade leider nicht helfen. Bitte rufen Sie später an. Auf Wiederhören.",
    goodbye="Danke für Ihren Anruf. Auf Wiederhören.",
    time_is_up="Die Zeit für diesen Anruf ist leider um. Auf Wiederhören.",
    restarting=(
        "Entschuldigung, ich muss das Gespräch beenden. Bitte rufen Sie in einer Minute noch "
        "einmal an. Auf Wiederhören."
    ),
    waiting=(
        "Einen Moment, bitte.",
        "Ich bin noch dabei. Bitte bleiben Sie am Apparat.",
        "Danke für Ihre Geduld. Es dauert noch ein wenig.",
    ),
)
_BY_LANGUAGE: Final = {"en": ENGLISH, "de": GERMAN}


def in_english(sentence: str) -> str:
    """The English for a fixed sentence of any language; "" for another one."""
    for phrases in _BY_LANGUAGE.values():
        for known, english in zip(phrases.all(), ENGLISH.all(), strict=True):
            if sentence == known:
                return english
    return ""


def is_sign_of_life(sentence: str) -> bool:
    """Whether `sentence` is one that a caller hears who waits, in any language."""
    return any(sentence in phrases.waiting for phrases in _BY_LANGUAGE.values())


def phrases_for(language: str) -> Phrases:
    """The sentences for a language tag such as "en" or "de-AT"; English when unknown."""
    return _BY_LANGUAGE.get(language.split("-")[0].lower(), ENGLISH)
