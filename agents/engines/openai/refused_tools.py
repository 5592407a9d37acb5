"""Recognises the tools that a server refuses for their form, among those that it takes. Pure.

Servers read schemas differently, and an organization's own tools have all kinds of names and
descriptions. One that is refused must not cost an agent the others, nor other agents theirs.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.engines.chat.refused_parameters import names

BARE: Final = "without parameters"  # what is remembered of a tool that has none
LONGEST_NAME: Final = 40  # of what is remembered
DIGITS: Final = 12

_DECLARATION: Final = re.compile(r"\bfunction_?declarations\W{1,3}(\d{1,3})(?!\d)", re.IGNORECASE)
_PLACE: Final = re.compile(r"\btools\W{1,3}(\d{1,3})(?!\d)", re.IGNORECASE)
_OF_A_SCHEMA: Final = re.compile(
    r"schema|\.parameters\b|\bpropert(?:y|ies)\b|declaration|\bfunctions?\.(?:name|description)\b"
    rf"|invalid (?:value|function|tool)\b|{_PLACE.pattern}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """One tool of a request. form: as chat completions have it. bare: without the empty object
    that its parameters may be. habit: what it is remembered by, its form included.
    """

    name: str
    form: dict[str, object]
    bare: dict[str, object]
    habit: str


def offered(tools: object) -> tuple[OfferedTool, ...]:
    """The tools of a request's list, or of none."""
    return tuple(map(_offered, tools)) if isinstance(tools, list) else ()


def is_of_a_schema(said: str) -> bool:
    """Whether a refusal may be about the form of a tool, and not about tools as such."""
    return _OF_A_SCHEMA.search(said) is not None


def named_in(said: str, tools: Sequence[OfferedTool]) -> list[OfferedTool]:
    """Those that a refusal names, by their places or by their names."""
    places = _DECLARATION.findall(said) or _PLACE.findall(said)
    named = [tools[place] for place in sorted(set(map(int, places))) if place < len(tools)]
    return named or [tool for tool in tools if names(said, [tool.name])]


def _offered(form: dict[str, object]) -> OfferedTool:
    function = form["function"]
    described = function if isinstance(function, dict) else {}
    parameters, name = described.get("parameters"), str(described.get("name"))
    bare = form
    if isinstance(parameters, dict) and not parameters.get("properties"):
        left = {key: value for key, value in described.items() if key != "parameters"}
        bare = {**form, "function": left}
    digest = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:DIGITS]
    return OfferedTool(name, form, bare, f"tool {name[:LONGEST_NAME]} {digest}")
