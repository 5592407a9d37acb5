"""Whether a caller's words are a plain yes. Pure.

A doubtful yes does not count: the caller is then asked once more.
"""

import re
from typing import Final

LONGEST: Final = 200  # characters; what is longer says something else as well
KEY: Final = "1"  # on the keypad
FIRST_WORDS: Final = 3  # of which one is the yes
_NOT_IN_WORDS: Final = re.compile(r"[^\w']+")

_YES: Final = {
    "en": frozenset((
        "yes", "yeah", "yep", "yup", "sure", "ok", "okay", "correct", "right", "exactly",
        "absolutely", "definitely", "certainly", "agreed", "ahead",
    )),
    "de": frozenset((
        "ja", "jawohl", "genau", "richtig", "gern", "gerne", "ok", "okay", "stimmt", "klar",
        "einverstanden", "passt", "natürlich", "sicher",
    )),
    "fr": frozenset(("oui", "ouais", "ok", "d'accord", "exactement", "volontiers", "parfait")),
    "es": frozenset(("sí", "si", "claro", "vale", "ok", "correcto", "exacto", "adelante")),
    "it": frozenset(("sì", "si", "certo", "ok", "esatto", "d'accordo", "volentieri")),
    "nl": frozenset(("ja", "jazeker", "klopt", "graag", "akkoord", "oké", "ok")),
}  # fmt: skip
# A no, or what makes a yes depend on something.
_DOUBT: Final = {
    "en": frozenset((
        "no", "not", "don't", "nope", "never", "wrong", "wait", "stop", "cancel", "but", "if",
        "unless", "isn't", "maybe", "actually",
    )),
    "de": frozenset((
        "nein", "nicht", "kein", "keine", "nee", "nö", "falsch", "moment", "warte", "warten",
        "stopp", "stop", "aber", "wenn", "vielleicht", "doch",
    )),
    "fr": frozenset(("non", "pas", "jamais", "mais", "attendez", "si", "stop")),
    "es": frozenset(("no", "nunca", "pero", "espere", "espera", "stop")),
    "it": frozenset(("no", "non", "ma", "aspetti", "aspetta", "se", "stop")),
    "nl": frozenset(("nee", "niet", "geen", "maar", "wacht", "stop", "als")),
}  # fmt: skip
# Of these what may be the very thing that the caller is asked about: "yes, cancel it".
_DONE: Final = frozenset(("cancel", "stop", "stopp"))
_OTHERS: Final = "en"


def is_yes(text: str, language: str, *, about: str = "") -> bool:
    """Whether `text`, the caller's whole turn, says yes and nothing else. language: as "de-AT".

    In a language without a list an English yes or the key counts. about: the name of the tool that
    the question was about; what it does is no doubt.
    """
    if len(text) > LONGEST or "?" in text:
        return False
    words = _NOT_IN_WORDS.sub(" ", text.lower().replace("’", "'")).split()
    if words == [KEY]:
        return True
    known = language.partition("-")[0].lower()
    if known not in _YES:
        known = _OTHERS
    doubt = _DOUBT[known] - _DONE.intersection(about.lower().split("_"))
    return not _YES[known].isdisjoint(words[:FIRST_WORDS]) and doubt.isdisjoint(words)
