"""The settings of speech: languages, pronunciation. One group of a version. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agents.settings.kinds import Lines, Problem, Pronunciations, declared
from agents.settings.kinds import translatable as _
from agents.speech.heard.language_words import code_of
from agents.speech.said import pronunciation

MOST: Final = 4
TEXT: Final = 500  # characters, with room for a voice each
VOICE: Final = 80
TAG: Final = r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"  # en, en-US, pt-BR
LONGEST_TAG: Final = 12
_BETWEEN: Final = re.compile(r"[,;\n]")


def languages_in(text: str) -> Mapping[str, str]:
    """The languages that `text` lists, in its order, and the voice of each, "" for none of its own.

    text: "de, fr = fr-FR-Chirp3-HD-Kore", with commas or line breaks between. What is no language
    is passed over, and of one that is listed twice the first counts.
    """
    found: dict[str, str] = {}
    codes = set()
    for tag, voice in _listed(text):
        code = code_of(tag)
        if len(found) < MOST and _is_tag(tag) and code not in codes:
            codes.add(code)
            found[tag] = voice[:VOICE]
    return found


def fault_in_languages(text: str) -> Problem | None:
    """What is wrong with such a text; None when nothing is."""
    listed = list(_listed(text))
    if len(listed) > MOST:
        return _("At most %(limit)d more languages"), {"limit": MOST}
    for tag, voice in listed:
        if not _is_tag(tag):
            return _("Use tags such as de, en-GB or pt-BR, separated by commas."), {}
        if len(voice) > VOICE:
            return _("The name of a voice has at most %(limit)d characters."), {"limit": VOICE}
    if len({code_of(tag) for tag, _voice in listed}) < len(listed):
        return _("List each language once."), {}
    return None


def _listed(text: str) -> list[tuple[str, str]]:
    pairs = (each.partition("=") for each in _BETWEEN.split(text[: TEXT + 1]) if each.strip())
    return [(tag.strip(), " ".join(voice.split())) for tag, _equals, voice in pairs]


def _is_tag(tag: str) -> bool:
    return len(tag) <= LONGEST_TAG and re.fullmatch(TAG, tag) is not None


@dataclass(frozen=True, slots=True)
class Speech:
    """How what is written is said (`agents.speech.said`), and in which languages.

    languages: beside the main one, as `languages_in` reads them.
    """

    pronunciations: str = field(
        default="",
        metadata=declared(
            Pronunciations(pronunciation.TEXT),
            _("Pronunciations"),
            _(
                "One per line, as “written = spoken”. For example: Voicex = voice ex. Applied to "
                "whole words in either case before the agent speaks, never in transcripts. At most "
                "100 lines."
            ),
            empty=_("none"),
        ),
    )
    languages: str = field(
        default="",
        metadata=declared(
            Lines(
                TEXT,
                fault_in_languages,
                "at most 4 languages, each with a voice if it needs one of its own",
                rows=1,
            ),
            _("Other languages"),
            _(
                "The agent changes to one of these when the caller speaks it or asks for it. For "
                "example: de, fr. With a voice of its own: de = de-DE-Chirp3-HD-Kore. The greeting "
                "stays in the main language."
            ),
            section="voice",
            empty=_("none"),
        ),
    )
