"""Who calls and who is called, in one spelling: E.164, `sip:`, `client:`, withheld or unknown.

What a request says is any text; what is kept is one of these, so pages, files and searches need
to know no other. Withheld numbers have many spellings: words, the same words as they are typed
on a telephone's keys (266696687 is ANONYMOUS), and an address whose host is "anonymous.invalid".
"""

import re
import unicodedata
from typing import Final

WITHHELD: Final = "anonymous"
UNKNOWN: Final = "unknown"
LONGEST: Final = 80

_WITHHELD_WORDS: Final = frozenset(
    {"", "anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld"}
)
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on the keys, as Twilio sends them; see
# https://help.twilio.com/articles/223179988
WITHHELD_DIGITS: Final = ("266696687", "7378742833", "2562533", "8656696", "86282452253")
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_BETWEEN_DIGITS: Final = re.compile(r"[ \u00a0().\-/]")
# North America's numbers are sent without the plus by some carriers; no other plan is as certain.
_NORTH_AMERICA: Final = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_SIP: Final = re.compile(
    r"(?P<scheme>sips?):(?P<user>[A-Za-z0-9._~!$&'*+=%-]+)@(?P<host>[A-Za-z0-9.-]+(:[0-9]{1,5})?)"
    r"([;?].*)?",
    re.IGNORECASE,
)
_CLIENT: Final = re.compile(r"client:(?P<user>[A-Za-z0-9._~@+=%-]+)", re.IGNORECASE)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def caller_of(text: str) -> str:
    """The one spelling of what a request says about its caller; never longer than LONGEST."""
    number = _number_of(text[: 4 * LONGEST])
    return number if len(number) <= LONGEST else UNKNOWN


def called_of(text: str) -> str:
    """As `caller_of` for the number that was called, which nobody withholds."""
    number = caller_of(text)
    return UNKNOWN if number == WITHHELD else number


def readable(stored: str) -> str:
    """A stored number for a page; what was stored before there was one spelling, too."""
    if stored in (WITHHELD, UNKNOWN):
        return stored
    number = caller_of(stored)
    return _without_unseen(stored) if number == UNKNOWN else number


def beginnings_of(text: str) -> tuple[str, ...]:
    """How a stored number may begin that is searched for by `text`, as people write numbers."""
    asked = _without_unseen(text).strip()
    if re.match(r"(?i)(sips?|client):", asked):
        whole = caller_of(asked)
        scheme, _colon, rest = asked.partition(":")
        return (whole if ":" in whole else f"{scheme.lower()}:{rest}",)
    digits = _BETWEEN_DIGITS.sub("", asked)
    if re.fullmatch(r"\+[0-9]+", digits):
        return (digits,)
    if re.fullmatch(r"00[0-9]+", digits):
        return (f"+{digits[2:]}",)
    if re.fullmatch(r"[0-9]+", digits):
        return (f"+{digits}", f"+1{digits}", digits)
    return (f"sip:{asked}", f"sips:{asked}", f"client:{asked}", asked)


def withheld_spellings() -> tuple[str, ...]:
    """Every stored text that means a withheld number, those of older calls too."""
    digits = [spelling for each in WITHHELD_DIGITS for spelling in (each, f"+{each}")]
    return ("", WITHHELD, WITHHELD.upper(), WITHHELD.capitalize(), *digits)


def _number_of(text: str) -> str:
    # A plus that was not encoded arrives as a blank before the digits.
    had_plus = re.match(r" [1-9][0-9]*\Z", text)
    asked = f"+{text[1:]}" if had_plus else _without_unseen(text).strip()
    if asked.lower() in _WITHHELD_WORDS:
        return WITHHELD
    if address := _SIP.fullmatch(asked):
        return _sip_of(address)
    if client := _CLIENT.fullmatch(asked):
        user = client["user"]
        return WITHHELD if user.lower() in _WITHHELD_WORDS else f"client:{user}"
    return _telephone_of(_BETWEEN_DIGITS.sub("", asked))


def _sip_of(address: re.Match[str]) -> str:
    """Scheme, user and host: parameters say how it was reached, not who it is."""
    user, host = address["user"], address["host"].lower()
    if user.lower() in _WITHHELD_WORDS or host.partition(":")[0].endswith("anonymous.invalid"):
        return WITHHELD
    return f"{address['scheme'].lower()}:{user}@{host}"


def _telephone_of(digits: str) -> str:
    bare = digits.removeprefix("+")
    if bare in WITHHELD_DIGITS or bare.removeprefix("1") in WITHHELD_DIGITS:
        return WITHHELD
    if _E164.fullmatch(digits):
        return digits
    if digits.startswith("00") and _E164.fullmatch(f"+{digits[2:]}"):
        return f"+{digits[2:]}"
    return f"+{digits}" if _NORTH_AMERICA.fullmatch(digits) else UNKNOWN


def _without_unseen(text: str) -> str:
    """Without controls, marks that turn the direction of writing, and other unseen characters."""
    return "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
