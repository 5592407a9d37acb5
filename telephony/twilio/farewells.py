"""What the carrier says to a caller whose stream has ended, in the agent's language. Pure.

A session says itself why it ends a call, wherever it can. What it could not say the carrier says
in its own voice, whichever process is asked and whoever of them wrote first: silence is only for
a call of which it is known that its caller has heard the last word.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

# The reasons of a session that has said goodbye, and waited until it was heard.
SAID: Final = frozenset({"agent_hung_up", "caller_silent", "restarting"})
# A member or a revoked key ended these: no fault that another call would not meet.
_ENDED: Final = frozenset({"hung_up_by_member", "key_revoked", "access_lost"})


@dataclass(frozen=True, slots=True)
class Farewell:
    """A sentence, and the language that the carrier speaks it in; "" for its default, English."""

    sentence: str
    language: str = ""


LOST: Final = MappingProxyType(
    {
        "en": Farewell(
            "We are sorry, the connection to our assistant was lost. Please call again. Goodbye."
        ),
        "de": Farewell(
            "Entschuldigung, die Verbindung zu unserem Assistenten ist abgebrochen. "
            "Bitte rufen Sie noch einmal an. Auf Wiederhören.",
            "de-DE",
        ),
    }
)
ENDED: Final = MappingProxyType(
    {
        "en": Farewell("This call has to end here. Thank you for calling. Goodbye."),
        "de": Farewell(
            "Dieser Anruf muss hier enden. Danke für Ihren Anruf. Auf Wiederhören.", "de-DE"
        ),
    }
)


def farewell(reason: str, *, language: str) -> Farewell | None:
    """What is said after a call that ended for `reason`; None when all was said.

    reason: a static name, "" while no process has written one. language: the agent's, as "de-AT".
    """
    if reason in SAID:
        return None
    sentences = ENDED if reason in _ENDED else LOST
    return sentences.get(language.split("-")[0].lower(), sentences["en"])
