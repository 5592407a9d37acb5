"""Search over what an organization has: calls, messages, agents and facts.

Each kind is bounded work, whatever is asked for: numbers of callers have an index, summaries and
messages are searched among the newest `LOOKED_THROUGH`, facts in the published versions of at most
`MOST_AGENTS` agents.
"""

import re
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Final

from django.db.models import Q

from accounts.models import Organization
from agents.models import Agent
from usage.models import Call, Message
from usage.reads.call_search import CallFilter, search_calls
from usage.reads.calls import call_of, listed_calls
from voicex.database.storable import storable_text

LONGEST: Final = 100  # characters of what is searched for
MOST_WORDS: Final = 6
SHORTEST: Final = 2  # characters
FOUND: Final = 8  # of each kind
LOOKED_THROUGH: Final = 2_000  # calls and messages
MOST_AGENTS: Final = 200
DIGITS: Final = 3  # of a number that is searched for
_DIGIT: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, slots=True)
class FoundFact:
    """A line of what an agent knows, as its editor wrote it."""

    agent: Agent
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the newest first, at most FOUND of each kind."""

    words: list[str]
    calls: list[Call] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    facts: list[FoundFact] = field(default_factory=list)


def search(org: Organization, text: str, *, may_read_prompts: bool) -> Found:
    """What of `org` has all words of `text`, or is of the caller whose number begins with it.

    may_read_prompts: facts as well. A text of less than SHORTEST characters finds nothing.
    """
    asked = storable_text(text).strip()[:LONGEST]
    words = asked.split()[:MOST_WORDS]
    if len(asked) < SHORTEST:
        return Found([])
    return Found(
        words,
        calls=_calls(org, asked, words),
        messages=_messages(org, words),
        agents=_agents(org, words),
        facts=_facts(org, words) if may_read_prompts else [],
    )


def _calls(org: Organization, asked: str, words: list[str]) -> list[Call]:
    """The call of that id; calls of that number; or those whose summary has the words."""
    if (named := call_of(org, call_sid=asked)) is not None:
        return [named]
    if len(_DIGIT.findall(asked)) >= DIGITS:
        of_number = search_calls(org, CallFilter(caller=asked), limit=FOUND).calls
        if of_number:
            return of_number
    newest = Call.objects.filter(org=org).order_by("-opened_at", "-pk")
    ids = newest.values_list("pk", flat=True)[:LOOKED_THROUGH]
    said = _all_in(words, "analysis__summary", "analysis__reason")
    keys = list(
        Call.objects.filter(said, org=org, pk__in=list(ids))
        .order_by("-opened_at", "-pk")
        .values_list("pk", flat=True)[:FOUND]
    )
    return list(listed_calls(org).filter(pk__in=keys))


def _messages(org: Organization, words: list[str]) -> list[Message]:
    newest = Message.objects.filter(org=org).order_by("-pk")
    oldest = newest.values_list("pk", flat=True)[LOOKED_THROUGH - 1 : LOOKED_THROUGH].first()
    found = newest.filter(_all_in(words, "name", "number", "text"))
    if oldest is not None:
        found = found.filter(pk__gte=oldest)
    return list(found.select_related("call__agent")[:FOUND])


def _agents(org: Organization, words: list[str]) -> list[Agent]:
    return list(org.agents.filter(_all_in(words, "name")).order_by("name", "pk")[:FOUND])


def _facts(org: Organization, words: list[str]) -> list[FoundFact]:
    # The whole text has the words of each of its lines.
    agents = org.agents.filter(is_active=True).order_by("name", "pk")
    ids = list(agents.values_list("pk", flat=True)[:MOST_AGENTS])
    fitting = agents.filter(_all_in(words, "published__facts"), pk__in=ids)
    wanted = [word.casefold() for word in words]
    found: list[FoundFact] = []
    for agent in fitting.select_related("published")[:FOUND]:
        lines = agent.published.facts.splitlines() if agent.published else []
        found += [
            FoundFact(agent, line.strip())
            for line in lines
            if all(word in line.casefold() for word in wanted)
        ]
    return found[:FOUND]


def _all_in(words: list[str], *columns: str) -> Q:
    """Each word is in one of the columns."""
    each = (
        reduce(or_, (Q(**{f"{column}__icontains": word}) for column in columns)) for word in words
    )
    return reduce(and_, each)
