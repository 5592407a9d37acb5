"""A flight as text: a line for each event of a call, and beneath it what the core decides.

    # What it shows.
    # of tests/conversations/over_question.txt
    agent {"greeting": "What can I do for you?"}
    0 CallOpened true
        Say {"response_id": "r1", "text": "What can I do for you?"}
    . 20F160 40F160 250T
    moved
    1240 CallResumed 900

`agent` is what differs from `agent.json`. A line of events begins with milliseconds on the call's
clock; audio is its length in bytes. Ticks (T) and the caller's sound (F, with its length) stand
side by side. `moved`: another process goes on, from the state in which the former left the call.
What stands beneath an event is indented, and never read: it is decided anew.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from difflib import unified_diff
from functools import cache
from pathlib import Path
from typing import Any

from agents.engines.conversation import Utterance
from telephony.calls import flight_recorder
from telephony.session.call import CallSession
from telephony.session.commands import Command, Feed, Play, Respond, SaveTurn
from telephony.session.events import Event, FrameHeard, Tick
from telephony.session.resuming.state import decoded, encoded

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"
SIDE_BY_SIDE = 12  # in a line
MOVED = "moved"
_SHORT = {Tick.__name__: "T", FrameHeard.__name__: "F"}
_LONG = {short: name for name, short in _SHORT.items()}
# Of the agent, what decides nothing in the core.
_UNUSED = {"prompt": "", "facts": [], "options": {}, "cuts": {}}

Row = list[Any]  # [ms, "EventName", ...fields]


@dataclass(frozen=True, slots=True)
class Flight:
    """One call. source: what it was recorded from; agent: what differs from `agent.json`;
    legs: the events in one process after the other.
    """

    claim: str
    source: str
    agent: dict[str, Any]
    legs: tuple[tuple[Row, ...], ...]


def of_records(claim: str, source: str, records: Iterable[bytes]) -> Flight:
    """The flight of packed flight records, one of each process."""
    raw: dict[str, Any] = {}
    legs = []
    for record in records:
        first, *lines = zlib.decompress(record).decode().removesuffix("\n").split("\n")
        raw = json.loads(first) | _UNUSED
        legs.append(tuple(json.loads(line) for line in lines))
    return Flight(claim, source, _differences(_agent(), raw), tuple(legs))


# --- as text --------------------------------------------------------------------------------------


def read(path: Path) -> Flight:
    """The flight in a file."""
    claim, source, *lines = path.read_text().splitlines()
    agent: dict[str, Any] = {}
    legs: list[list[Row]] = [[]]
    for line in lines:
        first, _, rest = line.partition(" ")
        if first == "agent":
            agent = json.loads(rest)
        elif first == MOVED:
            legs.append([])
        elif first == ".":
            legs[-1] += [_of_short(each) for each in rest.split()]
        elif first:  # a decision has a blank there
            name, _, values = rest.partition(" ")
            legs[-1].append([int(first), name, *json.loads(f"[{values}]")])
    return Flight(claim[2:], source[2:].removeprefix("of "), agent, tuple(map(tuple, legs)))


def flown(flight: Flight) -> str:
    """The flight as text, with what the core of today decides."""
    raw = _merged(_agent(), flight.agent)
    lines = [f"# {flight.claim}", f"# of {flight.source}", f"agent {_json(flight.agent)}"]
    session: CallSession | None = None
    now_ms = 0
    told: tuple[Utterance, ...] = ()
    for leg in flight.legs:
        record = zlib.compress("\n".join(map(json.dumps, (raw, *leg))).encode())
        config, events = flight_recorder.unpack(record)
        if session is None:
            session = CallSession(config)
        else:
            state = decoded(encoded(session.snapshot(now_ms=now_ms)))
            session = CallSession.restored(config, state)
            lines.append(MOVED)
        together: list[str] = []
        for row, (now_ms, event) in zip(leg, events, strict=True):
            decided, told = _decided(session.receive(event, now_ms=now_ms), told)
            lines += _event_lines(row, event, together, is_last=bool(decided))
            lines += decided
        lines += _taken(together)
    assert session is not None
    return "\n".join([*lines, f"    {session.state} {session.end_reason}".rstrip(), ""])


def _event_lines(row: Row, event: Event, together: list[str], *, is_last: bool) -> Iterator[str]:
    """Lines with the event; `together` waits for others to stand beside it."""
    if not isinstance(event, Tick | FrameHeard):
        yield from _taken(together)
        yield f"{row[0]} {row[1]} {_json(row[2:])[1:-1]}".rstrip()
        return
    together.append(f"{row[0]}{_SHORT[row[1]]}{''.join(map(str, row[2:]))}")
    if is_last or len(together) == SIDE_BY_SIDE:
        yield from _taken(together)


def _taken(together: list[str]) -> Iterator[str]:
    if together:
        yield f". {' '.join(together)}"
        together.clear()


def _of_short(text: str) -> Row:
    for short, name in _LONG.items():
        ms, found, length = text.partition(short)
        if found:
            return [int(ms), name, *([int(length)] if length else [])]
    raise ValueError(text)


def difference(path: Path) -> str:
    """What the core decides otherwise today than the file says; "" for nothing."""
    before, now = path.read_text(), flown(read(path))
    lines = unified_diff(
        before.splitlines(),
        now.splitlines(),
        f"{path.stem}, recorded",
        "decided today",
        lineterm="",
    )
    return "\n".join(lines)


# --- decisions ------------------------------------------------------------------------------------


def _decided(
    commands: list[Command], told: tuple[Utterance, ...]
) -> tuple[list[str], tuple[Utterance, ...]]:
    """A line for each command. told: what a model was told last, which is not told again."""
    lines: list[str] = []
    played: list[str] = []
    for command in commands:
        if isinstance(command, Play):
            played.append(f"{command.mark} {len(command.payload)}")
            continue
        lines += _played(played)
        match command:
            case Feed():
                pass
            case Respond():
                lines += _answer(command, told)
                told = command.conversation
            case SaveTurn(turn):
                lines.append(f"    SaveTurn {_json(_plain(turn))}")
            case _:
                values = _plain(command)
                lines.append(
                    f"    {type(command).__name__} {_json(values) if values else ''}".rstrip()
                )
    return [*lines, *_played(played)], told


def _played(pieces: list[str]) -> Iterator[str]:
    """One line with the sound that is sent: each mark, and the bytes before it."""
    if pieces:
        yield f"    Play {', '.join(pieces)}"
        pieces.clear()


def _answer(command: Respond, told: tuple[Utterance, ...]) -> Iterator[str]:
    """The answer that is asked for, and the utterances that the last one was not asked with."""
    same = 0
    for before, now in zip(told, command.conversation, strict=False):
        if before != now:
            break
        same += 1
    yield f"    Respond {command.response_id}, as before: {same} of {len(told)}, and"
    for utterance in command.conversation[same:]:
        yield f"        {_json(_plain(utterance))}"


def _plain(value: Any) -> Any:
    """A value as JSON takes it, without what has its default; sound as its length."""
    if is_dataclass(value):
        return {
            each.name: _plain(getattr(value, each.name))
            for each in fields(value)
            if getattr(value, each.name) != _default(each)
        }
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return len(value) if isinstance(value, bytes) else value


def _default(field: Any) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# --- the agent ------------------------------------------------------------------------------------


@cache
def _agent() -> dict[str, Any]:
    agent: dict[str, Any] = json.loads((HERE / "agent.json").read_text())
    return agent


def _differences(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _differences(base[name], value) if isinstance(base.get(name), dict) else value
        for name, value in other.items()
        if name not in base or base[name] != value
    }


def _merged(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    nested = {
        name: _merged(base[name], value)
        for name, value in other.items()
        if isinstance(base.get(name), dict)
    }
    return base | other | nested
