"""Whether words are those of a recording: "Your call is important to us. Please hold." Pure.

A caller who is put on hold, or who holds a second telephone to the first, has the agent hear the
announcements of another company. Nobody there wants an answer. A person says none of these
sentences to an agent; who tells of one ("they said all agents are busy") says it otherwise.
"""

import re
from typing import Final

MOST_CHARACTERS: Final = 600  # of a turn's beginning
_AGENTS: Final = r"(?:agents|representatives|operators|advisors|lines|associates|colleagues|staff)"
_KEY: Final = r"(?:\d|one|two|three|four|five|zero|star|pound)"
_MITARBEITER: Final = r"(?:mitarbeiter|mitarbeiterinnen|leitungen|plätze|kollegen|berater)"
_PATTERNS: Final = {
    "en": re.compile(
        r"\byour call is (?:very )?important to us\b|"
        rf"\ball (?:of )?our {_AGENTS}(?: and \w+)? are (?:\w+ )?"
        r"(?:busy|assisting|helping|speaking|serving|engaged)\b|"
        r"\byour call will be (?:answered|taken|connected|transferred)\b|"
        r"\bnext available (?:agent|representative|operator|advisor|associate)\b|"
        r"\byou are (?:currently |now )?(?:number |caller )?[\w-]+ in (?:(?:the|our) )?"
        r"(?:queue|line)\b|"
        r"\bestimated wait(?:ing)? time\b|"
        r"\b(?:this|your) call (?:may|will) be (?:recorded|monitored)\b|"
        r"^(?:please )?(?:stay|remain) on the line (?:and|until|for)\b|"
        rf"\b(?:for|to) [\w ,']{{2,60}},? (?:please )?press {_KEY}\b|"
        rf"\bpress {_KEY} (?:for|to|now)\b|"
        r"\b(?:leave|record) (?:a|your) message (?:after|at) the (?:tone|beep)\b|"
        r"\bthe (?:person|number|party|customer) you (?:are calling|are trying to reach|"
        r"have dialed|have called|dialed) (?:is|can|has|cannot)\b"
    ),
    "de": re.compile(
        r"\bihr anruf ist uns (?:sehr )?wichtig\b|"
        rf"\balle (?:unsere )?{_MITARBEITER} (?:sind|befinden sich) (?:\w+ ){{0,3}}"
        r"(?:im gespräch|belegt|beschäftigt|in gesprächen)\b|"
        r"\b(?:nächste|nächsten) (?:freie|freien) (?:mitarbeiter|mitarbeiterin|platz|leitung)\b|"
        r"\bsie (?:werden|sind) (?:\w+ ){0,3}(?:mit dem nächsten|in der warteschleife)\b|"
        r"\bbitte (?:legen sie nicht auf|bleiben sie in der leitung)\b.{0,40}\b(?:ihr|wir|sie)\b|"
        r"\b(?:voraussichtliche|geschätzte) wartezeit\b|"
        r"\b(?:dieses|das) gespräch (?:kann|wird) .{0,40}\baufgezeichnet\b|"
        r"\b(?:drücken|wählen) sie (?:bitte )?die (?:\d|eins|zwei|drei|vier|fünf|null|raute)\b|"
        r"\bnachricht nach dem (?:signal)?ton\b|"
        r"\bder (?:gewünschte |angerufene )?(?:gesprächspartner|teilnehmer|anschluss) ist "
        r"(?:\w+ )?(?:nicht|vorübergehend)\b"
    ),
}


def is_recording(text: str, language: str) -> bool:
    """Whether `text` is an announcement; language: "en", "de-AT". False where none is known."""
    known = _PATTERNS.get(language.partition("-")[0].lower())
    if known is None:
        return False
    said = text[:MOST_CHARACTERS].casefold().replace("’", "'")
    return known.search(re.sub(r"[.!:;]", "", said)) is not None
