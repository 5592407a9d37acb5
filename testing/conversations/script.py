"""A conversation as text: who says what when, and what is expected. Pure.

    # A connective is no end of a turn.
    agent asks "What can I do for you?"
    caller 0.5 "I need to" pause 0.8 "cancel"
    expect silent in pauses
    expect caller turns "I need to cancel"

A line each; times are seconds. Before the conversation:

    agent asks "..."                the greeting; without it the agent says nothing first
    agent answers "..." "..."       its answers in order, the last one again and again
    language de
    languages "en, fr"              those that the agent speaks beside it
    engines 490                     milliseconds from the end of a turn to the first sound
    puts through "Sales = +14155550100; new orders"     a line of the list
    nobody is in                    nobody is there to be put through to
    tool find_order answers "..." after 2.0         an own tool; 0.3 s without `after`
    tool find_order fails "..."     its server refuses; also: tool find_order hangs
    tool cancel writes says "..." answers "..."     it changes something; said while it works
    comes back from "Sales"         whom nobody answered there: in place of the greeting
    setting barge_in_ms 96          any of the agent's turn-taking settings
    echo -20 dB 150 ms              the caller hears the agent on a loudspeaker

What the caller does, each line after the one before it; times count from the end of the greeting:

    caller 0.5 "..." pause 0.8 "..."    words, 0.3 s each
    caller 1.2 into reply 1 "mm-hmm"    from the beginning of the agent's first stretch of speech
    caller 2.0 after reply 1 "..."      from its end
    caller 0.4 later "..."              from the end of the line before
    aside, cough, noise, music          as `caller`, with a length: cough 1.2 into reply 1 for 0.3
    key 1.0 "4155550132"                keys, 0.3 s each
    until 20                            how long the call is watched; 8 s after the last line else

What is expected is in `testing.conversations.expectations`.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from testing.conversations.tools import ScriptedTool, tool_of

WORD_SECONDS: Final = 0.3
SOUNDS: Final = frozenset({"caller", "aside", "cough", "noise", "music", "key"})
DELAYS: Final = {0: (0, 0, 0), 490: (100, 290, 100)}


class Unreadable(ValueError):
    """A line of a conversation says nothing that is understood."""


@dataclass(frozen=True, slots=True)
class When:
    """seconds after: "start", "into" or "end" (of the agent's stretch `reply`), "last"."""

    seconds: float
    after: str = "start"
    reply: int = 0


@dataclass(frozen=True, slots=True)
class Act:
    """What the caller does. parts: words, or "" for a sound, with their seconds; pauses: between
    them.
    """

    kind: str
    when: When
    parts: tuple[tuple[str, float], ...]
    pauses: tuple[float, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it lasts, with its pauses."""
        return sum(seconds for _, seconds in self.parts) + sum(self.pauses)


@dataclass(slots=True)
class Script:
    """A conversation, as its file has it."""

    claim: str = ""
    greeting: str = ""
    answers: list[str] = field(default_factory=lambda: ["We are open until six today."])
    language: str = "en"
    languages: str = ""
    engines_ms: int = 0
    settings: dict[str, object] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    is_closed: bool = False
    tools: list[ScriptedTool] = field(default_factory=list)
    came_from: str = ""  # a target that did not take the call
    echo: tuple[float, int] | None = None  # dB, ms
    acts: list[Act] = field(default_factory=list)
    until: float | None = None
    watched: float = 8.0  # seconds after the last act, unless `until` says otherwise
    expectations: list[list[str]] = field(default_factory=list)


def read(path: Path) -> Script:
    """The conversation in a file. Raises Unreadable, which names the line."""
    script = Script()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("#"):
            script.claim = script.claim or line.lstrip("# ")
            continue
        try:
            _take(script, shlex.split(line))
        except (ValueError, IndexError, KeyError) as error:
            raise Unreadable(f"{path.name}, line {number}: {line!r} ({error})") from error
    return script


def _take(script: Script, words: list[str]) -> None:
    match words:
        case []:
            pass
        case ["agent", "asks", greeting]:
            script.greeting = greeting
        case ["agent", "answers", *answers] if answers:
            script.answers = answers
        case ["puts", "through", target]:
            script.targets.append(target)
        case ["comes", "back", "from", target]:
            script.greeting = script.came_from = target
        case ["tool", *rest]:
            script.tools.append(tool_of(rest))
        case ["nobody", "is", "in"]:
            script.is_closed = True
        case ["language", language]:
            script.language = language
        case ["languages", languages]:
            script.languages = languages
        case ["engines", ms]:
            script.engines_ms = int(ms)
        case ["setting", name, value]:
            script.settings[name] = _value(value)
        case ["echo", level, "dB", ms, "ms"]:
            script.echo = (float(level), int(ms))
        case ["until", seconds]:
            script.until = float(seconds)
        case ["expect", *rest]:
            script.expectations.append(rest)
        case [kind, *rest] if kind in SOUNDS:
            script.acts.append(_act(kind, rest))
        case _:
            raise ValueError("no such line")


def _value(text: str) -> object:
    if text in ("yes", "no"):
        return text == "yes"
    return int(text) if re.fullmatch(r"\d+", text) else text


def _act(kind: str, words: list[str]) -> Act:
    seconds, rest = float(words[0]), words[1:]
    match rest:
        case ["into", "reply", number, *what]:
            when = When(seconds, "into", int(number))
        case ["after", "reply", number, *what]:
            when = When(seconds, "end", int(number))
        case ["later", *what]:
            when = When(seconds, "last")
        case what:
            when = When(seconds)
    if what[:1] == ["for"]:
        return Act(kind, when, (("", float(what[1])),))
    parts = [(text, _length(kind, text)) for text in what[::3]]
    if any(word != "pause" for word in what[1::3]) or len(what) % 3 != 1:
        raise ValueError("words, with pauses between them")
    return Act(kind, when, tuple(parts), tuple(float(pause) for pause in what[2::3]))


def _length(kind: str, text: str) -> float:
    return WORD_SECONDS * (len(text) if kind == "key" else len(text.split()))
