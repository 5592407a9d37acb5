"""German number words: the digits that they stand for, and ordinals."""

from typing import Final

_UNTIL_TWENTY: Final = """
null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn
sechzehn siebzehn achtzehn neunzehn
"""
_TENS: Final = """
zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig
"""
_NUMBERS: Final = {word: str(value) for value, word in enumerate(_UNTIL_TWENTY.split())}
_UNITS: Final = {word: value for word, value in _NUMBERS.items() if len(value) == 1} | {"zwo": "2"}
_BELOW_HUNDRED: Final = {
    **_NUMBERS,
    **_UNITS,
    **{word: f"{value}0" for value, word in enumerate(_TENS.split(), 2)},
    # "einundzwanzig": one word, the unit first.
    **{
        f"{unit}und{ten}": f"{tens}{value}"
        for unit, value in (_UNITS | {"ein": "1", "eine": "1"}).items()
        for tens, ten in enumerate(_TENS.split(), 2)
    },
    "dreissig": "30",
}
# "Dreihundertzwölf" is one word as well, and "neunzehnhundertachtzig", a year.
_HUNDREDS: Final = {
    f"{many}hundert{rest}": f"{hundreds}{digits:>02}"
    for many, hundreds in {
        "": "1",
        "ein": "1",
        **{word: digits for word, digits in _NUMBERS.items() if 2 <= int(digits) <= 19},
    }.items()
    for rest, digits in {"": "0", **_BELOW_HUNDRED}.items()
}
# The digits that each word stands for: "zwölf" is "12".
DIGITS: Final = {**_HUNDREDS, **_BELOW_HUNDRED, "hundert": "00", "tausend": "000"}
# Of days and months: "fünfter", "dem fünften".
ORDINALS: Final = frozenset(
    f"{stem}{end}"
    for stem in (
        *("erst", "zweit", "dritt", "viert", "fünft", "sechst", "siebt", "siebent", "acht"),
        *("neunt", "zehnt", "elft", "zwölft"),
        *(f"{number}t" for number in _UNTIL_TWENTY.split()[13:]),
        *(f"{number}st" for number in _BELOW_HUNDRED if number.endswith(("zwanzig", "dreißig"))),
    )
    for end in ("e", "er", "en")
)
