"""Numbers that are spread over several turns of a speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import Role
from agents.redaction import cards
from agents.redaction.cues import Cue
from agents.redaction.runs import Run
from agents.redaction.texts import Place, Text

_TURNS_BEFORE: Final = 3  # in which a card was spoken of, for a number to be one's
_OTHERS: Final = (Cue.TELEPHONE, Cue.NAMED)  # numbers that are no card's
_SILENT: Final = 2  # turns without a digit that may be within one number


@dataclass(slots=True)
class Chain:
    """Runs of one speaker that may be one number: (text, run) by their places."""

    places: list[Place]
    runs: list[Run]
    is_open: bool = False  # nothing was said behind it yet

    @property
    def digits(self) -> str:
        """All of them."""
        return "".join(run.digits for run in self.runs)

    @property
    def longest(self) -> int:
        """How many digits they may be instead; 0 when there is no doubt."""
        is_open = any(run.longest for run in self.runs)
        return sum(run.longest or len(run.digits) for run in self.runs) if is_open else 0

    @property
    def parts(self) -> list[str]:
        """The digits as they were grouped."""
        return [part for run in self.runs for part in run.parts]


def chains_of(texts: Sequence[Text], role: Role) -> list[Chain]:
    """The chains of one speaker, in order; every run is in one."""
    chains: list[Chain] = []
    latest: Chain | None = None  # what the speaker's next digits may belong to
    silent = 0
    for index, text in enumerate(texts):
        seen = text.scan
        if text.role is not role:
            # "And your order number?": what is asked for now is another one.
            if seen.cues and seen.cues[-1][0] is Cue.NAMED:
                latest = None
            continue
        if not seen.runs:
            silent += 1
            latest = latest if silent <= _SILENT else None
            continue
        for number, run in enumerate(seen.runs):
            follows = seen.opens if number == 0 else run.continues
            if latest is not None and follows:
                latest.places.append((index, number))
                latest.runs.append(run)
            else:
                latest = Chain([(index, number)], [run])
                chains.append(latest)
        latest = latest if seen.ends else None
        silent = 0
    if latest is not None:
        latest.is_open = True
    return chains


def is_card(texts: Sequence[Text], chain: Chain, *, is_over: bool) -> bool:
    """Whether the chain is a card number, or may become one; is_over: nothing more will be said."""
    digits = chain.digits
    if all(run.is_dated for run in chain.runs):
        return False
    # The check digit says nothing where it is open which digits were meant.
    if cards.has_card(digits) or chain.longest >= cards.SHORTEST:
        return True
    is_spoken_of, is_other = _subject(texts, chain)
    if is_other:
        return False
    # A digit that was not understood makes the check digit wrong.
    if is_spoken_of and len(digits) > cards.MAY_STAY:
        return True
    return chain.is_open and cards.may_begin(
        chain.parts, is_spoken_of=is_spoken_of, is_over=is_over
    )


def _subject(texts: Sequence[Text], chain: Chain) -> tuple[bool, bool]:
    """(whether a card is spoken of, whether another number is) where the chain is said."""
    first, last = chain.places[0][0], chain.places[-1][0]
    cues: list[Cue] = []
    for index in range(max(0, first - _TURNS_BEFORE), last + 1):
        text = texts[index]
        cues += [
            cue
            for cue, at in text.scan.cues
            if cue in (Cue.CARD, *_OTHERS)
            and (index != last or cue is Cue.CARD or at < chain.runs[-1].start)
        ]
    return Cue.CARD in cues, bool(cues) and cues[-1] in _OTHERS
