"""Sums of money: "$12.50", "20 EUR", "Fr. 20.-". Pure."""

import re
from typing import Final

from agents.speech.said import english_words, german_words
from agents.speech.said.english_words import BOUND
from agents.speech.said.english_words import NUMBER as ENGLISH_NUMBER
from agents.speech.said.english_words import RATE as ENGLISH_RATE
from agents.speech.said.german_words import NUMBER as GERMAN_NUMBER
from agents.speech.said.german_words import RATE as GERMAN_RATE
from agents.speech.said.numbers import GERMAN, Rule, amount, cardinal, parted
from agents.speech.said.patterns import DASH

_LARGE: Final = {
    "k": "thousand", "K": "thousand", "m": "million", "M": "million", "mn": "million",
    "bn": "billion", "b": "billion", "B": "billion",
}  # fmt: skip
_LARGE_WORD: Final = r"(?:\s?(?P<large>thousand|million|billion|trillion|mn|bn|[kKmMbB])\b)?"

# --- money: name, plural, hundredth, plural ----------------------------------------------
_MONEY: Final = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "US$": ("U.S. dollar", "U.S. dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "sen", "sen"),
    "CHF": ("Swiss franc", "Swiss francs", "centime", "centimes"),
    "CAD": ("Canadian dollar", "Canadian dollars", "cent", "cents"),
    "AUD": ("Australian dollar", "Australian dollars", "cent", "cents"),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "SEK": ("Swedish krona", "Swedish kronor", "öre", "öre"),
    "NOK": ("Norwegian krone", "Norwegian kroner", "øre", "øre"),
    "DKK": ("Danish krone", "Danish kroner", "øre", "øre"),
    "PLN": ("zloty", "zlotys", "grosz", "groszy"),
}
_SIGNS: Final = {
    "EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "euro": "€", "euros": "€", "Euro": "€",
    "Euros": "€", "dollar": "$", "dollars": "$", "Fr.": "CHF", "SFr.": "CHF", "Fr": "CHF",
    "INR": "₹", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "Rs": "₹", "Rs.": "₹",
}  # fmt: skip
# As above, or with the marks of the continent.
_M: Final = (
    r"[0-9]{1,3}(?:\.[0-9]{3}){0,4},[0-9]{2}(?![0-9])|[0-9]{1,9},[0-9]{1,2}(?![0-9])"
    rf"|{ENGLISH_NUMBER}"
)
_SIGN: Final = (
    r"US\$|\b(?:CA?|AU?)\$|[$€£¥₹]|\b(?:EUR|USD|GBP|JPY|CHF|CAD|AUD|INR|SEK|NOK|DKK|PLN)\b"
)
_MONEY_BEFORE: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w$])(?P<sign>{_SIGN}|S?Fr\.|\bRs\b\.?)\s?(?P<n>{_M})"
    rf"(?![0-9])(?:[.,][-–—]{{1,2}}(?!\w))?"
    rf"(?:{DASH}(?:{_SIGN})?\s?(?P<n2>{_M})(?![\w\-]))?{_LARGE_WORD}{ENGLISH_RATE}"
)
_MONEY_BEHIND: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w.,/])(?P<n>{_M})(?:{DASH}(?P<n2>{_M}))?"
    rf"{_LARGE_WORD}\s?(?P<sign>{_SIGN}|[Ee]uros?\b|dollars?\b)(?!\w){ENGLISH_RATE}"
)
_CENTS: Final = re.compile(rf"{BOUND}(?P<n>[0-9]{{1,4}})\s?¢")
_PENCE: Final = re.compile(rf"{BOUND}(?P<n>[0-9]{{1,2}})p(?![\w.])")

# --- money: its name, and that of a hundredth --------------------------------------------
_GERMAN_MONEY: Final = {
    "€": ("Euro", "Cent"), "$": ("Dollar", "Cent"), "£": ("Pfund", "Pence"),
    "¥": ("Yen", "Sen"), "CHF": ("Franken", "Rappen"), "PLN": ("Złoty", "Groszy"),
}  # fmt: skip
_GERMAN_SIGNS: Final = {
    "EUR": "€", "Euro": "€", "USD": "$", "US$": "$", "Dollar": "$", "GBP": "£", "JPY": "¥",
    "SFr.": "CHF", "Franken": "CHF", "Fr.": "CHF", "Fr": "CHF", "SFr": "CHF", "US-$": "$",
}  # fmt: skip
_GERMAN_SIGN: Final = r"US-?\$|[$€£¥]|\b(?:EUR|USD|GBP|JPY|CHF|PLN)\b"
_GERMAN_MONEY_BEHIND: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w.,/])(?P<n>{GERMAN_NUMBER})(?:[.,][-–—]{{1,2}})?"
    rf"(?:{DASH}(?P<n2>{GERMAN_NUMBER})(?:[.,][-–—]{{1,2}})?)?\s?"
    rf"(?P<large>Mio\.?|Mrd\.?|Tsd\.?|Millionen|Milliarden)?\s?"
    rf"(?P<sign>{_GERMAN_SIGN}|Euro\b|Dollar\b|Franken\b|S?Fr\b\.?(?!\s[A-ZÄÖÜ][a-zäöüß]))"
    rf"(?!\w){GERMAN_RATE}"
)
_GERMAN_MONEY_BEFORE: Final = re.compile(
    rf"(?P<minus>(?<![\w)])[-−])?(?<![\w$])(?P<sign>{_GERMAN_SIGN})\s?(?P<n>{GERMAN_NUMBER})(?![0-9])"
    rf"(?:[.,][-–—]{{1,2}})?(?:{DASH}(?P<n2>{GERMAN_NUMBER})(?:[.,][-–—]{{1,2}})?)?"
    rf"(?P<large>\s?(?:Mio\.?|Mrd\.?|Tsd\.?|Millionen|Milliarden))?{GERMAN_RATE}"
)
# "10,-" is in euros, "10.-" in francs.
_WHOLE_MONEY: Final = re.compile(
    rf"(?<![\w.,/])(?P<n>{GERMAN_NUMBER})(?P<mark>[.,])[-–—]{{1,2}}(?![\w-])"
)
_GERMAN_LARGE: Final = {
    "Mio": ("eine Million", "Millionen"), "Mrd": ("eine Milliarde", "Milliarden"),
    "Tsd": ("eintausend", "tausend"),
}  # fmt: skip


def english_rules(language: str) -> tuple[Rule, ...]:
    """The rules for sums in English, in order."""

    def money(found: re.Match[str]) -> str:
        return _money(found, language)

    return (
        ("", _MONEY_BEFORE, money),
        ("", _MONEY_BEHIND, money),
        ("¢", _CENTS, lambda m: counted(int(m["n"]), ("cent", "cents"), language)),
        ("p", _PENCE, lambda m: counted(int(m["n"]), ("penny", "pence"), language)),
    )


def german_rules() -> tuple[Rule, ...]:
    """The rules for sums in German, in order."""
    return (
        ("", _GERMAN_MONEY_BEFORE, _german_money),
        ("", _GERMAN_MONEY_BEHIND, _german_money),
        ("", _WHOLE_MONEY, _whole_money),
    )


def _money(found: re.Match[str], language: str) -> str:
    one, many, cent, cents = _MONEY[_SIGNS.get(found["sign"], found["sign"])]
    minus = "minus " if found["minus"] else ""
    large, until = found["large"], found["n2"]
    whole, fraction = parted(found["n"], ".")
    until_whole, until_fraction = parted(until, ".") if until else ("", "")
    if large or {len(fraction), len(until_fraction)} - {0, 2}:
        said = amount(whole, fraction, language)
        said += f" to {amount(until_whole, until_fraction, language)}" if until else ""
        said += f" {_LARGE.get(large, large)}" if large else ""
        return f"{minus}{said} {many}{english_words.rate(found)}"

    def sum_of(units: int, hundredths: int) -> str:
        parts = [counted(units, (one, many), language)] if units or not hundredths else []
        if hundredths:
            parts.append(counted(hundredths, (cent, cents), language))
        return " and ".join(parts)

    said = sum_of(int(whole), int(fraction or 0))
    if until:
        said = said if fraction.strip("0") else amount(whole, "", language)
        said = f"{said} to {sum_of(int(until_whole), int(until_fraction or 0))}"
    return f"{minus}{said}{english_words.rate(found)}"


def counted(number: int, names: tuple[str, str], language: str) -> str:
    """A number with its noun in the singular or plural."""
    return f"{cardinal(number, language)} {names[0] if number == 1 else names[1]}"


def _german_money(found: re.Match[str]) -> str:
    name, hundredth = _GERMAN_MONEY[_GERMAN_SIGNS.get(found["sign"], found["sign"])]
    minus = "minus " if found["minus"] else ""
    large, until = (found["large"] or "").strip().removesuffix("."), found["n2"]
    whole, fraction = parted(found["n"], ",")
    until_whole, until_fraction = parted(until, ",") if until else ("", "")
    # The stop of "20 Fr." ends the sentence as well where nothing follows.
    ends = found["sign"].endswith(".") and found.end() == len(found.string)
    behind = german_words.rate(found) + "." * ends
    if large or {len(fraction), len(until_fraction)} - {0, 2}:
        said = amount(whole, fraction, GERMAN)
        said += f" bis {amount(until_whole, until_fraction, GERMAN)}" if until else ""
        one, many = _GERMAN_LARGE.get(large, (f"{said} {large}".rstrip(), large))
        said = one if large in _GERMAN_LARGE and found["n"] == "1" else f"{said} {many}".rstrip()
        return f"{minus}{said.replace(' tausend', 'tausend')} {name}{behind}"

    def sum_of(units: int, hundredths: int) -> str:
        if not units and hundredths:
            return german_counted(str(hundredths), f"ein {hundredth}", hundredth)
        one = f"{german_words.in_case('ein', name, german_words.before(found))} {name}"
        said = german_counted(str(units), one, name)
        return f"{said} {cardinal(hundredths, GERMAN)}" if hundredths else said

    said = sum_of(int(whole), int(fraction or 0))
    if until:
        said = said if fraction.strip("0") else first_of(whole)
        said = f"{said} bis {sum_of(int(until_whole), int(until_fraction or 0))}"
    return f"{minus}{said}{behind}"


def _whole_money(found: re.Match[str]) -> str:
    name = "Euro" if found["mark"] == "," else "Franken"
    return german_counted(
        found["n"], f"{german_words.in_case('ein', name, german_words.before(found))} {name}", name
    )


def german_counted(written: str, one: str, many: str) -> str:
    """A written number with its noun; one: the singular with its article."""
    return one if written == "1" else f"{amount(*parted(written, ','), GERMAN)} {many}"


def first_of(digits: str) -> str:
    """A number as the first part of a word: "einjährig"."""
    said = cardinal(int(digits), GERMAN)
    return "ein" if said == "eins" else said
