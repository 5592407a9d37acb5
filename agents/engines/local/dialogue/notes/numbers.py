"""Answers to the questions for a telephone number: all of it, a part, a correction."""

from agents.engines.local.dialogue.consent import verdict
from agents.engines.local.dialogue.digits import (
    LONGEST,
    NO_MORE,
    NOT_BUT,
    SHORTEST,
    THIS_NUMBER,
    digits_in,
    groups_in,
    has_plus,
    without_counts,
)
from agents.engines.local.dialogue.hearing import clauses, is_question, plain
from agents.engines.local.dialogue.notes.notes import (
    NOT_GIVEN,
    Knows,
    News,
    Notes,
    brought,
    unless_short,
)
from agents.engines.local.dialogue.phrases import Asked
from agents.speech.heard.groups import corrected, is_whole


def number_given(notes: Notes, text: str, knows: Knows) -> Notes:
    """The notes after an answer to the question for a number, or for the rest of one."""
    words, figures = plain(text), without_counts(text)
    if digits := digits_in(figures):
        return digits_given(notes, figures, digits)
    if THIS_NUMBER.search(words) or NOT_GIVEN.search(words):
        withheld = notes.withheld | {Asked.NUMBER}
        return brought(notes, News.NUMBER_WITHHELD, withheld=withheld, groups=())
    if notes.asked is Asked.REST_OF_NUMBER:
        if len(notes.number) >= SHORTEST and NO_MORE.search(words):
            return brought(notes, News.NUMBER, is_number_over=True)
        if verdict(words)[0] is False:
            return brought(notes, News.NUMBER_WRONG, groups=())
    return notes


def digits_given(notes: Notes, text: str, digits: str) -> Notes:
    """Digits in answer to a question about the number: all of it, more of it, or another."""
    words, said = plain(text), groups_in(text)
    is_correction, old = verdict(words)[0] is False, ""
    if found := NOT_BUT.search(words):
        old, new = digits_in(found["old"]), digits_in(words[found.end() :])
        if old and new:
            is_correction, digits, said = True, new, (new,)
    if "area code" in words and notes.number and len(digits) < SHORTEST:
        groups = said + notes.groups
    elif is_correction and len(digits) < SHORTEST and len(digits) <= len(notes.number):
        groups = corrected(notes.groups, digits, old=old)
    elif len(digits) >= SHORTEST or is_correction:
        groups = said
    else:
        groups = notes.groups + said
    is_begun = bool(notes.groups) and groups != said
    is_international = notes.is_international if is_begun else has_plus(text)
    if sum(map(len, groups)) > LONGEST:
        groups = ("".join(groups)[:LONGEST],)
    questions = ". ".join(c for c in clauses(text) if is_question(plain(c)) and not digits_in(c))
    news = News.NUMBER if is_whole("".join(groups)) else News.PART_OF_NUMBER
    withheld = notes.withheld - {Asked.NUMBER}
    return brought(
        notes,
        news,
        rest=questions,
        groups=groups,
        is_international=is_international,
        is_number_over=False,
        is_number_right=False,
        withheld=withheld,
    )


def number_confirmed(notes: Notes, text: str, knows: Knows) -> Notes:
    """The notes after an answer to the question whether the number is right."""
    text = without_counts(text)
    digits = digits_in(text)
    says_yes, tail = verdict(plain(text), sound=text)
    if digits and not (says_yes and digits == notes.number):
        return digits_given(notes, text, digits)
    if says_yes:
        return brought(notes, News.NUMBER_CONFIRMED, rest=unless_short(tail), is_number_right=True)
    if says_yes is False:
        return brought(notes, News.NUMBER_WRONG, groups=())
    return notes


def number_as_heard(notes: Notes, text: str) -> Notes:
    """The notes where a question about the number is not put again."""
    if notes.asked is Asked.NUMBER_RIGHT:
        return brought(notes, News.NUMBER_HEARD, is_number_right=True)
    if len(notes.number) >= SHORTEST:
        return brought(notes, News.NUMBER, is_number_over=True)
    withheld = notes.withheld | {Asked.NUMBER}
    return brought(notes, News.NUMBER_MISSED, withheld=withheld, groups=())
