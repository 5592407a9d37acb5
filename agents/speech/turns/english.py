"""English: what the last words of a turn say about its end."""

import re
from typing import Final

from agents.speech.turns.words import NATO, Question, TurnWords, phrases, words

_TENS: Final = words("twenty thirty forty fifty sixty seventy eighty ninety")
_DIGITS: Final = {
    **dict.fromkeys(words("zero one two three four five six seven eight nine oh nought"), 1),
    **dict.fromkeys(
        words(
            "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
            "nineteen hundred"
        ),
        2,
    ),
    **dict.fromkeys(_TENS, 2),
    "thousand": 3,
}
_TELEPHONE: Final = (
    r"(?:tele)?phone|mobile|cell|call(?:ing)? (?:you|me) back|callback|reach (?:you|me)"
)

ENGLISH: Final = TurnWords(
    connectives=words(
        "and but because or so that if when while which who whose although though "
        "since unless until whether then also plus like including whereas cause cuz"
    ),
    fillers=phrases(
        "uh, um, uhm, umm, uhh, er, erm, hm, hmm, mm, ah, well, you know, i mean, "
        "let me see, let me think, let's see, let me check, let me look, hang on, hold on, "
        "one moment, one second, just a moment, just a second, wait, how do i say, "
        "what was it, what's it called, kind of, sort of, basically"
    ),
    open_words=words(
        "the a an my your his its our their every each another to at of for from with into onto "
        "about between during without than as per via "
        "is are am was were be been being i'm we're they're you're i'd we'd i'll we'll i've we've "
        "i we he she they there's very mr mrs ms dr number's name's"
    ),
    perhaps_open=words(
        "in on by over under after before off through around up down out near this these those "
        "some any not just need want wanted my have has had get got it's that's he's she's do does "
        "did don't didn't can't won't isn't doesn't would will can could should shall may might "
        "must"
    ),
    openers=words(
        "who whom whose what what's when when's where where's why why's which how how's "
        "is are am was were do does did can could will would shall should may might have has "
        "isn't aren't don't doesn't didn't can't couldn't won't wouldn't"
    ),
    subjects=words(
        "i i'm i'd i've i'll we we're we'd you he she it it's they that that's this there there's "
        "please let's nothing everything"
    ),
    yes_no=words(
        "yes yeah yep yup no nope nah sure okay ok right correct exactly absolutely definitely "
        "certainly course fine perfect great good alright agreed true indeed never negative "
        "affirmative wrong incorrect neither both either"
    ),
    whole_ends=re.compile(
        r"^(?:yes|yeah|yep|no|nope|sure)\b.{0,20}\b(?:i|you|he|she|it|we|they|that|this|there) "
        r"(?:is|are|am|was|were)\W*$|"
        r"\b(?:like|love|want|need|do|did|about|of|with|take|hear|see|know|appreciate|say|said) "
        r"that\W*$"
    ),
    acknowledges=words("all that's it's sounds oh ah wow cool nice lovely then"),
    closings=phrases(
        "thanks, thank you, goodbye, bye, bye bye, please, that's all, that's it, "
        "that is all, that is it, nothing else, right, correct, stop, cancel, help, repeat, "
        "repeat that, say that again, say it again, operator, representative, "
        "is that right, is that okay, think so, hope so, guess so, believe so, suppose so, "
        "as well, very well, have a nice day, o'clock, a.m, p.m"
    ),
    greetings=words("hello hi hey good morning afternoon evening there yes yeah okay oh so"),
    dates=words(
        "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays "
        "thursdays fridays saturdays sundays january february march april june july august "
        "september october november december today tomorrow tonight morning afternoon evening "
        "noon midday midnight week weekend o'clock am pm a.m p.m"
    ),
    half_days=words("am pm"),
    leads_to_name=re.compile(
        r"\b(?:first|last|given|family|middle|his|her|their|our|[a-z]{1,20}'s) name\b|"
        r"\b(?:surname|name of)\b"
    ),
    last_name=re.compile(r"last|family|surname"),
    corrections=words("no sorry wait actually wrong correction rather"),
    refusals=words("no not none nothing don't dunno haven't can't cannot never why what"),
    digits=_DIGITS,
    tens=_TENS,
    repeats={"double": 2, "triple": 3, "treble": 3},
    alphabet=NATO | words("zed dash hyphen underscore capital"),
    compares=words("as in like for"),
    at_sign=words("at @"),
    dot=words("dot"),
    says={
        Question.EMAIL: re.compile(
            r"\be-?mail(?: address)?(?: is\b|'s\b| would be\b|:)|\bmy e-?mail(?: address)?\W*$"
        ),
        Question.TELEPHONE: re.compile(
            rf"\b(?:{_TELEPHONE})\b.{{0,60}}\b(?:is|at|on)\b|\bmy number(?: is|'s)\b"
        ),
        Question.NUMBER: re.compile(
            r"\b(?:number|code|reference|id|pin)(?: number)?(?: is\b|'s\b|:|\W*$)"
        ),
        Question.ADDRESS: re.compile(r"\baddress is\b|\baddress:"),
        Question.NAME: re.compile(r"\b(?:name is|name's|my name)\b"),
    },
    asked={
        Question.SPELLING: re.compile(r"\bspell"),
        Question.EMAIL: re.compile(r"\be-?mail\b"),
        Question.TELEPHONE: re.compile(
            r"\b(?:phone|telephone|mobile|cell|callback|contact|call-back)\b.{0,60}\bnumber\b|\bnumber\b.{0,60}"
            r"\b(?:reach|call|phone)\b|\bphone\b|\bwhat(?:'s| is) (?:your|the best) number\b"
        ),
        Question.POSTAL_CODE: re.compile(r"\b(?:zip|postal|post) ?code\b|\bpostcode\b|\bzip\b"),
        Question.ADDRESS: re.compile(r"\baddress\b|\bwhere do you live\b|\bstreet\b"),
        Question.AMOUNT: re.compile(r"\bhow (?:many|much|old|long|often|big|far)\b"),
        Question.NUMBER: re.compile(
            r"\bnumber\b|\b(?:code|reference|pin|digits)\b|\border id\b|\bdate of birth\b"
        ),
        Question.NAME: re.compile(
            r"\bname\b|\bwho(?:'s| is| am i)\b.{0,60}\b(?:calling|speaking|with)\b"
        ),
        Question.DATE: re.compile(
            r"\bwhen\b|\bwhat (?:day|date|time|month)\b|\bwhich (?:day|date|time|month)\b|"
            r"\b(?:day|date|time) (?:works|suits|would)\b|\bbirthday\b"
        ),
    },
    yes_no_question=re.compile(
        r"(?:^|[,;:] |\band |\bso |\bbut |\bor )(?:do|does|did|is|are|was|were|have|has|will|would|"
        r"should|shall|can|could|may|isn't|aren't|don't|anything else|right|correct)\b"
    ),
    request=re.compile(
        r"\b(?:can|could|may|might) (?:i|we|you)(?: please| also| just)* (?:have|get|take|ask|give|"
        r"tell|spell|say|share|provide|repeat|enter|know|confirm your|help)\b|"
        r"\bwould you(?: please| mind)* (?:giv|tell|spell|shar|provid|repeat|say)|"
        r"\bdo you (?:know|remember) (?:your|the|when|what|which)\b|"
        r"^(?:what|how|who|when|where|which)"
    ),
    tell_me=re.compile(
        r"\b(?:please|tell me|give me|let me know|i(?:'ll| will)? (?:just )?need|go ahead)\b|"
        r"^(?:say|spell|enter|type)\b"
    ),
    either=" or ",
    telephone=(10, 10),
    telephone_prefix=re.compile(r"\+|1|one$"),
    postal_code=5,
)
