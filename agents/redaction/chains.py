"""Numbers that are spread over several turns of a speaker."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.engines.conversation import Role
from agents.redaction import cards
from agents.redaction.cues import Cue
from agents.redaction.runs import Run
from agents.redaction.subjects import Subject
from agents.redaction.texts import Place, Text

_TURNS_BEFORE: Final = 3  # in which a card was spoken of, for a number to be one's
_SILENT: Final = 2  # turns without a digit that may be within one number


@dataclass(slots=True)
class Chain:
    """Runs of one speaker that may be one number: (text, run) by their places.

    is_open: nothing was said behind it yet. after: what it would continue, had another number not
    been asked for between them. is_part: with those beside it, it is a card number all the same.
    """

    places: list[Place]
    runs: list[Run]
    is_open: bool = False
    after: "Chain | None" = None
    is_part: bool = False

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
    is_other = False  # "And your order number?": what is asked for now is another one
    for index, text in enumerate(texts):
        seen = text.scan
        if text.role is not role:
            last = text.subjects[-1] if text.subjects else None
            is_other = is_other or (
                last is not None and last.cue is Cue.NAMED and _is_other(text, last, role)
            )
            continue
        if not seen.runs:
            silent += 1
            latest = latest if silent <= _SILENT else None
            continue
        for number, run in enumerate(seen.runs):
            follows = seen.opens if number == 0 else run.continues
            if latest is not None and follows and not is_other:
                latest.places.append((index, number))
                latest.runs.append(run)
            else:
                latest = Chain([(index, number)], [run], after=latest if follows else None)
                chains.append(latest)
            is_other = False
        latest = latest if seen.ends else None
        silent = 0
    for chain in chains:
        _join(chain)
    while latest is not None:
        latest.is_open, latest = True, latest.after
    return chains


def _is_other(text: Text, subject: Subject, role: Role) -> bool:
    """Whether `text` means a number of `role` that is no card's: agents ask for one, or say it."""
    if subject.cue is Cue.NAMED:
        return role is Role.AGENT or text.role is role or subject.is_asked
    return subject.cue is Cue.TELEPHONE


def _join(chain: Chain) -> None:
    """Marks the chain and those before it that are a card's number together."""
    joined, parts = Chain(chain.places, chain.runs), [chain]
    while (before := parts[-1].after) is not None and len(joined.digits) < cards.LONGEST:
        parts.append(before)
        joined = Chain([*before.places, *joined.places], [*before.runs, *joined.runs])
        is_certain = cards.is_card(joined.digits) and not all(run.is_dated for run in joined.runs)
        if is_certain or joined.longest >= cards.SHORTEST:
            for part in parts:
                part.is_part = True


def is_card(texts: Sequence[Text], chain: Chain, *, is_over: bool) -> bool:
    """Whether the chain is a card number, or may become one; is_over: nothing more will be said."""
    digits = chain.digits
    if chain.is_part:
        return True
    if all(run.is_dated for run in chain.runs):
        return False
    # The check digit says nothing where it is open which digits were meant.
    if cards.has_card(digits) or chain.longest >= cards.SHORTEST:
        return True
    is_spoken_of, other = _subject(texts, chain)
    if other is Cue.TELEPHONE or (other and is_over):
        return False
    # A digit that was not understood makes the check digit wrong.
    if is_spoken_of and not other and len(digits) > cards.MAY_STAY:
        return True
    return chain.is_open and cards.may_begin(
        chain.parts, is_spoken_of=is_spoken_of and not other, is_over=is_over
    )


def _subject(texts: Sequence[Text], chain: Chain) -> tuple[bool, Cue | None]:
    """(whether a card is spoken of, which other number is) where the chain is said."""
    first, last = chain.places[0][0], chain.places[-1][0]
    is_spoken_of, other, role = False, None, texts[last].role
    for index in range(max(0, first - _TURNS_BEFORE), last + 1):
        text = texts[index]
        for subject in text.subjects:
            cue = subject.cue
            if index == last and cue is not Cue.CARD and subject.at >= chain.runs[-1].start:
                continue
            if cue is Cue.CARD:
                is_spoken_of, other = True, None
            elif _is_other(text, subject, role):
                other = cue
    return is_spoken_of, other
