"""Roman numerals: of kings and popes ("Henry VIII"), of wars, parts and chapters. Pure.

Only after a name or a word that takes a number; elsewhere letters cannot be told from a number.
"""

import re
from typing import Final

from agents.speech.said.numbers import GERMAN, cardinal, ordinal

_NUMERAL: Final = r"(?P<numeral>X{0,3}(?:IX|IV|V?I{1,3}|V|X))"
_VALUES: Final = {"I": 1, "V": 5, "X": 10}
# One letter may be a word or an initial; with several there is no doubt.
_SEVERAL: Final = r"(?P<numeral>(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{1,3}|V|X))"

_KINGS: Final = (
    "Henry|Edward|George|William|James|Charles|Richard|Louis|Philip|Francis|Frederick|Napoleon|"
    "Nicholas|Alexander|Ivan|Leopold|Ferdinand|Rudolf|Rudolph|Otto|Pius|Benedict|Leo|Gregory|"
    "Clement|Innocent|Urban|John Paul|Christian|Haakon|Harald|Olav|Carl|Gustav|Gustaf|Ramses|"
    "Ptolemy|Elizabeth|Mary|Catherine|Margaret|Isabella|Malcolm|Robert|Juan Carlos|Felipe"
)
_TITLES: Final = "King|Queen|Pope|Emperor|Empress|Tsar|Czar|Kaiser|Prince|Duke|Saint"
_ENGLISH_KING: Final = re.compile(
    rf"\b(?P<name>(?:(?:{_TITLES}) [A-Z][a-z]{{2,20}}(?: [A-Z][a-z]{{2,20}})?|{_KINGS})) "
    rf"{_SEVERAL}(?![\w\-])"
)
_ENGLISH_FIRST: Final = re.compile(
    rf"\b(?P<name>(?:{_TITLES}) [A-Z][a-z]{{2,20}}) (?P<numeral>[IVX])"
    r"(?=\Z|[.,;:!?)]|['’]s\b| (?:of|was|is|and|had|ruled|died|became|reigned|who|in)\b)"
)
_ENGLISH_PART: Final = re.compile(
    r"\b(?P<name>World War|Chapter|Part|Type|Phase|Class|Grade|Volume|Vol\.|Book|Act|Scene|Article"
    r"|Section|Appendix|Level|Stage|Tier|Title|Super Bowl|Schedule|Category|Figure|Table) "
    rf"(?:{_SEVERAL}|(?P<one>[IVX])(?=\Z|[.,;:!?)]| (?:of|and|to|is|was|are|or|for)\b))(?![\w\-'’])"
)

_MEN: Final = (
    "Heinrich|Ludwig|Wilhelm|Friedrich|Karl|Otto|Franz|Georg|Eduard|Jakob|Richard|Philipp|Leopold|"
    "Ferdinand|Rudolf|Maximilian|Joseph|Nikolaus|Alexander|Iwan|Peter|Pius|Benedikt|Leo|Gregor|"
    "Klemens|Innozenz|Urban|Johannes Paul|Johannes|Paul|Napoleon|Konrad|Lothar|Sigismund|Albrecht|"
    "Ernst|August|Gustav|Christian|Harald|Charles|Felipe|Ramses|Louis"
)
_WOMEN: Final = "Elisabeth|Katharina|Margarethe|Maria|Beatrix|Isabella|Viktoria"
# A single letter is that of a surname, unless a title says what it is: "Christian V.".
_GERMAN_TITLES: Final = "Königin|Königs?|Kaiserin|Kaisers?|Papst(?:es)?|Zaren?|Prinz(?:en)?"
_GERMAN_KING: Final = re.compile(
    rf"\b(?P<title>(?:{_GERMAN_TITLES}) )?(?P<name>(?:{_MEN})|(?P<woman>{_WOMEN}))(?P<s>s?) "
    rf"(?:{_SEVERAL}(?P<stop>\.?)|(?(title)(?P<one>[IVX])\.|(?!)))(?!\w|-)"
)
_GERMAN_WAR: Final = re.compile(rf"\b{_NUMERAL}\.(?= (?:Weltkrieg|Vatikanisch|Internationale))")
_GERMAN_PART: Final = re.compile(
    r"\b(?P<name>Kapitel|Teil|Typ|Phase|Klasse|Stufe|Band|Akt|Artikel|Anhang|Anlage|Abschnitt|Buch"
    rf"|Kategorie) {_NUMERAL}(?![\w\-])"
)
_WORDS_BEFORE: Final = 40  # characters
_ARTICLES: Final = {"": "der", "dative": "dem", "accusative": "den", "genitive": "des"}
_DATIVE: Final = frozenset((
    "von", "vom", "mit", "unter", "bei", "beim", "zu", "zum", "nach", "seit", "aus", "dem", "an",
    "neben", "gegenüber",
))  # fmt: skip
_ACCUSATIVE: Final = frozenset(("für", "gegen", "durch", "ohne", "um", "den", "über"))


def in_english(text: str, language: str) -> str:
    """English `text` with these numerals in words."""
    if "I" not in text and "V" not in text and "X" not in text:
        return text

    def king(found: re.Match[str]) -> str:
        nth = ordinal(_value(found["numeral"]), language)
        return f"{found['name']} the {nth[0].upper()}{nth[1:]}"

    text = _ENGLISH_PART.sub(
        lambda m: f"{m['name']} {cardinal(_value(m['numeral'] or m['one']), language)}", text
    )
    return _ENGLISH_FIRST.sub(king, _ENGLISH_KING.sub(king, text))


def in_german(text: str) -> str:
    """German `text` with these numerals in words; of wars in digits, as an ordinal."""
    if "I" not in text and "V" not in text and "X" not in text:
        return text
    text = _GERMAN_WAR.sub(lambda m: f"{_value(m['numeral'])}.", text)
    text = _GERMAN_PART.sub(lambda m: f"{m['name']} {cardinal(_value(m['numeral']), GERMAN)}", text)
    return _GERMAN_KING.sub(_german_king, text)


def _german_king(found: re.Match[str]) -> str:
    case = _case(found)
    nth = ordinal(_value(found["numeral"] or found["one"]), GERMAN)
    nth = nth[0].upper() + nth[1:]
    if found["woman"]:
        article = "die" if case in ("", "accusative") else "der"
        nth += "n" if article == "der" else ""
    else:
        article = _ARTICLES[case]
        nth += "n" if case else ""
    # The stop ends the sentence as well where nothing follows.
    has_stop = found.group().endswith(".")
    stop = "." if has_stop and found.end() == len(found.string) else ""
    return f"{found['title'] or ''}{found['name']}{found['s']} {article} {nth}{stop}"


def _case(found: re.Match[str]) -> str:
    before = found.string[max(0, found.start() - _WORDS_BEFORE) : found.start()].lower().split()
    last = before[-1] if before else ""
    if found["s"] or last == "des":
        return "genitive"
    if last in _DATIVE:
        return "dative"
    return "accusative" if last in _ACCUSATIVE else ""


def _value(numeral: str) -> int:
    total = 0
    values = [_VALUES[letter] for letter in numeral]
    for at, value in enumerate(values):
        total += -value if any(later > value for later in values[at + 1 : at + 2]) else value
    return total
