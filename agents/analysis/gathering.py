"""Groups similar questions of callers. Pure.

Two are the same when they share most of the words that say what is asked; rare words count somewhat
more, as in BM25. What every question is made of counts nothing, and some words are taken for one.
The newest question speaks for its group.

Vectors of sentences (all-MiniLM-L6-v2) do not tell them apart better: of 22 pairs, those that ask
the same have likenesses of 0.30 to 0.90, and others ("sell skis", "rent skis") 0.38 to 0.82.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import log
from typing import Final, Generic, TypeVar

from agents.speech.turns.words import words

MOST: Final = 300  # questions that are gathered at once
WORDS: Final = 16  # of a question that are compared
LONGEST: Final = 500  # characters of one that are read
TOPICS: Final = 400  # that are counted at once, and texts
TEXTS: Final = 2_000
LIKE: Final = 0.6  # of the weight of both
RARE: Final = 0.15  # what each power of e counts by which a word is rarer
# Of the groups that share a word with a question, those that share most.
_FOUND: Final = 60
_COMPARED: Final = 12

Key = TypeVar("Key", bound=Hashable)

_WORD: Final = re.compile(r"[^\W_]+")
_EMPTY: Final = words("""
    accept accepted allow allowed available bring take possible a an and any are as at be been
    but by can could did do does doing for from get had has have he her here him his how i if in
    is it its let like me may my of on or our please she should so some tell than that the their
    them then there these they this those to us very want was we were what when where which who
    whom why will with would you your d ll m re s t ve aber alle als am an auch auf aus bei bin
    bis bitte da damit dann das dass dem den denn der des die dies diese doch dort du ein eine
    einem einen einer eines er es für gibt haben habe hat hier ich ihr ihre ihnen im in ist ja
    kann können könnte man mich mir mit möchte nach nicht noch nur oder ob sein sich sie sind so
    und uns unser vom von vor wann war warum was welche wenn wer werden wie wir wird wo zu zum
    zur
""")
_SAME: Final = {
    word: alike[0]
    for alike in (
        ("price", "prices", "cost", "costs", "much", "expensive", "charge", "fee", "fees"),
        ("preis", "preise", "kostet", "kosten", "teuer"),
        ("sell", "sold", "buy"),
        ("hours", "opening", "open", "close", "closing", "closed"),
        ("address", "located", "location", "directions"),
        ("parking", "parkplatz", "parkplätze", "park", "parken"),
        ("booking", "book", "reservation", "reserve", "appointment"),
    )
    for word in alike
}
_ENDINGS: Final = ("ings", "ing", "ies", "es", "ed", "en", "er", "s", "e", "n")
_SHORTEST_STEM: Final = 3


@dataclass(slots=True)
class Group(Generic[Key]):
    """Questions that ask the same, newest first. text: of the newest."""

    text: str
    keys: list[Key] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # in other words, each once


def words_of(text: str) -> frozenset[str]:
    """The words of a question that say what it asks, without endings; all of few."""
    found = [word for word in _WORD.findall(text[:LONGEST].casefold()) if len(word) < 40]
    telling = [word for word in found if word not in _EMPTY] or found
    return frozenset(_SAME.get(word) or _stem(word) for word in telling[:WORDS])


def terms_of(text: str) -> list[str]:
    """Each word of any text that says something, without endings, as often as it is there."""
    found = (word for word in _WORD.findall(text.casefold()) if len(word) < 40)
    return [_SAME.get(word) or _stem(word) for word in found if word not in _EMPTY]


def gathered(questions: Sequence[tuple[Key, str]]) -> list[Group[Key]]:
    """The groups of the first MOST questions (newest first), the largest first."""
    read = [(key, text, words_of(text)) for key, text in questions[:MOST]]
    weights = _weights(said for _key, _text, said in read)
    groups: list[Group[Key]] = []
    known = _Known(weights)
    for key, text, said in read:
        index = known.like(said)
        if index is None:
            known.add(said)
            groups.append(Group(text, [key]))
            continue
        group = groups[index]
        group.keys.append(key)
        if text != group.text and text not in group.others:
            group.others.append(text)
    return sorted(groups, key=lambda group: -len(group.keys))


def is_like_one_of(text: str, others: Iterable[str]) -> bool:
    """Whether a question asks what one of `others` asks."""
    said, known = words_of(text), [words_of(each) for each in islice(others, MOST)]
    found = _Known(_weights([said, *known]))
    for each in known:
        found.add(each)
    return found.like(said) is not None


def matched(topics: Sequence[str], texts: Iterable[str]) -> Counter[int]:
    """How many of `texts` ask what each topic says, by its number; each text counts for one.

    A topic may have several questions, each with its mark. A text asks one when it has all of its
    words, or when the two are alike.
    """
    asked = [
        (number, said)
        for number, topic in enumerate(topics[:TOPICS])
        for said in {words_of(each) for each in topic[:LONGEST].split("?") if each.strip()}
        if said
    ]
    by_word: defaultdict[str, list[int]] = defaultdict(list)
    for place, (_number, said) in enumerate(asked):
        for word in said:
            by_word[word].append(place)
    found: Counter[int] = Counter()
    for text in islice(texts, TEXTS):
        heard = words_of(text)
        shared: Counter[int] = Counter()
        for word in heard:
            shared.update(by_word.get(word, ()))
        best, most = None, 0.0
        for place, count in shared.items():
            number, said = asked[place]
            likeness = 2 * count / (len(said) + len(heard))
            if likeness > most and (count == len(said) or likeness >= LIKE):
                best, most = number, likeness
        if best is not None:
            found[best] += 1
    return found


class _Known:
    """Questions by their words. weights: of each word."""

    def __init__(self, weights: dict[str, float]) -> None:
        self._weights = weights
        self._said: list[frozenset[str]] = []
        self._weight: list[float] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, said: frozenset[str]) -> None:
        """Let another question be known, by the next number."""
        for word in said:
            self._by_word[word].append(len(self._said))
        self._said.append(said)
        self._weight.append(self._sum(said))

    def like(self, said: frozenset[str]) -> int | None:
        """The number of the question that is most like this one, if one is like it."""
        shared: Counter[int] = Counter()
        for word in said:
            shared.update(self._by_word.get(word, ())[-_FOUND:])
        weight, best, most = self._sum(said), None, 0.0
        for index, _count in shared.most_common(_COMPARED):
            both = weight + self._weight[index]
            likeness = 2 * self._sum(said & self._said[index]) / both if both else 0.0
            if likeness > most:
                best, most = index, likeness
        return best if most >= LIKE else None

    def _sum(self, said: frozenset[str]) -> float:
        return sum(self._weights[word] for word in said)


def _weights(questions: Iterable[frozenset[str]]) -> dict[str, float]:
    """What each word counts: the more, the fewer questions have it."""
    counted: Counter[str] = Counter()
    total = 0
    for said in questions:
        counted.update(said)
        total += 1
    return {word: 1 + RARE * log(total / count) for word, count in counted.items()}


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word
