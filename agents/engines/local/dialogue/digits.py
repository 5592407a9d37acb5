"""Telephone numbers as people say them and as speech recognition writes them."""

import re
from itertools import islice
from typing import Final

from agents.speech.heard.groups import Groups, as_said, corrected

# The shortest number that can be called, and the longest (ITU-T E.164).
SHORTEST: Final = 7
LONGEST: Final = 15

_UNITS: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "nought": "0", "niner": "9",
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14",
    "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS: Final = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6",
    "seventy": "7", "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES: Final = {"double": 2, "triple": 3, "treble": 3}
_ZEROS: Final = {"hundred": "00", "thousand": "000"}
# Digits only between digits: alone they are the commonest words of the language.
_HOMOPHONES: Final = {
    "oh": "0", "o": "0", "won": "1", "to": "2", "too": "2", "for": "4", "fore": "4",
    "ate": "8", "sex": "6", "tree": "3", "free": "3", "nein": "9",
}  # fmt: skip
# Said inside a number without belonging to it.
_PAUSES: Final = frozenset(("and", "then", "dash", "area", "code", "um", "uh", "er", "erm", "plus"))
_LEADS_TO_NUMBER: Final = frozenset(("is", "it's", "number", "that's", "at", "on", "no", "yes"))
# Between groups of which the later takes the place of the one before.
_CORRECTIONS: Final = frozenset(("no", "sorry", "wait", "rather", "correction", "mean", "not"))
_PLUS: Final = re.compile(r"\+ ?\(?[1-9]|\bplus (?:[1-9]|" + "|".join((*_UNITS, *_TENS)) + r")")
_TOKEN: Final = re.compile(r"\d+|[a-z']+|[,;.()/\-]")
_MARKS: Final = frozenset(",;.()/-")
_ONE_OR_TWO: Final = rf"(?:\d{{1,2}}|{'|'.join((*_UNITS, *_TENS))})"
_NO_TELEPHONE: Final = re.compile(
    rf"\b{_ONE_OR_TWO}(?: (?:more|other|little))? (?:seconds?|minutes?|mins?|hours?|days?|weeks?|"
    r"months?|years?|people|persons?|dollars?|bucks|euros?|pounds?|percent|times|kids|children|"
    r"questions?|things?|o'clock|of (?:us|them|you))\b"
    r"|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b(?! i\b)|\b\d{1,2}:\d\d\b|\b\d{1,2}(?:st|nd|rd|th)\b"
    rf"|\b(?:after|before|until|till) {_ONE_OR_TWO}\b(?![\s,.-]{{0,3}}{_ONE_OR_TWO}\b)",
    re.IGNORECASE,
)
# What is said of a number in place of one.
THIS_NUMBER: Final = re.compile(
    r"\b(?:this (?:number|one|phone)|(?:number|one) i(?:'m| am) (?:calling|on)|same number|"
    r"you have (?:it|my number)|caller id|number (?:i|that i) call)"
)
NO_MORE: Final = re.compile(
    r"\b(?:that(?:'s| is|s) (?:it|all|everything|the (?:whole|full|entire) (?:number|thing))"
    r"|nothing(?: else)?|no more|there(?:'s| is) no more|it(?:'s| is) (?:complete|all))\b"
)
# "Not four one but four two", "instead of four one".
NOT_BUT: Final = re.compile(
    r"\b(?:not|instead of)(?: the)? (?P<old>(?:(?:[a-z]+|\d+) ){1,6}?)"
    r"(?:but|it's|it is|rather|sorry)\b"
)
# Of one number that is read: a longer one is none.
MOST_GROUPS, MOST_DIGITS = 20, 40
MOST_PLUSES: Final = 3  # that are looked at in one turn


def digits_in(text: str) -> str:
    """The digits of the longest number in `text`, "" for none.

    "five five five oh one four two", "double seven" and "555-0142" are understood, and what
    corrects itself: "four one five, no, four one six".
    """
    return "".join(groups_in(text))[:LONGEST]


def without_counts(text: str) -> str:
    """`text` without figures that count something or tell a time: "in 20 minutes", "after five"."""
    return _NO_TELEPHONE.sub(" ", text)


def has_plus(text: str) -> bool:
    """Whether the number in `text` begins with a plus, written or said: with a country's code.

    "Dinner for me plus one, and my number is ..." has a plus that belongs to no telephone.
    """
    lowered = text.lower()
    for found in islice(_PLUS.finditer(lowered), MOST_PLUSES):
        behind = lowered[found.start() :]
        runs, _ = _runs(behind)
        lengths = [sum(map(len, run)) for run in runs if run]
        is_of_number = bool(lengths) and lengths[0] == max(lengths)
        if is_of_number and groups_in(behind) == groups_in(text):
            return True
    return False


def groups_in(text: str) -> Groups:
    """The same in the groups in which it is said: where there is a mark, a pause or a break."""
    runs, corrects = _runs(text.lower())
    numbers: list[Groups] = []
    for run, is_correction in zip(runs, corrects, strict=True):
        before = numbers[-1] if numbers else ()
        if is_correction and before and run and sum(map(len, run)) < SHORTEST:
            first, *more = run
            numbers[-1] = (*corrected(before, first), *more)
        elif run:
            numbers.append(run)
    return max(numbers, key=lambda groups: sum(map(len, groups)), default=())


def _runs(text: str) -> tuple[list[Groups], list[bool]]:
    """The numbers of `text` in their groups, and of each whether it corrects the one before."""
    tokens, breaks = _tokens(text)
    runs: list[list[str]] = [[]]
    corrects = [False]
    is_break, index = False, 0
    while index < len(tokens):
        run = runs[-1]
        said, used = _digits_at(tokens, index, run[-1] if run else "")
        is_break = is_break or breaks[index]
        if said and (len(run) > MOST_GROUPS or (run and len(run[-1]) > MOST_DIGITS)):
            pass  # no telephone has such a number
        elif said:
            # "415 555" is in two groups, "4 1 5" in one.
            is_written = tokens[index].isdigit() and len(tokens[index]) > 1
            if run and not is_break and not is_written:
                run[-1] += said
            else:
                run.append(said)
            is_break = is_written
        elif tokens[index] in _PAUSES:
            is_break = True
        else:
            is_correction = tokens[index] in _CORRECTIONS and (bool(run) or corrects[-1])
            if run or is_correction:
                runs.append([])
                corrects.append(is_correction)
            is_break = False
        index += used
    return [tuple(run) for run in runs], corrects


def _tokens(text: str) -> tuple[list[str], list[bool]]:
    """Its words and digits, and before which of them a mark stands."""
    tokens: list[str] = []
    breaks: list[bool] = []
    is_break = False
    for token in _TOKEN.findall(text):
        if token in _MARKS:
            is_break = True
        else:
            tokens.append(token)
            breaks.append(is_break)
            is_break = False
    return tokens, breaks


def written(groups: Groups) -> str:
    """A number in its caller's groups, as it is written for people: "415-555-0142"."""
    return "-".join(as_said(groups))


def _digits_at(tokens: list[str], index: int, before: str) -> tuple[str, int]:
    """The digits that begin at `index`, and how many tokens they take (at least one)."""
    token = tokens[index]
    behind = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token in _TIMES:
        # "double double" is no number, and looking on would go as deep as a text is long.
        is_more = behind and behind not in _TIMES
        once, used = _digits_at(tokens, index + 1, "0") if is_more else ("", 0)
        return (once * _TIMES[token], used + 1) if len(once) == 1 else ("", 1)
    if token.isdigit():
        return token, 1
    if token in _UNITS:
        return _UNITS[token], 1
    if token in _TENS:
        unit = _UNITS.get(behind, "")
        return (
            (_TENS[token] + unit, 2) if len(unit) == 1 and unit != "0" else (_TENS[token] + "0", 1)
        )
    if token in _ZEROS and before:
        return _ZEROS[token], 1
    if token in _HOMOPHONES and _is_among_digits(tokens, index, before):
        return _HOMOPHONES[token], 1
    return "", 1


def _is_among_digits(tokens: list[str], index: int, before: str) -> bool:
    behind = tokens[index + 1] if index + 1 < len(tokens) else ""
    goes_on = _is_digit(behind) or behind in _HOMOPHONES or behind in _TIMES
    if before:
        return goes_on or not behind or behind in _PAUSES
    is_lead = index == 0 or tokens[index - 1] in _LEADS_TO_NUMBER
    return is_lead and goes_on


def _is_digit(token: str) -> bool:
    return token.isdigit() or token in _UNITS or token in _TENS
