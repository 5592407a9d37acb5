"""How often callers asked for each fact of an agent, by the words of both."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from agents.analysis.gathering import matched
from agents.models import Agent
from usage.models import Call, Turn

WEEK: Final = timedelta(days=7)
CALLS: Final = 300  # the latest of the week; more do not change what is asked most
TURNS: Final = 2_000


def asked_this_week(agent: Agent, topics: Sequence[str], *, now: datetime) -> Counter[int]:
    """How many turns of callers asked for each of `topics`, by its number. Two queries.

    Of the newest CALLS calls within a week, tests among them.
    """
    calls = Call.objects.filter(agent=agent, org=agent.org_id, opened_at__gte=now - WEEK)
    latest = list(calls.order_by("-opened_at", "-pk").values_list("pk", flat=True)[:CALLS])
    turns = Turn.objects.filter(call__in=latest, role=Turn.Role.CALLER).exclude(text="")
    texts = turns.order_by("-pk").values_list("text", flat=True)[:TURNS]
    return matched(topics, texts)
