"""Redacts what is said beside redacted numbers: security codes, expiry dates, repetitions."""

from collections.abc import Sequence
from typing import Final

from agents.engines.conversation import Role
from agents.redaction.cues import Cue
from agents.redaction.runs import Run, Scan
from agents.redaction.texts import CARD, CODE, EXPIRY, Place, Text

_BEHIND_CUE: Final = 80  # characters in which what a text speaks of must follow
_TURNS: Final = 2  # of the caller in which what goes with a card may follow it unnamed
_SHORTEST_ECHO: Final = 4  # digits of a number that are taken out where they are said again
_ECHOED: Final = 2_000  # digits of numbers that are looked for again


def add_what_goes_with_cards(texts: Sequence[Text], labels: dict[Place, str]) -> None:
    """Security codes and expiry dates: where they are named, or follow a card number."""
    is_of_card = False
    since_card = _TURNS + 1  # turns of the caller
    asked: Cue | None = None
    for index, text in enumerate(texts):
        seen = text.scan
        is_of_card = is_of_card or any(cue is Cue.CARD for cue, _ in seen.cues)
        follows = False
        for number, run in enumerate(seen.runs):
            place = (index, number)
            if labels.get(place) == CARD:
                is_of_card, follows, since_card = True, True, 0
                continue
            if place in labels:
                continue
            cue = _cue_before(seen, run) or (asked if text.role is Role.CALLER else None)
            if cue is Cue.EXPIRY and is_of_card and 2 <= len(run.digits) <= 8:
                labels[place] = EXPIRY
            elif cue is Cue.CODE and 3 <= len(run.digits) <= 6:
                labels[place] = CODE
            elif (follows or (since_card <= _TURNS and seen.is_bare)) and (
                3 <= len(run.digits) <= 6
            ):
                labels[place] = CODE if len(run.digits) == 3 else EXPIRY
        if text.role is Role.AGENT:
            subjects = [cue for cue, _ in seen.cues if cue in (Cue.CODE, Cue.EXPIRY)]
            asked = subjects[-1] if subjects else None
        else:
            since_card += 1


def _cue_before(seen: Scan, run: Run) -> Cue | None:
    near = [
        cue
        for cue, at in seen.cues
        if run.start - _BEHIND_CUE <= at < run.start and cue in (Cue.CODE, Cue.EXPIRY)
    ]
    return near[-1] if near else None


def add_echoes(texts: Sequence[Text], labels: dict[Place, str]) -> None:
    """Parts of the numbers that are taken out, said again."""
    if not labels:
        return
    whole: dict[str, list[str]] = {}
    for (index, number), label in labels.items():
        whole.setdefault(label, []).append(texts[index].scan.runs[number].digits)
    digits = {label: "|".join(each)[:_ECHOED] for label, each in whole.items()}
    for index, text in enumerate(texts):
        for number, run in enumerate(text.scan.runs):
            if (index, number) in labels or len(run.digits) < _SHORTEST_ECHO:
                continue
            for label, said in digits.items():
                if run.digits in said:
                    labels[index, number] = label
                    break
