"""Reads the arguments and the name of a tool in all forms that models write. Pure.

Correct JSON, and JSON with a fence, a tag or words after it, with Python's quotes, without its last
brace, as JSON in JSON, as the only element of a list, or escaped as in a page.
"""

import ast
import html
import json
import re
from collections.abc import Iterable
from typing import Final

from agents.speech.tool_calls.brackets import LONGEST, signs

MOST_NESTED: Final = 40  # brackets within brackets
LONGEST_NAME: Final = 64

_FENCE: Final = re.compile(r"\A\s*```\w{0,20}\s|```\s*\Z")
_TRAILING_COMMA: Final = re.compile(r",(?=\s{0,40}[}\]])")
_BARE_KEY: Final = re.compile(r"(?<=[{,])\s{0,40}([A-Za-z_]\w{0,63})\s{0,8}:")
# Of models that have a token for them, and of texts that were made beautiful.
_QUOTES: Final = re.compile(r"<escape>|<\|\"\|>|[“”„]")
_AROUND: Final = ("arguments", "parameters", "kwargs")  # what some models put them into once more
_NOTHING: Final = frozenset({"None", "undefined", "nil", "NULL", "()"})
# As Grok writes them into texts, whose meaning they never are.
_ESCAPED: Final = re.compile(r"&(?:amp|quot|apos|lt|gt|nbsp|#0{0,3}3[49]|#x2[27]);", re.IGNORECASE)
MOST_NESTED_TEXTS: Final = 8  # objects and lists around a text
_DECODER: Final = json.JSONDecoder(strict=False)  # a line may end within a text
_OF_A_NAMESPACE: Final = re.compile(r"\A(?:(?:functions?|tools?|default_api|api)[./:])+", re.I)
_AFTER_NAME: Final = re.compile(r"<\||[(\[{<]|:\d{1,4}\Z")
_NO_NAME: Final = re.compile(r"[^\w-]+", re.ASCII)


def object_in(text: str) -> dict[str, object] | None:
    """The object that `text` describes; {} for no text, None if there is no object."""
    if not _ESCAPED.search(text, 0, LONGEST):
        return _object_in(text)
    found = _object_in(text)
    if found is None:  # all of it is escaped, its quotes included
        return _object_in(html.unescape(text[:LONGEST]))
    return {name: _unescaped(value) for name, value in found.items()}


def _unescaped(value: object, depth: int = MOST_NESTED_TEXTS) -> object:
    """A value whose texts are as they were meant: unescaped once."""
    match value:
        case str():
            return html.unescape(value) if _ESCAPED.search(value) else value
        case list() if depth:
            return [_unescaped(each, depth - 1) for each in value]
        case dict() if depth:
            return {name: _unescaped(each, depth - 1) for name, each in value.items()}
    return value


def _object_in(text: str) -> dict[str, object] | None:
    text = _FENCE.sub("", text[:LONGEST]).strip()
    if not text or text in _NOTHING:
        return {}
    if max(map(text.count, "[{(")) > MOST_NESTED:
        return None
    found, is_read = _decoded(text)
    if is_read:
        return _as_object(found)
    begin = text.find("{")
    if begin < 0:
        return None
    text = text[begin:]
    for written in (text, text.replace('\\"', '"'), _with_quotes(text)):
        read = _first_object(written)
        if read is not None:
            return read
    return None


def unwrapped(arguments: dict[str, object], name: str) -> dict[str, object]:
    """The arguments of `name` without a second call of it that a model wrote around them."""
    if len(arguments) == 1 or (len(arguments) == 2 and arguments.get("name") == name):
        for around in _AROUND:
            inner = arguments.get(around)
            if isinstance(inner, dict):
                return inner
    return arguments


def objects_in(text: str) -> list[dict[str, object]]:
    """The objects of merged calls, if `text` holds several objects and nothing else."""
    found: list[dict[str, object]] = []
    at, text = 0, text[:LONGEST].strip()
    while text.startswith("{", at):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        if value and value not in found:
            found.append({name: _unescaped(each) for name, each in value.items()})
        at = len(text) - len(text[at:].lstrip())
    return found if at == len(text) and len(found) > 1 else []


def name_in(written: str) -> str:
    """The name of a tool without what models write around it; "" if nothing remains.

    An impossible name becomes one that no tool has, so that the model is told.
    """
    written = written[:LONGEST].strip().strip("\"'`")
    if behind := _AFTER_NAME.search(written):
        written = written[: behind.start()]
    name = _OF_A_NAMESPACE.sub("", written).strip()
    return _NO_NAME.sub("_", name)[:LONGEST_NAME].strip("_-")


def offered_name(name: str, offered: Iterable[str]) -> str:
    """The one of the `offered` tools that `name` means in another spelling, or twice; else `name`.

    "OpeningHours" and "opening-hours" are `opening_hours`.
    """
    names = tuple(offered)
    if name in names:
        return name
    letters = _letters(name)
    found = [each for each in names if letters in (_letters(each), 2 * _letters(each))]
    return found[0] if len(found) == 1 else name


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def compact(value: object) -> str:
    """Compact JSON of the arguments."""
    return json.dumps(value, separators=(",", ":"))


def keywords_in(call: str) -> dict[str, object] | None:
    """The arguments in `(day="Monday", again=True)`; None if they cannot be read."""
    text = call[:LONGEST].strip()
    if max(map(text.count, "[{(")) > MOST_NESTED:
        return None
    try:
        parsed = ast.parse(f"f{_with_escapes(text)}", mode="eval").body
        if not isinstance(parsed, ast.Call) or any(each.arg is None for each in parsed.keywords):
            return None
        if parsed.args and (parsed.keywords or len(parsed.args) > 1):
            return None  # whose place is unknown
        found: object = {
            each.arg: ast.literal_eval(each.value) for each in parsed.keywords if each.arg
        }
        if not found and len(parsed.args) == 1:
            found = ast.literal_eval(parsed.args[0])
        json.dumps(found)
    except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
        return None
    return found if isinstance(found, dict) else None


def _with_escapes(text: str) -> str:
    """`text` with a backslash before characters that must be escaped within its quotes."""
    parts, start = [], 0
    for sign, at, is_within in signs(text):
        if is_within and sign in "\"'\n":
            parts += [text[start:at], "\\n" if sign == "\n" else f"\\{sign}"]
            start = at + 1
    return "".join([*parts, text[start:]])


def _decoded(text: str) -> tuple[object, bool]:
    value: object = text
    for _ in range(3):
        if not isinstance(value, str):
            break
        try:
            value = _DECODER.decode(value.strip() or "{}")
        except (ValueError, RecursionError):
            return None, False
    return value, True


def _as_object(value: object) -> dict[str, object] | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None or value == []:
        return {}
    return value if isinstance(value, dict) else None


def _with_quotes(text: str) -> str:
    return _BARE_KEY.sub(r'"\1":', _QUOTES.sub('"', text))


def _first_object(text: str) -> dict[str, object] | None:
    """The first non-empty object in `text`, whatever follows it."""
    found: dict[str, object] | None = None
    at = 0
    while text.startswith("{", at):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found = value
        if value:
            return found
        at = len(text) - len(text[at:].lstrip())
    return _mended(text) if found is None else found


def _mended(text: str) -> dict[str, object] | None:
    text = _TRAILING_COMMA.sub("", text)
    for braces in range(4):  # that were forgotten
        try:
            value = _DECODER.raw_decode(text + "}" * braces)[0]
        except (ValueError, RecursionError):
            continue
        return value if isinstance(value, dict) else None
    end = len(text)
    for _ in range(3):  # of which the last may close what the call is in
        end = text.rfind("}", 0, end)
        try:
            value = ast.literal_eval(text[: end + 1])
            json.dumps(value)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        return value if isinstance(value, dict) else None
    return None
