"""The list of an agent's facts, with search."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.members.access import member_required
from accounts.permissions import READ_PROMPTS
from agents.settings.config import WrittenFact
from agents.versions.drafts import draft_of, drafted
from agents.versions.preparing import facts_of
from dashboard.agents.index import agent_or_404, render_agent
from dashboard.pages import MemberRequest
from usage.reads.facts_asked import asked_this_week

LONGEST_SEARCH: Final = 100  # characters


@dataclass(frozen=True, slots=True)
class _Listed:
    fact: WrittenFact
    asked: int  # times this week


@require_safe
@member_required(READ_PROMPTS)
def agent_facts(request: MemberRequest, org_id: str, agent_id: str) -> HttpResponse:
    """The facts of the draft or the published version; `?q=` selects those with these words."""
    agent = agent_or_404(request, agent_id)
    draft = draft_of(agent)
    facts = facts_of(drafted(agent, draft) if draft else agent.published) if agent.published else []
    asked = asked_this_week(agent, [fact.topic for fact in facts], now=timezone.now())
    sought = request.GET.get("q", "")[:LONGEST_SEARCH].strip()
    words = sought.casefold().split()
    listed = [
        _Listed(fact, asked[number])
        for number, fact in enumerate(facts)
        if all(word in f"{fact.topic} {fact.text}".casefold() for word in words)
    ]
    context = {"facts": listed, "total": len(facts), "sought": sought}
    return render_agent(request, "agent_facts.html", agent, context, tab="agent_facts", draft=draft)
