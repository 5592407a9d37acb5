"""Normalises a caller's words as written by speech recognition."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

# Characters of one turn that are understood: two minutes of speech.
LONGEST_TURN: Final = 2_000
# Things that are asked in one turn; each is compared with all facts. The last has the rest.
MOST_CLAUSES: Final = 20
# Each turn is read by many rules, and every earlier turn again with each new one.
_REMEMBERED: Final = 128
_TOKEN: Final = re.compile(r"[^\W_]+(?:['’.@&][^\W_]+)*|[$€£]?\d+(?:[.,:]\d+)*")
_TWO_MARKS: Final = re.compile(r"([.!?])\. ")
_FILLERS: Final = frozenset((
    "um", "uh", "uhm", "umm", "er", "erm", "ah", "eh", "hm", "hmm", "mm", "mhm", "huh",
))  # fmt: skip

# What comes before a question without being part of it.
_LEAD_IN: Final = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|yes|yeah|yep|no|nope|ok|okay|"
    r"alright|all right|right|so|well|great|perfect|cool|thanks(?: a lot)?|"
    r"thank you(?: very much| so much)?|that's (?:very |so |really )?(?:kind|great|helpful|nice)"
    r"(?: of you)?|please|sorry|excuse me|actually|oh|and|but|also|then|"
    r"there|wait|just|maybe|like|i see|got it|sure|"
    r"(?:just )?(?:one|a) (?:more|other|quick|last)? ?(?:question|thing)|another question|"
    r"quick question|my question is|i have (?:a|another|one more) question(?: about)?|"
    r"i(?:'m| am| was)? (?:just )?(?:wondering|calling to (?:ask|find out)|curious)|"
    r"i (?:just )?want(?:ed)? to (?:know|ask|find out)(?: you)?|"
    r"i(?:'d| would) (?:just )?(?:like|love) to (?:know|ask|find out)|"
    r"i need to (?:know|ask|find out)|"
    r"(?:could|can|would|will) you (?:please )?(?:tell|let) me(?: know)?|"
    r"you (?:could|can) (?:tell|let) me(?: know)?|(?:please )?tell me|"
    r"do you (?:happen to )?know|any (?:idea|chance)|by the way|before (?:that|we do that))"
    r"(?: if| whether| about)?\b,? ?)+"
)
_QUESTION_WORD: Final = (
    r"(?:what|what's|whats|when|when's|where|where's|wheres|who|who's|whose|which|why|how|how's|"
    r"do|does|did|is|are|can|could|would|will|should|may|have|has|am)\b"
)
_QUESTION: Final = re.compile(rf"^{_QUESTION_WORD}")
_JOINT: Final = re.compile(
    r"(?:,? (?:and|also|but|then|oh and|and also|plus)(?: also| then)? |, )"
    rf"(?={_QUESTION_WORD})"
)
# "Dr. Smith" is no end of a sentence; "St." may be one, before a question.
_END: Final = re.compile(
    r"(?<=[.?!])(?<!\b[DdMm]r\.)(?<!\b[Mm]rs\.)(?<!\b[Mm]s\.)(?<!\b[Pp]rof\.)"
    rf"(?:(?<!\b[Ss]t\.)\s+|\s+(?=(?i:{_QUESTION_WORD})))"
    r"|(?<=[a-z]{3}[.?!])(?=[A-Z])"
)
_EMPTY_WORDS: Final = frozenset((
    "a", "about", "all", "am", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by",
    "can", "could", "d", "did", "do", "does", "for", "from", "get", "give", "go", "got", "had",
    "has", "have", "he", "her", "hi", "him", "his", "how", "i", "if", "in", "is", "it", "its",
    "just", "know", "let", "like", "ll", "m", "may", "me", "more", "my", "need", "no", "not",
    "of", "ok", "okay", "on", "one", "or", "our", "out", "please", "re", "s", "say", "she",
    "should", "so", "some", "sure", "t", "take", "tell", "that", "the", "their", "them", "then",
    "there", "they", "this", "to", "too", "up", "us", "ve", "want", "was", "we", "well", "were",
    "what", "when", "where", "which", "who", "why", "will", "with", "would", "yes", "you",
    "your",
))  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def plain(text: str) -> str:
    """`text` in small letters without marks and fillers, one space between words."""
    tokens = _TOKEN.findall(text.lower().replace("’", "'"))
    return " ".join(token for token in tokens if token not in _FILLERS)


def as_written(text: str, words: str) -> str:
    """Plain `words` with their capitals and marks, where `text` ends with them."""
    said = " ".join(text.split()[-len(words.split()) :])
    return said if plain(said) == words else words


def question_in(clause: str) -> str:
    """A plain clause without greetings and "could you tell me": what is asked."""
    return _LEAD_IN.sub("", clause).strip()


def is_question(clause: str) -> bool:
    """Whether a plain clause is put as a question, going by how it begins."""
    return bool(_QUESTION.match(question_in(clause) or clause))


def clauses(text: str) -> list[str]:
    """The separate things in one turn, each as written (not plain), in order."""
    found = []
    for sentence in _END.split(text.strip()):
        start = 0
        for joint in _JOINT.finditer(sentence.lower()):
            # "hi and what ..." is one question, and so is "how and when".
            if len(plain(sentence[start : joint.start()]).split()) > 2:
                found.append(sentence[start : joint.start()])
                start = joint.end()
        found.append(sentence[start:])
    said = [clause for clause in map(str.strip, found) if plain(clause)]
    if len(said) <= MOST_CLAUSES:
        return said
    return [*said[: MOST_CLAUSES - 1], " ".join(said[MOST_CLAUSES - 1 :])]


def stems(text: str) -> frozenset[str]:
    """The words of `text` that carry meaning, without their commonest endings."""
    return frozenset(
        _stem(word) for word in plain(text).replace("'", " ").split() if word not in _EMPTY_WORDS
    )


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def as_text(said: Iterable[str]) -> str:
    """Clauses as sentences; the last one ends as it is written."""
    return _TWO_MARKS.sub(r"\1 ", ". ".join(filter(None, said)))
