"""Recognises recorded announcements: "Your call is important to us. Please hold." Pure.

When a caller is put on hold elsewhere, or holds a second telephone to the first, the agent hears
the announcements of another company, which want no answer. A caller who asks about them ("is this
call recorded?") or reports them ("I press one, and nothing happens") does want one: so a whole
sentence must be an announcement, without a question or "I" near it. A recording that is taken for
a person costs one answer; a person who is taken for a recording hears nothing.
"""

import re
from typing import Final

MOST_CHARACTERS: Final = 600  # of a turn's beginning
_STAFF: Final = r"(?:agents?|representatives?|operators?|advisors?|associates?|colleagues?)"
_AGENTS: Final = rf"(?:{_STAFF}|lines|staff)"
_KEY: Final = r"(?:\d|one|two|three|four|five|six|seven|eight|nine|zero|star|pound)"
_COUNTED: Final = (
    r"(?:\d{1,3}|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|"
    r"twenty|thirty|forty|fifty)(?:[ -]\w+)?)"
)
_ON_HOLD: Final = r"(?:hold|wait|stand by|(?:stay|remain) on the line)"
_MITARBEITER: Final = r"(?:mitarbeiter|mitarbeiterinnen|leitungen|plätze|kollegen|berater)"
_FREI: Final = r"nächste[nr]? freie[nr]? (?:mitarbeiter|mitarbeiterin|platz|leitung|berater)"
_BELEGT: Final = r"(?:im gespräch|belegt|beschäftigt|in gesprächen)"
_TASTE: Final = r"(?:\d|eins|zwei|drei|vier|fünf|sechs|sieben|acht|neun|null|raute)"
# How a sentence of an announcement begins.
_PATTERNS: Final = {
    "en": re.compile(
        r"(?:(?:thank you|thanks) for [\w ]{1,40}?,? )?(?:"
        r"your call is (?:very )?important to us\b|"
        rf"(?:(?:sorry|unfortunately|currently),? )?all (?:of )?(?:our )?{_AGENTS}(?: and \w+)? "
        r"are (?:\w+ )?(?:busy|assisting|helping|speaking|serving|engaged)\b|"
        r"your call will be (?:answered|taken|connected|transferred)\b|"
        rf"(?:please )?{_ON_HOLD},? (?:for|while|until)\b[\w ]{{1,40}}\b{_STAFF}\b|"
        rf"(?:please )?{_ON_HOLD},? (?:while|until) we (?:connect you|transfer you|"
        r"[\w ]{1,30} your call)\b|please continue to hold\b|"
        rf"you(?:'re| are) caller (?:number )?{_COUNTED}$|"
        r"(?:please )?listen carefully,? (?:as|because|since) (?:our|the|some of our) "
        r"(?:\w+ )?(?:menus?|options)\b|"
        r"(?:(?:hi|hello),? )?you(?:'ve| have) reached (?:the )?"
        r"(?:voice ?mail|mailbox|answering machine|a (?:non ?working|number))\b|"
        r"(?:we're sorry,? |sorry,? )?all circuits are (?:\w+ )?busy\b|"
        rf"(?:an?|the next|one of our)(?: available)? {_STAFF} will (?:be (?:with you|"
        r"right with|available|on the line)|(?:assist|answer|take) you(?:r call)?)\b|"
        r"we are (?:currently )?experiencing (?:\w+ ){1,5}call volumes?\b|"
        r"(?:at|after) the (?:tone|beep),? (?:please )?(?:record|leave)\b|"
        r"if you know your party's extension\b|this mailbox is full$|"
        r"(?:this|the) mailbox is full,? and (?:cannot|can't|can not|is not able to) accept\b|"
        r"para español,? (?:oprima|marque|presione|pulse|diga|press)\b|"
        rf"(?:please )?{_ON_HOLD},? and (?:your call|an? |the next|one of our|we will)|"
        rf"(?:the|our) next available {_STAFF} will\b|"
        rf"you will be (?:connected|transferred) (?:to|with) the next available {_STAFF}\b|"
        r"you(?:'re| are) (?:currently |now )?(?:number |caller )?[\w-]+ in (?:(?:the|our) )?"
        r"(?:queue|line)\b|"
        r"(?:your|the) (?:current )?estimated wait(?:ing)? time is [\w ]{1,30}$|"
        r"(?:this|your) call (?:may|will) be (?:recorded|monitored) (?:for|and|or)\b|"
        r"(?:this|your) call may be (?:recorded|monitored)$|"
        rf"(?:for|to|if you(?:'d)?) [\w ']{{2,60}},? (?:please )?press {_KEY}\b|"
        rf"(?:please )?press {_KEY} (?:for|to|now)\b|"
        r"(?:please |you (?:can|may) )?(?:leave|record) (?:a|your) [\w ]{2,40} "
        r"(?:after|at) the (?:tone|beep)\b|"
        r"the (?:person|number|party|customer) you (?:are calling|are trying to reach|"
        r"have dialed|have called|dialed) (?:(?:is|can|has|does) (?:\w+ )?"
        r"(?:not|unavailable|busy|on another|temporarily|been)\b|cannot\b|can't\b))"
    ),
    "de": re.compile(
        r"(?:vielen dank für [\w ]{1,40}?,? )?(?:"
        r"ihr anruf ist uns (?:sehr )?wichtig\b|"
        r"ihr anruf wird (?:\w+ ){0,4}(?:entgegengenommen|beantwortet|verbunden|weitergeleitet)\b|"
        rf"alle (?:unsere )?{_MITARBEITER} (?:sind|befinden sich) (?:\w+ ){{0,3}}{_BELEGT}\b|"
        r"(?:leider|zurzeit|derzeit|momentan|im moment|es) sind (?:\w+ ){0,2}?"
        rf"alle (?:unsere )?{_MITARBEITER} (?:\w+ ){{0,3}}{_BELEGT}\b|"
        rf"(?:der|die|das) {_FREI} (?:\w+ ){{1,5}}(?:sie|ihnen|ihren)\b|"
        rf"(?:bitte )?warten sie,? (?:\w+ ){{0,6}}{_FREI}\b|"
        r"sie werden (?:\w+ ){0,3}mit dem nächsten\b|"
        r"sie (?:sind|befinden sich) (?:\w+ ){0,3}in der warteschleife\b|"
        r"bitte (?:legen sie nicht auf|bleiben sie in der leitung),? (?:und |denn )?"
        r"(?:ihr anruf|wir verbinden|wir sind|sie werden|der nächste|die nächste)\b|"
        r"(?:ihre|die) (?:voraussichtliche|geschätzte) wartezeit beträgt [\w ]{1,40}$|"
        r"(?:dieses|das|ihr) gespräch (?:kann (?:\w+ ){0,6}|wird (?:\w+ ){0,3}"
        r"(?:zu|zur|zum|aus|für) (?:\w+ ){1,6})aufgezeichnet\b|"
        r"(?:(?:für|um|bei|zum|zur|wenn|falls|möchten|wünschen) [\w ]{2,60},? )?"
        r"(?:bitte )?(?:drücken|wählen) sie "
        rf"(?:bitte |jetzt )?die {_TASTE}\b|"
        r"(?:bitte )?(?:hinterlassen|sprechen) sie (?:\w+ ){1,6}nach dem (?:signal|piep)?ton\b|"
        r"der (?:gewünschte|angerufene) (?:gesprächspartner|teilnehmer|anschluss) ist "
        r"(?:\w+ )?(?:nicht|vorübergehend)\b|"
        r"kein anschluss unter dieser nummer\b|ihr anruf wird gehalten\b|"
        r"sie werden (?:nun|jetzt|gleich|sofort|in kürze) (?:\w+ )?verbunden\b|"
        r"wir sind (?:gleich|sofort|in kürze) (?:\w+ )?für sie da\b|"
        r"(?:leider )?rufen sie (?:\w+ )?ausserhalb unserer\b|"
        rf"(?:leider )?unsere (?:\w+ )?{_MITARBEITER} sind (?:\w+ ){{0,3}}{_BELEGT}\b|"
        r"sie sind (?:\w+ )?mit der (?:mailbox|sprachbox)\b|"
        r"(?:dies|hier|das) ist die (?:mailbox|sprachbox) (?:von|der|des) [\w +]+$|"
        r"(?:guten tag,? )?sie haben die (?:nummer|rufnummer|mailbox) [\w ]{1,40} "
        r"(?<!falsch )(?:gewählt|erreicht)\b|bitte haben sie (?:\w+ ){0,3}moment geduld$|"
        r"der (?:gesprächspartner|teilnehmer) ist (?:\w+ )?nicht (?:\w+ )?erreichbar\b)"
    ),
}
# What a turn begins with that is a question, also where a recogniser writes no mark. What
# `casefold` leaves has "ss" for "ß".
_ASKS: Final = {
    "en": re.compile(
        r"(?:(?:hello|hi|hey|so|and|but|okay|ok|well|um|uh|oh|yes|no|sorry|excuse me),? ){0,3}"
        r"(?:what|who|whose|which|where|why|how|is|are|was|were|does|did|can|could|will|would|"
        r"shall|should|may|has|isn't|aren't|won't|can't|don't you|"
        r"(?:when|do|have) (?:is|are|will|can|do|does|you|they|we))\b"
    ),
    "de": re.compile(
        r"(?:(?:hallo|also|und|aber|okay|ok|äh|ähm|ja|nein|entschuldigung|guten tag),? ){0,3}"
        r"(?:was|wer|wem|wen|wie|wo|wann|warum|wieso|weshalb|welche[rsnm]?|ist|sind|war|waren|"
        r"wird|werden|wurde|kann|können|könnten?|darf|dürfen|muss|müssen|soll|sollen|sollten?|"
        r"hat|haben|heisst|bedeutet|gibt|stimmt)\b"
    ),
}
_SELF: Final = {
    "en": re.compile(r"\b(?:i|me|my|mine|myself)\b"),
    "de": re.compile(r"\b(?:ich|mir|mich|mein\w{0,2})\b"),
}
_REPORTED: Final = {
    "en": re.compile(r"\b(?:says|said|saying|told)\b"),
    "de": re.compile(r"\b(?:sagt|sagte|gesagt|hiess|hörte)\b"),
}
_SENTENCE: Final = re.compile(r"[^.!?:;]+[.!?:;]?")


def is_recording(text: str, language: str) -> bool:
    """Whether `text` is an announcement; language: "en", "de-AT". False for any other language."""
    known = language.partition("-")[0].lower()
    if known not in _PATTERNS or text[-10:].rstrip(" \"'”“»)").endswith("?"):
        return False
    said = text[:MOST_CHARACTERS].casefold().replace("’", "'").strip()
    if _ASKS[known].match(said) or _SELF[known].search(said) or _REPORTED[known].search(said):
        return False
    sentences = (each.strip() for each in _SENTENCE.findall(said))
    pattern = _PATTERNS[known]
    return any(not each.endswith("?") and pattern.match(each.rstrip(" .!:;")) for each in sentences)
