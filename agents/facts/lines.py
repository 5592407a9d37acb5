"""The text form of a fact: one line."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# What a fact's topic may be long, so that its line is read as one (`agents.settings.config`).
LONGEST_TOPIC: Final = 120
LONGEST_ANSWER: Final = 1_000


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
