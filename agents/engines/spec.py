"""The type of a provider's card. Each folder of `agents/engines/` has one: `card.SPEC`.

A card imports no SDK: it is read at the start of every process, and by pages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from django.utils.functional import Promise

from accounts.secrets.kinds import SecretKind

Kind = Literal["stt", "llm", "tts"]
Component = Literal["stt", "llm_in", "llm_out", "tts"]

LOCALE: Final = "{locale}"  # in the name of a voice: "en-US" and the like


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """An option of an engine, called `<engine>.<name>` in an agent's settings.

    bounds: lowest and highest value of a number. choices: the only values. reserved: set for an
    object of named values; the names that it may not hold. setting: the platform's setting that
    replaces it on the settings' own server. default, help: for the documentation.
    """

    name: str
    help: str
    default: str = "none"
    bounds: tuple[float, float] | None = None
    choices: tuple[str | int, ...] = ()
    reserved: frozenset[str] | None = None
    setting: str = ""


@dataclass(frozen=True, slots=True)
class ListPrice:
    """The provider's price for `per` units of a component, in micro-dollars.

    Speech to text is counted by the second, a language model by the token, text to speech by the
    character. cost_micros: what the platform itself pays; None for as much.
    """

    component: Component
    micros: int
    per: int = 1
    cost_micros: int | None = None


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """The card of one provider.

    stt, llm, tts: the dotted module path of each part that it offers, "" for none.
    title: its name on pages; "" for that of its folder. needs, notes: for the documentation; what
    it takes to use it, and what each part is.
    languages: the only ones it has, so that an agent that cannot work is refused when it is
    published and not when it is called; empty when the provider decides.
    voices: names that an editor offers, `LOCALE` in them for the agent's; are_all_voices: it has no
    others.
    secret: what an organization stores to use it; None where no key is needed, and so nothing is
    paid. A provider that needs several values takes them as one JSON text.
    check: the module whose `verify(credentials)` asks the provider, at no cost, whether it accepts
    the secret; "" when it cannot be asked.
    address: the provider's own server, where other servers speak as it does.
    key_setting, address_setting: the platform's settings with its own key and server.
    does_tasks: its language model does whatever a text tells it (`agents.engines.base.Task`), as
    well as an agent's calls.
    is_for_tests: its settings decide how much memory and time it takes, so it exists only
    where the operator has asked for it.
    """

    stt: str = ""
    llm: str = ""
    tts: str = ""
    title: str | Promise = ""
    needs: str = ""
    notes: Mapping[Kind, str] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    voices: tuple[str, ...] = ()
    are_all_voices: bool = False
    options: tuple[OptionSpec, ...] = ()
    secret: SecretKind | None = None
    check: str = ""
    address: str = ""
    key_setting: str = ""
    address_setting: str = ""
    prices: tuple[ListPrice, ...] = ()
    does_tasks: bool = False
    is_for_tests: bool = False

    def path(self, kind: Kind) -> str:
        """The module of one part."""
        return {"stt": self.stt, "llm": self.llm, "tts": self.tts}[kind]

    def paths(self) -> tuple[str, ...]:
        """The modules of all parts that there are, each once."""
        return tuple(dict.fromkeys(path for path in (self.stt, self.llm, self.tts) if path))

    @property
    def components(self) -> tuple[Component, ...]:
        """The billing components of its parts."""
        found: list[Component] = ["stt"] if self.stt else []
        if self.llm:
            found += ["llm_in", "llm_out"]
        return (*found, "tts") if self.tts else tuple(found)
