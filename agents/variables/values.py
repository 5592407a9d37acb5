"""Computes the values of variables in one call. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agents.settings.config import AgentConfig
from agents.variables import words

LONGEST: Final = 200  # characters of a value
# What a text for a model, or a variable, is made of: a value has none of it.
_MARKS: Final = str.maketrans(dict.fromkeys("[]{}<>", " "))
LONGEST_NAME: Final = 50
MOST_WORDS: Final = 4  # of a name
_IN_NAMES: Final = frozenset(" -'’.")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a call as it begins.

    number: the caller's, "" for one that is withheld or none. name, reason and language: what the
    agent remembers of them, "" for nothing; last_at: of the call that it is from. parameters: of
    the webhook URL, by name.
    """

    now: datetime
    number: str = ""
    name: str = ""
    reason: str = ""
    language: str = ""
    last_at: datetime | None = None
    parameters: Mapping[str, str] | None = None


def values_of(config: AgentConfig, known: Known) -> dict[str, str]:
    """Every variable that the agent's texts may have, by name, as inert text."""
    language, opening = config.language, config.opening
    here = opening.local(known.now)
    opens = opening.opens_next(known.now)
    state = "open" if opening.is_open(known.now) else "closed"
    found = {
        **config.variables.all,
        **{name: (known.parameters or {})[name] for name in _given(config, known)},
        "caller_number": known.number or words.word("unknown", language),
        "caller_name": name_in(known.name),
        "time_of_day": words.time_of_day(here, language),
        "today": words.day_in_words(here.date(), language),
        "open_now": words.word(state, language),
        "opens_next": words.opening_in_words(opens, here, language) if opens else "",
    }
    return {name: inert(value) for name, value in found.items()}


def inert(text: str) -> str:
    """`text` on one line of at most LONGEST characters, without what could be read as a mark."""
    line = " ".join(text[: 4 * LONGEST].translate(_MARKS).split())
    return "".join(each for each in line if each.isprintable())[:LONGEST].strip()


def name_in(text: str) -> str:
    """`text` if it can be a name, in any script, else "".

    A caller dictated it, and where it is filled in it stands among an agent's instructions: a
    sentence there would be one of them.
    """
    name = inert(text)
    if len(name) > LONGEST_NAME or len(name.split()) > MOST_WORDS:
        return ""
    # Marks are vowels in Hindi or Thai, and accents that are written apart.
    is_name = all(each in _IN_NAMES or unicodedata.category(each)[0] in "LM" for each in name)
    return name if is_name and any(map(str.isalpha, name)) else ""


def _given(config: AgentConfig, known: Known) -> list[str]:
    return [name for name in config.variables.all if (known.parameters or {}).get(name)]
