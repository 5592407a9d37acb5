"""Recognises names that are said, spelled or corrected: "Smith, no, Smythe". Pure."""

import re
from collections.abc import Sequence, Set
from typing import Final, NamedTuple

from agents.speech.turns.words import TurnWords

_LETTERS: Final = re.compile(r"(?:[^\W\d_]-)+[^\W\d_]?|[^\W\d_]")


class Spelled(NamedTuple):
    """The letters at the end of a turn.

    newest: the letters spelled last; most: their largest number, before or after a correction;
    named: how many were said as a word for the letter, which may be an ordinary word; first: index
    of the token that they begin with; is_corrected: some of them replace others.
    """

    newest: str
    most: int
    named: int
    first: int
    is_corrected: bool


def takes_back(tokens: Sequence[str], no_names: Set[str], known: TurnWords) -> bool:
    """Whether a word after a name or letters corrects them: "Smith, no", "Smith, sorry, Smythe".

    "Smith, no, I don't" and "Hi, no" correct nothing. no_names: words that are not part of a name.
    """
    if not (known.refusals - known.corrections).isdisjoint(tokens):
        return False
    no_names = no_names | known.corrections | known.courtesies
    first = next((at for at, token in enumerate(tokens) if token not in no_names), len(tokens))
    return not known.corrections.isdisjoint(tokens[first + 1 :])


def trailing_letters(tokens: Sequence[str], known: TurnWords) -> Spelled:
    """The letters at the end of `tokens`, across hesitations and corrections."""
    groups: list[list[str]] = [[]]
    named = 0
    first = len(tokens)
    for token in reversed(tokens):
        if token in known.alphabet:
            groups[-1].append(token[0])
            named += 1
        elif _LETTERS.fullmatch(token):
            groups[-1].extend(reversed(token.replace("-", "")))
        elif token in known.corrections:  # also behind the last of them: "S M I, no"
            groups.append([])
        elif not (token in known.fillers and any(groups)):
            break
        first -= 1
    spelled = [group for group in groups if group]
    newest = "".join(reversed(spelled[0])) if spelled else ""
    corrects = len(spelled) > 1 or bool(spelled and not groups[0])
    return Spelled(newest, max(map(len, groups)), named, first, corrects)
