"""What members do with questions without an answer: a fact that answers them, or nothing at all."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import User
from agents.models import Agent, AgentDraft
from agents.versions.drafts import draft_of, drafted, edit_draft
from agents.versions.preparing import atomic
from usage.models import UnansweredQuestion

State = UnansweredQuestion.State
# What a fact's topic may be long, so that its line is read as one (`agents.settings.config`).
LONGEST_TOPIC: Final = 120
LONGEST_ANSWER: Final = 1_000


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
) -> AgentDraft | None:
    """Write a fact into the agent's draft, and close the questions that it answers.

    question_ids: of open questions of the agent. view, the draft returned and ValidationError: as
    for `agents.versions.drafts.edit_draft`.
    """
    line = fact_line(topic, answer)
    written = drafted(agent, draft_of(agent)).facts
    facts = f"{written.rstrip()}\n{line}" if written.strip() else line
    draft = edit_draft(agent, actor=actor, view=view, facts=facts)
    _close(agent, question_ids, State.ADDED, actor=actor, now=now)
    record(agent.org, actor=actor, action="question.added", target=str(agent))
    return draft


def dismiss(agent: Agent, question_ids: Collection[int], *, actor: User, now: datetime) -> None:
    """Close questions that need no answer; what asks the same later is dismissed at once."""
    with transaction.atomic():
        if _close(agent, question_ids, State.DISMISSED, actor=actor, now=now):
            record(agent.org, actor=actor, action="question.dismissed", target=str(agent))


def fact_line(topic: str, answer: str) -> str:
    """A fact as the editor has it, on one line. Raises ValidationError by field of a form."""
    topic, answer = " ".join(topic.split()), " ".join(answer.split())
    problems = {}
    if not topic or len(topic) > LONGEST_TOPIC:
        said = _("Enter a question of up to %(limit)d characters.")
        problems["topic"] = said % {"limit": LONGEST_TOPIC}
    elif ": " in topic or topic[0] in "-*":
        problems["topic"] = _("Write the question without a colon, and without a bullet.")
    if not answer or len(answer) > LONGEST_ANSWER:
        said = _("Enter an answer of up to %(limit)d characters.")
        problems["answer"] = said % {"limit": LONGEST_ANSWER}
    if problems:
        raise ValidationError(problems)
    return f"{topic}: {answer}"


def _close(
    agent: Agent, question_ids: Collection[int], state: State, *, actor: User, now: datetime
) -> int:
    questions = UnansweredQuestion.objects.filter(agent=agent, pk__in=question_ids)
    return questions.filter(state=State.OPEN).update(state=state, handled_at=now, handled_by=actor)
