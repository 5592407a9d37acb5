"""Whether a spoken address is complete. Pure."""

from collections.abc import Sequence
from typing import Final

from agents.speech.turns.complete import code_digits
from agents.speech.turns.words import TurnWords

# A street and a house number; then comes a town, or nothing.
ADDRESS_WORDS: Final = 5


def is_whole(tokens: Sequence[str], known: TurnWords, region: str) -> bool:
    """Whether the address includes its town. region: of the postal codes, an ISO code."""
    digits = code_digits(region, known.postal_code)
    if known.has_code_first:
        return _with_code_first(tokens, known, digits)
    has_number = any(_digits(token, known) for token in tokens)
    is_long = len(tokens) >= ADDRESS_WORDS and has_number
    # A number before any name is that of a house, however long it is.
    named = next((at for at, token in enumerate(tokens) if _is_name(token, known)), len(tokens))
    has_code = any(token[0].isdigit() and len(token) >= digits for token in tokens[named:])
    return has_code or (is_long and not _is_of_house(tokens[-1], known))


def _with_code_first(tokens: Sequence[str], known: TurnWords, digits: int) -> bool:
    """Whether the town's name follows its code: not in "Lindenweg 5, 80331"."""
    has_house = has_town = has_code = has_town_of_code = False
    count = trailing = 0  # digits in a row: "acht null drei drei eins" is a code as well
    for token in (*tokens, ""):
        if own := _digits(token, known):
            count += own
            continue
        has_house = has_house or count not in (0, digits)
        has_code = has_code or count >= digits
        trailing, count = count, 0
        if token and _is_name(token, known):
            has_town = has_town or has_house
            has_town_of_code = has_town_of_code or has_code
    if not has_house:
        return False
    last = tokens[-1]
    if len(last) > 1 and not _is_of_house(last, known):
        return has_town
    # Behind the number of a house, or its staircase, comes the town, if that was not first.
    return has_town_of_code and trailing != digits


def _is_of_house(token: str, known: TurnWords) -> bool:
    """Whether the token is a number, a kind of street or a floor, which a town may follow."""
    return bool(_digits(token, known)) or token in known.roads


def _is_name(token: str, known: TurnWords) -> bool:
    """Whether the token may be the name of a street or a town."""
    if len(token) == 1 or _is_of_house(token, known):  # "14 a"
        return False
    others = (known.open_words, known.perhaps_open, known.subjects, known.greetings)
    return not any(token in words for words in (*others, known.yes_no, known.months))


def _digits(token: str, known: TurnWords) -> int:
    """How many digits the token stands for; 0 for a word."""
    return len(known.digits.get(token, "")) or sum(map(str.isdigit, token))
