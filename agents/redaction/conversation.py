"""Redacts all turns of a call together, including numbers that are spread over several turns.

    texts = [Text(Role.CALLER, "my card is 4111 1111"), Text(Role.CALLER, "1111 1111")]
    found = find(texts, frozenset({Kind.CARD_NUMBERS}), is_over=True)
    replaced(texts[0].said, found.spans[0])  # "my card is [card number]"

The same is found when the texts come one after the other, and earlier ones are examined again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from agents.engines.conversation import Role
from agents.redaction import names
from agents.redaction.beside import add_echoes, add_what_goes_with_cards
from agents.redaction.chains import Chain, chains_of, is_card
from agents.redaction.runs import Run
from agents.redaction.scattered import scattered
from agents.redaction.settings import Privacy
from agents.redaction.texts import CARD, EXPIRY, NAME, NUMBER, REST, Place, Text

SHORTEST_NUMBER: Final = 5


class Kind(StrEnum):
    """What an agent's makers may have taken out; the fields of `agents.settings.config.Privacy`."""

    CARD_NUMBERS = "card_numbers"
    NUMBERS = "numbers"
    NAMES = "names"


def kinds_of(privacy: Privacy) -> frozenset[Kind]:
    """What `privacy` has taken out."""
    return frozenset(Kind(each.name) for each in fields(privacy) if getattr(privacy, each.name))


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """`said[start:end]`, in the place of which "[label]" is kept."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class Found:
    """What is taken out of each text.

    unsettled: the first text of which a later one may show more. names: words, in lower case.
    """

    spans: tuple[tuple[Span, ...], ...]
    unsettled: int
    names: frozenset[str]


def find(
    texts: Sequence[Text],
    kinds: frozenset[Kind],
    *,
    is_over: bool,
    known: frozenset[str] = frozenset(),
) -> Found:
    """What is taken out of `texts`, which are in the order in which they were said.

    is_over: nothing will be said any more. known: words of names that were given before.
    """
    chains = [chain for role in Role for chain in chains_of(texts, role)]
    spans: list[list[Span]] = [
        [Span(len(text.read), len(text.said), REST)] if len(text.read) < len(text.said) else []
        for text in texts
    ]
    labels: dict[Place, str] = {}
    for chain in chains:
        labels |= _labels(texts, chain, kinds, is_over=is_over)
    firsts = [chain.places[0][0] for chain in chains if chain.is_open]
    if Kind.CARD_NUMBERS in kinds:
        more = scattered(texts, is_over=is_over)
        labels |= dict.fromkeys(more.parts, CARD)
        firsts += more.firsts
        add_what_goes_with_cards(texts, labels)
    add_echoes(texts, labels)
    for (index, number), label in labels.items():
        spans[index].append(_span(texts[index].scan.runs[number], label))
    if Kind.NAMES in kinds:
        known = _add_names(texts, spans, known)
    unsettled = min([*firsts, _last_of(texts, Role.CALLER), _last_of(texts, Role.AGENT)])
    return Found(tuple(tuple(apart(each)) for each in spans), unsettled, known)


def replaced(said: str, spans: Iterable[Span], *, up_to: int | None = None) -> str:
    """`said` with what is kept in place of each span, or its beginning `said[:up_to]`.

    A span that the end cuts is replaced as a whole.
    """
    end = len(said) if up_to is None else up_to
    pieces, position = [], 0
    for span in spans:
        if span.start >= end:
            break
        pieces += [said[position : span.start], f"[{span.label}]"]
        position = span.end
    pieces.append(said[position:end] if position < end else "")
    return "".join(pieces)


def without(said: str, kinds: frozenset[Kind], *, known: frozenset[str] = frozenset()) -> str:
    """A text that stands alone, without what is taken out of the calls that it is about.

    known: words of the caller's name, in lower case.
    """
    if not kinds or not said:
        return said
    [spans] = find([Text(Role.CALLER, said)], kinds, is_over=True, known=known).spans
    return replaced(said, spans)


def apart(spans: Iterable[Span]) -> list[Span]:
    """In order and without overlaps: what another one covers the beginning of is joined to it."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start < found[-1].end:
            last = found[-1]
            found[-1] = Span(last.start, max(last.end, span.end), last.label)
        else:
            found.append(span)
    return found


def _labels(
    texts: Sequence[Text], chain: Chain, kinds: frozenset[Kind], *, is_over: bool
) -> dict[Place, str]:
    """What the runs of the chain are replaced by, those that are."""
    if Kind.CARD_NUMBERS in kinds and is_card(texts, chain, is_over=is_over):
        return dict.fromkeys(chain.places, CARD)
    if Kind.NUMBERS not in kinds:
        return {}
    # "A table for four" and an hour in the next turn are no number: who gives one in pieces
    # gives more than two digits at once, or gives them one by one.
    is_dictated = (
        len(chain.runs) > 1
        and all(len(run.digits) > 2 or len(run.parts) > 1 for run in chain.runs[:-1])
        and not all(run.is_ordinary for run in chain.runs)
    )
    if is_dictated and len(chain.digits) >= SHORTEST_NUMBER:
        return dict.fromkeys(chain.places, NUMBER)
    return {
        place: NUMBER
        for place, run in zip(chain.places, chain.runs, strict=True)
        if run.core is not None and len(run.core[2]) >= SHORTEST_NUMBER
    }


def _span(run: Run, label: str) -> Span:
    if label == NUMBER and run.core is not None:
        return Span(run.core[0], run.core[1], label)
    start = run.month_at if label == EXPIRY and run.month_at >= 0 else run.start
    return Span(start, run.end, label)


# --- names --------------------------------------------------------------------------------------


def _add_names(
    texts: Sequence[Text], spans: list[list[Span]], known: frozenset[str]
) -> frozenset[str]:
    """Where the caller's names are said, by either of the two; returns all that are known."""
    was_asked = [
        index > 0 and texts[index - 1].role is Role.AGENT and names.asks(texts[index - 1].read)
        for index in range(len(texts))
    ]
    given = [
        frozenset(names.given(text.read, was_asked=was_asked[index]))
        if text.role is Role.CALLER
        else frozenset()
        for index, text in enumerate(texts)
    ]
    known = known.union(*given)
    for index, text in enumerate(texts):
        found = names.places(
            text.read,
            known,
            is_given_here=bool(given[index]),
            was_asked=was_asked[index] and text.role is Role.CALLER,
        )
        spans[index] += [Span(start, end, NAME) for start, end in found]
    return known


def _last_of(texts: Sequence[Text], role: Role) -> int:
    last = len(texts)
    for index, text in enumerate(texts):
        if text.role is role:
            last = index
    return last
