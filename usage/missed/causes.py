"""The causes of unanswered calls in the reader's language, with remedies."""

from django.utils.translation import gettext as _

from agents.engines import registry
from voicex.reasons.unanswered import CAUSES


def cause_in_words(cause: str, detail: str) -> str:
    """What went wrong, as the end of a sentence; detail: engines, with commas between."""
    known = CAUSES.get(cause)
    if known is None:  # of another release
        return cause.replace("_", " ")
    titles = (registry.title_of(name) for name in detail.split(",") if name)
    return _(known[0]) % {"detail": ", ".join(titles) or _("a provider")}


def remedy_of(cause: str) -> str:
    """What to do about it, "" for a cause of another release."""
    known = CAUSES.get(cause)
    return _(known[1]) if known else ""
