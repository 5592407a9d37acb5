"""German as it is said. Pure."""

import re
from functools import cache
from typing import Final

from agents.speech.said import german_dates
from agents.speech.said.addresses import ADDRESS, said_address
from agents.speech.said.codes import CODE, FOURS, LONG, said_code, said_fours
from agents.speech.said.german_words import (
    DAY,
    DAY_SPAN,
    DAYS,
    MRS,
    SHORT_WORD,
    SHORT_WORDS,
    STREET,
    UNITS,
)
from agents.speech.said.numbers import (
    GERMAN,
    Rule,
    amount,
    apart,
    applied,
    cardinal,
    digit_by_digit,
    parted,
    plain,
    whole_number,
    year,
)
from agents.speech.said.patterns import (
    ABOUT,
    AND,
    DASH,
    FRACTION,
    FRACTION_SIGN,
    MINUS,
    PERCENT,
    PLUS,
    SECTION,
    SIGNS_OF,
    VERSION,
)
from agents.speech.said.telephone import PHONE, said_in_groups, said_phone

_N: Final = (
    r"[0-9]{1,3}(?:[.'’][0-9]{3}){1,4}(?![0-9])(?:,[0-9]{1,9})?"
    r"|[0-9]{1,15}(?:,[0-9]{1,9}|\.[0-9]{1,9}(?!\.?[0-9]))?"
)

# --- money: its name, and that of a hundredth --------------------------------------------
_MONEY: Final = {
    "€": ("Euro", "Cent"), "$": ("Dollar", "Cent"), "£": ("Pfund", "Pence"),
    "¥": ("Yen", "Sen"), "CHF": ("Franken", "Rappen"),
}  # fmt: skip
_SIGNS: Final = {
    "EUR": "€", "Euro": "€", "USD": "$", "US$": "$", "Dollar": "$", "GBP": "£", "JPY": "¥",
    "SFr.": "CHF", "Franken": "CHF",
}  # fmt: skip
_SIGN: Final = r"US\$|[$€£¥]|\b(?:EUR|USD|GBP|JPY|CHF)\b"
_MONEY_BEHIND: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w.,/])(?P<n>{_N})(?:,[-–]{{1,2}})?"
    rf"(?:{DASH}(?P<n2>{_N})(?:,[-–]{{1,2}})?)?\s?"
    rf"(?P<large>Mio\.?|Mrd\.?|Tsd\.?|Millionen|Milliarden)?\s?"
    rf"(?P<sign>{_SIGN}|Euro\b|Dollar\b|Franken\b|SFr\.)(?!\w)"
)
_MONEY_BEFORE: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w$])(?P<sign>{_SIGN})\s?(?P<n>{_N})(?![0-9])"
    rf"(?:,[-–]{{1,2}})?(?:{DASH}(?P<n2>{_N}))?"
    r"(?P<large>\s?(?:Mio\.?|Mrd\.?|Tsd\.?|Millionen|Milliarden))?"
)
_WHOLE_MONEY: Final = re.compile(rf"(?<![\w.,/])(?P<n>{_N}),[-–—]{{1,2}}(?![\w-])")
_LARGE: Final = {
    "Mio": ("eine Million", "Millionen"), "Mrd": ("eine Milliarde", "Milliarden"),
    "Tsd": ("eintausend", "tausend"),
}  # fmt: skip

_UNIT: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−+])?(?<![\w.,/])(?P<n>{_N})(?:{DASH}(?P<n2>{_N}))?\s?"
    rf"(?P<unit>{'|'.join(re.escape(each) for each in sorted(UNITS, key=len, reverse=True))})"
    r"(?![\w'’])"
)
_LABEL: Final = re.compile(r"(?<!\w)#(?=[0-9])|№\s?")
_ABOUT_SAID: Final = {
    "~": "circa ", "≈": "circa ", "<": "weniger als ", ">": "mehr als ", "≤": "höchstens ",
    "≥": "mindestens ", "±": "plus minus ",
}  # fmt: skip
_PART: Final = re.compile(r"\b(Abs|Art)\.\s?(?=[0-9])")

# --- numbers that name something --------------------------------------------------------
_REFERENCE: Final = re.compile(
    r"\b(?P<what>(?:\w{0,20}(?:nummer|nr|code|kennzahl)|pin|tan|postleitzahl|plz|aktenzeichen)\.?"
    r"(?: (?:ist|lautet|war))?:?\s)(?P<digits>[0-9]{4,15})(?![\w\-]|[.,:/][0-9])",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(
    r"(?:(?<=, )|(?<=\bin )|(?<=\bnach )|(?<=\baus )|(?:\A)|\b[DA]-)"
    r"(?P<digits>[0-9]{5})(?=\s[A-ZÄÖÜ][a-zäöüß])"
)
_EMERGENCY: Final = re.compile(
    r"\b(?P<what>(?:Notruf|unter|die|der|wählen Sie|Nummer|Notrufnummer)\s)"
    r"(?P<digits>110|112|115|911)\b(?!\s[A-ZÄÖÜ]|[.,:/][0-9])"
)

# --- other forms -----------------------------------------------------------------------
_ER: Final = re.compile(r"(?<![\w.,/])(?P<n>[0-9]{1,4})er(?P<n_>n?)\b")
_PARTS: Final = {
    3: "Drittel", 4: "Viertel", 5: "Fünftel", 6: "Sechstel", 8: "Achtel", 10: "Zehntel"
}  # fmt: skip
_TIMES: Final = re.compile(r"(?<![\w.,/])(?P<n>[0-9]{1,3})(?:x|-mal)\b(?!\s?[0-9])")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,2}\Z|[0-9]{1,3}(?:\.[0-9]{3})*\.000\Z")
_RATIO: Final = re.compile(r"(?<![\w.,:/\-])([0-9]{1,3}):([0-9]{1,3})(?![\w:]|[.,][0-9])")
_RANGE: Final = re.compile(rf"(?<![\w.,/\-])({_N}){DASH}({_N})(?![\w/]|-[0-9]|[.,][0-9])")
_BETWEEN: Final = re.compile(r"(?<=[0-9])\s?(?P<sign>[*×x=+÷])\s?(?=[0-9])")
_BETWEEN_SAID: Final = {
    "*": " mal ", "×": " mal ", "x": " mal ", "=": " gleich ", "+": " plus ", "÷": " durch "
}  # fmt: skip
# "1 Zimmer", but "Zimmer 1 Etage 2".
_ONE: Final = re.compile(r"(?<![\w.,/:\-])(?<![A-ZÄÖÜ]\w )1(?=\s(?P<noun>[A-ZÄÖÜ][a-zäöüß]{1,30}))")
_NAMED: Final = re.compile(r"\b[A-ZÄÖÜ]\w{2,30}\s\Z")
_FEMININE: Final = re.compile(
    r"(?:e|ung|heit|keit|tion|schaft|tät|[Nn]acht|[Pp]erson|[Ff]rau|[Mm]ail|[Ss]tadt|[Ff]ahrt)\Z"
)
_NUMBER: Final = re.compile(_N)

_HAS_NUMBER: Final = re.compile(r"[0-9½⅓⅔¼¾⅛§%&№]")


def said(text: str) -> str:
    """German `text` with all of it in words."""
    text = ADDRESS.sub(lambda m: said_address(m.group(), GERMAN), text)
    text = DAY_SPAN.sub(lambda m: f"{DAYS[m.group(1)]} bis {DAYS[m.group(2)]}", text)
    text = DAY.sub(lambda m: DAYS[m.group(1)], text)
    if _HAS_NUMBER.search(text):
        text = applied(_rules(), text)
    if "." not in text:
        return text
    text = STREET.sub(_street, text)
    text = MRS.sub("Frau", text)
    return SHORT_WORD.sub(_short_word, text)


@cache
def _rules() -> tuple[Rule, ...]:
    def digits(found: re.Match[str]) -> str:
        return found["what"] + said_in_groups(found["digits"], GERMAN)

    def by_itself(found: re.Match[str]) -> str:
        return digit_by_digit(found["digits"], GERMAN)

    def number(found: re.Match[str]) -> str:
        return apart(found, _amount(found.group()))

    return (
        ("", ABOUT, lambda m: _ABOUT_SAID[m["sign"]]),
        ("", _MONEY_BEFORE, _money),
        ("", _MONEY_BEHIND, _money),
        (",", _WHOLE_MONEY, lambda m: f"{_counted(m['n'], 'ein Euro', 'Euro')}"),
        *german_dates.rules(),
        *german_dates.times(),
        ("", _UNIT, _unit),
        ("", _LABEL, lambda _: "Nummer "),
        (".", _PART, lambda m: "Absatz " if m.group(1) == "Abs" else "Artikel "),
        ("§", SECTION, lambda m: "Paragrafen " if m.group(1) else "Paragraf "),
        ("", FOURS, lambda m: said_fours(m.group(), GERMAN)),
        ("", _REFERENCE, digits),
        ("", _POSTCODE, by_itself),
        ("", PHONE, lambda m: said_phone(m.group(), GERMAN)),
        ("", _EMERGENCY, lambda m: m["what"] + by_itself(m)),
        *german_dates.ordinals(),
        ("er", _ER, lambda m: f"{year(int(m['n']), GERMAN).removesuffix('s')}er{m['n_']}"),
        ("", _TIMES, lambda m: f"{cardinal(int(m['n']), GERMAN).removesuffix('s')}mal"),
        ("/", FRACTION, lambda m: _fraction(m["whole"], int(m["a"]), int(m["b"]))),
        ("", FRACTION_SIGN, lambda m: _fraction(m["whole"], *SIGNS_OF[m["part"]])),
        (".", VERSION, lambda m: _version(m["all"])),
        ("", CODE, lambda m: said_code(m.group(), GERMAN)),
        (":", _RATIO, lambda m: f"{m.group(1)} zu {m.group(2)}"),
        ("", _RANGE, lambda m: f"{m.group(1)} bis {m.group(2)}"),
        ("", LONG, lambda m: apart(m, said_in_groups(m.group(), GERMAN))),
        ("", MINUS, lambda _: "minus "),
        ("", PLUS, lambda _: "plus "),
        ("", _BETWEEN, lambda m: _BETWEEN_SAID[m["sign"]]),
        ("&", AND, lambda _: " und "),
        ("", _ONE, _one),
        ("", _NUMBER, number),
        ("%", PERCENT, lambda _: " Prozent"),
    )


def _amount(written: str) -> str:
    if written.isdigit():
        return plain(written, GERMAN)
    return amount(*parted(written, ","), GERMAN)


def _counted(written: str, one: str, many: str) -> str:
    return one if written == "1" else f"{amount(*parted(written, ','), GERMAN)} {many}"


def _money(found: re.Match[str]) -> str:
    name, hundredth = _MONEY[_SIGNS.get(found["sign"], found["sign"])]
    minus = "minus " if found["minus"] else ""
    large, until = (found["large"] or "").strip().removesuffix("."), found["n2"]
    whole, fraction = parted(found["n"], ",")
    if until or large or len(fraction) not in (0, 2):
        said = amount(whole, fraction, GERMAN)
        said += f" bis {amount(*parted(until, ','), GERMAN)}" if until else ""
        one, many = _LARGE.get(large, (f"{said} {large}".rstrip(), large))
        said = one if large in _LARGE and found["n"] == "1" else f"{said} {many}".rstrip()
        return f"{minus}{said} {name}"
    units, hundredths = int(whole), int(fraction or 0)
    if not units and hundredths:
        return minus + _counted(str(hundredths), f"ein {hundredth}", hundredth)
    said = minus + _counted(str(units), f"ein {name}", name)
    return f"{said} {cardinal(hundredths, GERMAN)}" if hundredths else said


def _unit(found: re.Match[str]) -> str:
    one, many = UNITS[found["unit"]]
    sign = {"": "", "+": "plus "}.get(found["minus"] or "", "minus ")
    said = _counted(found["n"], one, many)
    if found["n2"]:
        first = amount(*parted(found["n"], ","), GERMAN)
        said = f"{first} bis {_counted(found['n2'], f'eins {many}', many)}"
    # The stop of "5 Std." ends the sentence as well where nothing follows.
    ends = found["unit"].endswith(".") and found.end() == len(found.string)
    return f"{sign}{said}{'.' if ends else ''}"


def _fraction(whole: str | None, a: int, b: int) -> str:
    if a == 1 and b == 2:
        if not whole:
            return "ein halb"
        return cardinal(int(whole), GERMAN).removesuffix("s") + "einhalb"
    if not 0 < a < b or b not in _PARTS:
        said = f"{cardinal(a, GERMAN)} {cardinal(b, GERMAN)}"
        return f"{cardinal(int(whole), GERMAN)}, {said}" if whole else said
    part = f"{'ein' if a == 1 else cardinal(a, GERMAN)} {_PARTS[b]}"
    return f"{cardinal(int(whole), GERMAN)} {part}" if whole else part


def _version(written: str) -> str:
    if _THOUSANDS.match(written):  # and no address of a computer
        return _amount(written)
    return " Punkt ".join(whole_number(each, GERMAN) for each in written.split("."))


def _one(found: re.Match[str]) -> str:
    if _NAMED.search(found.string, max(0, found.start() - 32), found.start()):
        return "eins"
    return "eine" if _FEMININE.search(found["noun"]) else "ein"


def _street(found: re.Match[str]) -> str:
    return _with_stop("straße", found)


def _short_word(found: re.Match[str]) -> str:
    written = found.group()
    if written == "Max.":  # a name
        return written
    words = SHORT_WORDS["".join(written.split()).lower()]
    # At the beginning of a sentence: "Z.B. am Montag".
    if written[0].isupper() and found.start() == 0:
        words = words[0].upper() + words[1:]
    return _with_stop(words, found)


def _with_stop(words: str, found: re.Match[str]) -> str:
    """The stop of a short form ends the sentence as well where nothing follows."""
    return f"{words}." if found.end() == len(found.string) else words
