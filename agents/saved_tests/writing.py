"""Tests saved and deleted by members; each with its entry of the audit log."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.members.access import record
from accounts.models import User
from agents.models import Agent
from agents.saved_tests import limits
from agents.saved_tests.expectations import lines_of
from agents.saved_tests.models import SavedTest
from agents.versions.publishing import lock_agent
from voicex.database.storable import storable_text

FIELDS: Final = ("name", "questions", "must", "must_not", "judge", "is_required")


@transaction.atomic
def save(
    agent: Agent,
    *,
    name: str,
    questions: str,
    must: str,
    must_not: str,
    judge: str,
    is_required: bool,
    actor: User | None,
    test: SavedTest | None = None,
) -> SavedTest:
    """Store a test of the agent, as a new one or in place of what `test` was.

    Raises ValidationError by field.
    """
    saved = test or SavedTest(agent=agent)
    saved.name = " ".join(storable_text(name).split())
    for field, text in (("questions", questions), ("must", must), ("must_not", must_not)):
        setattr(saved, field, "\n".join(lines_of(storable_text(text))))
    saved.judge = " ".join(storable_text(judge).split())
    saved.is_required = is_required
    saved.updated_by = actor
    if problems := _problems_of(saved):
        raise ValidationError(problems)
    locked = lock_agent(agent)  # so that two requests do not both find room for the last one
    if test is None and SavedTest.objects.filter(agent=locked).count() >= limits.TESTS:
        raise ValidationError({"name": _("At most %(limit)d tests") % {"limit": limits.TESTS}})
    saved.save()
    action = "saved_test.created" if test is None else "saved_test.changed"
    record(agent.org, actor=actor, action=action, target=f"{saved.name} ({agent})")
    return saved


@transaction.atomic
def delete(test: SavedTest, *, actor: User | None) -> None:
    """Delete the test; what came of it in runs stays."""
    agent = test.agent
    record(agent.org, actor=actor, action="saved_test.deleted", target=f"{test.name} ({agent})")
    test.delete()


def _problems_of(test: SavedTest) -> dict[str, str]:
    found = {}
    if not test.name or len(test.name) > limits.NAME:
        found["name"] = _("Enter a name of up to %(limit)d characters.") % {"limit": limits.NAME}
    questions = lines_of(test.questions)
    if not 1 <= len(questions) <= limits.QUESTIONS:
        said = _("Enter 1 to %(limit)d questions, one per line.")
        found["questions"] = said % {"limit": limits.QUESTIONS}
    elif any(len(each) > limits.QUESTION for each in questions):
        said = _("At most %(limit)d characters per line.")
        found["questions"] = said % {"limit": limits.QUESTION}
    for field in ("must", "must_not"):
        lines = lines_of(getattr(test, field))
        if len(lines) > limits.EXPECTATIONS:
            found[field] = _("At most %(limit)d lines") % {"limit": limits.EXPECTATIONS}
        elif any(len(each) > limits.EXPECTATION for each in lines):
            said = _("At most %(limit)d characters per line.")
            found[field] = said % {"limit": limits.EXPECTATION}
    if len(test.judge) > limits.JUDGE:
        found["judge"] = _("At most %(limit)s characters") % {"limit": limits.JUDGE}
    if not (test.must or test.must_not or test.judge):
        found["must"] = _("Say what the answer must have, must not have, or has to meet.")
    return found
