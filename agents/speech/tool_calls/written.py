"""Calls of tools that a model wrote as text, because its server did not make them calls. Pure.

Each family of models has a form of its own, and servers know few of them. What they have in common
is the name of a tool that was offered, and behind it an object, parameters or brackets.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from agents.speech.tool_calls.arguments import LONGEST, keywords_in, name_in, object_in

MOST_CALLS: Final = 8  # of one answer
MOST_READ: Final = 16_000  # characters
DEPTH: Final = 5  # of objects around a call

_NAMES: Final = ("name", "tool_name", "tool", "function", "recipient_name", "action")
_ARGUMENTS: Final = ("arguments", "parameters", "args", "input", "tool_input", "action_input")
_OBJECT: Final = re.compile(r"\{\s{0,40}[\"'}]|\[\s{0,40}\{")
# What shows before a name that it is called, and is not spoken of.
_CALLED: Final = re.compile(
    r"""(?:<[^<>]{0,40}[=\"'] | [\"']?(?:name|tool|function|action)[\"']?\s{0,8}[:=]\s{0,8}[\"']?
       | \b(?:functions?|tools?|default_api)[./] | \bto= | \bcall: | >>>\s?
       | \b(?:action|tool|function|invoke|tool_call)\b[^\w.!?]{1,12} | <[^<>]{0,60}>\s{0,8}
       )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
# And before a name that may be a word, too: "hours", "booking".
_SURELY_CALLED: Final = re.compile(
    r"""(?:<(?:[\w:|]{0,30}(?:function|invoke|tool|call)[^<>]{0,40})?[=\"'>]\s{0,8}
       | [\"'](?:name|tool|function)[\"']\s{0,8}:\s{0,8}[\"']
       | \bfunctions?\. | \b(?:function=|call:)
       )\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_ATTACHED: Final = re.compile(r"(?:\.call)?\(\s{0,20}(?:\)|[A-Za-z_]\w{0,63}\s{0,4}=|[\"'{])")
_LONGEST_BEFORE: Final = 90
# From a name to its object: `", "arguments": {`, `[ARGS]{`, `:0{`, a few tags.
_TO_OBJECT: Final = re.compile(r"[^{(.!?]{0,90}?(?=\{)")
_TO_BRACKET: Final = re.compile(r"(?:\.call)?\s{0,2}(?=\()")
_PARAMETER: Final = re.compile(
    r"""<[^<>]{0,20}\bparameter(?:=|\s[^<>]{0,40}?\bname=)["']?(?P<name>[\w-]{1,64})["']?[^<>]{0,40}>
        (?P<value>[^<]{0,2000})
      | <arg_key>\s{0,8}(?P<key>[\w-]{1,64})\s{0,8}</arg_key>\s{0,8}
        <arg_value>(?P<of_key>[^<]{0,2000})""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as it was read. arguments: the JSON of an object."""

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


def quoted_in(texts: Iterable[str], tools: Collection[str]) -> frozenset[str]:
    """Which of `tools` are called in what others than the model wrote: to read that out is no
    call."""
    return frozenset(call.name for text in texts for call in calls_in(text, tools))


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
    if name in tools and (_is_no_word(name) or not value.keys().isdisjoint(_ARGUMENTS)):
        yield WrittenCall(name, _compact(_arguments_of(value)))
        return
    for key, each in value.items():
        if key in tools and _is_no_word(key) and isinstance(each, dict):
            yield WrittenCall(key, _compact(each))
        else:
            yield from _in_value(each, tools, depth - 1)


def _arguments_of(call: Mapping[str, object]) -> Mapping[str, object]:
    for key in _ARGUMENTS:
        given = call.get(key)
        if isinstance(given, dict):
            return given
        if isinstance(given, str):
            return object_in(given) or {}
    return {}


def _anchored(text: str, tools: Collection[str]) -> Iterator[WrittenCall]:
    """Calls that are no JSON: each begins with the name of a tool."""
    names = "|".join(map(re.escape, sorted(tools, key=len, reverse=True)))
    found = list(re.finditer(rf"(?<![A-Za-z0-9_])(?:{names})(?![A-Za-z0-9_])", text))
    for number, name in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(text)
        arguments = _behind(text[name.end() : end][:LONGEST])
        before = text[max(0, name.start() - _LONGEST_BEFORE) : name.start()]
        is_sure = _SURELY_CALLED.search(before) or _ATTACHED.match(text, name.end())
        is_no_word = _is_no_word(name.group())
        if not (is_sure or is_no_word):
            continue
        is_tag = before.rstrip("\"'").endswith("=")
        if arguments is None and (is_tag or (is_no_word and _CALLED.search(before))):
            arguments = {}
        if arguments is not None:
            yield WrittenCall(name.group(), _compact(arguments))


def _is_no_word(name: str) -> bool:
    """Whether nobody would say it: a word of a sentence may be the name of a tool."""
    return "_" in name


def _behind(text: str) -> Mapping[str, object] | None:
    """The arguments that `text`, what follows a name, begins with; None when it is no call."""
    if bracket := _TO_BRACKET.match(text):
        return keywords_in(text[bracket.end() : _end_of_brackets(text, bracket.end())]) or {}
    given: dict[str, object] = {}
    for each in _PARAMETER.finditer(text):
        value = (each["value"] if each["name"] else each["of_key"]).strip()
        given[each["name"] or each["key"]] = _typed(value)
    if given:
        return given
    if way := _TO_OBJECT.match(text):
        return object_in(text[way.end() :])
    return None


def _end_of_brackets(text: str, begin: int) -> int:
    """Where the bracket at `begin` closes, quotes left aside."""
    depth, quote = 0, ""
    for at in range(begin, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if not depth:
                return at + 1
    return len(text)


def _typed(value: str) -> object:
    """A parameter between tags: its JSON where that is no text, else the text."""
    if value in ("true", "false", "null"):
        return json.loads(value)
    return value


def _compact(value: Mapping[str, object]) -> str:
    return json.dumps(value, separators=(",", ":"))
