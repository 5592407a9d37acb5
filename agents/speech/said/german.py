"""German as it is spoken. Pure."""

import re
from functools import cache
from typing import Final

from agents.speech.said import german_dates, money, roman
from agents.speech.said.codes import (
    ADDRESS,
    CODE,
    FOURS,
    LONG,
    UUID,
    said_address,
    said_code,
    said_dashed,
    said_document,
    said_fours,
)
from agents.speech.said.german_words import (
    BEFORE_NO_NOUN,
    DAY,
    DAY_LIST,
    DAY_SPAN,
    DAYS,
    FLOOR,
    FLOORS,
    FRANCS,
    MRS,
    NUMBER,
    RATE,
    SHORT_WORD,
    SHORT_WORDS,
    STREET,
    UNITS,
    before,
    in_case,
    one_of,
    rate,
)
from agents.speech.said.money import first_of, german_counted
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
    AND_MORE,
    BY,
    DASH,
    DASHED,
    DIVIDED,
    FRACTION,
    FRACTION_SIGN,
    LESS,
    LOWERED,
    MINUS,
    NAMED_VERSION,
    OUT_OF,
    PERCENT,
    PLUS,
    POWER,
    RAISED,
    SCIENTIFIC,
    SEASON,
    SECTION,
    SIGNS_OF,
    SPACED,
    TIMESTAMP,
    VERSION,
    parts_of_timestamp,
)
from agents.speech.said.telephone import PHONE, said_in_groups, said_phone

_UNIT: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−+])?(?<![\w.,/])(?P<n>{NUMBER})(?:{DASH}(?P<minus2>[-−])?(?P<n2>{NUMBER}))?\s?"
    rf"(?P<unit>{'|'.join(re.escape(each) for each in sorted(UNITS, key=len, reverse=True))})"
    rf"(?![\w'’]){RATE}"
)
_LABEL: Final = re.compile(r"(?<!\w)#(?=[0-9])|№\s?")
_ABOUT_SAID: Final = {
    "~": "circa ", "≈": "circa ", "<": "weniger als ", ">": "mehr als ", "≤": "höchstens ",
    "≥": "mindestens ", "±": "plus minus ",
}  # fmt: skip
_PART: Final = re.compile(r"\b(?P<what>Abs|Art|S|Bd|Abb|Kap|Ziff)\.\s?(?=[0-9])")
_PART_SAID: Final = {
    "Abs": "Absatz ", "Art": "Artikel ", "S": "Seite ", "Bd": "Band ", "Abb": "Abbildung ",
    "Kap": "Kapitel ", "Ziff": "Ziffer ",
}  # fmt: skip

# --- numbers that name something --------------------------------------------------------
_REFERENCE: Final = re.compile(
    r"\b(?P<what>(?:\w{0,20}(?:nummer|nr|code|kennzahl)|pin|tan|postleitzahl|plz|aktenzeichen"
    r"|endet auf|endend auf|endziffern)\.?"
    r"(?: (?:ist|lautet|war))?:?\s)(?P<digits>[0-9]{4,15})(?![\w\-]|[.,:/][0-9])",
    re.IGNORECASE,
)
# "Rechnung 2025-0042", "Art.-Nr. 12-345" name one thing, and are no ranges; "Durchwahl 204".
_DOCUMENT: Final = re.compile(
    r"\b(?P<what>(?:(?!haus|zimmer)\w{0,20}(?:rechnung|vertrag|angebot|auftrag|bestellung|nummer|nr|nr\.)|fall)"
    r":? )(?P<a>[0-9]{2,8})-(?P<b>[0-9]{2,8})(?![\w\-/]|[.,][0-9])",
    re.IGNORECASE,
)
_BOOKED: Final = re.compile(
    # "Ihr Konto ist 2019 eröffnet", "Buchung 15 möglich"
    r"\b(?P<what>(?:(?:Reservierung|Buchung|Konto)(?: lautet)?(?=:?\s-?[0-9]{4})"
    r"|(?:Durchwahl|Kto\.|BLZ|CVV|Prüfziffer)(?: (?:ist|lautet))?):?\s-?)"
    r"(?P<digits>[0-9]{2,15})(?![\w\-]|[.,:/][0-9]|\s[A-ZÄÖÜ€%]|\sbis\s[0-9]"
    r"|(?<![0-9]{4})\s(?:oder|und)\s[0-9])"
)
_POSTCODE: Final = re.compile(
    r"(?:(?:(?<=, )|(?<=\bin )|(?<=\bnach )|(?<=\baus )|(?:\A)|\bDE?-)"
    r"(?P<digits>[0-9]{5})|(?:(?<=[0-9a-z], )|\b(?:AT?|CH|FL|LI)-|\b)(?P<four>[1-9][0-9]{3})"
    r"(?=\s(?:Zürich|Bern|Basel|Genf|Luzern|Lausanne|Winterthur|St\. Gallen|Wien|Graz|Linz|Salzburg"
    r"|Innsbruck|Klagenfurt|Villach|Bregenz|Vaduz)\b)"
    r"|(?:\b(?:AT?|CH|FL|LI)-)(?P<named>[1-9][0-9]{3}))(?=\s[A-ZÄÖÜ][a-zäöüß])"
)
_HELPLINE: Final = re.compile(r"(?<![\w.,/\-])116 ?[0-9]{3}(?![\w]|[.,/\-][0-9])")
_EMERGENCY: Final = re.compile(
    r"\b(?P<what>(?:Notruf|unter|die|der|[Ww]ählen Sie|[Rr]ufen Sie|[Ww]ählt?e?|Nummer"
    r"|Notrufnummer)\s)"
    r"(?P<digits>110|112|115|911|144|133|122|117|118)\b"
    r"(?:(?P<or>\s(?:oder|und)\s(?:die\s)?)(?P<more>110|112|115|911|144|133|122|117|118)\b)?"
    # "Die 112 neuen Kunden", but not "unter der 112 einen Krankenwagen".
    r"(?!\s(?:(?!(?:k?ein|mein|sein|ihr|d)(?:e[nmrs]?|ie)\s|(?:die|ohne|bitte|alle|unter|über|hinter|"
    r"wegen|gegen|neben|zwischen|immer|aber|oder|jede[mnrs]?|diese[mnrs]?|unsere[mnrs]?|euren?)\s)"
    r"[a-zäöü]{1,15}e[nrs]?\s(?!Sie\b|Ihnen\b|Ihre?[nmrs]?\b))?[A-ZÄÖÜ]"
    r"|[.,:/][0-9]|\s(?:oder|und|bis)\s[0-9])"
)
# "KW 12"; behind a number it is a measure of power.
_WEEK: Final = re.compile(r"(?<![0-9] )\bKW(?=\s[0-9]{1,2}\b)")

# --- other forms -----------------------------------------------------------------------
_ER: Final = re.compile(r"(?<![\w.,/])(?P<n>[0-9]{1,4})er(?P<n_>n?)\b")
_PARTS: Final = {
    3: "Drittel", 4: "Viertel", 5: "Fünftel", 6: "Sechstel", 8: "Achtel", 10: "Zehntel"
}  # fmt: skip
_JOINED: Final = re.compile(
    r"(?<![\w.,/])(?P<n>[0-9]{1,4})-?(?P<word>jährig|tägig|stündig|stündlich|monatig|wöchig|minütig"
    r"|köpfig|fach|teilig|stellig|stöckig|gängig|sprachig|prozentig)"
)
_PERCENT_WORD: Final = re.compile(r"(?<=[0-9])\s?%-?ig")
_TIMES: Final = re.compile(r"(?<![\w.,/])(?P<n>[0-9]{1,3})(?:x|-mal)\b(?!\s?[0-9])")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3}){1,2}\Z|[0-9]{1,3}(?:\.[0-9]{3})*\.000\Z")
_RATIO: Final = re.compile(r"(?<![\w.,:/\-])([0-9]{1,3})(?::| : )([0-9]{1,3})(?![\w:]|[.,][0-9])")
_RANGE: Final = re.compile(rf"(?<![\w.,/\-])({NUMBER}){DASH}({NUMBER})(?![\w/]|-[0-9]|[.,][0-9])")
_BETWEEN: Final = re.compile(r"(?<=[0-9])\s?(?P<sign>[*×x=+÷])\s?(?=[0-9])")
_BETWEEN_SAID: Final = {
    "*": " mal ", "×": " mal ", "x": " mal ", "=": " gleich ", "+": " plus ", "÷": " durch "
}  # fmt: skip
# "1 Zimmer", but "Zimmer 1 Etage 2".
_ONE: Final = re.compile(r"(?<![\w.,/:\-])(?<![A-ZÄÖÜ]\w )1(?=\s(?P<noun>[A-ZÄÖÜ][a-zäöüß]{1,30}))")
_NAMED: Final = re.compile(r"\b[A-ZÄÖÜ]\w{2,30}\s\Z")
# "1 freier Tisch", "1 bis 2 Tage".
_ONE_MORE: Final = re.compile(
    r"(?<![\w.,/:\-])1(?=\s[a-zäöü]{2,20}(?P<end>er|es|e|en)\s(?P<noun>[A-ZÄÖÜ][a-zäöüß]{1,30}))"
)
_ONE_OR_TWO: Final = re.compile(
    r"(?<![\w.,/:\-])1(?P<to>\s?[-–]\s?|\s(?:bis|oder)\s)(?=[0-9]{1,3}\s[A-ZÄÖÜ])"
)
_MEASURES: Final = re.compile(r"(?<=[0-9]m| m|[cm]m) x (?=[0-9])")
_NUMBER: Final = re.compile(NUMBER)

_HAS_NUMBER: Final = re.compile(r"[0-9½⅓⅔¼¾⅛§%&№^⁰¹²³⁴-⁹]")


def said(text: str) -> str:
    """German `text` completely in words."""
    text = ADDRESS.sub(lambda m: said_address(m.group(), GERMAN), text)
    text = FRANCS.sub(lambda m: f"{m['what'] or ''} CHF ".lstrip(), text)
    text = DAY_LIST.sub(_days, text)
    text = DAY_SPAN.sub(lambda m: f"{DAYS[m.group(1)]} bis {DAYS[m.group(2)]}", text)
    text = DAY.sub(lambda m: DAYS[m.group(1)], text)
    text = roman.in_german(text)
    if _HAS_NUMBER.search(text):
        text = applied(_rules(), text)
    text = FLOOR.sub(lambda m: FLOORS[m.group()], text)
    if "." not in text:
        return text
    text = STREET.sub(_street, text)
    text = MRS.sub("Frau", text)
    return SHORT_WORD.sub(_short_word, text)


@cache
def _rules() -> tuple[Rule, ...]:
    """The rules that put a text into words, in the order in which they are applied."""

    def digits_of(found: re.Match[str]) -> str:
        return said_in_groups(found["digits"], GERMAN)

    def digits(found: re.Match[str]) -> str:
        return found["what"] + digits_of(found)

    def emergency(found: re.Match[str]) -> str:
        said = found["what"] + digit_by_digit(found["digits"], GERMAN)
        return said + found["or"] + digit_by_digit(found["more"], GERMAN) if found["or"] else said

    def postcode(found: re.Match[str]) -> str:
        return digit_by_digit(found["digits"] or found["four"] or found["named"], GERMAN)

    def number(found: re.Match[str]) -> str:
        return apart(found, _amount(found.group()))

    return (
        ("-", UUID, lambda m: said_fours(m.group().upper(), GERMAN)),
        ("T", TIMESTAMP, lambda m: parts_of_timestamp(m, "um", " Uhr")),
        (" ", SPACED, lambda m: m.group().replace(" ", ".")),
        ("KW", _WEEK, lambda _: "Kalenderwoche"),
        ("e", SCIENTIFIC, lambda _: " mal 10^"),
        ("%", _PERCENT_WORD, lambda _: "prozentig"),
        ("", _JOINED, lambda m: f"{first_of(m['n'])}{m['word']}"),
        ("", NAMED_VERSION, lambda m: (m["what"] or "Version ") + _version(m["all"])),
        ("", ABOUT, lambda m: _ABOUT_SAID[m["sign"]]),
        *money.german_rules(),
        *german_dates.rules(),
        *german_dates.times(),
        ("x", BY, lambda _: " mal "),
        ("x", _MEASURES, lambda _: " mal "),
        ("", _ONE_OR_TWO, lambda m: f"ein{' bis ' if m['to'].strip() in '-–' else m['to']}"),
        ("", _UNIT, _unit),
        ("", _LABEL, lambda _: "Nummer "),
        (".", _PART, lambda m: _PART_SAID[m["what"]]),
        ("§", SECTION, lambda m: "Paragrafen " if m.group(1) else "Paragraf "),
        ("", FOURS, lambda m: said_fours(m.group(), GERMAN)),
        ("-", _DOCUMENT, lambda m: said_document(m, GERMAN)),
        ("", _REFERENCE, digits),
        ("", _BOOKED, lambda m: m["what"].removesuffix("-") + digits_of(m)),
        ("", _POSTCODE, postcode),
        ("", PHONE, lambda m: said_phone(m.group(), GERMAN)),
        ("116", _HELPLINE, lambda m: said_in_groups(m.group().replace(" ", ""), GERMAN)),
        ("-", DASHED, lambda m: said_dashed(m.group(), GERMAN)),
        ("", _EMERGENCY, emergency),
        *german_dates.ordinals(),
        ("er", _ER, lambda m: f"{year(int(m['n']), GERMAN).removesuffix('s')}er{m['n_']}"),
        ("", _TIMES, lambda m: f"{cardinal(int(m['n']), GERMAN).removesuffix('s')}mal"),
        ("/", SEASON, lambda m: f"{m['a']} {m['b']}"),
        ("/", OUT_OF, lambda m: f"{m['a']} von {m['b']}"),
        ("/", DIVIDED, lambda _: " durch "),
        ("/", FRACTION, lambda m: _fraction(m["whole"], int(m["a"]), int(m["b"]))),
        ("", FRACTION_SIGN, lambda m: _fraction(m["whole"], *SIGNS_OF[m["part"]])),
        (".", VERSION, lambda m: _version(m["all"])),
        ("", CODE, lambda m: said_code(m.group(), GERMAN)),
        (":", _RATIO, lambda m: f"{m.group(1)} zu {m.group(2)}"),
        ("=", LESS, lambda _: " minus "),
        ("", _RANGE, _range),
        ("", RAISED, lambda m: f" hoch {m.group().translate(LOWERED)}"),
        ("^", POWER, lambda _: " hoch "),
        ("", LONG, lambda m: apart(m, said_in_groups(m.group(), GERMAN))),
        ("", MINUS, lambda _: "minus "),
        ("", PLUS, lambda _: "plus "),
        ("+", AND_MORE, lambda _: " plus"),
        ("", _BETWEEN, lambda m: _BETWEEN_SAID[m["sign"]]),
        ("&", AND, lambda _: " und "),
        ("", _ONE_MORE, _one_more),
        ("", _ONE, _one),
        ("", _NUMBER, number),
        ("%", PERCENT, lambda _: " Prozent"),
    )


def _days(found: re.Match[str]) -> str:
    return ", ".join(DAYS[day.removesuffix(".")] for day in found.group().split("/"))


def _range(found: re.Match[str]) -> str:
    """A range from one number to a larger one; a falling pair is a score."""
    first, last = found.groups()
    is_score = first.isdigit() and last.isdigit() and int(first) > int(last)
    is_score = is_score and len(first) <= 2 and " " not in found.group()
    return f"{first} {'zu' if is_score else 'bis'} {last}"


def _amount(written: str) -> str:
    if written.isdigit():
        return plain(written, GERMAN)
    return amount(*parted(written, ","), GERMAN)


def _unit(found: re.Match[str]) -> str:
    one, many = UNITS[found["unit"]]
    sign = {"": "", "+": "plus "}.get(found["minus"] or "", "minus ")
    if one.startswith("ein"):
        article, _, noun = one.partition(" ")
        one = f"{in_case(article, noun, before(found))} {noun}"
    said = german_counted(found["n"], one, many)
    if found["n2"]:
        first = "ein" if found["n"] == "1" else amount(*parted(found["n"], ","), GERMAN)
        sign_2 = "minus " if found["minus2"] else ""
        said = f"{first} bis {sign_2}{german_counted(found['n2'], f'eins {many}', many)}"
    # The stop of "5 Std." ends the sentence as well where nothing follows.
    ends = found["unit"].endswith(".") and found.end() == len(found.string)
    return f"{sign}{said}{rate(found)}{'.' if ends else ''}"


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
    return one_of(found["noun"], before(found))


def _one_more(found: re.Match[str]) -> str:
    """ "1 freier Tisch": the ending of the adjective tells the gender, or the case."""
    if found["end"] != "en":
        return "eine" if found["end"] == "e" else "ein"
    article = one_of(found["noun"], before(found))
    return "einen" if article in ("ein", "eine") else article


def _street(found: re.Match[str]) -> str:
    return _with_stop("straße", found)


def _short_word(found: re.Match[str]) -> str:
    written = found.group()
    if written == "Max.":  # a name
        return written
    short = "".join(written.split())
    if short in ("d.H.", "D.H."):  # "Bad Homburg v. d. H."
        return written
    if (
        short.lower() in BEFORE_NO_NOUN
        and found.string[found.end() + 1 : found.end() + 2].isupper()
    ):
        return written
    words = SHORT_WORDS[short.lower()]
    # At the beginning of a sentence: "Z.B. am Montag".
    if written[0].isupper() and found.start() == 0:
        words = words[0].upper() + words[1:]
    return _with_stop(words, found)


def _with_stop(words: str, found: re.Match[str]) -> str:
    """The stop of a short form also ends the sentence when nothing follows."""
    return f"{words}." if found.end() == len(found.string) else words
