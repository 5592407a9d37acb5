"""What the session itself says when no model can, by language.

Short and speakable; rendered once a voice and kept (see `agents.engines.clips`), so a
provider that fails later cannot silence them.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Phrases:
    """The fixed sentences of one language."""

    say_again: str
    trouble: str
    giving_up: str
    time_is_up: str

    def all(self) -> tuple[str, ...]:
        """Every sentence, for rendering ahead."""
        return (self.say_again, self.trouble, self.giving_up, self.time_is_up)


ENGLISH: Final = Phrases(
    say_again="Sorry, I didn't catch that. Could you say it again?",
    trouble="I'm sorry, I have a technical problem. Could you say that again?",
    giving_up="I'm sorry, I can't help you right now. Please call again later. Goodbye.",
    time_is_up="I'm sorry, we have reached the time limit of this call. Goodbye.",
)
GERMAN: Final = Phrases(
    say_again="Entschuldigung, das habe ich nicht verstanden. Bitte noch einmal.",
    trouble="Entschuldigung, ich habe ein technisches Problem. Bitte noch einmal.",
    giving_up="Ich kann gerade leider nicht helfen. Bitte rufen Sie später an. Auf Wiederhören.",
    time_is_up="Die Zeit für diesen Anruf ist leider um. Auf Wiederhören.",
)
_BY_LANGUAGE: Final = {"en": ENGLISH, "de": GERMAN}


def phrases_for(language: str) -> Phrases:
    """The sentences for a language tag such as "en" or "de-AT"; English when unknown."""
    return _BY_LANGUAGE.get(language.split("-")[0].lower(), ENGLISH)
