"""Judges whether a sound over the agent's voice is a barge-in, by the evidence so far. Pure.

    evidence = Evidence(lasted_ms=416, words=Words.CLAIM, words_ms=416)
    judged(evidence, BALANCED)  # Verdict.CLAIMS

The agent keeps talking while the verdict is WAITS; each new piece of evidence is judged again.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agents.speech.interruption.acknowledgements import Words

# A sound of which so little has a pitch is a cough, a breath or a knock: vowels are half of speech.
VOICED_SHARE: Final = 1 / 3
# Of a voice that speaks into the first words of an answer: its own turn had not ended.
EARLY_MS: Final = 96
# What a recogniser says of less is no proof that there are no words: the first may be half said.
LEAST_EMPTY_MS: Final = 400
# Of the recogniser's silence about a sound that has ended: then the agent yields, as to words.
SLOW_MS: Final = 600


class Verdict(StrEnum):
    """How the agent reacts to a sound over its voice."""

    WAITS = "waits"  # not known yet: the agent keeps talking
    CLAIMS = "claims"  # the caller wants the floor: the agent stops
    PASSES = "passes"  # it is over, and was no more than a sign of listening, or a noise


@dataclass(frozen=True, slots=True)
class Bounds:
    """How easily a caller interrupts the agent.

    peeks_ms: how long a sound has lasted when it is first transcribed. It is transcribed again
    after each half of that time; once it has lasted twice as long, after each whole or later.
    claim_ms: a sound whose words are unknown interrupts when it has lasted so long;
    expected_ms: the same after a question, which a sound most likely answers.
    least_words: fewer words do not interrupt, unless the sound is over or they are hard stops.
    """

    peeks_ms: int
    claim_ms: int
    expected_ms: int
    least_words: int


# "Okay" and "mm-hmm" last 300 to 550 ms; of sentences more than nine in ten last longer than 700.
# First words are in a transcription of 200 ms where the recogniser hears the 240 before it too.
BALANCED: Final = Bounds(peeks_ms=192, claim_ms=704, expected_ms=384, least_words=1)
PATIENT: Final = Bounds(peeks_ms=288, claim_ms=1_216, expected_ms=576, least_words=2)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about a sound over the agent's voice.

    lasted_ms: duration by voice activity. voiced_ms: how much of it has a pitch; None if not
    measured. words: their kind; None if unknown. words_ms: how much of the sound was transcribed.
    number: how many words. is_over: the sound has ended; is_whole: all of it was transcribed.
    is_echo: it repeats what the agent said a moment ago. is_faint: it is far below the caller's
    usual voice. is_expected: the agent has just asked something; is_early: its answer has just
    begun. waited_ms: time since the caller fell silent.
    """

    lasted_ms: int = 0
    voiced_ms: int | None = None
    words: Words | None = None
    words_ms: int = 0
    number: int = 0
    is_hard_stop: bool = False
    is_over: bool = False
    is_whole: bool = False
    is_echo: bool = False
    is_faint: bool = False
    is_expected: bool = False
    is_early: bool = False
    waited_ms: int = 0

    @property
    def has_voice(self) -> bool:
        """Whether the sound may be speech, as far as it was measured."""
        return self.voiced_ms is None or self.voiced_ms >= VOICED_SHARE * self.lasted_ms


def judged(evidence: Evidence, bounds: Bounds) -> Verdict:
    """How the agent reacts to the sound, by the evidence so far."""
    if _claims(evidence, bounds):
        return Verdict.CLAIMS
    return Verdict.PASSES if evidence.is_over and evidence.is_whole else Verdict.WAITS


def _claims(evidence: Evidence, bounds: Bounds) -> bool:
    if evidence.is_hard_stop:
        return True
    if evidence.is_echo or evidence.is_faint:
        return False
    if evidence.words is Words.CLAIM:
        return evidence.is_whole or evidence.number >= bounds.least_words
    if evidence.words is Words.ACKNOWLEDGEMENT and evidence.is_expected:
        return True
    if evidence.is_whole or not evidence.has_voice:
        return False
    if evidence.is_early and evidence.voiced_ms is not None and evidence.lasted_ms >= EARLY_MS:
        return True
    return _lasts(evidence, bounds) or evidence.waited_ms >= SLOW_MS


def _lasts(evidence: Evidence, bounds: Bounds) -> bool:
    """Whether so much sound has not been transcribed that it must contain words."""
    nothing_yet = evidence.words is None or (
        evidence.words is Words.NONE and evidence.words_ms < LEAST_EMPTY_MS
    )
    known_ms = 0 if nothing_yet else evidence.words_ms
    longest_ms = bounds.expected_ms if evidence.is_expected else bounds.claim_ms
    return evidence.lasted_ms - known_ms >= longest_ms
