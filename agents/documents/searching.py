"""Searches passages by the words of a question (BM25) and by its meaning (vectors). Pure.

Words are compared without endings, and some are taken for one, as questions of callers are gathered
(`agents.analysis.gathering`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import lru_cache
from math import log
from typing import Final

from agents.analysis.gathering import terms_of
from agents.documents.passages import Passage

MOST_FOUND: Final = 3
QUESTION: Final = 500  # characters of a question that are read
# The usual ones: how soon a word that is repeated counts no more, and what length counts.
_K1: Final = 1.2
_B: Final = 0.75


class Index:
    """The words of some passages."""

    def __init__(self, passages: tuple[Passage, ...]) -> None:
        self._passages = passages
        self._by_word: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        self._lengths: list[int] = []
        for number, passage in enumerate(passages):
            terms = terms_of(f"{passage.title}\n{passage.text}")
            self._lengths.append(len(terms))
            for term, count in Counter(terms).items():
                self._by_word[term].append((number, count))
        self._usual = sum(self._lengths) / len(passages) if passages else 1.0

    def find(self, question: str, near: Mapping[int, float] | None = None) -> list[Passage]:
        """The passages that fit a question best, at most MOST_FOUND.

        near: how like the question the passages are that mean the same, by number; 1.0 is the most.
        Without it there are none that share no word. A passage that has all of the question's
        words counts as much as one that is the most like it: so a rare word, such as the number of
        an order or a name, is found whatever else is near.
        """
        scores = defaultdict(float, self._by_words(question[:QUESTION]))
        for number, likeness in (near or {}).items():
            scores[number] += likeness
        best = sorted(scores, key=lambda number: (-scores[number], number))
        return [self._passages[number] for number in best[:MOST_FOUND]]

    def _by_words(self, question: str) -> dict[int, float]:
        """How much of a question's words passages have; 1.0 for about all of them, once."""
        scores: defaultdict[int, float] = defaultdict(float)
        total, asked = len(self._passages), 0.0
        for term in set(terms_of(question)):
            places = self._by_word.get(term, ())
            rarity = log(1 + (total - len(places) + 0.5) / (len(places) + 0.5))
            asked += rarity
            for number, count in places:
                length = self._lengths[number] / self._usual if self._usual else 1.0
                damped = count + _K1 * (1 - _B + _B * length)
                scores[number] += rarity * count * (_K1 + 1) / damped
        return {number: score / asked for number, score in scores.items()}


@lru_cache(64)  # that of 60,000 characters takes 1 MB
def index_of(passages: tuple[Passage, ...]) -> Index:
    """The index of an agent's passages, made once in a process.

    It takes some ms: `telephony.admission.preparation` has it made before a question asks for it.
    """
    return Index(passages)
