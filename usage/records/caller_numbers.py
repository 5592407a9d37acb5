"""Normalises callers and called numbers: E.164, `sip:`, `client:`, withheld or unknown.

Requests may contain any text; only these forms are stored, so pages, exports and searches need to
know no other. Withheld numbers have many forms: words, the same words as typed on a keypad
(266696687 is ANONYMOUS), and addresses with the host "anonymous.invalid".
"""

import re
import unicodedata
from typing import Final

from agents.trunk_zeros import without_trunk_zero

WITHHELD: Final = "anonymous"
UNKNOWN: Final = "unknown"
ERASED: Final = "erased"  # replaces an erased number (`usage.privacy.erasure`)
LONGEST: Final = 80
SHORTEST: Final = 8  # digits of a number that a network has, with its country's

_WITHHELD_WORDS: Final = frozenset(
    {
        "",
        "anonymous",
        "blocked",
        "caller id unavailable",
        "id unavailable",
        "no caller id",
        "not available",
        "number withheld",
        "out of area",
        "private",
        "private caller",
        "private number",
        "restricted",
        "unavailable",
        "unknown",
        "unknown caller",
        "unknown number",
        "withheld",
        "withheld number",
    }
)
# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on the keys, as Twilio sends them; see
# https://help.twilio.com/articles/223179988
WITHHELD_DIGITS: Final = ("266696687", "7378742833", "2562533", "8656696", "86282452253")
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_BETWEEN_DIGITS: Final = re.compile(r"[ \u00a0().\-/]")
# Some carriers send North American numbers without the plus; no other numbering plan is
# unambiguous.
_NORTH_AMERICA: Final = re.compile(r"1[2-9][0-9]{2}[2-9][0-9]{6}")
_SIP: Final = re.compile(
    r"(?P<scheme>sips?):(?P<user>[A-Za-z0-9._~!$&'*+=%-]+)"
    r"@(?P<host>([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)"
    r"([;?].*)?",
    re.IGNORECASE,
)
# RFC 3261, 25.1, name-addr: a name for people before it, parameters of the header behind it.
_NAMED: Final = re.compile(r"\A[^<>]*+<(?P<address>(sips?|tel):[^<>]++)>[^<>]*+", re.IGNORECASE)
# Callers by WhatsApp have a telephone number there: "whatsapp:+4930123".
_TEL: Final = re.compile(r"(?:tel|whatsapp):(?P<number>[^;?]+)([;?].*)?", re.IGNORECASE)
_CLIENT: Final = re.compile(r"client:(?P<user>[A-Za-z0-9._~@+=%-]+)", re.IGNORECASE)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def caller_of(text: str) -> str:
    """The normalised caller of a request; at most LONGEST characters."""
    number = _number_of(text[: 4 * LONGEST])
    return number if len(number) <= LONGEST else UNKNOWN


def called_of(text: str) -> str:
    """The normalised called number, which is never withheld."""
    number = caller_of(text)
    return UNKNOWN if number == WITHHELD else number


def readable(stored: str) -> str:
    """A stored number for display, including numbers stored before they were normalised."""
    if stored in (WITHHELD, UNKNOWN, ERASED):
        return stored
    number = caller_of(stored)
    return without_unseen(stored) if number == UNKNOWN else number


def is_number(stored: str) -> bool:
    """Whether a stored value is a telephone number, and not an address or withheld."""
    return bool(_E164.fullmatch(stored))


def is_dialable(stored: str) -> bool:
    """Whether it is a telephone number as long as one of a network.

    E.164 allows any that is shorter, but who connects a call may refuse one as its caller's.
    """
    return len(stored) > SHORTEST and is_number(stored)


def beginnings_of(text: str) -> tuple[str, ...]:
    """The prefixes of stored numbers that match the search `text`.

    An address is found with and without its scheme, port and parameters. WITHHELD alone for a
    spelling of a withheld number.
    """
    asked = without_unseen(text).strip()
    if named := _NAMED.fullmatch(asked):
        asked = named["address"]
    if asked and caller_of(asked) == WITHHELD:
        return (WITHHELD,)
    scheme, colon, rest = asked.partition(":")
    if colon and scheme.lower() == "client":
        return (f"client:{rest}",)
    if colon and scheme.lower() in ("sip", "sips"):
        return _addresses(rest)
    if colon and scheme.lower() in ("tel", "whatsapp"):
        asked = rest.partition(";")[0]
    digits = _digits_of(asked)
    extension = (*_addresses(digits), f"client:{digits}")  # a PBX extension, or a client's name
    if re.fullmatch(r"\+[0-9]+", digits):
        return (digits, *extension)
    if re.fullmatch(r"00[0-9]+", digits):
        return (f"+{digits[2:]}", *extension)
    if re.fullmatch(r"[0-9]+", digits):
        return (f"+{digits}", f"+1{digits}", digits, *extension)
    return (*_addresses(asked), f"client:{asked}", asked)


def _addresses(rest: str) -> tuple[str, ...]:
    """Prefixes of SIP addresses, in both schemes, that begin with `rest`."""
    user, at, host = re.split(r"[;?]", rest, maxsplit=1)[0].partition("@")
    whole = f"{user}{at}{host.lower()}"
    without_port = re.sub(r":[0-9]*\Z", "", whole) if at else whole
    found = dict.fromkeys((whole, without_port))
    return tuple(f"{scheme}:{each}" for each in found for scheme in ("sip", "sips"))


def wholes_of(text: str) -> tuple[str, ...]:
    """All normalised callers that `text` may denote in full; WITHHELD for a word that means it.

    Digits alone may be an international number without a plus, or a North American one: both then.
    """
    number = caller_of(text)
    if number != UNKNOWN:
        return (number,)
    beginnings = beginnings_of(text)
    return tuple(each for each in beginnings if each == caller_of(each) != WITHHELD)


def spelled_like(number: str) -> str:
    """A regular expression that matches every stored form of `number`, and possibly others.

    For a database query, whose results have to be checked with `caller_of`.
    """
    if number.startswith("+"):
        # Characters between digits, including invisible ones.
        return r"^[^0-9]*(00)?[^0-9]*" + r"[^0-9]{0,8}".join(number[1:]) + r"([^0-9].*)?$"
    return re.sub(r"([^A-Za-z0-9])", r"\\\1", number.partition(":")[2])


def places_of_other_spellings(number: str) -> list[tuple[str, str | None]]:
    """Ranges, by code point, that contain all stored forms of `number` except the normalised one.

    Half-open ranges (None for no end). They exclude the values of most rows: normalised numbers,
    and the words for unknown ones.
    """
    words = sorted((WITHHELD, UNKNOWN, ERASED))
    edges = ["+", *words]
    places: list[tuple[str, str | None]] = [(chr(1), "+")]
    # From ",", which follows the plus sign.
    begins = [",", *(f"{word}{chr(1)}" for word in words)]
    places += zip(begins, [*edges[1:], None], strict=True)
    if number.startswith("+"):
        for length in range(1, len(number) + 1):  # a normalised beginning, followed by no digit
            said = number[:length]
            places += [(f"{said}{chr(1)}", f"{said}0"), (f"{said}:", f"{said}{chr(0x10FFFF)}")]
    return places


def withheld_spellings() -> tuple[str, ...]:
    """Every stored text that means a withheld number, including those of older calls."""
    digits = [spelling for each in WITHHELD_DIGITS for spelling in (each, f"+{each}")]
    return ("", WITHHELD, WITHHELD.upper(), WITHHELD.capitalize(), *digits)


def _number_of(text: str) -> str:
    # A plus that was not URL-encoded arrives as a blank.
    had_plus = re.match(r" [1-9][0-9]*\Z", text)
    asked = f"+{text[1:]}" if had_plus else without_unseen(text).strip()
    if named := _NAMED.fullmatch(asked):
        asked = named["address"]
    if telephone := _TEL.fullmatch(asked):
        asked = telephone["number"]
    if _is_withheld(asked) or asked.lower().endswith("@anonymous.invalid"):
        return WITHHELD
    if address := _SIP.fullmatch(asked):
        return _sip_of(address)
    if client := _CLIENT.fullmatch(asked):
        user = client["user"]
        return WITHHELD if _is_withheld(user) else f"client:{user}"
    return _telephone_of(_digits_of(asked))


def _sip_of(address: re.Match[str]) -> str:
    """Scheme, user and host. Parameters describe the route, not the identity."""
    user, host = address["user"], address["host"].lower()
    if _is_withheld(user) or host.partition(":")[0].endswith("anonymous.invalid"):
        return WITHHELD
    return f"{address['scheme'].lower()}:{user}@{host}"


def _is_withheld(name: str) -> bool:
    """Whether it is one of the words, or one as typed on a keypad."""
    digits = _BETWEEN_DIGITS.sub("", name).removeprefix("+")
    is_typed = digits in WITHHELD_DIGITS or digits.removeprefix("1") in WITHHELD_DIGITS
    return is_typed or name.lower() in _WITHHELD_WORDS


def _digits_of(written: str) -> str:
    """A number without what people write between its digits."""
    return _BETWEEN_DIGITS.sub("", without_trunk_zero(written))


def _telephone_of(digits: str) -> str:
    if _E164.fullmatch(digits):
        return digits
    if digits.startswith("00") and _E164.fullmatch(f"+{digits[2:]}"):
        return f"+{digits[2:]}"
    return f"+{digits}" if _NORTH_AMERICA.fullmatch(digits) else UNKNOWN


def without_unseen(text: str) -> str:
    """Remove controls, directional marks and other invisible characters."""
    return "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)
