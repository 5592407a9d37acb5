"""Reads tool calls that a model wrote as text because its server did not parse them. Pure.

Each family of models has its own form, and servers know few of them. All have the name of an
offered tool, followed by an object, parameters or brackets.
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Final

from agents.speech.tool_calls.arguments import compact, keywords_in, name_in, object_in
from agents.speech.tool_calls.brackets import LONGEST, Closings
from agents.speech.tool_calls.signs import (
    LONGEST_BEFORE,
    Sign,
    any_of,
    end_of_number,
    is_no_word,
    sign_of,
)

MOST_CALLS: Final = 8  # of one answer
MOST_READ: Final = 16_000  # characters
MOST_NAMES: Final = 400  # of tools that are looked at: each takes some 20 us
MOST_QUOTED: Final = 200  # calls in a text of others, of the tools that the model called
DEPTH: Final = 5  # of objects around a call
MOST_QUOTING: Final = 2  # times that JSON is written as a text of JSON
LONGEST_ESCAPE: Final = 6  # characters: \u0022

_NAMES: Final = ("name", "tool_name", "tool", "function", "recipient_name", "action")
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input", "tool_input", "action_input")
_OBJECT: Final = re.compile(r"\{\s{0,40}[\"'}]|\[\s{0,40}\{")
# From a name to its object: `", "arguments": {`, `[ARGS]{`, `:0{`, a few tags.
_TO_OBJECT: Final = re.compile(r"[^{(.!?]{0,90}?(?=\{)")
_TO_BRACKET: Final = re.compile(r"(?:\.call)?[ ]?(?=\()")
_EMPTY: Final = re.compile(r"\(\s*\)")
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.DOTALL)  # the last may be cut
_ESCAPE: Final = re.compile(r"\\(?:u(?P<code>[0-9a-fA-F]{4})|(?P<character>[\"\\/bfnrt]))")
_CONTROLS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_BRACE: Final = re.compile(r"[{}]")
_NOTHING: Final = re.compile(r"\A[\s)\]`\"'*;.!}]*+(?:<[/|]|\Z)")  # that would be said
_PARAMETER: Final = re.compile(
    r"""<[^<>]{0,20}\bparameter(?:=|\s[^<>]{0,40}?\bname=)["']?(?P<name>[\w-]{1,64})["']?[^<>]{0,40}>
        (?P<value>[^<]{0,2000})
      | <arg_key>\s{0,8}(?P<key>[\w-]{1,64})\s{0,8}</arg_key>\s{0,8}
        <arg_value>(?P<of_key>[^<]{0,2000})""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as read. arguments: the JSON of an object, or the text that could not be read."""

    name: str
    arguments: str


def calls_in(text: str, tools: Collection[str]) -> tuple[WrittenCall, ...]:
    """The calls in `text` (an answer without its reasoning). tools: the names of those offered."""
    text = text[-MOST_READ:]
    found = list(_valued(text, tools)) or _first(_anchored(text, tools), 2 * MOST_CALLS)[0]
    return tuple(dict.fromkeys(found))[:MOST_CALLS]  # some write one twice


def quoted_in(calls: Iterable[WrittenCall], texts: Iterable[str]) -> frozenset[WrittenCall]:
    """Those of `calls` that occur, with the same arguments, in `texts` of others than the model:
    reading such a text out is no call. All of them if `texts` name the tools too often to read."""
    calls = tuple(calls)
    tools = frozenset(call.name for call in calls)
    written = set()
    for text in texts:
        for each in _writings(text):
            if not any(name in each for name in tools):
                continue
            last = each[-MOST_READ:]
            there = chain(_valued(last, tools), _anchored(last, tools))
            found, are_all = _first(there, MOST_QUOTED)
            if not are_all or len(_name(tools).findall(last)) > MOST_NAMES:
                return frozenset(calls)  # any of them may be among the others
            written |= set(map(_sense, found))
    return frozenset(call for call in calls if _sense(call) in written)


def _writings(text: str) -> Iterator[str]:
    """`text`, `text` with its escapes decoded, and, if it is JSON, the strings in it, one per line.

    A tool returns strings within JSON, and some of those are JSON themselves.
    """
    yield text
    text = text[-LONGEST_ESCAPE * MOST_READ :]
    if "\\" in text:
        yield _ESCAPE.sub(_unescaped, text)
    for _ in range(MOST_QUOTING):
        within = "\n".join(_ESCAPE.sub(_unescaped, each) for each in _STRING.findall(text))
        if not within:
            return
        text = within
        yield text


def _unescaped(escape: re.Match[str]) -> str:
    if escape["code"]:
        return chr(int(escape["code"], 16))
    return _CONTROLS.get(escape["character"], escape["character"])


def _first(calls: Iterable[WrittenCall], most: int) -> tuple[list[WrittenCall], bool]:
    """The first of `calls`, up to a bounded effort, and whether those are all."""
    found: list[WrittenCall] = []
    room = MOST_READ
    for call in calls:
        if len(found) == most or room <= 0:
            return found, False
        found.append(call)
        room -= len(call.arguments)
    return found, True


def _sense(call: WrittenCall) -> tuple[str, str]:
    """A call in a canonical form, independent of the order of its arguments."""
    try:
        return call.name, json.dumps(json.loads(call.arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return call.name, "".join(call.arguments.split())


def _valued(text: str, tools: Collection[str]) -> Iterator[WrittenCall]:
    """The calls written as JSON."""
    if any(name in text for name in tools):
        for value in _values(text):
            yield from _in_value(value, tools, DEPTH)


def _values(text: str) -> Iterator[object]:
    """The JSON objects and lists in `text`."""
    at = 0
    for _ in range(MOST_CALLS):
        begin = _OBJECT.search(text, at)
        if begin is None:
            return
        try:
            value, at = json.JSONDecoder(strict=False).raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            at = begin.start() + 1
            continue
        yield value


def _in_value(value: object, tools: Collection[str], depth: int) -> Iterator[WrittenCall]:
    if isinstance(value, list) and depth:
        for each in value[:MOST_CALLS]:
            yield from _in_value(each, tools, depth - 1)
    if not isinstance(value, dict) or not depth:
        return
    named = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
    name = name_in(named) if named else ""
    if name in tools and (is_no_word(name) or not value.keys().isdisjoint(_ARGUMENTS)):
        yield WrittenCall(name, _arguments_of(value))
        return
    for key, each in value.items():
        if key in tools and is_no_word(key) and isinstance(each, dict):
            yield WrittenCall(key, compact(each))
        else:
            yield from _in_value(each, tools, depth - 1)


def _arguments_of(call: Mapping[str, object]) -> str:
    for key in _ARGUMENTS:
        given = call.get(key)
        if isinstance(given, dict):
            return compact(given)
        if isinstance(given, str):
            return _read_or_raw(object_in(given), given)
    return "{}"


@lru_cache(maxsize=256)
def _name(tools: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{any_of(tools)})(?![A-Za-z0-9_])")


def _anchored(text: str, tools: Collection[str]) -> Iterator[WrittenCall]:
    """The calls in other forms, each of which begins with the name of a tool."""
    found = list(islice(_name(frozenset(tools)).finditer(text), MOST_NAMES))
    closings = Closings(text if found else "")
    for number, name in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        before = text[max(0, name.start() - LONGEST_BEFORE) : name.start()]
        closing = partial(closings.end_behind, text, name.end())
        after = text[name.end() : name.end() + LONGEST]
        sign = sign_of(before, name.group(), after, closing)
        if sign is Sign.WORD:
            continue
        behind = after if sign is Sign.BRACKETS else text[name.end() : end]
        is_last = end == len(text) or "\n" in text[name.end() : end]  # on its line
        arguments = _behind(behind[:LONGEST], sign, closing, is_last=is_last)
        is_tag = before.rstrip("\"'").endswith("=")
        if arguments is None and sign is Sign.MARK and (is_tag or is_no_word(name.group())):
            arguments = "{}"
        if arguments is not None:
            yield WrittenCall(name.group(), arguments)


def _behind(
    text: str, sign: Sign, closing: Callable[[int], int | None], *, is_last: bool
) -> str | None:
    """The arguments at the beginning of `text`, which follows a name; None for none."""
    at = end_of_number(text)
    if sign is Sign.BRACKETS and (bracket := _TO_BRACKET.match(text, at)):
        begin = bracket.end()
        inner = text[begin : closing(begin)]
        return _read_or_raw({} if _EMPTY.fullmatch(inner) else keywords_in(inner), inner)
    given: dict[str, object] = {}
    for each in _PARAMETER.finditer(text):
        value = (each["value"] if each["name"] else each["of_key"]).strip()
        given[each["name"] or each["key"]] = _typed(value)
    if given:
        return compact(given)
    way = _TO_OBJECT.match(text)
    if way and (sign is Sign.MARK or (is_last and _is_alone(way.group(), text[way.end() :]))):
        return _read_or_raw(object_in(text[way.end() :]), text[way.end() :].strip())
    return None


def _is_alone(way: str, written: str) -> bool:
    """Whether no words follow, on the line of the name, the object of a name without a mark."""
    if "\n" in way:
        return True
    depth, end = 0, len(written)
    for brace in _BRACE.finditer(written):
        depth += 1 if brace.group() == "{" else -1
        if depth <= 0:
            end = brace.end()
            break
    return bool(_NOTHING.match(written[end:].partition("\n")[0]))


def _read_or_raw(found: Mapping[str, object] | None, written: str) -> str:
    """Unreadable arguments are kept as they are: running the tool reports what is wrong."""
    return written if found is None else compact(found)


def _typed(value: str) -> object:
    """The value of a parameter between tags: true, false, null or a text."""
    if value in ("true", "false", "null"):
        return json.loads(value)
    return value
