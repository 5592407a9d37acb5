"""Sentences for the carrier's voice, in the agent's language: declined calls, lost streams.

Sessions say the reason themselves when they end a call. If a session could not, the carrier does,
whichever process answers its request: silence is only for calls whose caller is known to have heard
the goodbye.
"""

from dataclasses import dataclass

from telephony.spoken.languages import phrases_for
from voicex.errors import Declined
from voicex.reasons.ends import EndReason, LastWords


@dataclass(frozen=True, slots=True)
class CarrierSentence:
    """A sentence, and the language that the carrier speaks it in; "" for its default, English."""

    text: str
    language: str = ""


def farewell(reason: str, *, language: str) -> CarrierSentence | None:
    """What is said after a call that ended for `reason`; None when all was said.

    reason: a value of `EndReason`, "" while no process has written one. language: the agent's, as
    "de-AT".
    """
    known = EndReason.named(reason)
    last_words = known.last_words if known else LastWords.LOST
    if last_words is LastWords.SAID:
        return None
    phrases = phrases_for(language)
    text = phrases.ended if last_words is LastWords.ENDED else phrases.lost
    return CarrierSentence(text, phrases.carrier_language)


def decline(declined: Declined) -> CarrierSentence:
    """What a caller hears whom no agent answers."""
    phrases = phrases_for(declined.language)
    text = phrases.declines[declined.reason].replace("{why}", _clause(declined.why))
    return CarrierSentence(text, phrases.carrier_language)


def _clause(why: str) -> str:
    """`why` as a sentence behind another one, "" for nothing.

    Without line breaks and control characters: XML, and so TwiML, cannot hold most of them.
    """
    said = "".join(each for each in " ".join(why.split()) if each.isprintable())
    if said and said[-1] not in ".!?":
        said += "."
    return f" {said[:1].upper()}{said[1:]}" if said else ""
