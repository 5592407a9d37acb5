"""Whether a caller asks for a moment: "Hold on", "Einen Moment bitte". By language, and pure.

Only a turn that says nothing else is one. "One moment, do you open on Sundays?" is a question, and
"hold on, I'll get my card" says what the moment is for.
"""

import re
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 120  # a longer turn says more than that
MOST_WORDS_OF_REASON: Final = 6
_NOT_IN_WORDS: Final = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class _Language:
    """The parts of such a turn: fillers, requests, and a reason at the end.

    Each pattern matches one part. Matching them one after the other takes linear time; a single
    pattern for all parts would try every way to divide the turn.
    """

    request: re.Pattern[str]
    reason: re.Pattern[str]
    filler: re.Pattern[str]


def _language(*, request: str, reason: str, filler: str) -> _Language:
    return _Language(*(re.compile(rf"(?:{each})(?= |\Z)") for each in (request, reason, filler)))


_MOMENT: Final = r"(?:moment|second|sec|minute|min|mo)"
_CHECK: Final = r"(?:check|see|have a look|look it up|look that up|look|think about it|think)"
_AUGENBLICK: Final = r"(?:moment|momentchen|augenblick|sekunde|minute|minütchen)"
_KLEIN: Final = r"(?:kleinen |kurzen |kleine |kurze |halbe )?"
_KURZ: Final = r"(?: (?:mal|kurz|eben|gerade|schnell|bitte|da))*"
_NACHSEHEN: Final = r"(?:nachsehen|nachschauen|schauen|überlegen|nachdenken|nachfragen|suchen)"
_ICH_SEHE: Final = r"ich (?:schaue?|sehe|gucke?|frage?)"
_LANGUAGES: Final = {
    "en": _language(
        request=(
            r"(?:give me |wait |hold on |hang on )?(?:for )?(?:just )?"
            rf"(?:a|one|half a|another) (?:quick |little )?{_MOMENT}|"
            r"hold on|hang on|hold the line|bear with me|please wait|wait please|"
            rf"stay on the line|just wait|let me (?:just |quickly )?{_CHECK}"
        ),
        reason=(
            r"(?:i'll|i will|i'm|i am|let me)(?: just| quickly)? "
            r"(?:get|grab|fetch|find|check|look|see|ask|think)(?:t?ing|bing)?|"
            r"i (?:need|have|want) to(?: just| quickly)? (?:check|look|find|ask|think|see)"
        ),
        filler=(
            r"oh|um|uh|er|erm|hm|hmm|yes|yeah|yep|ok|okay|sure|well|please|sorry|so|right|just|"
            r"thanks|thank you|wait|alright|all right|excuse me|can you|could you|would you"
        ),
    ),
    "de": _language(
        request=(
            r"(?:(?:warten sie|warte|geben sie mir|gib mir) )?(?:noch |nur )?"
            rf"(?:(?:eine|einen|ein|ne|nen|n) )?{_KLEIN}{_AUGENBLICK}|"
            rf"warten sie|warte mal|{_ICH_SEHE}{_KURZ} nach|"
            r"bleiben sie (?:bitte )?(?:kurz )?(?:dran|am apparat|in der leitung)|"
            rf"(?:lassen sie|lass) mich{_KURZ} {_NACHSEHEN}|"
            rf"(?:ich muss|muss ich){_KURZ} {_NACHSEHEN}"
        ),
        reason=(
            rf"ich (?:hole?|suche?)|{_ICH_SEHE}|"
            rf"ich muss{_KURZ} (?:meine?n?|nach|schauen|suchen)"
        ),
        filler=(
            r"äh|ähm|hm|hmm|ja|okay|ok|gut|so|bitte|danke|also|mal|eben|kurz|gerade|sorry|"
            r"entschuldigung|ach|oh|na|klar|gerne?|da"
        ),
    ),
}


def asks_for_a_moment(text: str, language: str) -> bool:
    """Whether `text` asks the agent to wait and says nothing else; language: "en", "de-AT".

    False for a language without patterns.
    """
    known = _LANGUAGES.get(language.partition("-")[0].lower())
    if known is None or len(text) > MOST_CHARACTERS or "?" in text.rstrip("? "):
        return False
    words = " ".join(_NOT_IN_WORDS.sub(" ", text.casefold().replace("’", "'")).split())
    at, has_request = 0, False
    while at < len(words):
        if has_request and (reason := known.reason.match(words, at)):
            return len(words[reason.end() :].split()) <= MOST_WORDS_OF_REASON
        request = known.request.match(words, at)
        part = request or known.filler.match(words, at)
        if part is None:
            return False
        has_request = has_request or request is not None
        at = part.end() + 1
    return has_request
