"""The voices that an editor offers for each engine; a provider may have more. Pure."""

from typing import Final

from agents.engines import registry
from agents.engines.spec import LOCALE

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
