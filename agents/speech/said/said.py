"""The text that a voice gets for a written text. Transcripts keep the written form. Pure.

`Said` is made once for an agent and called for each piece of an answer. English and German are put
into words completely. In other languages the providers' voices read numbers in their own grammar
better than a library that does not know the noun after them; only telephone numbers, which voices
take for amounts, are separated into digits.
"""

import re
from dataclasses import dataclass
from typing import Final

from agents.speech.said import english, german
from agents.speech.said.numbers import ENGLISH, GERMAN
from agents.speech.said.pronunciation import pronounced
from agents.speech.said.telephone import PHONE, parted_digits
from agents.speech.text.speakable import speakable

# What every piece that is not only words has: a text without it is said as it is (5 us).
_NOT_ONLY_WORDS: Final = {
    ENGLISH: re.compile(
        r"[0-9@&%§№½⅓⅔¼¾⅛°/^⁰¹²³⁴-⁹]|\.[^\W_]|\.\s[^\W_]|\b[IVX]{2,6}\b"
        r"|[A-Z][a-z]{2,20} [IVX]\b|\b(?:Mon|Tues?|Wed|Thu|Fri|Sat|Sun|etc|vs|St)\b"
    ),
    GERMAN: re.compile(
        r"[0-9@&%§№½⅓⅔¼¾⅛°/^⁰¹²³⁴-⁹]|\.[^\W_]|\.\s[^\W_]|\b[IVX]{2,6}\b"
        r"|[A-Z][a-z]{2,20} [IVX]\b|\b[A-Z][a-z]\.?\s?[-–]"
        r"|(?:\b(?:usw|etc|ggf|inkl|MwSt|Std)|[Ss]tr)\.\Z"
    ),
}


@dataclass(frozen=True, slots=True)
class Said:
    """Converts pieces of text to the words that a voice says.

    language: a tag such as "de-AT"; pronunciations: lines of `written = spoken`.
    """

    language: str = ENGLISH
    pronunciations: str = ""

    def __call__(self, text: str) -> str:
        """`text` without markup, with numbers and signs in words; may become empty."""
        return in_words(pronounced(speakable(text), self.pronunciations), self.language)


def in_words(text: str, language: str) -> str:
    """`text` (without markup) with numbers, signs and short forms in words."""
    tag = language.lower()
    code = tag.partition("-")[0]
    if "*" in text or "#" in text:
        text = _NUMBER_SIGN.sub("#", _PRODUCT.sub("×", text))
        text = _KEY.sub(lambda key: _key_names(tag, code).get(key[0], key[0]), text)
    if code not in _NOT_ONLY_WORDS:
        return PHONE.sub(parted_digits, text)
    if _NOT_ONLY_WORDS[code].search(text) is None:
        return text
    return german.said(text) if code == GERMAN else english.said(text, english.of(tag))


# Keys of a telephone, which stand alone.
_KEY: Final = re.compile(r"(?<!\S)[*#](?=[\s.,;!?)]|\Z)")
# Between numbers an asterisk is none, and neither is what stands for "number" before one,
# unless that tells how often a key is pressed.
_PRODUCT: Final = re.compile(r"(?<=\d\s)\*(?=\s\d)")
_NUMBER_SIGN: Final = re.compile(r"(?<!\S)#\s(?=\d)(?!\d{1,4}\s(?:times?|mal)\b)")
_HASH: Final = ("en-gb", "en-ie", "en-au", "en-nz", "en-in", "en-za")


def _key_names(tag: str, code: str) -> dict[str, str]:
    if code == GERMAN:
        return {"*": "Stern", "#": "Raute"}
    return {"*": "star", "#": "hash" if tag in _HASH else "pound"} if code == ENGLISH else {}
