"""The voices that an editor offers for each engine, and those of an agent's languages. Pure."""

import re
from dataclasses import replace
from typing import Final

from agents.engines import registry
from agents.engines.spec import LOCALE
from agents.settings.config import AgentConfig
from agents.settings.speech import languages_in

# Some providers name a voice after a language and a country; these are the usual ones.
_LOCALES: Final = {
    "en": "en-US",
    "de": "de-DE",
    "fr": "fr-FR",
    "es": "es-ES",
    "it": "it-IT",
    "nl": "nl-NL",
    "pl": "pl-PL",
    "pt": "pt-BR",
}


def offered(engine: str, language: str) -> tuple[str, ...]:
    """Names of voices of text-to-speech `engine` for `language` ("en", "de-AT"); may be none."""
    spec = registry.engines().get(engine)
    locale = language if "-" in language else _LOCALES.get(language.lower(), "")
    names = spec.voices if spec else ()
    return tuple(name.replace(LOCALE, locale) for name in names if locale or LOCALE not in name)


# "en-US-Chirp3-HD-Kore": the same voice speaks other languages under their names.
_OF_A_LOCALE: Final = re.compile(r"[a-z]{2,3}-[A-Z]{2}(?=-)")


def in_language(config: AgentConfig, language: str) -> AgentConfig:
    """The agent's configuration for another of its languages, with the voice for it."""
    if language == config.language:
        return config
    own = languages_in(config.speech.languages)
    voice = own.get(language, "")
    if not voice:
        locale = language if "-" in language else _LOCALES.get(language.lower(), "")
        found = _OF_A_LOCALE.match(config.voice)
        voice = config.voice
        if found:  # without a locale the provider chooses
            voice = f"{locale}{config.voice[found.end() :]}" if locale else ""
    others = {tag: own.get(tag) or config.voice for tag in config.languages if tag != language}
    text = ", ".join(f"{tag} = {name}" if name else tag for tag, name in others.items())
    return replace(
        config, language=language, voice=voice, speech=replace(config.speech, languages=text)
    )
