"""What people say on any telephone, recognised by its words."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Talk(StrEnum):
    """A thing that callers say which no fact answers."""

    GOODBYE = "goodbye"
    REPEAT = "repeat that"
    GO_ON = "go on"
    WAIT = "wait a moment"
    HEAR_ME = "can you hear me"
    ROBOT = "are you a robot"
    WHO = "who are you"
    ABILITIES = "what can you do"
    HOW_ARE_YOU = "how are you"
    WHY = "why do you ask"
    MY_NAME = "what is my name"
    MY_NUMBER = "what number did I give"
    MY_MESSAGE = "what was my message"
    LEAVE_MESSAGE = "take a message"
    LATER = "I'll call back later"
    THANKS = "thank you"
    AGREE = "okay"
    GREETING = "hello"


_POLITE: Final = (
    r"(?:(?:ok|okay|alright|all right|oh|well|great|perfect|no|yes|yeah|sorry|and|so|please) )*"
)
PERSON: Final = (
    r"(?:human|person|people|someone|somebody|anyone|anybody|manager|boss|owner|representative|"
    r"operator|agent|colleague|supervisor|being|receptionist|team|staff)"
)
_SOMEONE: Final = rf"(?:(?:a|an|the|your|some|any|real|actual|live|human) )*{PERSON}"
_MOMENT: Final = r"(?:a|one) (?:second|sec|moment|minute)"
_OKAY: Final = (
    r"(?:ok|okay|alright|all right|right|sure|great|good|perfect|fine|cool|i see|got it|"
    r"understood|yes|yeah|yep|wonderful|excellent|no problem|makes sense|interesting|nice|"
    r"awesome|no|nope)"
)
# Thanks may be no more than the beginning: "thanks, I wanted to ask about parking".
_WANTS: Final = (
    r"(?<!\ball )(?<!\bwhat )(?<!\beverything )\b(?:i|we)(?:'d| would|'m| am|'ll| will|'ve)?"
    r"(?: also| just| still| really| only)? (?:(?:want|wanted|need)(?! to (?:go|leave|run|hang|get|"
    r"think))|like to|love to|(?:have|got) (?:a|an|another|one|some)(?: \w+)? questions?|"
    r"was wondering|was calling|wonder|wondering|calling|looking for|looking to)\b"
)
_ASKS: Final = (
    r"\b(?:where|when|how|who|which|why|(?<!\bthat's )(?<!\bis )(?<!\bexactly )(?<!\bjust )what|"
    r"do you|does|did you|(?:can|could) (?:i|we|you)|(?:would|will|are) you|(?:is|are) there)\b"
)
_NO_MORE: Final = rf"(?!.{{0,200}}{_WANTS})(?:(?= for\b)|(?!.{{0,200}}{_ASKS}))"
# For each talk the patterns of which one must be found in plain text. Tried in this order.
_PATTERNS: Final[dict[Talk, tuple[str, ...]]] = {
    Talk.GOODBYE: (
        r"\b(?:good ?bye|bye)(?: now)?$",
        rf"^{_POLITE}(?:that(?:'s| is| was| will be| would be|'ll be) (?:all|it|everything)\b"
        r"|nothing else\b|hang up\b|see (?:you|ya)\b)",
        r"(?<!\bdo you )(?<!\bwould you )(?<!\bwill you )(?<!\bdid you )(?<!\bto )(?<!\bwe )"
        r"(?<!\bi )\bhave a (?:nice|good|great|lovely|wonderful) "
        r"(?:day|evening|night|weekend|one|time)\b(?! (?:for|to|slot|at)\b)",
        rf"^{_POLITE}(?:take care|talk (?:to you )?(?:later|soon)|"
        r"i(?:'m| am) (?:all set|done|good))(?: thanks| thank you)*$",
    ),
    Talk.REPEAT: (
        r"(?<!\ba )\brepeat\b(?! (?:prescription|order|appointment|visit|customer|client|patient|"
        r"business|booking|purchase)s?\b)",
        rf"\b(?:rephrase|say again|what was that)\b|^{_POLITE}come again(?: please| sorry)*$",
        rf"\b(?:say|tell|repeat|hear|explain|read|give|that)\b.{{0,60}}\bone more time\b"
        rf"|^{_POLITE}one more time\b",
        r"\bsay (?:that|it|this) (?:again|one more|once more)\b",
        r"\bwhat did you (?:just )?say\b",
        r"\b(?:didn't|did not|couldn't|could not|can't) (?:quite )?(?:catch|hear|get|understand)"
        r"(?: that| you| it| what you said)?$",
        r"^(?:sorry )?(?:what|pardon|pardon me|sorry|excuse me)$",
    ),
    Talk.GO_ON: (
        rf"^{_POLITE}(?:go on|go ahead|continue|keep going|you were saying|carry on|finish)\b",
    ),
    Talk.WAIT: (
        rf"^{_POLITE}(?:hold on|hang on|wait|give me|just)(?: just)?(?: {_MOMENT})?(?: please)?$",
        rf"^{_POLITE}{_MOMENT}(?: please)?$",
        r"\blet me (?:get|grab|find) (?:a|my)\b",
    ),
    Talk.HEAR_ME: (
        r"\b(?:can|do) you hear me\b",
        r"\bare you (?:still )?there\b(?! (?:on|at|in|until|till|every|all|both|before|after|"
        r"during|from|for|today|tomorrow|tonight|this|next|when|over|by|around|between|any)\b)",
        r"\b(?:you|anybody) (?:still )?there$",
        rf"^{_POLITE}still (?:on|there)$|\bstill (?:on|there)(?: on)? the (?:line|phone)\b",
        r"\byou(?:'re| are)? still (?:on|there)(?: with me| right| now| hello)*$",
    ),
    Talk.ROBOT: (
        # Only such words between: "is that price per person" asks for a price.
        r"\b(?:are you|is (?:this|that|it)|am i|you're|you are|do i|are we)"
        r"(?: \w+ or)?(?: (?:a|an|the|one|of|those|these|really|actually|just|even|still|only|"
        r"some|kind|sort|type|real|live|actual|human|or|talk|talking|speak|speaking|chatting|to|"
        r"with|like|not|robot|person|ai|machine|have|get|being|connected|pre|call|line|voice|"
        r"message|system|automated|computer|all)){0,10} "
        r"(?:robots?|human|person|machine|ai|a\.i|bots?|computer|recording|recorded|automated|"
        r"artificial)\b(?! (?:shop|store|repair|company|business|food|parts)s?\b)",
        r"\bare you (?:for )?real\b",
    ),
    Talk.WHY: (
        r"\bwhy (?:do|would|are) you (?:need|want|ask|asking)\b",
        r"\bwhat (?:do|would) you (?:need|want) (?:that|it|this) for\b",
        r"\bwhat is (?:that|it|this) for\b",
        r"^(?:but )?(?:why|what for)$",
    ),
    Talk.MY_NAME: (
        r"\bwhat(?:'s| is| was) my name\b",
        r"\b(?:know|remember|have|got) my name\b",
        r"^who am i$",
    ),
    Talk.MY_NUMBER: (
        r"\b(?:what|which)(?: phone| telephone)? number (?:did i|do you have|have you)\b",
        r"\bwhat(?:'s| is| was) my (?:phone |telephone )?number\b",
        r"\b(?:have|got|remember|know|read)(?: me| back)* my (?:phone |telephone )?number\b",
    ),
    Talk.MY_MESSAGE: (
        r"\bwhat(?:'s| is| was) my message\b",
        r"\bread(?: me| back)* my message\b",
    ),
    Talk.WHO: (
        r"\bwho (?:are you|is this|is that|is speaking|am i (?:speaking|talking)|do i have)\b",
        r"\bwho(?:'s| is) (?:this|calling|speaking)\b",
        r"\bwho have i (?:reached|called)\b",
        r"\bwhat(?:'s| is) your name\b",
        r"^(?:and )?your name$",
        r"\bwhat (?:company|business|place) is this\b",
        r"\bwhere am i calling\b",
    ),
    Talk.LEAVE_MESSAGE: (
        r"\b(?:leave|take|give|send|pass)(?: \w+)?"
        r" (?:a|an|the|my|this|another|one more|a new|on a) message\b",
        r"^(?!.*\b(?:got|had|received|heard|missed|have (?:a|your)|listened)\b).*\bvoicemail\b",
        rf"\b(?:speak|talk|chat|connect me|transfer me|put me through)(?: \w+)? (?:to|with)"
        rf" {_SOMEONE}\b",
        r"\b(?:real|actual|live|human) (?:person|human|being|agent)\b",
        rf"^{_POLITE}{_SOMEONE}(?: please)?$",
        r"\b(?:can|could|would|will|please|have|ask|want|need|like|get|tell)\b.{0,80}"
        r"\b(?:call|ring|phone|get back to) (?:me|us)\b",
        # "I'll call back later" is no wish to be called.
        r"^call me back\b|\btransfer me\b|^(?!.*\b(?:i|we)(?:'ll|'d| will| would| can| could| may| "
        r"might| should| must)?(?: just| rather| better| probably| always| try(?: to| and)?|"
        r" have to| need to| want to| like to| going to| gonna){0,3} call ?back\b).*\bcall ?back\b",
        r"\b(?:tell|let) (?!me\b|you\b|us\b)\w+\b.{0,60}\bcall ?back\b",
    ),
    Talk.LATER: (
        rf"^{_POLITE}(?:(?:never ?mind|forget (?:it|that|about it))(?: that| it| about "
        r"(?:that|it))?|i(?:'ll| will| can)(?: just)? (?:call|ring|phone|try)(?: you)? "
        r"(?:back|again|later|tomorrow)(?: \w+){0,2})(?: thanks| thank you)?$",
    ),
    Talk.ABILITIES: (
        r"\bwhat (?:can|do) you (?:do|help|know)(?: for me| me| with| about)*$",
        r"\bhow (?:can|could) you help\b",
        r"\bwhat can i ask\b",
        r"^(?:help|help me|i need(?: some)? help|can you help(?: me)?)(?: please)?$",
    ),
    Talk.HOW_ARE_YOU: (
        r"\bhow are (?:you|things)(?: doing| today| going)*$",
        r"\bhow(?:'s| is) (?:it going|your day|everything)\b",
        r"\bhow do you do$|\bhow you doing\b",
    ),
    Talk.THANKS: (
        rf"^{_POLITE}(?:thanks?|thank you|cheers|i appreciate|much appreciated|you've been|"
        rf"that's (?:very )?(?:helpful|great|kind))\b{_NO_MORE}",
    ),
    Talk.AGREE: (
        rf"^{_OKAY}(?: (?:then|thanks|please|{_OKAY}))*$",
    ),
    Talk.GREETING: (
        r"^(?:(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))\b ?)+"
        r"(?:(?:there|again|everyone)\b ?)?(?:\w+)?$",
    ),
}  # fmt: skip
_COMPILED: Final = tuple(
    (talk, re.compile("|".join(patterns))) for talk, patterns in _PATTERNS.items()
)


@lru_cache(maxsize=128)  # asked by many rules about the same few clauses
def recognise(clause: str) -> Talk | None:
    """What a plain clause is, or None when it is nothing of the kind."""
    return next((talk for talk, pattern in _COMPILED if pattern.search(clause)), None)
