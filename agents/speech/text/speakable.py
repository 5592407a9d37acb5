"""Removes what people do not say aloud: markup, emoji, the scheme of a link. Pure.

It is independent of the language. `agents.speech.said` converts the rest to words; transcripts get
the written form unchanged.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from agents.speech.reply.characters import SPOKEN_SYMBOLS
from agents.speech.reply.tags import Tag, meaning
from agents.speech.text.ordinals import MONTHS

_FENCE: Final = re.compile(r"```\w*\n?")
_IMAGE_OR_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^)\[]*\)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")
# A dash before a number is a sign, unless the line beside it begins so, too.
_LINE_MARK: Final = re.compile(r"(?m)^[^\S\n]*(?:#{1,6}\s+|>(?!\s?\d)\s?|[*•]\s+|[-+]\s++(?!\d))")
_NUMBERED_LINE: Final = re.compile(
    r"(?m)^[^\S\n]*+(?P<marker>(?P<number>\d{1,3})[.)][^\S\n]++)(?P<word>[^\W\d_]++)"
)
_SIGNED_LINE: Final = re.compile(r"(?m)^[^\S\n]*+(?P<marker>[-+][^\S\n]++)(?=\d)")
_RULE: Final = re.compile(r"(?m)^[ \t|:]*(?:[-*_][ \t|:]*){3,}$\n?")
# A line that ends without a mark (a heading, an item of a list) still ends a thought.
_UNMARKED_LINE: Final = re.compile(r"(?<=[\w)%])[ \t]*\n+(?=.)")
_CELL: Final = re.compile(r"(?:(?<!\s)\s+)?\|\s*")
# An asterisk between numbers or spaces is a product; any other is emphasis.
_EMPHASIS: Final = re.compile(
    r"(?<![\d\s])\*+|(?<!\s)\*+(?![\d\s])|\*+(?![\d\s.,;!?)]|\Z)|\*{2,}(?![\d\s])|(?<!\S)(?<!\d\s)\*+(?=\d)|(?<=\d)\*+(?=\s\D)"
    r"|~~|`|(?<!\w)_+|(?<!_)_++(?!\w)"
)
_SCHEME: Final = re.compile(r"\b(?:https?|ftp)://|\b(?:mailto|tel|sms|callto):", re.IGNORECASE)
# Behind an address: what a letter is to begin with, and by whom a page was linked.
_OF_MAIL: Final = re.compile(r"(?<=[a-z])\?(?:subject|body|cc|bcc)=[^\s<>]*", re.IGNORECASE)
_TRACKING: Final = re.compile(
    r"(?P<before>[?&])(?:utm_\w{1,20}|gclid|fbclid|msclkid)=[^\s&#<>]*(?P<more>&)?"
)
_SMILEY: Final = re.compile(
    r"(?<!\S)(?:[:;=][-'^]?(?:[)(PpDd|]+|/(?!\S))|\^_?\^|xD+)(?=[\s.,!?]|\Z)"
    # "XD" is a size, and fewer may be left than three.
    r"|(?<=[!…)]\s)<3+(?=\s*(?:[.!?,:;]|\Z))"
    r"|(?<![\w:]):[a-z][a-z0-9_+-]{1,30}:(?![\w:])"
)
# At the end of a line, unless something is less than three.
_HEART: Final = re.compile(
    r"(?<!\S)(?<!\d\s)(?<!\b\w\s)(?<!\b(?:is|be|if)\s)(?<!\b(?:are|was|als|ist)\s)(?<!\bthan\s)"
    r"(?:<3++)++[^\S\n]*+$",
    re.IGNORECASE | re.MULTILINE,
)
# Signs that stand alone, or around words, to be seen.
_TO_BE_SEEN: Final = re.compile(
    r"(?<!\S)(?:#{2,}|/{2,}|={2,}|\+{2,}|_{2,}|-{3,})(?!\S)|(?<!\S)==(?=\w)|(?<=\w)==(?=[\s.,!?]|\Z)"
)
# Letters, digits and these are always said; other characters are looked at one by one.
_UNUSUAL: Final = re.compile(r"[^\w\s.,;:!?'\"()%&@#$€£/+*=<>\[\]\-–—…’“”„]")
# From one page or step to the next: "Settings → Network".
_ARROW: Final = re.compile(r"\s?(?:[→⇒➔]|(?<=\s)[-=]>)\s?")
_SPACES: Final = re.compile(r"\s+")
_SPACE_BEFORE_MARK: Final = re.compile(r"(?<! ) +([,.;:!?])")
_EMPTY_CELLS: Final = re.compile(r",{2,}")


def speakable(text: str) -> str:
    """`text` without markdown, HTML tags, emoji and needless space; may become empty."""
    text = unicodedata.normalize("NFC", text)
    text = _FENCE.sub("", text)
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _TAG.sub(_said_of_tag, text)
    text = _HEART.sub("", text) if "<3" in text else text
    text = _RULE.sub("", text)
    text = _without_list_marks(text)
    text = _LINE_MARK.sub("", text)
    text = _CELL.sub(", ", text) if text.count("|") > 1 else text
    text = _EMPHASIS.sub("", text)
    text = _UNMARKED_LINE.sub(", ", text.strip())
    text = _ARROW.sub(", ", _SCHEME.sub("", _TO_BE_SEEN.sub("", _SMILEY.sub("", text))))
    if "=" in text:
        text = _OF_MAIL.sub("", _TRACKING.sub(_untracked, text))
    if _UNUSUAL.search(text):
        text = "".join(filter(_is_said, text))
    text = _SPACE_BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text))
    return _EMPTY_CELLS.sub(",", text).strip(" ,")


def phone_groups(digits: str) -> list[str]:
    """A telephone number (digits only) in groups as people say it.

    The last four together, threes before them, a country's digits first:
    "14155550132" is ["1", "415", "555", "0132"].
    """
    if len(digits) < 7:
        return [digits] if digits else []
    head, tail = digits[:-4], digits[-4:]
    first = len(head) % 3
    groups = [head[:first]] if first else []
    return [*groups, *(head[i : i + 3] for i in range(first, len(head), 3)), tail]


def _untracked(found: re.Match[str]) -> str:
    """The character that joins the rest of a query to the text before it."""
    return found["before"] if found["more"] else ""


def _said_of_tag(found: re.Match[str]) -> str:
    """The words in angle brackets that are not a tag: an address, or a part of a comparison."""
    body = found.group()[1:-1]
    return body if meaning(body).tag is Tag.WORDS else ""


def _list_markers(text: str) -> Iterator[re.Match[str]]:
    """The numbers (and dashes before numbers) that mark a list of at least two lines.

    A number at the beginning of a single line is part of its words, and so is a date.
    """
    numbered = list(_NUMBERED_LINE.finditer(text))
    for before, found in pairwise(numbered):
        follows = int(before["number"]) + 1 == int(found["number"])
        words = before["word"].lower(), found["word"].lower()
        if follows and words[0] != words[1] and not MONTHS.intersection(words):
            yield before
            yield found
    signed = list(_SIGNED_LINE.finditer(text))
    if len(signed) > 1:
        yield from signed


def _without_list_marks(text: str) -> str:
    spans = sorted({found.span("marker") for found in _list_markers(text)})
    ends = [0, *(end for _, end in spans)]
    begins = [*(begin for begin, _ in spans), len(text)]
    return "".join(text[end:begin] for end, begin in zip(ends, begins, strict=True))


def _is_said(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind in ("So", "Sk", "Cs", "Co", "Cn"):
        return character in SPOKEN_SYMBOLS or character == "^"  # of powers
    # Joiners, variation selectors and control characters steer a screen, not a voice.
    return character.isspace() or not (
        kind[0] == "C" or "VARIATION" in unicodedata.name(character, "")
    )
