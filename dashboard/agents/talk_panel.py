"""The content of the panel "Try it": the version, and sample questions."""

from typing import Final

from django.utils.translation import gettext as _

from agents.models import AgentVersion
from agents.settings.config import WrittenFact

SUGGESTIONS: Final = 4  # more would be a list to read before one may talk
LONGEST: Final = 80  # characters of a question that fits on a button


def version_in_words(version: AgentVersion) -> str:
    """The label of a version: "Version 2", or "Draft, version 3"."""
    if version.is_draft:
        return _("Draft, version %(number)d") % {"number": version.number}
    return _("Version %(number)d") % {"number": version.number}


def suggestions(facts: list[WrittenFact]) -> list[str]:
    """Questions that the agent can answer: the first of each of its facts that is filled in."""
    asked = (_first_question(fact.topic) for fact in facts if fact.is_filled)
    fitting = [each for each in asked if each and len(each) <= LONGEST]
    return list(dict.fromkeys(fitting))[:SUGGESTIONS]


def _first_question(topic: str) -> str:
    question, mark, _rest = topic.partition("?")
    return (question + mark).strip()
