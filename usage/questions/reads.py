"""Questions without an answer, for pages: gathered by what they ask, and counted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import OuterRef, QuerySet

from accounts.models import Organization
from agents.analysis.gathering import MOST, gathered
from agents.models import Agent
from usage.models import UnansweredQuestion
from usage.reads.counts import CountOf

State = UnansweredQuestion.State
COUNTED: Final = 100  # open questions; as many or more are "99+"
WEEK: Final = timedelta(days=7)
OTHERS: Final = 3  # ways to ask the same that are shown


@dataclass(slots=True)
class Gathered:
    """What several callers asked. newest: the question that speaks for them."""

    newest: UnansweredQuestion
    count: int
    this_week: int
    others: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class GatheredPage:
    """The groups, the largest first. is_cut: there are more open questions than were gathered."""

    groups: list[Gathered]
    is_cut: bool


def open_questions(agent: Agent, *, now: datetime) -> GatheredPage:
    """What callers of the agent asked in vain; the newest MOST questions are gathered."""
    found = list(_open(agent)[: MOST + 1])
    by_id = {question.pk: question for question in found[:MOST]}
    groups = gathered([(question.pk, question.text) for question in found[:MOST]])
    week = now - WEEK
    return GatheredPage(
        [
            Gathered(
                newest=by_id[group.keys[0]],
                count=len(group.keys),
                this_week=sum(by_id[key].asked_at >= week for key in group.keys),
                others=group.others[:OTHERS],
                ids=group.keys,
            )
            for group in groups
        ],
        is_cut=len(found) > MOST,
    )


def group_of(agent: Agent, question_id: int, *, now: datetime) -> Gathered | None:
    """The group of an open question of the agent; None when there is none of that id."""
    page = open_questions(agent, now=now)
    return next((group for group in page.groups if question_id in group.ids), None)


def question_text(agent: Agent, question_id: int) -> str:
    """What was asked in a question of the agent; "" when there is none of that id."""
    found = UnansweredQuestion.objects.filter(agent=agent, pk=question_id)
    return found.values_list("text", flat=True).first() or ""


def open_count(agent: Agent) -> int:
    """How many open questions the agent has; COUNTED means as many or more."""
    return (
        UnansweredQuestion.objects.filter(agent=agent, state=State.OPEN)
        .order_by()[:COUNTED]
        .count()
    )


def agents_with_questions(org: Organization) -> list[tuple[Agent, int]]:
    """The agents of `org` whose callers asked in vain, with their `open_count`.

    Most questions first. Archived agents learn nothing more.
    """
    found = UnansweredQuestion.objects.filter(agent=OuterRef("pk"), state=State.OPEN)
    counted = CountOf(found.order_by().values("pk")[:COUNTED])
    agents = org.agents.filter(archived_at=None).annotate(open_questions=counted)
    asked = agents.filter(open_questions__gt=0).order_by("-open_questions", "pk")
    return [(agent, agent.open_questions) for agent in asked]


def _open(agent: Agent) -> QuerySet[UnansweredQuestion]:
    found = UnansweredQuestion.objects.filter(agent=agent, state=State.OPEN)
    return found.select_related("call").order_by("-pk")
