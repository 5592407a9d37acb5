"""Card numbers in all the ways in which people write and say them, as hypothesis draws them."""

from typing import Final

from hypothesis import strategies as st

_ENGLISH: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
)  # fmt: skip
_GERMAN: Final = (
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
)  # fmt: skip
_ENGLISH_TEENS: Final = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_GERMAN_TEENS: Final = (
    "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
    "neunzehn",
)  # fmt: skip
_ENGLISH_TENS: Final = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_GERMAN_TENS: Final = (
    "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
)  # fmt: skip
# Between two groups of digits; what recognisers write for a pause is among it.
BETWEEN: Final = (
    " ", "  ", "-", " - ", "\u2013", ".", ", ", ". ", "/", "\n", " and ", " uh ", ", then ",
    " und ", "\u00a0", "\u200b ", " dash ", "...", "; ", " | ", "_",
)  # fmt: skip


def card_numbers() -> st.SearchStrategy[str]:
    """Of 13 to 19 digits, with the right check digit."""
    return st.builds(
        _with_check_digit,
        st.sampled_from(("4", "51", "55", "2221", "2720", "34", "37", "6011", "65", "36", "30")),
        st.text("0123456789", min_size=18, max_size=18),
        st.integers(13, 19),
    )


def check_digit(digits: str) -> str:
    """The one that makes a card number of `digits`."""
    doubled = [
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit)
        for place, digit in enumerate(reversed(digits))
    ]
    return str(-sum(doubled) % 10)


def _with_check_digit(prefix: str, digits: str, length: int) -> str:
    body = (prefix + digits)[: length - 1]
    return body + check_digit(body)


@st.composite
def groups(draw: st.DrawFn, digits: str) -> list[str]:
    """`digits` in groups of one to four, each spelled in a way of its own."""
    spelled, at = [], 0
    while at < len(digits):
        size = draw(st.integers(1, 4))
        group = digits[at : at + size]
        spelled.append(draw(st.sampled_from(spellings(group))))
        at += len(group)
    return spelled


def spellings(group: str) -> list[str]:
    """All that is known for one to four digits."""
    found = [
        group,
        "".join(chr(ord("\uff10") + int(digit)) for digit in group),
        " ".join(_ENGLISH[int(digit)] for digit in group),
        " ".join(_ENGLISH[int(digit)] for digit in group).replace("zero", "oh"),
        " ".join(_GERMAN[int(digit)] for digit in group).replace("zwei", "zwo"),
        " ".join(_GERMAN[int(digit)].upper() for digit in group),
    ]
    if len(group) > 1 and len(set(group)) == 1:
        english, german = _ENGLISH[int(group[0])], _GERMAN[int(group[0])]
        times = len(group)
        found += [f"{times} times {english}", f"{_GERMAN[times]} mal {german}"]
        found += {
            2: [f"double {english}", f"zweimal die {german}", f"Doppel {german}"],
            3: [f"triple {english}", f"dreimal {german}"],
            4: [f"quadruple {english}", f"viermal die {german}", f"four {english}s"],
        }[times]
    if len(group) == 2 and group[0] != "0":
        found += [_english_pair(group), _german_pair(group)]
    if len(group) == 4 and group[0] != "0" and group[2] != "0":
        found.append(f"{_english_pair(group[:2])} {_english_pair(group[2:])}")
        found.append(f"{_german_pair(group[:2])} {_german_pair(group[2:])}")
        hundred = f"{_GERMAN[int(group[1])]}hundert"
        if group[1] not in "01":
            thousand = _GERMAN[int(group[0])].replace("eins", "ein")
            found.append(f"{thousand}tausend{hundred}{_german_pair(group[2:])}")
    return found


def _english_pair(pair: str) -> str:
    if pair[0] == "1":
        return _ENGLISH_TEENS[int(pair[1])]
    tens = _ENGLISH_TENS[int(pair[0]) - 2]
    return tens if pair[1] == "0" else f"{tens}-{_ENGLISH[int(pair[1])]}"


def _german_pair(pair: str) -> str:
    if pair[0] == "1":
        return _GERMAN_TEENS[int(pair[1])]
    tens = _GERMAN_TENS[int(pair[0]) - 2]
    return tens if pair[1] == "0" else f"{_GERMAN[int(pair[1])].replace('eins', 'ein')}und{tens}"
