"""Finds the agent's facts by meaning; shared words decide between similar ones."""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from agents.engines.local.dialogue.hearing import is_question, plain, question_in, stems
from agents.hours.asked import OF_HOURS, OPEN_NOW, OTHER_DAYS, TOMORROW, WHEN_OPEN, topics_for
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
NOT_COMPARED: Final = -1.0
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
_CARDS: Final = re.compile(r"\b(?:visa|mastercard|master card|amex|american express)\b")
_ANY_CARD: Final = "credit card"
_WHERE: Final = re.compile(
    r"^(?:where (?:are|r|is|can i find|do i find) (?:you|(?:the|your) (?P<part>\w+))|"
    r"what(?:'s| is) (?:your|the) address|(?:your |the )?address|directions|"
    r"(?:how do|how can|how would) (?:i|we) (?:get to|find|get|reach) (?:you|there))"
    r"(?: guys| located| at| please)*$"
)
_ANY_WHERE: Final = "where are you and what is your address"
_HOUSE: Final = (
    r"(?:office|shop|store|practice|clinic|restaurant|place|salon|studio|business|company|"
    r"building|hotel|bar|house|location|branch)"
)
_OF_ADDRESS: Final = re.compile(
    r"^(?!.*\b(?:e-?mail|web|mailing)\b).*\b(?:address|find (?:us|you)|located|location|"
    r"where are you|directions|how (?:to|do i|can i) (?:get|find|reach)|getting (?:here|there)|"
    rf"where is (?:the|your) {_HOUSE})\b"
)


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
        self._places = {fact.topic: place for place, fact in enumerate(facts)}
        topics = [(place, fact.topic.lower()) for place, fact in enumerate(facts)]
        self._of_house = [self._places[topic] for topic in OF_HOURS if topic in self._places]
        self._own_hours = [p for p, t in topics if "hours" in t and p not in self._of_house]
        self._of_address = [p for p, t in topics if _OF_ADDRESS.search(t)]
        others = (words for p, words in enumerate(self._words) if p not in self._of_address)
        self._words_of_others = frozenset[str]().union(*others)
        # Whatever is to be tomorrow is near that fact: its question is known by its words alone.
        self._compared = [p for p, fact in enumerate(facts) if fact.topic != TOMORROW]
        compared = [facts[place] for place in self._compared]
        views = [view for f in compared for view in (f.topic, f.text, f"{f.topic}: {f.text}")]
        encoded = encode([*views, *ANY_BUSINESS]) if compared else np.zeros((0, 0), np.float32)
        self._vectors, self._common = _set_apart(encoded, len(compared))
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
        new = [q for q in map(self._asked_in, clauses) if q and q not in known]
        if new:
            known = known | dict(zip(new, self._encode(new), strict=True))
            self._questions = known
        return known

    def find(self, clause: str) -> Match | None:
        """The fact that answers `clause`, or None when no fact is near enough."""
        question = self._asked_in(clause)
        if not question or not self.facts:
            return None
        vector = self.read([clause])[question]
        vector = vector - (vector @ self._common) * self._common
        scores = np.full(len(self.facts), NOT_COMPARED, np.float32)
        scores[self._compared] = self._vectors @ vector
        if question == _ANY_WHERE and self._of_address:
            best: int | None = max(self._of_address, key=lambda place: scores[place])
        else:
            best = self._meant(question, scores)
        return None if best is None else Match(self.facts[best], float(scores[best]))

    def _meant(self, question: str, scores: Vectors) -> int | None:
        """The place of the nearest fact; of those about the opening hours, of the one that words
        choose. An owner's own fact that is nearer stays."""
        asked = stems(question)
        best = self._nearest(asked, scores)
        if OPEN_NOW not in self._places or best not in (None, *self._of_house, *self._own_hours):
            return best
        others = self._places.get(OTHER_DAYS)
        topics = topics_for(question, self.facts[others].text if others is not None else "")
        for topic in topics:
            if topic in self._places:
                return self._places[topic]
            if topic == WHEN_OPEN and self._own_hours:
                return best if best in self._own_hours else self._own_hours[0]
        if topics:
            scores = scores.copy()
            scores[self._of_house] = NOT_COMPARED
            return self._nearest(asked, scores)
        return best

    def _nearest(self, asked: frozenset[str], scores: Vectors) -> int | None:
        near = np.flatnonzero(scores >= max(LIKENESS, scores.max() - TIE))
        return max(
            map(int, near), key=lambda i: (len(asked & self._words[i]), scores[i]), default=None
        )

    def _asked_in(self, clause: str) -> str:
        """What is asked, in words that the embedding understands better."""
        question = _CARDS.sub(_ANY_CARD, question_in(plain(clause)))
        found = _WHERE.match(question)
        if found is None:
            return question
        part = found["part"] or ""
        is_of_house = not part or re.fullmatch(_HOUSE, part)
        # "Where is the parking" is asked of a fact about parking, if there is one.
        is_other = not is_of_house and stems(part) & self._words_of_others
        return question if is_other else _ANY_WHERE


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


def spoken(fact: Fact) -> str:
    """A fact as a sentence: its text, with a capital and a full stop, else unchanged."""
    text = fact.text.strip()
    is_bare = len(text.split()) <= BARE_WORDS and fact.topic != fact.text
    if is_bare and not is_question(plain(fact.topic)) and text[-1:] not in ".!?":
        text = f"{fact.topic.strip()}: {text}"
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
