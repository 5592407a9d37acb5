"""How a clause begins, and whether it lacks its verb or its object: "kann ich mit Karte". Pure.

A German clause with an auxiliary verb ends with its infinitive, and one behind "ob" with its verb:
until then more follows, whatever was said so far.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.speech.turns.words import TurnWords

# "Kann ich da" may be all of it; a clause has a subject, and something that is done.
SHORTEST: Final = 3  # words of a clause, its auxiliary among them
MOST: Final = 12  # words behind that, after which it may have its verb anywhere
_INFINITIVE: Final = re.compile(r"\w{2,}(?:en|ern|eln)|tun|sein")
# How verbs end; those without an ending are listed.
_VERB: Final = re.compile(
    r"\w{2,}[tne]|weiß|mag|darf|will|soll|muss|lag|saß|bat|(?:ver|ent)?stand|begann|gewann|verlor|"
    r"vergaß|(?:an|ab|auf|aus|ein|zu|vor|nach|mit|zurück|weg|los|hin|her|um|be|ge|ver|er|ent|zer)?"
    r"(?:kam|ging|sah|fand|blieb|rief|half|schrieb|fuhr|nahm|gab|lief|fiel|aß|ließ|hieß|zog|brach|"
    r"sprach|traf|trug|schien|schlief|stieg|hing)"
)


def lacks_verb(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether the last clause has no verb yet that it must end with."""
    newest = list(tokens[-MOST:])
    if newest[-1] in known.yes_no:
        return False
    for at in range(len(newest) - 1, -1, -1):
        clause = newest[at:]
        if clause[0] in known.clause_words and len(clause) > 1:
            return not (_is_verb(newest[-1], known) or _is_either(clause, known))
        if clause[0] in known.auxiliaries:
            return len(clause) >= SHORTEST and _lacks_infinitive(newest, at, known)
    return False


def _lacks_infinitive(tokens: Sequence[str], at: int, known: TurnWords) -> bool:
    """Whether nothing yet ends the clause of the auxiliary at `at`."""
    behind = tokens[at + 1 :]
    is_left_out = behind[-1] in known.beside_verb or behind[-2] in known.directions
    is_left_out = is_left_out or _goes_somewhere(tokens, at, known) or _has_time(tokens, at, known)
    if is_left_out or any(_is_infinitive(token, known) for token in behind):
        return False
    return not known.subjects.isdisjoint((*tokens[max(0, at - 1) : at], behind[0]))


def _goes_somewhere(tokens: Sequence[str], at: int, known: TurnWords) -> bool:
    """Whether the clause is "ich muss in die Schule"; "können Sie mich in die" has another verb."""
    behind = tokens[at + 1 :]
    is_own = not known.have_subjects.isdisjoint((*tokens[max(0, at - 1) : at], behind[0]))
    return is_own and " ".join(behind[-3:-1]) in known.own_directions


def _has_time(tokens: Sequence[str], at: int, known: TurnWords) -> bool:
    """Whether the clause only says when the caller can, and asks nothing: "da kann ich um zehn"."""
    if tokens[at] not in known.able or not at:
        return False
    before, rest = tokens[at - 1], tokens[at + 1 :]
    is_subject = before in known.have_subjects
    if not is_subject and rest[0] in known.have_subjects:
        is_subject, rest = before in known.times or before in known.dates, rest[1:]
    return (
        is_subject
        and _is_time(rest[-1], known)
        and all(token in known.times or _is_time(token, known) for token in rest)
    )


def _is_time(token: str, known: TurnWords) -> bool:
    is_day = token in known.dates or token in known.months or token in known.ordinals
    return is_day or token in known.digits or token[0].isdigit()


def lacks_object(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether "ich habe" has only its time and its place: "ich habe gestern bei Ihnen"."""
    newest = tokens[-MOST:]
    for at in range(len(newest) - 2, 0, -1):
        if newest[at] in known.have:
            rest = newest[at + 1 :]
            is_of_caller = newest[at - 1] in known.have_subjects
            return is_of_caller and all(t in known.dates or t in known.adverbs for t in rest)
    return False


def _is_either(clause: Sequence[str], known: TurnWords) -> bool:
    """Whether it is "ob Montag oder Dienstag", which needs no verb."""
    is_pair = known.either.strip() in clause[2:-1]
    return is_pair and known.subjects.isdisjoint(clause)


def _is_infinitive(token: str, known: TurnWords) -> bool:
    """As far as its form says: a plural looks alike, and then nothing is waited for."""
    return _INFINITIVE.fullmatch(token) is not None and token not in known.no_verbs


def _is_verb(token: str, known: TurnWords) -> bool:
    if token in known.no_verbs:
        return False
    return _VERB.fullmatch(token) is not None or token in known.perhaps_open


def opens_question(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether they begin as a question does: "when", "until when", "and what"."""
    first, second = tokens[0], tokens[1] if len(tokens) > 1 else ""
    leads = first in known.open_words or first in known.perhaps_open or first in known.joins
    return first in known.openers or (leads and second in known.askers)


def is_date(tokens: Sequence[str], known: TurnWords) -> bool:
    """Whether "may" is the month: "May fifteen", "May 5"."""
    day = tokens[1] if len(tokens) > 1 and tokens[0] in known.months else ""
    return day[:1].isdigit() or day in known.digits or day in known.ordinals
