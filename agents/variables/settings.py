"""The settings of variables: parameters of the webhook URL, known callers. Pure.

branch = Berlin
campaign
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from agents.numbered_lines import numbered_lines
from agents.settings.kinds import Lines, Problem, Switch, declared
from agents.settings.kinds import translatable as _
from agents.variables.names import NAME, NAMES

MOST: Final = 10
VALUE: Final = 200  # characters
TEXT: Final = 3_000
OF_THE_URL: Final = frozenset({"api_key", "agent_id"})  # they mean something else there


@lru_cache(256)
def parameters_in(text: str) -> Mapping[str, str]:
    """The values of a list by name, for a URL that has none; a line that says none is left out."""
    found: dict[str, str] = {}
    for _number, name, value in _parameters(text):
        if not _fault_in_name(name) and len(found) < MOST:
            found.setdefault(name, value[:VALUE])
    return found


def fault_in_parameters(text: str) -> Problem | None:
    """The first thing that is wrong with a list; None when nothing is."""
    seen: set[str] = set()
    for number, name, value in _parameters(text):
        if len(seen) == MOST:
            return _("At most %(limit)d lines"), {"limit": MOST}
        if problem := _fault_in_name(name):
            return problem, {"line": number}
        if name in seen:
            return _("Line %(line)d: this name is already in the list."), {"line": number}
        if len(value) > VALUE:
            said = _("Line %(line)d: the value can have at most %(limit)d characters.")
            return said, {"line": number, "limit": VALUE}
        seen.add(name)
    return None


def _fault_in_name(name: str) -> str:
    if not NAME.fullmatch(name):
        return _("Line %(line)d: use lowercase letters, digits and _ for the name, up to 30.")
    if name in NAMES or name in OF_THE_URL:
        return _("Line %(line)d: this name is taken.")
    return ""


def _parameters(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in numbered_lines(text, TEXT):
        name, _equals, value = line.partition("=")
        yield number, name.strip(), value.strip()


@dataclass(frozen=True, slots=True)
class Variables:
    """What the webhook URL may say of a call."""

    parameters: str = field(
        default="",
        metadata=declared(
            Lines(
                TEXT,
                fault_in_parameters,
                "at most 10 lines `name` or `name = value`",
                rows=3,
            ),
            _("Parameters of the webhook URL"),
            _(
                "One name per line, with the value to use when the URL doesn’t have it. For "
                "example: branch = Berlin. Add branch=Hamburg to a number’s webhook URL and write "
                "{branch} in the greeting, prompt or facts."
            ),
            empty=_("none"),
        ),
    )

    @property
    def all(self) -> Mapping[str, str]:
        """Their values by name, for a URL that has none."""
        return parameters_in(self.parameters)

    def taken(self, query: Mapping[str, str]) -> dict[str, str]:
        """What the query of a webhook URL says of those that are declared; at most VALUE each."""
        return {name: query[name][:VALUE] for name in self.all if query.get(name)}


@dataclass(frozen=True, slots=True)
class Memory:
    """What an agent knows of those who have called it before."""

    callers: bool = field(
        default=False,
        metadata=declared(
            Switch(),
            _("Remember callers"),
            _(
                "The agent is told the name, reason and language of the latest earlier call from "
                "the same number, for as long as that call’s transcript is kept. Never for "
                "withheld numbers."
            ),
        ),
    )
