"""Yes, no, and giving up what was begun."""

import re
from typing import Final

_YES: Final = re.compile(
    r"^(?:(?:yes|yeah|yep|yup|ya|sure|correct|correctly|right|exactly|indeed|please|ok|okay|"
    r"absolutely|certainly|definitely|perfect|fine|great|thanks|thank you|of course|it is|"
    r"i would|i do|go ahead|why not|please do|you can|you got it|sounds good|let's do that|is|"
    r"that(?:'s| is) (?:right|correct|it|fine|great|perfect)|"
    r"that would be (?:great|good|nice|lovely))\b ?)+"
)
_NO: Final = re.compile(
    r"^(?:(?:no|nope|nah|none|wrong|incorrect|never mind|forget it|no need|all good|don't bother|"
    r"not (?:right|correct|quite|really|now|today|at all|necessary|at the moment|"
    r"that i can think of)|"
    r"that(?:'s| is) not (?:right|correct|it)|that(?:'s| is) (?:wrong|incorrect|all|everything)|"
    r"that isn't(?: right| correct| it)?|it(?:'s| is) (?:not|wrong)|it isn't|"
    r"i(?:'m| am) (?:fine|good|ok|okay|all set|done)|nothing(?: else)?|"
    r"i don't(?: think so| want to)?|i'd rather not(?: say)?|"
    r"sorry|thanks|thank you|actually)\b ?)+"
)
# Manners that a "no" may be wrapped in, and that say nothing alone.
_MANNERS: Final = re.compile(r"(?:(?:sorry|thanks|thank you|actually)\b ?)+")
_ASSENT_SOUND: Final = re.compile(r"^\W*(?:uh|mm+|a|m)[\s\-]*h(?:u|m++)h?m*+\b", re.IGNORECASE)
_CANCEL: Final = re.compile(
    r"\b(?:never ?mind|forget (?:it|about it|the message|that)|cancel (?:that|the message|it)|"
    r"don't (?:want|need) to leave|no message|scratch that)\b"
)


def verdict(clause: str, *, sound: str = "") -> tuple[bool | None, str]:
    """Whether a plain clause says yes (True), no (False) or neither, and the words behind that.

    `sound` is the text as heard: "uh-huh" is a yes of which nothing plain is left.
    """
    if not clause and _ASSENT_SOUND.match(sound):
        return True, ""
    if _MANNERS.fullmatch(clause):
        return None, ""
    bare = _MANNERS.sub("", clause, count=1) if _MANNERS.match(clause) else clause
    if found := _NO.match(bare):
        return False, bare[found.end() :]
    if found := _YES.match(bare):
        return True, bare[found.end() :]
    return None, clause


def is_cancelled(clause: str) -> bool:
    """Whether the caller gives up what was begun."""
    return bool(_CANCEL.search(clause))
