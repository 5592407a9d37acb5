"""Questions about opening hours: the facts that answer them, and which of them a question means.

An embedding cannot tell these facts apart: they have nearly the same words. Pure; English, as the
facts are, which the local dialogue and language models get.
"""

import re
from typing import Final

# The topics of the facts that an agent with opening hours has of itself.
OPEN_NOW: Final = "Are you open now? Are you closed right now? When do you open again?"
WHEN_OPEN: Final = "Opening hours. When are you open?"
OTHER_DAYS: Final = "Are you open on holidays, at Christmas? Which days have other hours?"
TOMORROW: Final = "Are you open tomorrow? When do you open tomorrow?"
OF_HOURS: Final = frozenset({OPEN_NOW, WHEN_OPEN, OTHER_DAYS, TOMORROW})

_HOUSE: Final = (
    r"(?:office|shop|store|practice|clinic|restaurant|place|salon|studio|business|company)"
)
_PLACE: Final = rf"(?:you|you guys|you all|they|it|we|(?:your|the) (?:\w{{1,20}} )?{_HOUSE})"
_DAY: Final = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
# "Do you have an open position" asks for none of this, and "are you open to offers" neither.
_BETWEEN: Final = (
    r"(?: (?!(?:a|an|any|do|have|has|know|need|offer|sell|take|the|want|with)\b)[a-z']{1,12}){0,3}?"
)
_OTHERWISE: Final = (
    r"(?! (?:a|an|any|my|accounts?|source|minded|positions?|jobs?|to (?!the public))\b)"
)
_ASKS: Final = re.compile(
    rf"\b(?:are|is|be) {_PLACE}{_BETWEEN} (?:open|opening|closed|closing|shut)\b{_OTHERWISE}"
    rf"|\b(?:do|does|will) {_PLACE}{_BETWEEN} (?:re)?(?:open|close|shut|be closed)\b{_OTHERWISE}"
    r"|\b(?:when|what time|(?:what|which) days?|until when|till when|how late|how long) "
    rf"{_PLACE}(?:'re| are| is)?{_BETWEEN} (?:re)?(?:open|close|closed|closes|opens|shut)\b"
    rf"|^(?:you|you're|you are)(?: still| guys)? (?:open|closed)\b{_OTHERWISE}"
    r"|\b(?:opening|business|office|weekend|holiday|special|store|shop|your|today's|tomorrow's) "
    r"hours\b|\b(?:what are|know|^) ?the hours\b|^hours\b|\bopening times?\b"
    rf"|\bcan (?:i|we) (?:come|visit|stop by|drop by|drop in|swing by|walk in)\b.{{0,30}}"
    rf"\b(?:now|today|tonight|tomorrow|weekend|{_DAY})\b"
)
# "And on Sunday?", behind an answer about the hours.
_DAY_ALONE: Final = re.compile(
    rf"^(?:(?:and|what about|how about|on|at|for|the|next|this) )*"
    rf"(?:{_DAY}|weekends?|today|tomorrow|holidays|public holidays|christmas|christmas (?:day|eve)"
    r"|new year's(?: day| eve)?|easter|thanksgiving)$"
)
_HOLIDAY: Final = re.compile(
    r"\b(?:holidays?|christmas|xmas|easter|thanksgiving|new years?|new year's|good friday|"
    r"special hours|other hours|(?:4th|fourth) of july|july (?:4|4th|fourth)|"
    r"december (?:24|25|26|31)(?:st|th)?|january (?:1|1st|first)|"
    r"(?:boxing|labor|labour|memorial|independence|veterans|presidents|columbus|canada|"
    r"mother's|father's|valentine's) day)\b"
)
_MONTH: Final = re.compile(
    r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\b"
)
_OF_MONTH: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_SPELLED: Final = re.compile(
    r"\b(?:twenty[ -]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|"
    r"thirty[ -]?first)\b"
)
_NUMBER: Final = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?\b")
_ON_DAY: Final = re.compile(rf"\b(?:{_DAY}|weekends?|next week|week)\b")
_NOW: Final = re.compile(
    r"\b(?:now|currently|at the moment|at this time|today|today's|tonight|still|yet|again|reopen|"
    r"this (?:morning|afternoon|evening)|open next|next open)\b"
    rf"|^(?:are|is) {_PLACE}(?: guys| all)? (?:open|closed|shut)(?: please| then| there| or not)*$"
    r"|^(?:you|you're|you are)(?: guys)? (?:open|closed)$"
)
_TODAY: Final = re.compile(r"\b(?:today|today's|tonight|right now)\b")
_TOMORROW: Final = re.compile(r"(?<!\bafter )\btomorrow\b")


def topics_for(question: str, other_days: str = "") -> tuple[str, ...]:
    """The topics that answer a question about opening hours, the best first; () for another one.

    question: plain, without "could you tell me". other_days: what the fact OTHER_DAYS says.
    """
    if not _ASKS.search(question) and not _DAY_ALONE.search(question):
        return ()
    is_of_today = bool(_TODAY.search(question))
    if _TOMORROW.search(question):
        return (WHEN_OPEN,) if is_of_today else (TOMORROW, WHEN_OPEN, OTHER_DAYS)
    if _HOLIDAY.search(question):
        return (OTHER_DAYS,)  # else nobody knows: what holds today does not hold then
    if _names_one_of(other_days, question):
        return OTHER_DAYS, WHEN_OPEN
    if is_of_today or (_NOW.search(question) and not _ON_DAY.search(question)):
        return (OPEN_NOW,)
    return WHEN_OPEN, OTHER_DAYS


def _names_one_of(other_days: str, question: str) -> bool:
    """Whether a date is asked for that may be one of these days."""
    month = _MONTH.search(question)
    if not month and not _OF_MONTH.search(question) and not _SPELLED.search(question):
        return False
    numbers = _NUMBER.findall(question)
    if not numbers or "From " in other_days:  # it may lie in a period
        return True
    return any(f"{month[0].title() if month else ''} {number}," in other_days for number in numbers)
