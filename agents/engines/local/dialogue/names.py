"""Recognises how callers give their names."""

import re
from typing import Final

_ANNOUNCED: Final = re.compile(
    r"\b(?P<lead>my name is|my name's|my names|the name is|the name's|name is|this is|i am|i'm|"
    r"it is|it's|that's|call me|you can call me|you're speaking (?:to|with)|"
    r"you are speaking (?:to|with))\s+(?=\S)",
    re.IGNORECASE,
)
# Leads that introduce all sorts of things; they count only when a name was asked for.
_ONLY_WHEN_ASKED: Final = frozenset(("it is", "it's", "that's"))
_SURE_LEADS: Final = ("name", "call me", "speaking")
BEFORE_NAME: Final = re.compile(
    r"^(?:(?:yes|yeah|yep|sure|of course|ok|okay|um|uh|er|hi|hello|well|so|please|no|sorry|"
    r"actually|oh|certainly|absolutely)\b[,.]?\s*)+",
    re.IGNORECASE,
)
_ENDS_NAME: Final = frozenset((
    "and", "but", "from", "calling", "i", "my", "at", "the", "with", "speaking", "here", "what",
    "when", "where", "how", "who", "do", "does", "can", "could", "is", "are", "was", "please",
    "thanks", "thank", "again", "a", "an", "to", "so", "because", "on", "in", "of", "about",
    "by", "for", "not", "it", "that", "you", "your", "or", "if", "there", "uh", "um",
))  # fmt: skip
_NO_NAME: Final = frozenset((
    "a", "about", "above", "afraid", "alone", "already", "all", "also", "always", "an",
    "another", "anyone", "at", "available", "aware", "back", "bad", "busy", "certain", "coming",
    "confused", "correct", "curious", "currently", "definitely", "different", "done", "doing",
    "driving", "due", "easy", "enough", "excellent", "fine", "free", "from", "glad", "going",
    "gonna", "good", "great", "happy", "having", "here", "her", "his", "home", "how", "hungry",
    "important", "in", "interested", "into", "it", "just", "late", "leaving", "like", "locked",
    "long", "looking", "lost", "missing", "more", "most", "much", "my", "new", "nice", "no",
    "none", "not", "nothing", "off", "ok", "okay", "old", "on", "one", "only", "open", "our",
    "out", "outside", "over", "perfect", "planning", "probably", "quite", "ready", "really",
    "right", "running", "short", "sick", "so", "someone", "something", "sorry", "still",
    "stuck", "sure", "terrible", "that", "the", "their", "there", "thinking", "tired", "too",
    "trying", "under", "unable", "unhappy", "up", "upset", "urgent", "very", "waiting", "what",
    "when", "where", "whether", "why", "with", "wondering", "worried", "wrong", "yes", "your",
    "yeah", "ridiculous", "awesome", "amazing", "them", "then", "to", "today", "tomorrow",
    "tonight", "they", "we", "you", "i", "everything", "important", "calling", "closed", "half",
    "number", "name", "nobody", "why",
))  # fmt: skip
_NOT_A_NAME_ENDING: Final = re.compile(r"(?:ing|n't)$")
# "I'm allowed", "I'm interested"; Ahmed and Fred are shorter.
_PARTICIPLE: Final = re.compile(r"(?<=\w{4})ed$")
_ENDS_WITH_AND: Final = re.compile(r"\band\Z", re.IGNORECASE)
_LONGEST: Final = 200  # characters in which a name is given and spelled
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


def name_in(text: str, *, was_asked: bool) -> tuple[str, str]:
    """The caller's name in `text` and what of the text is left, or ("", text).

    When the name `was_asked` for, a bare "Anna Smith" is one, too. Letters that spell it
    ("A N N A") replace what was understood.
    """
    is_cased = _is_cased(text)
    for number, found in enumerate(_ANNOUNCED.finditer(text)):
        lead = found.group("lead").lower()
        # They introduce all sorts of things: "This is about the vase. It's blue."
        if lead in _ONLY_WHEN_ASKED and (number or not was_asked):
            continue
        is_sure = was_asked or any(word in lead for word in _SURE_LEADS)
        rest = text[found.end() : found.end() + _LONGEST]
        name, used = name_at_start(rest, is_sure=is_sure, is_cased=is_cased)
        if name:
            return name, _joined(text[: found.start()], text[found.end() + used :])
    if was_asked:
        bare = BEFORE_NAME.sub("", text.strip())
        name, used = name_at_start(bare, is_sure=True, is_cased=False)
        left = bare[used:].strip()
        # "Anna Smith. What time ..." is a name and a question, "Anna Smith told me" is neither.
        if name and (len(left.split()) <= 1 or left[0] in ".!?,"):
            return name, left.strip(" .,!?")
    return "", text


def _is_cased(text: str) -> bool:
    """Whether the recogniser writes capitals, so that a name would have one."""
    return any(character.isupper() for character in text)


def _joined(before: str, after: str) -> str:
    after = after.strip(" .,!?")
    after = re.sub(r"^(?:and|speaking|here|calling|but)\b[ ,.]*", "", after, flags=re.IGNORECASE)
    before = _without_end(before)
    if joint := _ENDS_WITH_AND.search(before):
        before = _without_end(before[: joint.start()])
    return ". ".join(part for part in (before.strip(), after.strip()) if part)


def _without_end(text: str) -> str:
    """`text` without the commas and spaces at its end."""
    end = len(text)
    while end and (text[end - 1] == "," or text[end - 1].isspace()):
        end -= 1
    return text[:end]


def name_at_start(text: str, *, is_sure: bool, is_cased: bool) -> tuple[str, int]:
    """The name with which `text` begins, and how many characters it takes; ("", ...) for none.

    is_sure: what comes before says that it is one; is_cased: a name would have a capital.
    """
    words: list[str] = []
    letters: list[str] = []
    used = 0
    for found in _WORD.finditer(text):
        word = found.group().lower().replace("’", "'")
        gap = text[used : found.start()].strip(" -")
        # Behind a comma or full stop only letters that spell the name belong to it.
        if gap and not (gap in (",", ".") and len(word) == 1):
            break
        if len(word) == 1 and (words or letters or word not in ("i", "a")):
            letters.append(word)
        elif letters or word in _ENDS_NAME or len(words) == 3:
            break
        elif (not words and (word in _NO_NAME or _NOT_A_NAME_ENDING.search(word))) or (
            not words and not is_sure and _PARTICIPLE.search(word)
        ):
            return "", 0
        elif is_cased and not is_sure and not found.group()[0].isupper():
            break
        else:
            words.append(word)
        used = found.end()
    if len(letters) >= 3:
        spelled = "".join(letters)
        words = [*words[:-1], spelled] if words else [spelled]
    elif letters and not words:
        return "", 0
    return " ".join(map(_capital, words)), used


def _capital(word: str) -> str:
    return re.sub(r"(?:^|(?<=['\-]))[^\W\d_]", lambda m: m.group().upper(), word)
