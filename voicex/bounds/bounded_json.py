"""Parses JSON from other systems within limits of size and depth. Pure.

The standard parser accepts any depth until the interpreter's stack overflows, numbers of any
length, duplicate names in an object, and lone surrogates, which no database stores.
"""

import json
import re
from typing import Any, Final

MAX_DEPTH: Final = 32
MAX_DIGITS: Final = 30  # digits of an integer

# Skips strings (also unterminated ones), so that only brackets outside of strings are counted.
_MARK: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_HALF: Final = re.compile(r"\\u[dD][89a-fA-F]")


class UnusableJson(ValueError):
    """The text is not JSON, or exceeds a limit. The message says which, and quotes nothing of the
    text.
    """


class HalfCharacter(UnusableJson):
    """A string in the JSON has a lone surrogate and cannot be stored."""


def loads(text: str | bytes, *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """Parse `text`, in time proportional to its length.

    text: bytes are UTF-8, with or without a byte order mark. Raises UnusableJson for more than
    `max_bytes`, lists and objects more than `max_depth` deep, one name twice in an object, NaN and
    infinities, whole numbers over MAX_DIGITS digits, and text that is not Unicode.
    """
    if len(text) > max_bytes:
        raise UnusableJson(f"It is longer than {max_bytes} bytes")
    try:
        written = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        encoded = written.encode()
    except UnicodeError:
        raise UnusableJson("It is not in UTF-8") from None
    if len(encoded) > max_bytes:
        raise UnusableJson(f"It is longer than {max_bytes} bytes")
    if _depth(written) > max_depth:
        raise UnusableJson(f"It is nested more than {max_depth} deep")
    try:
        value = json.loads(
            written,
            parse_int=_whole,
            parse_float=_broken,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise UnusableJson(f"It is not JSON: {error.msg} at character {error.pos}") from None
    if _HALF.search(written) and not _is_unicode(value):
        raise HalfCharacter("It has half of a character")
    return value


def _depth(text: str) -> int:
    depth = deepest = 0
    for mark in _MARK.finditer(text):
        if (sign := mark.group()) in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise UnusableJson(f"It has a number of more than {MAX_DIGITS} digits")
    return int(digits)


def _broken(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise UnusableJson("It has a number that is too large")
    return number


def _constant(name: str) -> None:
    raise UnusableJson(f"{name} is no JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise UnusableJson("An object has one name twice")
    return made


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
