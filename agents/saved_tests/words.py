"""What came of a test, in the reader's language."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.saved_tests.expectations import Kind
from agents.saved_tests.models import TestResult

_SAID: Final[dict[Kind, str | Promise]] = {
    Kind.MISSING: _("Not in the answer: “%(text)s”."),
    Kind.FORBIDDEN: _("In the answer, but must not be: “%(text)s”."),
    Kind.JUDGED: _("The requirement isn’t met: %(text)s"),
    Kind.BROKEN: _("Not completed: %(text)s"),
}
# What `usage.saved_tests` says of a test that it could not complete, by name.
BROKEN: Final[dict[str, str | Promise]] = {
    "time": _("the answer took too long."),
    "engine": _("the language model couldn’t be reached."),
    "no_judge": _("the agent’s language model can’t judge answers."),
    "verdict": _("the language model gave no verdict."),
}


def problems_in_words(result: TestResult) -> list[str]:
    """What is wrong, a sentence each."""
    found = []
    for kind, text in result.problems:
        named = str(BROKEN.get(text, text)) if kind == Kind.BROKEN else text
        found.append(str(_SAID[Kind(kind)]) % {"text": named})
    return found
