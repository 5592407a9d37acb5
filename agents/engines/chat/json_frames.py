"""Parses JSON values from a stream of bytes: server-sent events, JSON lines, or one JSON text.
Pure.

Server-sent events as they should be, and as servers send them: without blank lines, several
values in one event, one value over many lines, with comments and names between, lines of bare
JSON, or one JSON text where a stream was due. What cannot be read costs itself alone.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NoReturn

from agents.engines.openai.printed_values import is_printed, value_in

# A line of nothing but brackets takes 10 ms of the event loop.
LINE_BYTES: Final = 128 * 1024
# Of an answer that comes whole, on one line, from a server that does not stream: it may have
# reasoned at length. What such a line costs are its values and escapes, and not its length.
WHOLE_BYTES: Final = 1024 * 1024
MOST_VALUES: Final = 20_000  # brackets and commas, of which texts have some
MOST_ESCAPES: Final = 100_000
# Of a whole answer: the event loop reads a hundred frames in a millisecond, and lines of nothing
# as quickly. A long answer of a model that reasons has 20,000 tokens.
MOST_FRAMES: Final = 40_000
MOST_LINES: Final = 160_000
MOST_OF_A_LINE: Final = 2_000  # values; the tokens of five minutes of speech
TOTAL_BYTES: Final = 16 * 1024 * 1024  # a long time of thinking, half a kilobyte a token
# One comment in five seconds keeps a connection open; each costs the event loop a microsecond.
COMMENT_BYTES: Final = 256 * 1024
TRIES: Final = 4  # to read one value that lies over many lines
DONE: Final = "[DONE]"
KEPT_CHARACTERS: Final = 300  # of what is no JSON, for the log

_END_OF_LINE: Final = re.compile(rb"\r\n|\n|\r")
# The last is none of the standard's: what llama.cpp says when it fails.
_FIELD: Final = re.compile(r"(data|event|id|retry|error)(?::(.*))?\Z", re.IGNORECASE)
_AGAIN: Final = re.compile(r"(?:\s*data:)+ ?")  # a proxy has made events of events
# Some put several events on a line, or write the end of a line as two letters.
_BETWEEN: Final = re.compile(r"(?:[\s,\]]|\\[rn]|data:)*+")
_DONE_BEHIND: Final = re.compile(r"(?:(?:data:\s{0,8})?\[DONE\](?:\\[rn]|\s){0,16}){1,9}+\Z")
_LONGEST_DONE: Final = 100  # characters at the end of a line
_DECODER: Final = json.JSONDecoder(strict=False)  # a text may hold its tabs and lines as they are


class TooLarge(ValueError):
    """More came than any answer needs."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One value. name: of its event, "" for none."""

    value: object
    name: str = ""


class JsonFrames:
    """Reads one stream. `is_done` when its own end mark came: nothing counts after it.

    unreadable: how many frames were no JSON. rest: a beginning of what was none.
    """

    def __init__(self) -> None:
        self.is_done = False
        self.unreadable = 0
        self.rest = ""
        self._line = bytearray()  # the beginning of a line
        self._ends_in_return = False  # a line feed that comes next belongs to it
        self._total = 0
        self._is_refused = False
        self._frames_read = 0
        self._lines_read = 0
        self._commented = 0  # bytes of comments
        self._lines: list[str] = []  # of a value that lies over many, so far
        self._characters = 0  # of those
        self._is_bare = False  # they are no fields of an event
        self._tries = 0
        self._name = ""

    def push(self, data: bytes) -> Iterator[Frame]:
        """What `data` (any length, cut anywhere) completes. Raises TooLarge."""
        if not data:
            return
        self._total += len(data)
        if self._ends_in_return and data[:1] == b"\n":
            data = data[1:]
        self._ends_in_return = data.endswith(b"\r")
        start = 0
        for end in _END_OF_LINE.finditer(data):
            line = data[start : end.start()]
            if self._line:
                line = bytes(self._line) + line
                self._line.clear()
            start = end.end()
            if line[:1] == b":":  # a comment, which keeps the connection open
                self._count_comment(len(line) + 1)
            else:
                yield from self._take_line(line)
        self._line += data[start:]
        most = WHOLE_BYTES if self._may_be_whole(self._line) else LINE_BYTES
        if len(self._line) > most or self._total > TOTAL_BYTES:
            self._refuse()

    def _may_be_whole(self, line: bytes | bytearray) -> bool:
        """Whether an answer that comes whole begins with this line."""
        is_first = not self._frames_read and not self._lines
        return is_first and line[:16].lstrip(b"\xef\xbb\xbf\0 \t")[:1] == b"{"

    def _count_comment(self, size: int) -> None:
        self._commented += size
        if self._commented > COMMENT_BYTES:
            self._refuse()

    def _refuse(self) -> NoReturn:
        self._is_refused = True
        self._line.clear()
        self._forget()
        raise TooLarge

    def flush(self) -> Iterator[Frame]:
        """What was there when the stream ended, a last line without its end included."""
        line = bytes(self._line)
        self._line.clear()
        if self._is_refused:
            return
        try:
            if line[:1] != b":":
                yield from self._take_line(line)
            yield from self._end_of_value()
        except TooLarge:
            self.unreadable += 1
            self.rest = self.rest or _decoded(line[:KEPT_CHARACTERS])

    def _take_line(self, data: bytes) -> Iterator[Frame]:
        if self.is_done:
            return
        self._lines_read += 1
        if self._lines_read > MOST_LINES:
            self._refuse()
        if len(data) > LINE_BYTES and not (self._may_be_whole(data) and _is_cheap(data)):
            self._refuse()
        line = _decoded(data).strip("\ufeff\0")
        if not line.strip():
            if not self._is_bare:
                yield from self._end_of_value()
            self._name = ""
            return
        field = _FIELD.match(line.lstrip())
        if field is None:
            yield from self._take_text(line, is_bare=True)
        elif field[1].lower() == "data":
            said = field[2] or ""
            again = _AGAIN.match(said)  # looked for anywhere, it takes the square of a text
            text = said[again.end() :] if again else said.removeprefix(" ")
            yield from self._take_text(text, is_bare=False)
        elif field[1].lower() == "event":
            self._name = (field[2] or "").strip()[:40]
        elif field[1].lower() == "error" and (said := (field[2] or "").strip()):
            yield from self._end_of_value()
            values, is_all_read = _values(said)
            yield Frame(values[0] if values and is_all_read else {"message": said}, "error")

    def _take_text(self, text: str, *, is_bare: bool) -> Iterator[Frame]:
        if not text.strip():
            return
        if text.lstrip(' "').startswith(DONE):
            yield from self._end_of_value()
            self.is_done = True
            return
        behind = None
        if text.rstrip("\\nr \t").endswith(DONE):
            behind = _DONE_BEHIND.search(text, max(0, len(text) - _LONGEST_DONE))
        yield from self._take_values(text[: behind.start()] if behind else text, is_bare=is_bare)
        if behind:
            yield from self._end_of_value()
            self.is_done = True

    def _take_values(self, text: str, *, is_bare: bool) -> Iterator[Frame]:
        values, is_all_read = _values(text)
        if not values and is_printed(text.lstrip()):
            values = _values_of_python(text.strip())
            is_all_read = bool(values)
        if not is_all_read and not self._lines and text.lstrip().startswith("["):
            begun, is_begun = _values(text.lstrip()[1:])  # a list with one value a line
            values, is_all_read = (begun, True) if begun and is_begun else (values, False)
        # What stands alone is a frame, also where the one before it was left unfinished.
        if is_all_read and (not self._lines or _are_objects(values)):
            yield from self._end_of_value()
            yield from self._frames(values)
            return
        self._is_bare = is_bare
        self._lines.append(text)
        self._characters += len(text)
        if self._characters > LINE_BYTES:
            self._forget()
            raise TooLarge
        if text[0] in "}]" and self._tries < TRIES:  # the end of what was written with indents
            self._tries += 1
            values, is_all_read = _values("\n".join(self._lines))
            if is_all_read:
                self._forget()
                yield from self._frames(values)

    def _end_of_value(self) -> Iterator[Frame]:
        """End a value that spans lines; yield the frames in it."""
        if not self._lines:
            return
        text = "\n".join(self._lines)
        self._forget()
        values, is_all_read = _values(text)
        if not is_all_read:
            self.unreadable += 1
            self.rest = self.rest or text[:KEPT_CHARACTERS]
        yield from self._frames(values)

    def _forget(self) -> None:
        self._lines.clear()
        self._characters = self._tries = 0
        self._is_bare = False

    def _frames(self, values: list[object]) -> Iterator[Frame]:
        found = (each for value in values for each in _parts(value))
        for each in islice(found, MOST_OF_A_LINE):
            self._frames_read += 1
            if self._frames_read > MOST_FRAMES:
                self._refuse()
            yield Frame(each, self._name)


def _parts(value: object) -> list[object]:
    """What is in a list, or in JSON within JSON; else the value."""
    if isinstance(value, str):
        value = value.lstrip().removeprefix("data:").lstrip()
        return _values(value)[0] if value.startswith("{") else [value]
    return value if isinstance(value, list) else [value]


def _decoded(data: bytes) -> str:
    """A line as text: UTF-8 as it should be, or the one byte a letter that old servers write."""
    text = data.decode("utf-8", "replace")
    if "\ufffd" in text and text.replace("\ufffd", "").isascii():
        return data.decode("cp1252", "replace")
    return text


def _is_cheap(line: bytes) -> bool:
    """Whether a long line is read as quickly as a short one of nothing but brackets."""
    values = line.count(b"{") + line.count(b"[") + line.count(b",")
    return len(line) <= WHOLE_BYTES and values <= MOST_VALUES and line.count(b"\\") <= MOST_ESCAPES


def _are_objects(values: list[object]) -> bool:
    return bool(values) and all(isinstance(each, dict) and each for each in values)


def _values(text: str) -> tuple[list[object], bool]:
    """The values at the beginning of `text`, and whether there is nothing else in it.

    Behind MOST_OF_A_LINE of them nothing is read.
    """
    values: list[object] = []
    at = _skip(text, 0)
    while at < len(text) and len(values) < MOST_OF_A_LINE:
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return values, False
        values.append(value)
        at = _skip(text, at)
    return values, True


def _values_of_python(text: str) -> list[object]:
    """What Python wrote of a value, read again."""
    value = value_in(text)
    if isinstance(value, bytes):
        return _parts(value.decode("utf-8", "replace"))
    return [] if value is None else [value]


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
