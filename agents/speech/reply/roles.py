"""Finds "Agent:" and "User:" where a model writes its answer as a script. Pure."""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

LONGEST_ROLE: Final = 60  # characters of a name with its marks and colon


class Part(Enum):
    """Whose words follow a role's name."""

    AGENT = "agent"
    CALLER = "caller"
    THOUGHT = "thought"


_AGENTS: Final = (
    "agent", "assistant", "ai", "ai assistant", "bot", "receptionist", "voice agent", "agentin",
    "assistent", "assistentin", "ki", "asistente", "agente", "assistente", "asystent",
    "response to caller", "reply to caller", "spoken response", "spoken reply", "voice response",
    "agent response", "ai response", "assistant response",
)  # fmt: skip
_CALLERS: Final = ("user", "human", "caller", "anrufer", "anruferin", "nutzer", "benutzer")
# Words that come before a colon in answers too, unless the answer is a script.
_IN_SCRIPTS: Final = ("customer", "client", "kunde", "kundin", "cliente", "klient", "klant")
_THOUGHTS: Final = ("thought", "thoughts", "thinking", "reasoning", "internal reasoning",
    "internal thought", "inner thought", "internal monologue",
)  # fmt: skip
_AFTER_THOUGHTS: Final = ("action", "action input", "observation")
_ANSWERS: Final = ("answer", "final answer", "response", "final response", "reply", "antwort")
_NEVER_SAID: Final = frozenset(("final answer", "final response"))  # before a colon
_TITLES: Final = frozenset(_ANSWERS) - _NEVER_SAID
_EMPHASIS: Final = re.compile(r"[*_#]*+")
_COLON: Final = re.compile(r"[*_]{0,3}\s?(?:\([^()\n]{1,30}\)\s?)?[:：][*_]{0,3}[^\S\n]{0,8}")
_HALF_COLON: Final = re.compile(r"[*_]{0,3}\s?(?:\([^()\n]{0,30}(?:\)\s?)?)?")


class Roles:
    """Finds the names of roles; name: the agent's, "" when it has none."""

    def __init__(self, name: str) -> None:
        self._parts, self._initials = _names_of(name)
        # Roles only where they are written like a title.
        self._titles = _TITLES

    def at(self, text: str, *, is_end: bool) -> tuple[Part | None, int] | None:
        """Whose part begins with `text`, and the length of the name with its colon.

        text: the beginning of a line; is_end: it is complete. None if more text is needed.
        """
        begin = _EMPHASIS.match(text)
        marks = begin.group() if begin else ""
        start = len(marks)
        rest = text[start:].lower()
        if rest and rest[0] not in self._initials:
            return None, 0
        may_come = not is_end and len(text) < LONGEST_ROLE
        for name, part in self._parts.items():
            if rest.startswith(name):
                end = start + len(name)
                colon = _COLON.match(text, end)
                if may_come and (
                    _HALF_COLON.fullmatch(text, end) or (colon and colon.end() == len(text))
                ):
                    return None
                if colon and self._is_role(name, marks, colon):
                    self._learn(part)
                    return part, colon.end()
            elif may_come and name.startswith(rest):
                return None
        return None, 0

    def _is_role(self, name: str, marks: str, colon: re.Match[str]) -> bool:
        """Whether the name, with these marks around it and this colon after it, is a role."""
        is_closed = any(mark in colon.group() for mark in "*_")
        if marks.strip("#") and not is_closed:
            return False  # what is emphasised continues behind the colon
        is_line = colon.string[colon.end() : colon.end() + 1] == "\n"
        return name not in self._titles or bool(marks) or is_line

    def _learn(self, part: Part) -> None:
        """Record that the answer is a script, in which more names are roles."""
        if part is Part.THOUGHT:
            self._parts = {**self._parts, **dict.fromkeys(_AFTER_THOUGHTS, Part.THOUGHT)}
            self._titles = frozenset()
        else:
            self._parts = {**self._parts, **dict.fromkeys(_IN_SCRIPTS, Part.CALLER)}
        self._initials = _initials(self._parts)


@lru_cache(maxsize=256)  # each answer reads its lines with two of these
def _names_of(name: str) -> tuple[Mapping[str, Part], frozenset[str]]:
    """The names that are roles for an agent called `name`, and their first characters."""
    parts = {each: Part.AGENT for each in (*_AGENTS, name.strip().lower()) if each}
    parts |= dict.fromkeys(_CALLERS, Part.CALLER)
    parts |= dict.fromkeys(_THOUGHTS, Part.THOUGHT)
    parts |= dict.fromkeys(_ANSWERS, Part.AGENT)
    return MappingProxyType(parts), _initials(parts)


def _initials(names: Mapping[str, Part]) -> frozenset[str]:
    return frozenset(name[0] for name in names)
