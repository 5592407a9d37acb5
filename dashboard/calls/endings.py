"""The reason for the end of a caller's turn, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agents.speech.turns.reasons import Reason

REASONS: Final[Mapping[str, str | Promise]] = {
    Reason.FINISHED: _("complete sentence"),
    Reason.QUESTION: _("caller asked a question"),
    Reason.CLOSING: _("closing words"),
    Reason.ANSWERED: _("caller answered the question"),
    Reason.NO_WORDS: _("no words understood"),
    Reason.NO_TEXT: _("transcription took too long"),
    Reason.STATEMENT: _("caller often pauses"),
    Reason.FRAGMENT: _("only a few words"),
    Reason.GREETING: _("only a greeting"),
    Reason.ACKNOWLEDGEMENT: _("only a word like “okay”"),
    Reason.CONNECTIVE: _("ended with a word like “and”"),
    Reason.FILLER: _("ended with a word like “um”"),
    Reason.OPEN_PHRASE: _("incomplete sentence"),
    Reason.PERHAPS_OPEN: _("sentence may be incomplete"),
    Reason.NUMBER: _("number may be incomplete"),
    Reason.SPELLING: _("caller was spelling"),
    Reason.EMAIL: _("email address may be incomplete"),
    Reason.NAME: _("name may be incomplete"),
    Reason.ADDRESS: _("address may be incomplete"),
}


@dataclass(frozen=True, slots=True)
class Ending:
    """wait_ms: how much silence ended the turn; why: the reason in words.

    finished_percent: the probability that it sounded finished; None if not computed.
    """

    wait_ms: int
    why: str | Promise
    finished_percent: int | None = None


def ending_of(endpoint: Mapping[str, Any] | None) -> Ending | None:
    """The stored end of a turn (`Turn.endpoint`); None without one."""
    why = REASONS.get(endpoint.get("reason", "")) if endpoint else None
    if not endpoint or not why:
        return None
    return Ending(endpoint["wait_ms"], why, endpoint.get("finished_percent"))
