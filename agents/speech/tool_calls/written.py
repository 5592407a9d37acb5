"""Calls of tools that a model wrote as text, because its server did not make them calls. Pure.

Each family of models has a form of its own, and servers know few of them. What they have in common
is the name of a tool that was offered, and behind it an object, parameters or brackets.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agents.speech.tool_calls.arguments import (
    LONGEST,
    end_of_brackets,
    keywords_in,
    name_in,
    object_in,
)
from agents.speech.tool_calls.signs import (
    LONGEST_BEFORE,
    Sign,
    end_of_number,
    is_no_word,
    sign_of,
)

MOST_CALLS: Final = 8  # of one answer
MOST_READ: Final = 16_000  # characters
DEPTH: Final = 5  # of objects around a call

_NAMES: Final = ("name", "tool_name", "tool", "function", "recipient_name", "action")
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input", "tool_input", "action_input")
_OBJECT: Final = re.compile(r"\{\s{0,40}[\"'}]|\[\s{0,40}\{")
# From a name to its object: `", "arguments": {`, `[ARGS]{`, `:0{`, a few tags.
_TO_OBJECT: Final = re.compile(r"[^{(.!?]{0,90}?(?=\{)")
_TO_BRACKET: Final = re.compile(r"(?:\.call)?[ ]?(?=\()")
_EMPTY: Final = re.compile(r"\(\s*\)")
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
    """A call as it was read. arguments: the JSON of an object, or what could not be read as one."""

    name: str
    arguments: str


def calls_in(text: str, tools: Collection[str]) -> tuple[WrittenCall, ...]:
    """The calls in `text` (an answer without its reasoning) of `tools`, which are their names."""
    text = text[-MOST_READ:]
    if not any(name in text for name in tools):
        return ()
    found = [call for value in _values(text) for call in _in_value(value, tools, DEPTH)]
    found = found or list(_anchored(text, tools))
    return tuple(dict.fromkeys(found))[:MOST_CALLS]  # some write one twice


def quoted_in(calls: Iterable[WrittenCall], texts: Iterable[str]) -> frozenset[WrittenCall]:
    """Which of `calls` stand, with the same arguments, in what others than the model wrote: to
    read that out is no call."""
    calls = tuple(calls)
    tools = {call.name for call in calls}
    written = {
        _sense(call)
        for text in texts
        for each in {text, text.replace('\\"', '"')}  # a tool gives texts within JSON
        for call in (*calls_in(each, tools), *_anchored(each[-MOST_READ:], tools))
    }
    return frozenset(call for call in calls if _sense(call) in written)


def _sense(call: WrittenCall) -> tuple[str, str]:
    """A call in one writing, whatever the order of its arguments."""
    try:
        return call.name, json.dumps(json.loads(call.arguments), sort_keys=True)
    except (ValueError, RecursionError):
        return call.name, "".join(call.arguments.split())


def _values(text: str) -> Iterator[object]:
    """The objects and lists in `text`."""
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
            yield WrittenCall(key, _compact(each))
        else:
            yield from _in_value(each, tools, depth - 1)


def _arguments_of(call: Mapping[str, object]) -> str:
    for key in _ARGUMENTS:
        given = call.get(key)
        if isinstance(given, dict):
            return _compact(given)
        if isinstance(given, str):
            return _read_or_raw(object_in(given), given)
    return "{}"


def _anchored(text: str, tools: Collection[str]) -> Iterator[WrittenCall]:
    """Calls that are no JSON: each begins with the name of a tool."""
    names = "|".join(map(re.escape, sorted(tools, key=len, reverse=True)))
    found = list(re.finditer(rf"(?<![A-Za-z0-9_])(?:{names})(?![A-Za-z0-9_])", text))
    for number, name in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        before = text[max(0, name.start() - LONGEST_BEFORE) : name.start()]
        sign = sign_of(before, name.group(), text[name.end() : name.end() + LONGEST])
        if sign is Sign.WORD:
            continue
        behind = text[name.end() :] if sign is Sign.BRACKETS else text[name.end() : end]
        is_last = end == len(text) or "\n" in text[name.end() : end]  # on its line
        arguments = _behind(behind[:LONGEST], sign, is_last=is_last)
        is_tag = before.rstrip("\"'").endswith("=")
        if arguments is None and sign is Sign.MARK and (is_tag or is_no_word(name.group())):
            arguments = "{}"
        if arguments is not None:
            yield WrittenCall(name.group(), arguments)


def _behind(text: str, sign: Sign, *, is_last: bool) -> str | None:
    """The arguments that `text`, what follows a name, begins with; None for none."""
    at = end_of_number(text)
    if sign is Sign.BRACKETS and (bracket := _TO_BRACKET.match(text, at)):
        begin = bracket.end()
        inner = text[begin : end_of_brackets(text, begin)]
        return _read_or_raw({} if _EMPTY.fullmatch(inner) else keywords_in(inner), inner)
    given: dict[str, object] = {}
    for each in _PARAMETER.finditer(text):
        value = (each["value"] if each["name"] else each["of_key"]).strip()
        given[each["name"] or each["key"]] = _typed(value)
    if given:
        return _compact(given)
    way = _TO_OBJECT.match(text)
    if way and (sign is Sign.MARK or (is_last and _is_alone(way.group(), text[way.end() :]))):
        return _read_or_raw(object_in(text[way.end() :]), text[way.end() :].strip())
    return None


def _is_alone(way: str, written: str) -> bool:
    """Whether an object behind a name without a mark has no words on the line of that name."""
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
    """What cannot be read is left as it is: who runs the tool says what is wrong with it."""
    return written if found is None else _compact(found)


def _typed(value: str) -> object:
    """A parameter between tags: its JSON where that is no text, else the text."""
    if value in ("true", "false", "null"):
        return json.loads(value)
    return value


def _compact(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
