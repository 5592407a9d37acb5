"""Detects hallucinations of recognisers, by text, audio and probabilities.

A recogniser has to write something, and for breath, a tap or the noise of a line it writes what
it has read most often over noise. Such a text is not a turn. Every rule here is about short, quiet
or voiceless sounds: a text of more than a second of clear speech is always kept.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from agents.speech.audio.voice_measure import Measure, measured
from agents.speech.heard.events import MAX_CHARACTERS
from agents.speech.heard.hallucinated_phrases import ALONE, MARKS, SAID_TOO, SCRIPTS
from agents.speech.heard.transcription import Segment, Transcription, words_in

SHORT_MS: Final = 1_200
VOICED_MS: Final = 128  # of a vowel in the shortest word
# Whisper's own rule, and one for odds that leave no doubt.
NO_SPEECH: Final = 0.6
UNSURE: Final = -1.0  # mean log probability of a token
SURELY_NO_SPEECH: Final = 0.9
COMPRESSED: Final = 2.4  # Whisper's bound of a loop


@dataclass(frozen=True, slots=True)
class Heard:
    """The judged text of an utterance. nothing_said: it is empty because there was no speech."""

    text: str
    nothing_said: bool = False


def believed(heard: Transcription) -> str:
    """The words to which the recogniser gives a sufficient probability; "" for none."""
    sure = [segment.text for segment in heard.segments if not _is_doubtful(segment)]
    if len(sure) == len(heard.segments):
        return without_loop(heard.text)
    # What a segment says is not cleaned yet, and may be any length.
    return without_loop(words_in(" ".join(sure)[:MAX_CHARACTERS]))


def _is_doubtful(segment: Segment) -> bool:
    if segment.no_speech is None:
        return False
    if segment.no_speech > SURELY_NO_SPEECH:
        return True
    odds = segment.log_probability
    is_loop = segment.compression is not None and segment.compression > COMPRESSED
    return segment.no_speech > NO_SPEECH and (is_loop or (odds is not None and odds < UNSURE))


def judged(text: str, audio: bytes, language: str) -> Heard:
    """Judge `text`, recognised in `audio` (mu-law, 8 kHz mono); language: "en", "de-AT"."""
    text = without_loop(text)
    key = _key(text)
    if not key:
        return Heard("", nothing_said=_is_voiceless(measured(audio)))
    tongue = language.partition("-")[0].lower()
    is_never_said = key in ALONE or any(mark in key for mark in MARKS)
    is_said_too = key in SAID_TOO["en"] or key in SAID_TOO.get(tongue, ())
    is_foreign = _is_foreign(text, tongue)
    if not (is_never_said or is_said_too or is_foreign):
        return Heard(text)
    measure = measured(audio)
    is_short = measure.sound_ms < SHORT_MS
    if _is_voiceless(measure) or (is_short and not is_said_too):
        return Heard("", nothing_said=True)
    return Heard(text)


def _is_voiceless(measure: Measure) -> bool:
    return measure.voiced_ms < VOICED_MS or measure.is_quiet


def _key(text: str) -> str:
    """`text` in lower case, without punctuation, one space between words."""
    # A Turkish İ becomes two characters, of which the dot is none of the word.
    folded = unicodedata.normalize("NFC", text).casefold().replace("i\u0307", "i")
    # A vowel of Hindi is a mark on a letter, and a part of the word.
    kept = (letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in folded)
    return " ".join("".join(kept).split())


def _is_foreign(text: str, language: str) -> bool:
    """Whether most letters belong to a script that the language does not use.

    Latin letters occur in every language: names, brands, abbreviations.
    """
    if text.isascii():
        return False
    scripts = (*SCRIPTS.get(language, ()), "LATIN")
    letters = [unicodedata.name(letter, "") for letter in text if letter.isalpha()]
    foreign = sum(not name.startswith(scripts) for name in letters)
    return 2 * foreign > len(letters)


MOST_PHRASES: Final = 4  # times in a row that some words are said
MOST_WORDS: Final = 6  # times that one word is: "no, no, no, no, no, no"
_LETTER_LOOP: Final = re.compile(r"(\S{1,12}?)\1{7,}")


def without_loop(text: str) -> str:
    """`text` with repeated phrases kept once; digits and numbers are not touched."""
    words = text.split()
    keys = [_key(word) for word in words]
    for size in range(1, 9):
        most = MOST_WORDS if size == 1 else MOST_PHRASES
        for begin in range(min(len(words) - most * size + 1, size)):
            phrase = keys[begin : begin + size]
            if any(key.isdigit() for key in phrase) or not all(phrase):
                continue
            times = 1
            while keys[begin + times * size : begin + (times + 1) * size] == phrase:
                times += 1
            rest = keys[begin + times * size :]
            if times >= most and rest == phrase[: len(rest)]:
                return " ".join(words[: begin + size])
    return _LETTER_LOOP.sub(_once, text)


def _once(loop: re.Match[str]) -> str:
    unit = loop.group(1)
    return unit if any(letter.isalpha() for letter in unit) else loop.group()
