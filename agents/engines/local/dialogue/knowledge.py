"""Finds the agent's facts by meaning; shared words decide between similar ones."""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines.local.dialogue.hearing import is_question, plain, question_in, stems
from agents.settings.config import Fact

# texts -> [n, dimensions], each of length 1; see agents.engines.local.embeddings.encode
Vectors = NDArray[np.float32]
Encoder = Callable[[Sequence[str]], Vectors]

# A fact is compared as its topic, its text and both.
VIEWS: Final = 3
# How much of what an agent's facts have in common is taken out of them (out of questions, all
# of it). In a bicycle shop every fact is near any question about bicycles; what sets the facts
# apart must decide.
COMMON_SHARE: Final = 0.7
# A fact nearer than this answers. Both were chosen on the "dev" part of
# benchmarks/answers.py, whose "test" part gives the rate to expect.
LIKENESS: Final = 0.19
# Facts this close to each other are told apart by the words they share with the question.
TIE: Final = 0.01
# With fewer facts, what they have in common is what they say. Facts of any business are then added,
# with the weight of two for each one that is missing.
ENOUGH_FACTS: Final = 5
STAND_INS: Final = 2
ANY_BUSINESS: Final = (
    "Opening hours: Monday to Friday 9 to 5",
    "Address: We are at 1 Main Street",
    "Prices: It costs $20",
    "Payment: We take cards and cash",
    "Parking: There is parking nearby",
    "Appointments: You can book a visit by phone",
    "Contact: Write to our e-mail address",
    "Services: This is what we offer",
)
QUESTIONS_KEPT: Final = 256
# A text of so few words ("$90") is not understood without its topic.
BARE_WORDS: Final = 3

# Said on every telephone, and taken by the embedding for something else.
_USUAL_WORDS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern), usual)
    for pattern, usual in (
        (r"\b(?:visa|mastercard|master card|amex|american express)\b", "credit card"),
        (
            r"^(?:where (?:are|r|is|can i find|do i find) (?:you|the \w+|your \w+)|"
            r"what(?:'s| is) (?:your|the) address|(?:your |the )?address|directions|"
            r"(?:how do|how can|how would) (?:i|we) (?:get to|find|get|reach) (?:you|there))"
            r"(?: guys| located| at| please)*$",
            "what street are you on and how do i get there",
        ),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """A fact and how well it fits a question; 1.0 is the question itself."""

    fact: Fact
    score: float


class Knowledge:
    """Facts that can be asked for. Blocking: questions not heard before are encoded."""

    def __init__(self, facts: tuple[Fact, ...], encode: Encoder) -> None:
        self.facts = facts
        self._encode = encode
        self._words = [stems(f"{fact.topic} {fact.text}") for fact in facts]
        views = [view for f in facts for view in (f.topic, f.text, f"{f.topic}: {f.text}")]
        encoded = encode([*views, *ANY_BUSINESS]) if facts else np.zeros((0, 0), np.float32)
        self._vectors, self._common = _set_apart(encoded, len(facts))
        # Each turn understands the earlier ones anew; only their encoding is kept.
        self._questions: dict[str, Vectors] = {}

    def saying(self, facts: tuple[Fact, ...]) -> "Knowledge":
        """The same, which answers with others of `facts`: one for each, in order."""
        other = copy(self)
        other.facts = facts
        return other

    def read(self, clauses: Sequence[str]) -> dict[str, Vectors]:
        """Encode several clauses at once, which takes little longer than one."""
        known = self._questions if len(self._questions) < QUESTIONS_KEPT else {}
        new = [q for q in map(_asked_in, clauses) if q and q not in known]
        if new:
            known = known | dict(zip(new, self._encode(new), strict=True))
            self._questions = known
        return known

    def find(self, clause: str) -> Match | None:
        """The fact that answers `clause`, or None when no fact is near enough."""
        question = _asked_in(clause)
        if not question or not self.facts:
            return None
        vector = self.read([clause])[question]
        vector = vector - (vector @ self._common) * self._common
        scores = self._vectors @ vector
        near = np.flatnonzero(scores >= max(LIKENESS, scores.max() - TIE))
        if not len(near):
            return None
        asked = stems(question)
        best = max(near, key=lambda i: (len(asked & self._words[i]), scores[i]))
        return Match(self.facts[best], float(scores[best]))


def _set_apart(encoded: Vectors, count: int) -> tuple[Vectors, Vectors]:
    """One vector a fact, from its views without what all facts have in common, and the
    direction of the latter. encoded: the views of `count` facts, then ANY_BUSINESS."""
    if not count:
        return encoded, encoded
    views, strangers = encoded[: count * VIEWS], encoded[count * VIEWS :]
    missing = STAND_INS * max(0, ENOUGH_FACTS - count)
    mean = (count * views.mean(axis=0) + missing * strangers.mean(axis=0)) / (count + missing)
    apart = views - COMMON_SHARE * mean
    apart /= np.linalg.norm(apart, axis=1, keepdims=True)
    by_fact = apart.reshape(count, VIEWS, -1)
    return by_fact.mean(axis=1), mean / np.linalg.norm(mean)


def usual_words(question: str) -> str:
    """A plain question in words that the embedding understands better."""
    for pattern, usual in _USUAL_WORDS:
        question = pattern.sub(usual, question)
    return question


def _asked_in(clause: str) -> str:
    return usual_words(question_in(plain(clause)))


def spoken(fact: Fact) -> str:
    """A fact as a sentence: its text, with a capital and a full stop, else unchanged."""
    text = fact.text.strip()
    is_bare = len(text.split()) <= BARE_WORDS and fact.topic != fact.text
    if is_bare and not is_question(plain(fact.topic)) and text[-1:] not in ".!?":
        text = f"{fact.topic.strip()}: {text}"
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
