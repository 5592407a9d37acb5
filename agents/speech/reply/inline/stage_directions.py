"""Distinguishes directions ("*smiles*", "(laughs)") and notes about the line from words. Pure.

A direction is never said; a word that is emphasised or in brackets always is. So a direction
consists of words from a list, or is a whole sentence in marks in the place of a sentence: between
the end of one and the beginning of the next.
"""

import re
from enum import Enum
from typing import Final

LONGEST: Final = 200  # characters between two marks; what is longer is words

# What people in plays do; hardly ever what a business tells its callers.
_DEEDS: Final = frozenset((
    "smile", "smiles", "smiling", "laughs", "laughing", "laughter", "chuckle", "chuckles",
    "chuckling", "giggle", "giggles", "giggling", "sigh", "sighs", "sighing", "sniffs", "sniffles",
    "sobs", "gasps", "gasp", "groans", "grins", "grinning", "nods", "nodding", "winks", "winking",
    "shrugs", "shrugging", "blushes", "frowns", "yawns", "mumbles", "murmurs", "clears", "inhales",
    "exhales", "hesitates", "whispers", "coughs", "pauses", "ponders", "sfx", "lächelt",
    "schmunzelt", "lacht", "seufzt", "räuspert", "hustet", "nickt", "zwinkert", "grinst",
    "kichert", "flüstert", "atmet", "sourit", "soupire", "ríe", "risas", "sonríe", "suspira",
    "sorride", "sospira", "zucht", "glimlacht", "śmieje", "uśmiecha",
    "wzdycha", "sorri", "смеётся", "улыбается", "вздыхает", "кашляет", "笑", "微笑", "叹气",
    "微笑む", "笑い", "웃음",
))  # fmt: skip
# Words for such things that are also used for others.
_DOUBTFUL: Final = frozenset((
    "laugh", "cough", "pause", "pausing", "waves", "waving", "hums", "humming", "whispering",
    "breathes", "beams", "hesitating", "pondering", "thinks", "thinking", "listens", "listening",
    "typing", "types", "checks", "checking", "waits", "waiting", "looks", "looking", "leans",
    "taps", "claps", "cheers", "cries", "crying", "screams", "shouts", "speaks", "speaking",
    "silence", "beat", "applause", "music", "sound", "sounds", "bows", "lachen", "lächeln",
    "seufzen", "seufzer", "überlegt", "denkt", "tippt", "wartet", "schweigt", "stille",
    "schweigen", "rire", "rires", "rit", "soupir", "silencio", "risa", "pausa", "ride", "pauze",
    "śmiech", "pauza", "schaut", "blättert", "prüft",
))  # fmt: skip
# What else such a direction may be made of.
_BESIDE: Final = frozenset((
    "a", "an", "the", "and", "in", "with", "at", "for", "to", "his", "her", "their", "throat",
    "voice", "tone", "breath", "short", "brief", "long", "small", "little", "slight", "soft",
    "warm", "gentle", "quiet", "light", "nervous", "awkward", "loud", "deep", "heavy", "audible",
    "again", "moment", "second", "seconds", "sec", "secs", "s", "ms", "caller", "head",
    "background", "plays", "playing", "calendar", "schedule", "notes", "screen", "computer",
    "keyboard", "records", "eine", "ein", "kurze", "kurz", "leise", "freundlich", "sich", "lange",
    "sekunden", "sekunde", "und", "kalender", "im", "den", "warmherzig", "herzlich",
    "laut", "leicht", "se", "si", "courte",
    "softly", "gently", "warmly", "quietly", "nervously", "lightly", "briefly", "slowly",
    "happily", "sadly", "awkwardly", "politely", "cheerfully",
))  # fmt: skip
# How something is said: newer voices read it in square brackets.
_MANNERS: Final = frozenset((
    "cheerful", "excited", "happy", "sad", "angry", "calm", "friendly", "curious", "sarcastic",
    "serious", "surprised", "tired", "confused", "empathetic", "sympathetic", "apologetic",
    "enthusiastic", "professional", "polite", "upbeat", "neutral", "whisper", "inaudible",
    "crosstalk", "noise", "static", "beep", "ringing", "ring", "breathing", "freundlich",
))  # fmt: skip
# How a note begins that is about the line or to it.
_NOTES: Final = frozenset((
    "caller", "user", "system", "line", "note", "internal", "interrupted", "interruption",
    "action", "tool", "function", "instruction", "instructions", "anrufer", "anruferin", "nutzer",
    "notiz", "hinweis", "interne", "verbindung", "transferring", "transfers",
))  # fmt: skip
_DOUBTFUL_NOTES: Final = frozenset((
    "call", "end", "ends", "ending", "no", "transfer", "context", "hang", "hangs", "connected",
    "customer", "assistant", "agent", "ai", "response", "anruf", "your", "insert", "placeholder",
))  # fmt: skip
_VOICES: Final = frozenset(("voice", "tone", "stimme", "ton"))
# What a model says to itself, before a colon.
_ASIDES: Final = frozenset(
    ("think", "thinking", "thought", "reasoning", "note", "internal", "system")
)
_HALF_WORDS: Final = frozenset(
    word[:size]
    for word in (*_DEEDS, *_DOUBTFUL, *_BESIDE, *_MANNERS, *_ASIDES)
    for size in range(len(word) + 1)
)
_ARTICLES: Final = frozenset(("the", "der", "die", "das", "den"))
# A mark for where a model read it: "4:0†source", "cite turn0search1".
_SOURCE: Final = re.compile(r"†|\bturn\d{1,3}[a-z]{1,20}\d{1,3}\b")
_LETTERS_OF_WORD: Final = re.compile(r"[^\W\d_]+")


class Marks(Enum):
    """The marks around the words."""

    ROUND = "round brackets"
    SQUARE = "square brackets"
    EMPHASIS = "an asterisk or underscore on each side"
    STRONG = "two on each side"


def is_direction(text: str, marks: Marks, *, is_alone: bool) -> bool:
    """Whether `text` between `marks` is not for the caller.

    is_alone: it stands in the place of a sentence.
    """
    words = _words(text)
    if not words:
        return False
    if marks is Marks.SQUARE and _SOURCE.search(text):
        return True
    is_play = _is_play(words)
    if marks is Marks.ROUND:
        return is_play or _is_manner(words) or (":" in text and words[0] in _ASIDES)
    has_digit = any(map(str.isdigit, text))
    if marks is Marks.SQUARE:
        is_manner = all(word in _MANNERS or _goes_with(word) for word in words)
        first = words[1] if words[0] in _ARTICLES and len(words) > 1 else words[0]
        is_note = first in _NOTES or (not has_digit and first in _DOUBTFUL_NOTES)
        return is_play or is_manner or is_note or (is_alone and not has_digit)
    is_deed = words[0] in _DEEDS or (is_play and any(word in _DEEDS for word in words))
    if marks is Marks.STRONG or not is_alone:
        return is_deed and (is_alone or marks is not Marks.STRONG)
    is_sentence = len(words) > 1 and not has_digit and text[:1].islower()
    return is_deed or is_play or is_sentence or _is_manner(words)


def may_become_direction(text: str, *, is_alone: bool) -> bool:
    """Whether `text`, the beginning of a text in brackets or marks, may become a direction."""
    words = _words(text)
    if is_alone and text[:1].islower():
        return True
    first = words[0] if words else text.strip().lower()
    if len(words) < 2 and text[-1:].isalpha():
        return first in _HALF_WORDS
    return first in _ASIDES or first in _MANNERS or _goes_with(first) or not text.strip()


def _words(text: str) -> list[str]:
    return [word.lower() for word in _LETTERS_OF_WORD.findall(text[:LONGEST])]


def _is_play(words: list[str]) -> bool:
    """Whether all words belong to a direction: "short pause", "laughs softly", "clears throat"."""
    return all(map(_goes_with, words)) and any(
        word in _DEEDS or word in _DOUBTFUL for word in words
    )


def _is_manner(words: list[str]) -> bool:
    """Whether the words say how to speak: "in a cheerful voice"."""
    return bool(_VOICES.intersection(words)) and all(
        word in _MANNERS or _goes_with(word) for word in words
    )


def _goes_with(word: str) -> bool:
    return word in _DEEDS or word in _DOUBTFUL or word in _BESIDE or word.endswith("ly")
