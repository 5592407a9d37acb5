"""Recognises dictation (a number, letters, an e-mail address), and whether it is complete. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.speech.turns.complete import Progress, code_progress, telephone_progress
from agents.speech.turns.names import trailing_letters
from agents.speech.turns.words import Question, TurnWords, words

# Digit by digit: so many in a row are a number that is read out; "table for two at nine" is none.
READ_OUT_DIGITS: Final = 3
# In groups: "415 555" is one as well; a year or a time has four digits at most.
GROUPED_DIGITS: Final = 5
SPELLED_LETTERS: Final = 2
YEAR_DIGITS: Final = 2  # of a date of birth, behind its day
DATE_DIGITS: Final = 6  # of one that is read out digit by digit
MOST_DAYS: Final = 31  # of a month: a number above it is a year
DAY_AND_MONTH: Final = 2  # of a date; a number behind both is its year
_NUMBERS: Final = (Question.TELEPHONE, Question.POSTAL_CODE, Question.NUMBER)
_IN_NUMBER: Final = frozenset("+0123456789")
_CODE_PART: Final = re.compile(r"[a-z]|\d+|(?=[a-z\d]*\d)[a-z\d]{2,7}|(?:[a-z\d]-)+[a-z\d]")
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_WRITTEN: Final = re.compile(r"\d+")
_YEAR: Final = re.compile(r"(?:18|19|20)\d\d")
_CENTURIES: Final = ("18", "19", "20")
_DIGITS: Final = re.compile(r"\+?[\d][\d\-./]*")
# "Nine p m".
_SPACED_HALF_DAY: Final = re.compile(r"(?<![\w-])(\d\d?|[^\W\d]+) ([ap]) m\b(?=\W*$)")
_HOUR_DIGITS: Final = (1, 2)  # also of minutes; a hundred has more
# Where letters are said one by one, these two are some of them: "B S eight one A M".
_OF_LETTERS: Final = (
    Question.NAME,
    Question.SPELLING,
    Question.EMAIL,
    Question.NUMBER,
    Question.POSTAL_CODE,
    Question.ADDRESS,
)
# What an address ends with that is said in words: "dot com".
ENDINGS: Final = words("com net org de at ch eu info io edu gov uk us fr it nl biz me")


@dataclass(frozen=True, slots=True)
class Run:
    """The digits at the end of a text. tokens: how many words they take.

    is_corrected: some of them replace others.
    """

    written: str
    tokens: int
    is_corrected: bool = False

    @property
    def digits(self) -> int:
        """The number of digits."""
        return len(self.written.removeprefix("+"))


def number_under_way(
    tokens: Sequence[str], asked: Question, announced: Question, known: TurnWords, region: str
) -> Progress:
    """How complete a number is that was asked for, announced or simply read out.

    region: of telephone numbers without a country code, an ISO code.
    """
    kind = asked if asked in _NUMBERS else announced
    if kind in _NUMBERS:
        tokens = _without_joins(tokens, known)
        if tokens[-1] in known.separators and trailing_digits(tokens[:-1], known).digits:
            return Progress.UNDER_WAY
    run = trailing_digits(tokens, known)
    is_read_out = run.tokens >= READ_OUT_DIGITS or run.digits >= GROUPED_DIGITS
    if kind not in _NUMBERS:
        is_date = asked in (Question.DATE, Question.AMOUNT) or _DATE.fullmatch(tokens[-1])
        return Progress.UNKNOWN if is_read_out and not is_date else Progress.NONE
    if not run.digits and asked is Question.NUMBER and _ends_in_letter(tokens, known):
        return Progress.UNDER_WAY
    if not run.digits:
        is_bare = tokens[-1] in known.open_words or tokens[-1] in known.perhaps_open
        is_bare = is_bare or tokens[-1].endswith("number") or tokens[-1].endswith("nummer")
        return Progress.ANNOUNCED if is_bare else Progress.NONE
    if run.is_corrected or kind is not Question.TELEPHONE:
        return Progress.UNKNOWN
    # The zero of a trunk begins no number of a country without one.
    is_foreign = run.written.startswith("0") and region == known.region != known.trunk_region
    return telephone_progress(run.written, known.trunk_region if is_foreign else region)


def _ends_in_letter(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether a code has begun with a letter: "K wie Kaufmann"."""
    spelled = trailing_letters(_without_comparisons(tokens, known), known)
    return spelled.most > spelled.named or (spelled.named == len(tokens))


def _without_joins(tokens: Sequence[str], known: TurnWords) -> list[str]:
    """`tokens` without what stands between the groups of a number: "415 and then 555"."""
    left: list[str] = []
    between: list[str] = []
    for token in tokens:
        is_digit = _is_digits(token, known)
        if left and not is_digit and (token in known.joins or token in known.separators):
            between.append(token)
            continue
        if not is_digit or not _is_digits(left[-1] if left else "", known):
            left += between
        between = []
        left.append(token)
    return left + between


def _is_digits(token: str, known: TurnWords) -> bool:
    return _has_digit(token) or token in known.digits or token in known.repeats


def code_under_way(tokens: Sequence[str], known: TurnWords, region: str) -> Progress:
    """How complete a postal code is: "nine four one oh three", "S W one A one A A", "K wie Kilo".

    region: of the code, an ISO code.
    """
    written = ""
    for token in _without_comparisons(tokens, known):
        if token in known.digits:
            written += known.digits[token]
        elif token in known.alphabet:
            written += token[0]
        elif _CODE_PART.fullmatch(token):
            written += token.replace("-", "")
        elif token not in known.fillers:
            written = ""  # what was said before belongs to no code
    return code_progress(written, region) if written else Progress.NONE


def trailing_digits(tokens: Sequence[str], known: TurnWords) -> Run:
    """The digits at the end, without hesitations and with corrections applied."""
    groups: list[list[str]] = [[]]
    for token in reversed(tokens):
        if _has_digit(token) or token in known.digits or token in known.repeats:
            groups[-1].append(token)
        elif token in known.corrections:  # also behind the last of them: "four one, no"
            groups.append([])
        elif token not in known.fillers or not any(groups):
            break
    said = [written for group in groups if (written := _written(group[::-1], known))]
    if not said:
        return Run("", 0)
    is_corrected = len(said) > 1 or not groups[0]
    return Run(max(said, key=len), sum(map(len, groups)), is_corrected=is_corrected)


def _written(group: Sequence[str], known: TurnWords) -> str:
    """The digits of these words: "double five", "twenty one", "415"."""
    written, times, is_ten = "", 1, False
    for token in group:
        if token in known.repeats:
            times = known.repeats[token]
            continue
        own = known.digits.get(token) or "".join(filter(_IN_NUMBER.__contains__, token))
        if is_ten and len(own) == 1:  # the unit that completes "twenty"
            written = written[:-1]
        written += own * times
        is_ten, times = token in known.tens, 1
    return written


def _has_digit(token: str) -> bool:
    return _DIGITS.fullmatch(token) is not None


def birth_under_way(text: str, tokens: Sequence[str], known: TurnWords) -> Progress:
    """How complete a date of birth is: it ends with its year, "the fifth of March eighty two"."""
    run = trailing_digits(tokens, known)
    is_whole = known.year.search(text) is not None or _DATE.fullmatch(tokens[-1]) is not None
    is_whole = is_whole or (run.digits > 0 and _ends_in_year(tokens, known))
    return Progress.WHOLE if is_whole else Progress.UNKNOWN


def _ends_in_year(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether the last number is a year, not a day or month as in "March fifteen" and "3/15"."""
    numbers = _numbers(tokens, known)
    last = numbers[-1] if numbers else ""
    if last in _CENTURIES:  # of "nineteen eighty two"
        return False
    if _YEAR.fullmatch("".join(numbers[-2:])) or _YEAR.fullmatch(last):
        return True
    if len(last) != YEAR_DIGITS:
        digits = "".join(numbers)
        is_long = digits[DATE_DIGITS - YEAR_DIGITS : DATE_DIGITS] in _CENTURIES
        return len(digits) >= DATE_DIGITS + (YEAR_DIGITS if is_long else 0)
    named = sum(token in known.months or token in known.ordinals for token in tokens)
    before = named + len(numbers) - 1
    return before >= (1 if int(last) > MOST_DAYS else DAY_AND_MONTH)


def _numbers(tokens: Sequence[str], known: TurnWords) -> list[str]:
    """All numbers, each with its digits: "3/15", "twenty one", "oh five" and "two thousand"."""
    found: list[str] = []
    is_ten = False
    for token in tokens:
        own = known.digits.get(token, "")
        if found and is_ten and len(own) == 1:
            found[-1] = found[-1][:-1] + own
        elif found and (own.startswith("00") or (found[-1] == "0" and len(own) == 1)):
            found[-1] += own
        else:
            found.extend([own] if own else _WRITTEN.findall(token))
        is_ten = token in known.tens
    return found


def letters_under_way(tokens: Sequence[str], asked: Question, known: TurnWords) -> Progress:
    """How complete a spelled word is; complete when the letters make a word that was said."""
    tokens = _without_comparisons(tokens, known)
    spelled = trailing_letters(tokens, known)
    if asked is not Question.SPELLING and spelled.most - spelled.named < SPELLED_LETTERS:
        return Progress.NONE
    if spelled.most < SPELLED_LETTERS:
        is_asked = asked is Question.SPELLING and len(tokens) <= SPELLED_LETTERS
        return Progress.ANNOUNCED if is_asked else Progress.NONE
    is_whole = not spelled.is_corrected and spelled.newest in tokens[: spelled.first]
    return Progress.WHOLE if is_whole else Progress.UNKNOWN


def _without_comparisons(tokens: Sequence[str], known: TurnWords) -> list[str]:
    """`tokens` with "B as in Bravo" reduced to the letter, for any word."""
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
    """How complete an e-mail address is that was asked for, announced or is being said."""
    if any(map(_is_email, tokens)):
        return Progress.WHOLE if _is_email(tokens[-1]) else Progress.NONE
    has_begun = "@" in text or _has_domain(tokens, known)
    if not has_begun and Question.EMAIL not in (asked, announced):
        return Progress.NONE
    signs = [i for i, token in enumerate(tokens) if token in known.at_sign]
    # "dot at" is that of Austria.
    at = max((i for i in signs if i == 0 or tokens[i - 1] not in known.dot), default=None)
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
    """Whether the words have the sign and a dot after it: "anna at example dot"."""
    at = next((i for i, token in enumerate(tokens) if token in known.at_sign), None)
    return at is not None and any(token in known.dot for token in tokens[at + 1 :])


def with_half_day(text: str, asked: Question, known: TurnWords) -> str:
    """`text` with the half of a day at its end as one word: "at nine pm", of "at nine p m"."""
    match = _SPACED_HALF_DAY.search(text)
    if match is None or asked in _OF_LETTERS:
        return text
    hour = match[1]
    is_hour = hour[0].isdigit() or len(known.digits.get(hour, "")) in _HOUR_DIGITS
    return f"{text[: match.start(2)]}{match[2]}m" if is_hour else text
