"""Services for unanswered questions: add a fact that answers them, or dismiss them."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from accounts.members.access import record
from accounts.models import User
from agents.facts.gaps import gaps_in, with_fact
from agents.facts.lines import LONGEST_ANSWER, LONGEST_TOPIC, fact_line
from agents.models import Agent, AgentDraft
from agents.versions.drafts import draft_of, drafted, edit_draft
from agents.versions.preparing import atomic
from usage.models import UnansweredQuestion

__all__ = ["LONGEST_ANSWER", "LONGEST_TOPIC", "add_as_fact", "dismiss", "fact_line", "gaps_of"]

State = UnansweredQuestion.State


@atomic
def add_as_fact(
    agent: Agent,
    question_ids: Collection[int],
    *,
    topic: str,
    answer: str,
    view: str,
    actor: User,
    now: datetime,
    fills: str = "",
) -> AgentDraft | None:
    """Write a fact into the agent's draft, and close the questions that it answers.

    question_ids: of open questions of the agent. fills: one of `gaps_of`, which the fact fills
    in; "" for a new fact. view, the draft returned and ValidationError: as
    for `agents.versions.drafts.edit_draft`.
    """
    line = fact_line(topic, answer)
    written = drafted(agent, draft_of(agent)).facts
    facts = with_fact(written, line, gap=fills)
    draft = edit_draft(agent, actor=actor, view=view, facts=facts)
    _close(agent, question_ids, State.ADDED, actor=actor, now=now)
    record(agent.org, actor=actor, action="question.added", target=str(agent))
    return draft


def gaps_of(agent: Agent, draft: AgentDraft | None) -> list[str]:
    """The topics of the facts that wait to be filled in, in the draft or what is published."""
    return gaps_in(drafted(agent, draft).facts)


def dismiss(agent: Agent, question_ids: Collection[int], *, actor: User, now: datetime) -> None:
    """Close questions that need no answer; what asks the same later is dismissed at once."""
    with transaction.atomic():
        if _close(agent, question_ids, State.DISMISSED, actor=actor, now=now):
            record(agent.org, actor=actor, action="question.dismissed", target=str(agent))


def _close(
    agent: Agent, question_ids: Collection[int], state: State, *, actor: User, now: datetime
) -> int:
    questions = UnansweredQuestion.objects.filter(agent=agent, pk__in=question_ids)
    return questions.filter(state=State.OPEN).update(state=state, handled_at=now, handled_by=actor)
