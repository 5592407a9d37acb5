"""The words for numbers, in English and German, as recognisers write them."""

from typing import Final

UNITS: Final = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "naught": 0, "nil": 0, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "niner": 9, "fife": 5,
    "null": 0, "eins": 1, "ein": 1, "zwei": 2, "zwo": 2, "drei": 3, "vier": 4, "fünf": 5,
    "fuenf": 5, "funf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
}  # fmt: skip
TEENS: Final = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "zehn": 10, "elf": 11,
    "zwölf": 12, "zwoelf": 12, "zwolf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15,
    "fuenfzehn": 15, "funfzehn": 15, "sechzehn": 16, "siebzehn": 17, "achtzehn": 18, "neunzehn": 19,
}  # fmt: skip
TENS: Final = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "zwanzig": 20, "dreißig": 30, "dreissig": 30, "vierzig": 40,
    "fünfzig": 50, "fuenfzig": 50, "sechzig": 60, "siebzig": 70, "achtzig": 80, "neunzig": 90,
}  # fmt: skip
SCALES: Final = {
    "hundred": 100, "hundert": 100, "einhundert": 100, "thousand": 1000, "tausend": 1000,
    "eintausend": 1000,
}  # fmt: skip
# "double one", "dreimal die Null": the next digit so many times.
REPEATS: Final = {
    "double": 2, "triple": 3, "treble": 3, "quadruple": 4, "doppel": 2, "doppelt": 2, "doppelte": 2,
    "zweimal": 2, "dreimal": 3, "viermal": 4, "fünfmal": 5, "fuenfmal": 5, "sechsmal": 6,
}  # fmt: skip
TIMES: Final = frozenset(("times", "mal"))  # "four times one"
# "four ones", "vier Einsen": this digit so many times.
PLURALS: Final = {
    "zeros": 0, "zeroes": 0, "ohs": 0, "ones": 1, "twos": 2, "threes": 3, "fours": 4, "fives": 5,
    "sixes": 6, "sevens": 7, "eights": 8, "nines": 9, "nullen": 0, "einsen": 1, "zweien": 2,
    "dreien": 3, "vieren": 4, "fünfen": 5, "sechsen": 6, "siebenen": 7, "achten": 8, "neunen": 9,
}  # fmt: skip
# Recognisers write these for digits; between digits they are taken for digits, too.
HOMOPHONES: Final = {
    "won": 1, "to": 2, "too": 2, "tree": 3, "free": 3, "for": 4, "fore": 4, "ate": 8, "nein": 9,
}  # fmt: skip
# Said between the digits of one number without being part of it.
FILLERS: Final = frozenset((
    "and", "then", "um", "uh", "uhm", "er", "erm", "ah", "dash", "hyphen", "minus", "space", "dot",
    "point", "slash", "stroke", "plus", "comma", "und", "dann", "äh", "ähm", "ehm", "hm", "mhm",
    "strich", "bindestrich", "punkt", "komma", "leerzeichen", "schrägstrich", "die", "der", "yes",
    "ja", "okay", "ok", "again", "nochmal", "wieder", "pause", "x",
))  # fmt: skip
AND: Final = frozenset(("and", "und"))
NUMERALS: Final = frozenset((
    *UNITS, *TEENS, *TENS, *SCALES, *REPEATS, *PLURALS, *HOMOPHONES, *TIMES,
))  # fmt: skip
_GONE: Final = "\u200b"  # in place of what cannot be seen; it separates nothing
