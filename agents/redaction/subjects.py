"""Of which numbers a text speaks: a card's, a telephone's, another one that is named."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from agents.redaction.cues import Cue

_SENTENCE_ENDS: Final = re.compile(r"[.?!;](?=\s|$)")
# "And now your order number, please.", but not "Thanks, I have your order number."
_REQUESTS: Final = re.compile(
    r"\b(?:please|give|tell|read|need|say|enter|type|what|which|bitte|nennen|sagen|geben|brauche|"
    r"brauchen|welche|wie)\b",
    re.IGNORECASE,
)
_HAS: Final = re.compile(r"\b(?:have|got|found|see|habe|haben|sehe)\b", re.IGNORECASE)
_ACCOUNT: Final = re.compile(r"account|konto|iban", re.IGNORECASE)  # cards have them, too
_SUBJECTS: Final = frozenset((Cue.CARD, Cue.TELEPHONE, Cue.NAMED))


class Subject(NamedTuple):
    """What is spoken of, and where. is_asked: the text asks for that number."""

    cue: Cue
    at: int
    is_asked: bool = False


def subjects_in(text: str, cues: Sequence[tuple[Cue, int]]) -> Iterator[Subject]:
    """Of what `text` speaks, in order, but for names that a card's number goes by.

    "The card on my account is 4111 ..." names no other number. Takes time that grows with the text.
    """
    if not any(cue is Cue.NAMED for cue, _at in cues):
        yield from (Subject(cue, at) for cue, at in cues if cue in _SUBJECTS)
        return
    ends = [found.end() for found in _SENTENCE_ENDS.finditer(text)]
    asks = [_asks(text[a:b]) for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]
    question, card_at = text.rfind("?"), -1
    for cue, at in cues:
        if cue not in _SUBJECTS:
            continue
        sentence = bisect_right(ends, at)
        is_with_card = card_at >= 0 and (
            bisect_right(ends, card_at) == sentence or _ACCOUNT.match(text, at)
        )
        if cue is Cue.CARD:
            card_at = at
        elif cue is Cue.NAMED and is_with_card:
            continue
        yield Subject(cue, at, asks[sentence] or at < question)


def _asks(sentence: str) -> bool:
    return bool(_REQUESTS.search(sentence)) and not _HAS.search(sentence)
