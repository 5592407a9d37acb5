"""Calls for the tests of analyses, a line a turn: ">" before the caller's, "*" before a tool's."""

from typing import Any

from agents.analysis.lines import Record, TranscriptLine
from agents.engines.conversation import Role

_ROLES = {">": Role.CALLER, "*": Role.TOOL}


def talk(*said: str, **facts: Any) -> Record:
    """The record of a call."""
    return Record(
        tuple(TranscriptLine(_ROLES.get(each[0], Role.AGENT), each.lstrip(">* ")) for each in said),
        **facts,
    )
