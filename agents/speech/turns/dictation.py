"""What a caller dictates: a number, letters, an e-mail address, and what is missing of it. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from agents.speech.turns.words import Question, TurnWords, words

# Digit by digit: so many in a row are a number that is read out; "table for two at nine" is none.
READ_OUT_DIGITS: Final = 3
# In groups: "415 555" is one as well; a year or a time has four digits at most.
GROUPED_DIGITS: Final = 5
SPELLED_LETTERS: Final = 2
YEAR_DIGITS: Final = 2  # of a date of birth, behind its month
DATE_DIGITS: Final = 6  # of one in numbers alone
LOCAL_DIGITS: Final = 7  # of a telephone number without its area
_NUMBERS: Final = (Question.TELEPHONE, Question.POSTAL_CODE, Question.NUMBER)
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_DIGITS: Final = re.compile(r"\+?[\d][\d\-./]*")
_LETTERS: Final = re.compile(r"(?:[^\W\d_]-)+[^\W\d_]?|[^\W\d_]")
# What an address ends with that is said in words: "dot com".
ENDINGS: Final = words("com net org de at ch eu info io edu gov uk us fr it nl biz me")


class Progress(Enum):
    """How far the caller is with something that is dictated."""

    NONE = "none"  # nothing is dictated
    ANNOUNCED = "announced"  # it was asked for, or announced, and has not begun
    UNDER_WAY = "under_way"  # some of it is missing
    UNKNOWN = "unknown"  # its length is not known, or it may be whole
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Run:
    """The digits at the end of a text. digits: how many; tokens: in how many words.

    first: the first of these. is_corrected: some of them take the place of others.
    """

    digits: int
    tokens: int
    first: str = ""
    is_corrected: bool = False


def number_under_way(
    tokens: Sequence[str], asked: Question, announced: Question, known: TurnWords
) -> Progress:
    """How far a number is that was asked for, announced, or is simply read out."""
    run = trailing_digits(tokens, known)
    is_read_out = run.tokens >= READ_OUT_DIGITS or run.digits >= GROUPED_DIGITS
    kind = asked if asked in _NUMBERS else announced
    if kind not in _NUMBERS:
        is_date = asked in (Question.DATE, Question.AMOUNT) or _DATE.fullmatch(tokens[-1])
        return Progress.UNKNOWN if is_read_out and not is_date else Progress.NONE
    if not run.digits:
        is_bare = tokens[-1] in known.open_words or tokens[-1] in known.perhaps_open
        is_bare = is_bare or tokens[-1].endswith("number") or tokens[-1].endswith("nummer")
        return Progress.ANNOUNCED if is_bare else Progress.NONE
    if run.is_corrected or kind is Question.NUMBER:
        return Progress.UNKNOWN
    if kind is Question.POSTAL_CODE:
        return Progress.WHOLE if run.digits >= known.postal_code else Progress.UNDER_WAY
    return _telephone_under_way(run, known)


def _telephone_under_way(run: Run, known: TurnWords) -> Progress:
    more = 1 if known.telephone_prefix.match(run.first) else 0
    may_be, is_whole = (digits + more for digits in known.telephone)
    if run.digits >= is_whole:
        return Progress.WHOLE
    is_local = run.digits == LOCAL_DIGITS  # within a longer one pauses are elsewhere
    return Progress.UNKNOWN if is_local or run.digits >= may_be else Progress.UNDER_WAY


def trailing_digits(tokens: Sequence[str], known: TurnWords) -> Run:
    """The digits at the end, over hesitations; what corrects some of them takes their place."""
    groups: list[list[str]] = [[]]
    for token in reversed(tokens):
        if _has_digit(token) or token in known.digits or token in known.repeats:
            groups[-1].append(token)
        elif token in known.corrections:  # also behind the last of them: "four one, no"
            groups.append([])
        elif token not in known.fillers or not any(groups):
            break
    counted = [_count(group[::-1], known) for group in groups if group]
    if not counted:
        return Run(0, 0)
    spoken = sum(map(len, groups))
    first = next((group[-1] for group in reversed(groups) if group), "")
    is_corrected = len(counted) > 1 or not groups[0]
    return Run(max(counted), spoken, first, is_corrected=is_corrected)


def _count(group: Sequence[str], known: TurnWords) -> int:
    """How many digits these words stand for: "double five", "twenty one", "415"."""
    count, times, is_ten = 0, 1, False
    for token in group:
        if token in known.repeats:
            times = known.repeats[token]
            continue
        own = known.digits.get(token) or sum(map(str.isdigit, token))
        if not (is_ten and own == 1):  # the unit that completes "twenty"
            count += own * times
        is_ten, times = token in known.tens, 1
    return count


def _has_digit(token: str) -> bool:
    return _DIGITS.fullmatch(token) is not None


def birth_under_way(text: str, tokens: Sequence[str], known: TurnWords) -> Progress:
    """How far a date of birth is: over with its year, "the fifth of March eighty two"."""
    run = trailing_digits(tokens, known)
    least = DATE_DIGITS if run.tokens == len(tokens) else YEAR_DIGITS
    is_whole = known.year.search(text) is not None or run.digits >= least
    is_whole = is_whole or _DATE.fullmatch(tokens[-1]) is not None
    return Progress.WHOLE if is_whole else Progress.UNKNOWN


def letters_under_way(tokens: Sequence[str], asked: Question, known: TurnWords) -> Progress:
    """How far a word is that is spelled; whole when the letters make a word that was said."""
    tokens = _without_comparisons(tokens, known)
    letters: list[str] = []
    named = 0  # letters by a word for each: "hotel" and "Mike Victor" may be words of their own
    first = len(tokens)
    for token in reversed(tokens):
        if token in known.alphabet:
            letters.append(token[0])
            named += 1
        elif _LETTERS.fullmatch(token):
            letters.extend(reversed(token.replace("-", "")))
        elif not (token in known.fillers and letters):
            break
        first -= 1
    if asked is not Question.SPELLING and len(letters) - named < SPELLED_LETTERS:
        return Progress.NONE
    if len(letters) < SPELLED_LETTERS:
        is_asked = asked is Question.SPELLING and len(tokens) <= SPELLED_LETTERS
        return Progress.ANNOUNCED if is_asked else Progress.NONE
    spelled = "".join(reversed(letters))
    return Progress.WHOLE if spelled in tokens[:first] else Progress.UNKNOWN


def _without_comparisons(tokens: Sequence[str], known: TurnWords) -> list[str]:
    """The letter alone for "B as in Bravo", whatever the word is."""
    left: list[str] = []
    at = 0
    while at < len(tokens):
        letter, at = tokens[at], at + 1
        left.append(letter)
        word = at
        while word < len(tokens) and tokens[word] in known.compares:
            word += 1
        is_compared = at < word < len(tokens) and tokens[word].startswith(letter)
        if len(letter) == 1 and is_compared:
            at = word + 1
    return left


def email_under_way(
    text: str, tokens: Sequence[str], asked: Question, announced: Question, known: TurnWords
) -> Progress:
    """How far an e-mail address is that was asked for, announced, or is being said."""
    if any(map(_is_email, tokens)):
        return Progress.WHOLE if _is_email(tokens[-1]) else Progress.NONE
    has_begun = "@" in text or _has_domain(tokens, known)
    if not has_begun and Question.EMAIL not in (asked, announced):
        return Progress.NONE
    at = max((i for i, token in enumerate(tokens) if token in known.at_sign), default=None)
    if at is None:
        return Progress.UNDER_WAY
    domain = tokens[at + 1 :]
    ends = [i for i, token in enumerate(domain) if _is_ending(domain, i, known)]
    if not ends:
        return Progress.UNDER_WAY
    return Progress.WHOLE if ends[-1] == len(domain) - 1 else Progress.NONE


def _is_ending(domain: Sequence[str], index: int, known: TurnWords) -> bool:
    """Whether an address may end there: "dot com", "example.com"."""
    _, dot, ending = domain[index].rpartition(".")
    is_after_dot = bool(dot) or (index > 0 and domain[index - 1] in known.dot)
    return is_after_dot and ending in ENDINGS


def _is_email(token: str) -> bool:
    _, _, domain = token.partition("@")
    _, dot, ending = domain.rpartition(".")
    return bool(dot) and ending.isalpha() and len(ending) > 1


def _has_domain(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether "anna at example dot" is in them: the sign, and a dot behind it."""
    at = next((i for i, token in enumerate(tokens) if token in known.at_sign), None)
    return at is not None and any(token in known.dot for token in tokens[at + 1 :])
