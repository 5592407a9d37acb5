"""Whether a caller asks for a moment: "Hold on", "Einen Moment bitte". By language, and pure.

Only a turn that says nothing else is one. "One moment, do you open on Sundays?" is a question, and
"hold on, I'll get my card" says what the moment is for.
"""

import re
from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 120  # a longer turn says more than that
MOST_WORDS_OF_REASON: Final = 6
# A number is dictated, the agent is asked, and a caller who needs help must not wait.
_NO_REASON: Final = re.compile(
    r"\d|\A ?(?:you|about|mich|sie)\b"
    r"|\b(?:help|smoke|missing|ambulance|police|emergency|fire|"
    r"gun|blood|bleeding|breathing|hilfe|notruf|rauch|vermisst|ab|"
    r"krankenwagen|notarzt|polizei|feuerwehr|feuer|blut\w*)\b"
)
_NOT_IN_WORDS: Final = re.compile(r"[^\w']+")


@dataclass(frozen=True, slots=True)
class _Language:
    """The parts of such a turn: fillers, requests, and a reason at the end.

    A few words may follow a reason, as "my card" follows "I'll get"; what follows a whole one says
    something else.

    Each pattern matches one part. Matching them one after the other takes linear time; a single
    pattern for all parts would try every way to divide the turn.
    """

    request: re.Pattern[str]
    reason: re.Pattern[str]
    whole: re.Pattern[str]
    filler: re.Pattern[str]


def _language(*, request: str, reason: str, whole: str, filler: str) -> _Language:
    parts = (request, reason, whole, filler)
    return _Language(*(re.compile(rf"(?:{each})(?= |\Z)") for each in parts))


_MOMENT: Final = r"(?:moment|second|sec|minute|min|mo)"
_CHECK: Final = r"(?:check|see|have a look|look it up|look that up|look|think about it|think)"
_MOMENTS: Final = r"(?:moments|seconds|secs|minutes|mins)"
_SOME: Final = r"(?:two|three|five|ten|a few|a couple of|some|a couple)(?: more)?"
# What a caller goes for: "my credit card"; "my prescription" and "my usual" are why they call.
_MY: Final = (
    r"my(?: (?:credit|debit|bank|insurance|reading))? (?:wallet|purse|handbag|cards?|glasses|pen|"
    r"pencil|phone|laptop|calendar|diary|schedule|papers|paperwork|notes|bag)"
)
_MY_NUMBER: Final = r"my (?:(?:order|account|policy|booking|reference|card|member) )?number"
_NEED: Final = r"(?:i need|i just need)"
_GO_FOR: Final = r"(?:get|grab|fetch|find|check|look for|go get|open|pull up)"
_PEOPLE: Final = (
    r"(?:kids?|son|daughter|wife|husband|partner|boss|manager|mother|mom|mum|father|dad|colleague)"
)
_AT_HOME: Final = rf"(?:{_PEOPLE}|dog|cat|baby|doorbell)"
_AUGENBLICK: Final = r"(?:moment|momentchen|augenblick|sekunde|sekündchen|minute|minütchen)"
_KLEIN: Final = r"(?:kleinen |kurzen |kleine |kurze |halbe )?"
_KURZ: Final = r"(?: (?:mal|kurz|eben|gerade|schnell|bitte|da))*"
_NACHSEHEN: Final = r"(?:nachsehen|nachschauen|schauen|überlegen|nachdenken|nachfragen|suchen)"
_HOLEN: Final = rf"(?:{_NACHSEHEN}|sehen|gucken|holen|finden|fragen|raussuchen|heraussuchen)"
_KURZ_DABEI: Final = r"(?: (?:mal|kurz|eben|gerade|schnell|nur))+"
_ZU_HAUSE: Final = (
    r"(?:mann|frau|chef|chefin|kollegen|kollegin|kollege|sohn|tochter|mutter|vater|hund|kind|baby|"
    r"kinder|postbote)"
)
# As `_MY`: an order or an invoice is what a caller calls about.
_MEINE: Final = (
    r"(?:(?:kunden|kredit|bank|ec|versicherten)?karte|(?:kunden|karten|konto)?nummer|brille|stift|"
    r"zettel|kalender|unterlagen|papiere|ausweis|handy|portemonnaie|geldbeutel|geldbörse|brief)"
)
_ICH_SEHE: Final = r"ich (?:schaue?|sehe|gucke?|frage?)"
_LANGUAGES: Final = {
    "en": _language(
        request=(
            r"(?:give me |wait |hold on |hang on )?(?:for )?(?:just )?"
            rf"(?:a|one|half a|another) (?:quick |little )?{_MOMENT}|"
            rf"(?:give me|wait|hold on|hang on|{_NEED})(?: for)? (?:just )?{_SOME} {_MOMENTS}|"
            rf"(?:can i have|let me have|{_NEED}) (?:just )?(?:a|one) {_MOMENT}|"
            r"hold that thought|hold on|hang on|hold the line|bear with me|please wait|"
            r"wait please|stay on the line|just wait|hold|don't hang up|stay there|sec|"
            # "Let me get that" orders it.
            rf"let me (?:just |quickly )?(?:{_GO_FOR} (?:{_MY}|{_MY_NUMBER})|"
            r"(?:grab|fetch|find|check|look for|open|pull up) (?:it|that|them)|"
            rf"ask my {_PEOPLE})|"
            r"let me (?:just |quickly )?see if (?:i|we) (?:have|can find|still have|got) [\w']+|"
            rf"let me (?:just |quickly )?{_CHECK}|"
            rf"i want to (?:just |quickly )?(?:check|look at) {_MY}|"
            r"i (?:need|have) to (?:just |quickly )?(?:look it up|"
            rf"(?:get|grab|fetch|find|check|look at) {_MY}|check|ask my {_PEOPLE})|"
            r"(?:i'll |i will )?be (?:right back|back shortly|"
            r"back in a (?:moment|second|minute|sec))"
        ),
        reason=(
            r"(?:i'll|i will|i'm|i am|let me)(?: just| quickly)? "
            r"(?:get|grab|fetch|find|check|look|see|ask|think)(?:t?ing|bing)?|"
            r"i (?:need|have) to(?: just| quickly)? (?:check|look|find|ask|think|see)|"
            rf"(?:somebody|someone|my {_AT_HOME}|the (?:kids|baby|dog))(?:'s| is| are) asking"
        ),
        whole=(
            rf"(?:(?:somebody|someone|my {_AT_HOME}|the (?:door|doorbell|kids|baby|dog|phone))"
            r"(?:'s| is| are)|there's (?:somebody|someone)) (?:just )?"
            r"(?:at the door|here|calling|crying|barking|ringing|knocking|talking|shouting)"
            r"(?: (?:me|again|now|at me|to me|at the door|on the other line))?|"
            r"i(?:'ve got| have| got| have got) it (?:right here|here somewhere|here|somewhere)"
        ),
        filler=(
            r"oh|um|uh|er|erm|hm|hmm|yes|yeah|yep|ok|okay|sure|well|please|sorry|so|right|just|"
            r"thanks|thank you|wait|alright|all right|excuse me|can you|could you|would you"
        ),
    ),
    "de": _language(
        request=(
            r"(?:(?:warten sie|warte|geben sie mir|gib mir) )?(?:noch |nur )?"
            rf"(?:(?:eine|einen|ein|'?ne|'?nen|'?n) )?{_KLEIN}{_AUGENBLICK}|"
            rf"warten sie|warte mal|{_ICH_SEHE}{_KURZ} nach|"
            r"bleiben sie (?:bitte )?(?:kurz )?(?:dran|am apparat|in der leitung)|"
            rf"(?:lassen sie|lass) mich{_KURZ} {_NACHSEHEN}|"
            rf"(?:ich muss|muss ich|darf ich|kann ich){_KURZ} {_NACHSEHEN}|"
            rf"(?:ich muss|muss ich|ich frage?){_KURZ} mein\w{{0,2}} {_ZU_HAUSE}(?: fragen)?|"
            rf"ich (?:hole?|suche?){_KURZ_DABEI} (?:das|es|meine?n? {_MEINE})|"
            rf"ich suche? (?:das|es|sie|ihn){_KURZ_DABEI}|"
            rf"(?:ich )?bin gleich (?:wieder (?:da|zurück)|zurück|soweit|so weit)|"
            r"(?:legen sie(?: bitte)? nicht auf|nicht auflegen)|"
            rf"(?:können sie|könnten sie|kannst du){_KURZ} warten|"
            r"(?:geben sie|gib) mir (?:zwei|drei|fünf|ein paar) (?:minuten|sekunden)|"
            r"(?:ich )?hab(?:'s| es|s)? gleich|hab ich gleich|wart mal|warten's|wartens|halt kurz"
        ),
        reason=(
            rf"ich hole?|{_ICH_SEHE}|"
            r"ich suche?(?: sie| ihn)?(?! eine?n? (?!stift|kuli|kugelschreiber|zettel|moment))|"
            rf"ich muss{_KURZ}(?: (?:das|es|sie|ihn|(?:den|die|das|meine?n?|nach) [\w']+|"
            rf"nach (?:meine[rmn]|de[rmn]) [\w']+){_KURZ})? {_HOLEN}|"
            r"es (?:klingelt|klopft)|da (?:klingelt|klopft)"
        ),
        whole=(
            r"da ist (?:gerade )?jemand(?: an der tür)?|"
            rf"(?:der|die|das|mein|meine) {_ZU_HAUSE} (?:(?:ist|kommt|ruft|steht){_KURZ}"
            r"(?: (?:da|an|an der tür|vor der tür))?|bellt|weint|schreit|fragt|klingelt|klopft)"
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
            behind = words[reason.end() :]
            is_short = len(behind.split()) <= MOST_WORDS_OF_REASON
            return is_short and _NO_REASON.search(behind) is None
        whole = known.whole.match(words, at) if has_request else None
        request = known.request.match(words, at)
        part = whole or request or known.filler.match(words, at)
        if part is None:
            return False
        has_request = has_request or request is not None
        at = part.end() + 1
    return has_request
