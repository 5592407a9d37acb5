"""The voices that an editor offers for each engine; a provider may have more. Pure.

Google: the first eight Chirp 3 HD voices, which every locale has
(https://cloud.google.com/text-to-speech/docs/chirp3-hd). OpenAI: the voices of
gpt-4o-mini-tts (https://platform.openai.com/docs/guides/text-to-speech); a compatible
server may have others.
"""

from typing import Final

from agents.engines import registry

_CHIRP: Final = ("Aoede", "Charon", "Fenrir", "Kore", "Leda", "Orus", "Puck", "Zephyr")
_OPENAI: Final = (
    "alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse",
)  # fmt: skip
# Google names a voice after a language and a country; these are the usual ones.
_COUNTRIES: Final = {
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
    if engine == "openai":
        return _OPENAI
    if engine == "google":
        locale = language if "-" in language else _COUNTRIES.get(language.lower(), "")
        return tuple(f"{locale}-Chirp3-HD-{name}" for name in _CHIRP) if locale else ()
    spec = registry.engines().get(engine)
    return tuple(sorted(spec.voices)) if spec else ()
