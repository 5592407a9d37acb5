"""Stores the questions found by an analysis, replacing those of an earlier one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from agents.analysis import unknown
from agents.analysis.gathering import is_like_one_of
from usage.models import Call, UnansweredQuestion
from voicex.database.storable import storable_text

State = UnansweredQuestion.State
COMPARED: Final = 200  # dismissed questions of the agent, the latest


def keep(call: Call, questions: Sequence[str], *, now: datetime) -> None:
    """Keep the `questions` of a call; those of it that a member has handled stay as they are.

    What asks the same as one that was dismissed is dismissed as well. The caller has locked the
    call's row, or writes it for the first time.
    """
    UnansweredQuestion.objects.filter(call=call, state=State.OPEN).delete()
    handled = list(UnansweredQuestion.objects.filter(call=call).values_list("number", "text"))
    new = [each for each in questions if each not in {text for _number, text in handled}]
    if not new:
        return
    dismissed = UnansweredQuestion.objects.filter(agent=call.agent_id, state=State.DISMISSED)
    unwanted = list(dismissed.order_by("-pk").values_list("text", flat=True)[:COMPARED])
    first = max((number for number, _text in handled), default=0) + 1
    UnansweredQuestion.objects.bulk_create(
        UnansweredQuestion(
            call=call,
            agent_id=call.agent_id,
            number=number,
            text=storable_text(text)[: unknown.LONGEST],
            asked_at=call.opened_at,
            state=State.DISMISSED if unwanted and is_like_one_of(text, unwanted) else State.OPEN,
            handled_at=None,
        )
        for number, text in enumerate(new[: unknown.MOST], first)
    )
