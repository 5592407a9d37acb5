"""Text as a voice should get it. Pure; the written form goes into transcripts unchanged.

`speakable` takes out what people do not say aloud: markup, emoji, the scheme of a link. It knows
no language and every voice gets its result. `in_words` is for a voice that reads numbers
badly, and is English: telephone numbers by their digits, ranges, addresses, links.
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
_LINE_MARK: Final = re.compile(r"(?m)^[^\S\n]*(?:#{1,6}\s+|>\s?|[*•]\s+|[-+]\s++(?!\d))")
_NUMBERED_LINE: Final = re.compile(
    r"(?m)^[^\S\n]*+(?P<marker>(?P<number>\d{1,3})[.)][^\S\n]++)(?P<word>[^\W\d_]++)"
)
_SIGNED_LINE: Final = re.compile(r"(?m)^[^\S\n]*+(?P<marker>[-+][^\S\n]++)(?=\d)")
_RULE: Final = re.compile(r"(?m)^[ \t|:]*(?:[-*_][ \t|:]*){3,}$\n?")
# A line that ends without a mark (a heading, an item of a list) still ends a thought.
_UNMARKED_LINE: Final = re.compile(r"(?<=[\w)%])[ \t]*\n+(?=.)")
_CELL: Final = re.compile(r"(?:(?<!\s)\s+)?\|\s*")
# An asterisk between numbers or spaces is a product; any other is emphasis.
_EMPHASIS: Final = re.compile(r"(?<![\d\s])\*+|\*+(?![\d\s])|~~|`|(?<!\w)_+|(?<!_)_++(?!\w)")
_SCHEME: Final = re.compile(r"\bhttps?://|\bmailto:", re.IGNORECASE)
_SPACES: Final = re.compile(r"\s+")
_SPACE_BEFORE_MARK: Final = re.compile(r"(?<! ) +([,.;:!?])")
_EMPTY_CELLS: Final = re.compile(r",{2,}")

_DIGITS: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DAYS: Final = {
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday",
    "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday",
    "Sat": "Saturday", "Sun": "Sunday",
}  # fmt: skip
_MONTHS: Final = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June",
    "Jul": "July", "Aug": "August", "Sep": "September", "Sept": "September",
    "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_PLACES: Final = {
    "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Apt": "apartment", "Ste": "suite",
    "Bldg": "building", "ext": "extension", "Ext": "extension",
}  # fmt: skip
# "Sun" and "Sat" are words too: they are days beside another day, a dash or a number.
_DAY: Final = re.compile(
    r"\b(?:(Mon|Tues?|Wed|Thu(?:rs?)?|Fri)\b|(Sat|Sun)\b(?=\.?\s*(?:[-–&:,]|\d|to\b|and\b))"
    r"|(?<=[-–&] )(Sat|Sun)\b|(?<=[-–&])(Sat|Sun)\b|(?<=\band )(Sat|Sun)\b)(?!\w)"
    r"(?:\.(?=\s*[-–&,:;\da-z]))?"
)
_DAY_RANGE: Final = re.compile(r"(?<=day)\s*[-–]\s*(?=(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)")
_MONTH: Final = re.compile(rf"\b({'|'.join(_MONTHS)})\.?(?=\s+\d)")
_PLACE: Final = re.compile(rf"\b({'|'.join(_PLACES)})\b\.?(?=\s+\w|,)")
_CLOCK_24: Final = re.compile(r"\b(00|1[3-9]|2[0-3]):([0-5]\d)\b(?!:\d)(?!\s*[AaPp]\.?[Mm])")
_HALF_DAY: Final = r"(?:\s?[AaPp]\.?[Mm]\.?)?"
_RANGE: Final = re.compile(
    rf"(?<![\w.\-/])([$£€]?\d{{1,4}}(?:[:.]\d{{2}})?{_HALF_DAY})\s?[-–]\s?"
    rf"([$£€]?\d{{1,4}}(?:[:.]\d{{2}})?{_HALF_DAY})(?![\w\-/]|[.,]\d)"
)
_NOON_RANGE: Final = re.compile(r"\b(noon|midnight)\s?[-–]\s?(?=\w)", re.IGNORECASE)
_PHONE: Final = re.compile(
    r"(?<![\w.$£€,\-])"
    r"(?:\+?\d{1,3}[\s.\-]?)?"
    r"(?:\(\d{2,5}\)[\s.\-]?|\d{3}[\s.\-])?"
    r"\d{3}[\s.\-]\d{4}(?![\w\-]|[.,]\d)"
    r"|(?<![\w.$£€,\-])\+\d{1,3}(?:[\s.\-]?\(?\d{1,5}\)?){2,6}(?![\w\-]|[.,]\d)"
    r"|(?<![\w.$£€,\-])\d{7,15}(?![\w\-]|[.,]\d)"
)
_EMERGENCY: Final = re.compile(
    r"\b((?:call|dial|ring|phone)s?(?:ing)? )(911|999|112|411|311)\b", re.I
)
_ZIP: Final = re.compile(r"\b((?i:zip)(?: code)?|[A-Z]{2}),? (\d{5})(?:-\d{4})?\b")
_CAPITALS_AND_DIGITS: Final = re.compile(r"\b[A-Z\d]+(?:-[A-Z\d]+)*\b")
_LINK: Final = re.compile(
    # Begins where no link can have begun before, or a run of dots would be read from each of them.
    r"(?<![\w+\-])(?<![\w+\-]\.)(?:[\w.+\-]{1,64}@)?(?:[A-Za-z0-9\-]+\.)+"
    r"(?:com|org|net|edu|gov|info|io|co|uk|de|eu|app|dev|health|care|shop|example|ai|us|ca|fr|nl)\b(?:/[\w\-./]*[\w/])?"
)
_LINK_MARKS: Final = {
    ".": " dot ", "/": " slash ", "@": " at ", "-": " dash ", "_": " underscore ", "+": " plus ",
}  # fmt: skip


def speakable(text: str) -> str:
    """`text` without markdown, HTML tags, emoji and needless space; may become empty."""
    text = unicodedata.normalize("NFC", text)
    text = _FENCE.sub("", text)
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _TAG.sub(_said_of_tag, text)
    text = _RULE.sub("", text)
    text = _without_list_marks(text)
    text = _LINE_MARK.sub("", text)
    text = _CELL.sub(", ", text) if text.count("|") > 1 else text
    text = _EMPHASIS.sub("", text)
    text = _UNMARKED_LINE.sub(", ", text.strip())
    text = _SCHEME.sub("", text)
    text = "".join(filter(_is_said, text))
    text = _SPACE_BEFORE_MARK.sub(r"\1", _SPACES.sub(" ", text))
    return _EMPTY_CELLS.sub(",", text).strip(" ,")


def phone_groups(digits: str) -> list[str]:
    """A telephone number (digits only) in the groups in which people say it.

    The last four together, threes before them, a country's digits first:
    "14155550132" is ["1", "415", "555", "0132"].
    """
    if len(digits) < 7:
        return [digits] if digits else []
    head, tail = digits[:-4], digits[-4:]
    first = len(head) % 3
    groups = [head[:first]] if first else []
    return [*groups, *(head[i : i + 3] for i in range(first, len(head), 3)), tail]


def in_words(text: str) -> str:
    """English `text` with what a small voice misreads written out.

    Only what it misreads: prices, plain times, dates and years stay as they are.
    """
    text = _LINK.sub(lambda m: _link(m.group()), text)
    text = _DAY.sub(lambda m: _DAYS[next(filter(None, m.groups()))], text)
    text = _DAY_RANGE.sub(" to ", text)
    text = _MONTH.sub(lambda m: _MONTHS[m.group(1)], text)
    text = _PLACE.sub(lambda m: _PLACES[m.group(1)], text)
    text = _PHONE.sub(lambda m: _phone(m.group()), text)
    text = _EMERGENCY.sub(lambda m: m.group(1) + _digit_by_digit(m.group(2)), text)
    text = _ZIP.sub(lambda m: f"{m.group(1)} {_digit_by_digit(m.group(2))}", text)
    text = _CAPITALS_AND_DIGITS.sub(lambda m: _code(m.group()), text)
    text = _NOON_RANGE.sub(r"\1 to ", text)
    text = _RANGE.sub(r"\1 to \2", text)
    return _CLOCK_24.sub(_twelve_hours, text)


def _said_of_tag(found: re.Match[str]) -> str:
    """The words in angle brackets that are no tag: an address, or a part of a comparison."""
    body = found.group()[1:-1]
    return body if meaning(body).tag is Tag.WORDS else ""


def _list_markers(text: str) -> Iterator[re.Match[str]]:
    """The numbers (and dashes before numbers) that make two lines or more a list.

    A number at the beginning of one line alone is what the line says, and so is a date.
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
        return character in SPOKEN_SYMBOLS
    # Joiners, variation selectors and control characters steer a screen, not a voice.
    return character.isspace() or not (
        kind[0] == "C" or "VARIATION" in unicodedata.name(character, "")
    )


def _digit_by_digit(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def _phone(written: str) -> str:
    groups = re.findall(r"\d+", written)
    if len(groups) == 1:
        groups = phone_groups(groups[0])
    plus = "plus " if written.startswith("+") else ""
    return plus + ", ".join(_digit_by_digit(group) for group in groups)


def _code(written: str) -> str:
    digits = sum(map(str.isdecimal, written))
    # With two capitals and two digits it is a code; "42B" and "MP3" are names.
    if digits < 2 or len(written) - digits - written.count("-") < 2:
        return written
    return " ".join(_DIGITS[int(c)] if c.isdigit() else c for c in written if c != "-")


def _link(written: str) -> str:
    written = re.sub(r"^www(?=\.)", "W W W", written)
    said = "".join(_LINK_MARKS.get(c, c) for c in written)
    return _SPACES.sub(" ", said).strip()


def _twelve_hours(found: re.Match[str]) -> str:
    hour, minute = int(found.group(1)), found.group(2)
    half = "a.m." if hour < 12 else "p.m."
    hour = (hour - 1) % 12 + 1
    return f"{hour} {half}" if minute == "00" else f"{hour}:{minute} {half}"
