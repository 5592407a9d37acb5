"""The registry of languages. To add one: a file, and a line here."""

from typing import Final

from telephony.spoken.english import ENGLISH
from telephony.spoken.german import GERMAN
from telephony.spoken.phrases import Phrases

BY_LANGUAGE: Final = {"en": ENGLISH, "de": GERMAN}


def phrases_for(language: str) -> Phrases:
    """The sentences for a language tag such as "en" or "de-AT"; English when unknown."""
    return BY_LANGUAGE.get(language.split("-")[0].lower(), ENGLISH)


def in_english(sentence: str) -> str:
    """The English for a fixed sentence of any language; "" for another one."""
    for phrases in BY_LANGUAGE.values():
        for known, english in zip(phrases.all(), ENGLISH.all(), strict=True):
            if sentence == known:
                return english
    return ""


def is_sign_of_life(sentence: str) -> bool:
    """Whether `sentence` answers nothing, and no model remembers it, in any language."""
    return any(
        sentence in (*phrases.waiting, phrases.interrupting) for phrases in BY_LANGUAGE.values()
    )
