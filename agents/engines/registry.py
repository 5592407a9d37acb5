"""The registry of engines: the providers' folders, and look-ups in their cards.

What a card says is in `agents.engines.spec`. A part is a module with a factory (`make_stt`,
`make_llm` or `make_tts`), imported when an agent first chooses it, so a package that is not
installed affects no other engine. A module may also have `async def warm()`, which loads what can
be loaded before the first call, `async def connect(credentials)`, which opens connections to the
provider before a call needs them, and `async def aclose()`, which gives all that back at the end of
the process. That of a language model may have `async def keep(credentials)`, which keeps its models
loaded.
"""

import asyncio
import importlib
import sys
from collections.abc import Collection, Iterable
from types import ModuleType
from typing import Final, cast

from django.conf import settings

from accounts.secrets.kinds import SecretKind
from agents.engines.access import Credentials
from agents.engines.base import EngineSetup, LanguageModel, SpeechToText, TextToSpeech
from agents.engines.models import ModelFile
from agents.engines.spec import EngineSpec, Kind, OptionSpec
from voicex.errors import ConfigurationError, EngineMissing

__all__ = [
    "ENGINES",
    "FOLDERS",
    "EngineSpec",
    "Kind",
    "aclose",
    "card_of",
    "check",
    "connect",
    "engines",
    "is_free",
    "keep",
    "known_models",
    "language_model",
    "model_files",
    "names",
    "not_offered",
    "option",
    "secret_kinds",
    "speech_to_text",
    "text_to_speech",
    "verify",
    "warm",
]


# To add a provider, add its folder here.
FOLDERS: Final = (
    "agents.engines.local",
    "agents.engines.openai",
    "agents.engines.google",
    "agents.engines.scripted",
)


def card_of(folder: str) -> EngineSpec:
    """The card in the package `folder`. Raises ImportError, AttributeError."""
    return cast(EngineSpec, importlib.import_module(f"{folder}.card").SPEC)


# By the last part of the folder's name, in the order in which people are shown them.
ENGINES: Final[dict[str, EngineSpec]] = {
    folder.rpartition(".")[2]: card_of(folder) for folder in FOLDERS
}

_WORDS: Final[dict[Kind, str]] = {
    "stt": "speech-to-text",
    "llm": "language model",
    "tts": "text-to-speech",
}
_warmed: set[str] = set()


def engines() -> dict[str, EngineSpec]:
    """The engines of this installation by name; those for tests only with TEST_ENGINES."""
    return {
        name: spec
        for name, spec in ENGINES.items()
        if settings.TEST_ENGINES or not spec.is_for_tests
    }


def title_of(engine: str) -> str:
    """The provider's name on pages; `engine` itself if it has no title or is unknown."""
    card = ENGINES.get(engine)
    return str(card.title or engine) if card else engine


def names(kind: Kind) -> list[str]:
    """The engines with a part `kind`, in the order of display."""
    return [name for name, spec in engines().items() if spec.path(kind)]


def secret_kinds() -> list[SecretKind]:
    """The kinds of secrets for providers, in the order of the engines."""
    return [spec.secret for spec in engines().values() if spec.secret]


def is_free(engine: str) -> bool:
    """Whether `engine` needs no key, so that its use is free."""
    spec = ENGINES.get(engine)
    return spec is not None and spec.secret is None


def option(name: str) -> OptionSpec | None:
    """The engine setting called `name` ("<engine>.<name>"); None for one that no card names."""
    engine, _dot, short = name.partition(".")
    spec = ENGINES.get(engine)
    return next((each for each in spec.options if each.name == short), None) if spec else None


def not_offered(chosen: Iterable[str]) -> list[str]:
    """The `chosen` engines that this installation does not offer, in alphabetical order."""
    return sorted(set(chosen) - engines().keys())


def check(kind: Kind, name: str) -> None:
    """Raises ConfigurationError, with the choices, if engine `name` has no part `kind`."""
    if name not in names(kind):
        has_other_parts = name in engines()
        problem = f"offers no {_WORDS[kind]}" if has_other_parts else "does not exist"
        raise ConfigurationError(
            f"The engine {name!r} {problem}. For {_WORDS[kind]} choose one of: "
            + ", ".join(names(kind))
        )


def speech_to_text(name: str, setup: EngineSetup) -> SpeechToText:
    """The speech-to-text of engine `name`. Raises ConfigurationError, EngineMissing."""
    return cast(SpeechToText, _part("stt", name).make_stt(setup))


def language_model(name: str, setup: EngineSetup) -> LanguageModel:
    """The language model of engine `name`. Raises ConfigurationError, EngineMissing."""
    return cast(LanguageModel, _part("llm", name).make_llm(setup))


def text_to_speech(name: str, setup: EngineSetup) -> TextToSpeech:
    """The text-to-speech of engine `name`. Raises ConfigurationError, EngineMissing."""
    return cast(TextToSpeech, _part("tts", name).make_tts(setup))


def model_files(kind: Kind, name: str) -> tuple[ModelFile, ...]:
    """The model files of a part, none for remote providers.

    A module names them as MODEL_FILES. Raises ConfigurationError, EngineMissing.
    """
    return tuple(getattr(_part(kind, name), "MODEL_FILES", ()))


def verify(name: str, credentials: Credentials) -> None:
    """Check the key with the provider of engine `name`, if its card has a check.

    Blocks. Raises ConfigurationError for an unknown name, EngineRefused for a key that does not
    work there, another EngineError when the provider could not be asked.
    """
    _load(name, _spec(name).check).verify(credentials)


def known_models(name: str, credentials: Credentials) -> frozenset[str]:
    """The models listed by the provider of engine `name`; empty if it has no list.

    Blocks, and asks about the key as `verify` does. Raises what that raises.
    """
    module = _load(name, _spec(name).check)
    if hasattr(module, "models_at"):
        return cast(frozenset[str], module.models_at(credentials))
    module.verify(credentials)
    return frozenset()


async def warm(chosen: Iterable[str]) -> None:
    """Import and warm up every part of the `chosen` engines, once in a process; cheap to repeat.

    Imports run off the event loop: an SDK takes a second, and other calls are talking.
    Raises ConfigurationError for an unknown name, EngineMissing, and what `warm` raises.
    """
    for name in chosen:
        for path in _spec(name).paths():
            if path in _warmed:
                continue
            module = await asyncio.to_thread(_load, name, path)
            if hasattr(module, "warm"):
                await module.warm()
            _warmed.add(path)


async def connect(chosen: Iterable[str], credentials: Credentials) -> None:
    """Open connections to the providers of the `chosen`, warmed-up engines; cheap to repeat.

    Raises EngineError for unusable credentials. An unreachable provider or a missing key is no
    error here: calls report it.
    """
    for name in chosen:
        for path in _spec(name).paths():
            module = _load(name, path)
            if hasattr(module, "connect"):
                await module.connect(credentials)


async def keep(used: Collection[str], credentials: Credentials) -> None:
    """Have the loaded engines keep their language models loaded.

    used: engines whose model agents use on `credentials`, the platform's own. Models of
    organizations are known from their calls. Takes as long as a model takes to load.
    """
    for name, spec in ENGINES.items():
        module = sys.modules.get(spec.llm)
        if module is not None and hasattr(module, "keep"):
            await module.keep(credentials if name in used else None)


async def aclose() -> None:
    """Close connections and processes of the loaded engines on the running loop."""
    for path in {path for spec in ENGINES.values() for path in spec.paths()}:
        module = sys.modules.get(path)
        if module is not None and hasattr(module, "aclose"):
            await module.aclose()


def _part(kind: Kind, name: str) -> ModuleType:
    check(kind, name)
    return _load(name, _spec(name).path(kind))


def _spec(name: str) -> EngineSpec:
    known = engines()
    if name not in known:
        raise ConfigurationError(
            f"The engine {name!r} does not exist. Choose one of: " + ", ".join(known)
        )
    return known[name]


def _load(name: str, path: str) -> ModuleType:
    try:
        return importlib.import_module(path)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("agents"):
            raise  # a module of ours is gone: a fault of the code, not of the installation
        raise EngineMissing(
            f"The engine {name!r} needs the Python package {error.name}, which is not "
            "installed. Run `make install`, or choose another engine"
        ) from error
