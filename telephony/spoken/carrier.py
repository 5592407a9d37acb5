"""What the carrier says in its own voice, in the agent's language: no agent, or a lost stream.

A session says itself why it ends a call, wherever it can. What it could not say the carrier says,
whichever process is asked and whichever wrote first: silence is only for a call of which it is
known that its caller has heard the last word.
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
