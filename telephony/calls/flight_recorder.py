"""The flight recorder: the events of a call, so that the core can replay it.

A record is zlib-compressed JSON lines. The first line is the agent's configuration; each further
line is `[now_ms, "EventName", ...fields]`. Of audio only the length is kept, and consecutive frames
are merged, because the core uses nothing else of them.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass, replace
from typing import Any, Final

import msgspec

from agents.engines import events as engine_events
from agents.engines.events import ResponseEnded, ToolCalled
from agents.http_tools import definition
from agents.settings.config import (
    AfterCall,
    AgentConfig,
    Budget,
    Documents,
    Fact,
    Memory,
    Messages,
    Opening,
    Privacy,
    Recording,
    RecordingMode,
    Reminders,
    Speech,
    Tools,
    Transfers,
    TurnTaking,
    Variables,
)
from agents.settings.groups import Sensitivity
from agents.tools import hang_up
from telephony.session import events as line_events
from telephony.session.events import Event, FrameHeard
from voicex.database.storable import storable_json

HIDDEN: Final = "[greeting]"
_SILENCE: Final = b"\xff"  # mu-law silence
_EVENT_TYPES: Final[dict[str, type]] = {
    name: value
    for module in (engine_events, line_events)
    for name, value in vars(module).items()
    if isinstance(value, type)
}
_FIELDS: Final = {
    value: tuple(field.name for field in fields(value))
    for value in _EVENT_TYPES.values()
    if is_dataclass(value)
}
# Of a record, before it is compressed: an ordinary call of four hours has less. Texts of a model
# and a voice of an organization's own may be of any length, and repeat themselves: a page that
# shows the record decompresses it, and so does the removal of numbers from a private call.
MOST_BYTES: Final = 16 * 2**20
# Compressed, as it is stored: an ordinary hour has a tenth. Texts that do not repeat themselves, as
# an organization's own server may send, are kept in the database for as long as the call is.
MOST_PACKED: Final = 1_000_000
FULL: Final = "RecordFull"  # name of the last line of a record that lacks the events after it
_LONGEST_FULL: Final = 64  # bytes of that line
# For zlib a whole chunk costs little more than one line.
_CHUNK: Final = 4096
PART_BYTES: Final = 64 * 1024  # of a record, unpacked at once
# The lines are similar, so a window of 8 KB compresses as well as zlib's default of 32 KB, and
# takes 64 KB of memory for each live call instead of 256 (zlib's manual, deflateInit2).
_WINDOW_BITS: Final = 13
_MEMORY_LEVEL: Final = 6
_encode_line: Final = msgspec.json.Encoder().encode


def _encode(line: Any) -> bytes:
    """Encode one line of a record. Never raises, also for text that cannot be encoded."""
    try:
        return _encode_line(line)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return _encode_line(storable_json(line))


class FlightRecorder:
    """Records the events of one call in memory: about 60 bytes an event, compressed.

    Beyond MOST_BYTES, or MOST_PACKED, nothing more is recorded, and the last line is named FULL.
    """

    def __init__(self, config: AgentConfig) -> None:
        self._compressor = zlib.compressobj(wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
        self._packed = bytearray()
        self._lines = bytearray()  # not compressed yet
        self._left = MOST_BYTES - _LONGEST_FULL
        self._is_full = False
        self._frames_ms = 0
        self._frames_bytes = 0
        # Passages of documents are long, and not needed by a replay, which runs no tools.
        config = replace(config, passages=(), passage_vectors="", learned_facts=())
        self._write(asdict(_without_texts(config) if config.privacy.is_on else config))

    def record_frame(self, payload: bytes, now_ms: int) -> None:
        """Record a frame. Consecutive frames are merged."""
        self._frames_ms = now_ms
        self._frames_bytes += len(payload)

    def record(self, event: Event, now_ms: int) -> None:
        """Record any other event."""
        self._write_frames()
        line: list[Any] = [now_ms, type(event).__name__]
        for name in _FIELDS[type(event)]:
            value = getattr(event, name)
            line.append(len(value) if isinstance(value, bytes) else value)
        self._write(line)

    def pack(self) -> bytes:
        """The complete record. The recorder cannot be used afterwards."""
        self._write_frames()
        self._compress()
        return bytes(self._packed + self._compressor.flush())

    def _write_frames(self) -> None:
        if self._frames_bytes:
            self._write([self._frames_ms, FrameHeard.__name__, self._frames_bytes])
            self._frames_bytes = 0

    def _write(self, line: Any) -> None:
        if self._is_full:
            return
        encoded = _encode(line)
        self._left -= len(encoded) + 1
        if self._left < 0 or len(self._packed) > MOST_PACKED:
            self._is_full = True
            encoded = _encode([line[0], FULL])
        self._lines += encoded
        self._lines += b"\n"
        if len(self._lines) >= _CHUNK:
            self._compress()

    def _compress(self) -> None:
        self._packed += self._compressor.compress(self._lines)
        self._lines.clear()


def _without_texts(config: AgentConfig) -> AgentConfig:
    """The agent's configuration without texts whose variables may contain the caller's name, for
    agents that redact numbers or names. A replay only needs to know whether there is a greeting.
    """
    greeting = HIDDEN if config.greeting else ""
    bare = replace(config, greeting=greeting, prompt="", facts=(), note="", caller_name="")
    return replace(bare, cuts={}, said_once=())


def unpacked(record: bytes) -> Iterator[bytes]:
    """The lines of a packed record in parts of up to PART_BYTES: they may have 16 MB in all."""
    opened = zlib.decompressobj()
    for start in range(0, len(record), PART_BYTES):
        rest = record[start : start + PART_BYTES]
        while rest:
            yield opened.decompress(rest, PART_BYTES)
            rest = opened.unconsumed_tail
    yield opened.flush()


def is_full(record: bytes) -> bool:
    """Whether the packed record lacks the last events of its call."""
    return f'"{FULL}"]\n'.encode() in zlib.decompress(record)[-_LONGEST_FULL:]


def unpack(record: bytes) -> tuple[AgentConfig, Iterator[tuple[int, Event]]]:
    """The configuration and the `(now_ms, event)` pairs of a packed record."""
    # Not `splitlines`: texts may contain U+2028 or U+0085, which JSON does not escape.
    first, *lines = zlib.decompress(record).decode().removesuffix("\n").split("\n")
    raw = json.loads(first)
    config = AgentConfig(
        **{
            **raw,
            "facts": tuple(Fact(**fact) for fact in raw["facts"]),
            "turn_taking": _turn_taking(raw["turn_taking"]),
            "recording": _recording(raw.get("recording", {})),
            "privacy": Privacy(**raw.get("privacy", {})),
            "messages": Messages(**raw.get("messages", {})),
            "transfers": Transfers(**raw.get("transfers", {})),
            "speech": Speech(**raw.get("speech", {})),
            "tools": Tools(**raw.get("tools", {})),
            "after_call": AfterCall(**raw.get("after_call", {})),
            "opening": Opening(**raw.get("opening", {})),
            "variables": Variables(**raw.get("variables", {})),
            "memory": Memory(**raw.get("memory", {})),
            "documents": Documents(),
            "variable_names": tuple(raw.get("variable_names", ())),
            "said_once": tuple(raw.get("said_once", ())),
            "learned_facts": (),
            "passages": (),
            "budget": Budget(**raw.get("budget", {})),
            "http_tools": tuple(map(definition.of_json, raw.get("http_tools", ()))),
        }
    )
    return config, (event for line in lines for event in _read(json.loads(line)))


def _turn_taking(raw: dict[str, Any]) -> TurnTaking:
    # Defaults for older releases, in which any sound interrupted the agent, and callers got no
    # reminders.
    sensitivity = Sensitivity(raw.get("sensitivity", Sensitivity.EAGER))
    return TurnTaking(**{"reminders": Reminders.OFF, **raw, "sensitivity": sensitivity})


def _recording(raw: dict[str, Any]) -> Recording:
    return Recording(**{**raw, "mode": RecordingMode(raw.get("mode", RecordingMode.OFF))})


def _read(line: list[Any]) -> Iterator[tuple[int, Event]]:
    now_ms, name, *values = line
    if name == FULL:
        return
    event_type = _EVENT_TYPES[name]
    if event_type is ResponseEnded and values[1:] == [True]:  # the former encoding of a goodbye
        yield now_ms, ToolCalled(values[0], hang_up.NAME)
    arguments = {
        field.name: _SILENCE * value if field.type in (bytes, "bytes") else value
        # Records of older releases lack new fields and have removed ones.
        for field, value in zip(fields(event_type), values, strict=False)
    }
    yield now_ms, event_type(**arguments)
