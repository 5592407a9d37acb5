"""Redacts the flight record of a private call. Pure.

Beside the transcript a record contains partial transcriptions and single keys, so parts of a number
are in several places. Once a call has contained a redacted number, all numbers of three and more
digits are removed from the caller's words here.
"""

import json
import zlib
from collections.abc import Hashable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from agents.engines.conversation import Role
from agents.redaction.conversation import Kind, Span, apart, find, replaced
from agents.redaction.texts import LONGEST, NAME, NUMBER, Text
from telephony.spoken.languages import is_sign_of_life

AUDIO: Final = "AudioDelta"
# The fields of events that contain text, by their index in a line; see
# `telephony.calls.flight_recorder`.
TEXTS: Final = {"Transcribed": 2, "PartlyHeard": 2, "CallerTyped": 2, "SayAsked": 2, AUDIO: 4}
_RESPONSE_ID: Final = 2  # index of the text in a line of audio
KEY: Final = "DigitPressed"
HIDDEN_KEY: Final = "•"
# Fields that are removed as a whole: arguments and results of tools, briefings and notes, by their
# index in a line.
UNREAD: Final = {"ToolCalled": 4, "ToolReturned": 3, "NoteGiven": 2, "TransferReady": 3}
_SHORTEST: Final = {Role.CALLER: 3, Role.AGENT: 4}  # digits of numbers that are removed then
_MARKS: Final = tuple(f'"{name}"' for name in (*TEXTS, KEY, *UNREAD))

EventRow = list[Any]
_Said = tuple[Role, list[EventRow]]  # the lines that together contain one text


def without(
    record: bytes, kinds: frozenset[Kind], *, known: frozenset[str], has_numbers: bool
) -> bytes:
    """The packed `record` without the kinds of data in `kinds`.

    known: words of names that the call contained; has_numbers: it contained numbers.
    """
    texts = zlib.decompress(record).decode().removesuffix("\n").split("\n")
    lines: dict[int, EventRow] = {
        number: json.loads(text)
        for number, text in enumerate(texts)
        if number and any(mark in text for mark in _MARKS)
    }
    said = list(_said(lines.values()))
    spoken = [Text(role, _text(each)) for role, each in said]
    found = find(spoken, kinds, is_over=True, known=known)
    if kinds & {Kind.CARD_NUMBERS, Kind.NUMBERS}:
        has_numbers |= any(span.label != NAME for spans in found.spans for span in spans)
    for (_, each), text, spans in zip(said, spoken, found.spans, strict=True):
        taken = [*spans, *_all_numbers(text)] if has_numbers else list(spans)
        if taken:
            _take_out(each, apart(taken))
    for number, line in lines.items():
        if line[1] in UNREAD:
            line[UNREAD[line[1]]] = ""
        texts[number] = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(("\n".join(texts) + "\n").encode())


def _without_signs(lines: Iterable[EventRow]) -> list[EventRow]:
    """The lines with spoken text, without signs of life."""
    saying = [line for line in lines if line[1] == KEY or (line[1] in TEXTS and _text([line]))]
    responses: dict[str, list[EventRow]] = {}
    for line in saying:
        if line[1] == AUDIO:
            responses.setdefault(line[_RESPONSE_ID], []).append(line)
    signs = {each for each, said in responses.items() if is_sign_of_life(_text(said).strip())}
    return [line for line in saying if line[1] != AUDIO or line[_RESPONSE_ID] not in signs]


def _said(lines: Iterable[EventRow]) -> Iterator[_Said]:
    """The texts of the lines in order. Consecutive keys are joined, and so are the parts of a
    response that nothing interrupts.
    """
    for source, group in groupby(_without_signs(lines), _source):
        said: list[EventRow] = []
        length = 0
        for line in group:
            length += len(_text([line]))
            if said and source != KEY and length > LONGEST:  # the longest text that is examined
                yield Role.AGENT, said
                said, length = [], len(_text([line]))
            said.append(line)
        yield (Role.AGENT if said[0][1] == AUDIO else Role.CALLER), said


def _source(line: EventRow) -> Hashable:
    """The key by which adjacent lines are joined to one text; each utterance of the caller is
    separate.
    """
    if line[1] == KEY:
        return KEY
    return (AUDIO, line[_RESPONSE_ID]) if line[1] == AUDIO else id(line)


def _text(lines: list[EventRow]) -> str:
    return "".join(str(line[TEXTS.get(line[1], 2)]) for line in lines)


def _all_numbers(text: Text) -> list[Span]:
    least = _SHORTEST[text.role]
    runs = text.scan.runs
    return [Span(run.start, run.end, NUMBER) for run in runs if len(run.digits) >= least]


def _take_out(lines: list[EventRow], spans: list[Span]) -> None:
    if lines[0][1] == KEY:
        if any(span.label != NAME for span in spans):
            for line in lines:
                line[2] = HIDDEN_KEY if line[2].isdigit() else line[2]
        return
    start = 0
    for line in lines:
        place = TEXTS[line[1]]
        end = start + len(line[place])
        line[place] = replaced(line[place], _within(spans, start, end))
        start = end


def _within(spans: list[Span], start: int, end: int) -> list[Span]:
    """The part of `spans` within `[start:end]`, relative to that line."""
    return [
        Span(max(span.start, start) - start, min(span.end, end) - start, span.label)
        for span in spans
        if span.start < end and span.end > start
    ]
