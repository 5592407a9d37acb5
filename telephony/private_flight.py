"""A flight record without what is taken out of its call. Pure.

Beside what was said the record holds what was said in vain: transcripts of half a sentence, and
each key. Parts of a number stand in several of them. So once a call has shown a number that is
taken out, no number of three digits is left among its caller's words here.
"""

import json
import zlib
from collections.abc import Iterator
from typing import Any, Final

from agents.engines.conversation import Role
from agents.redaction.conversation import Kind, Span, find, replaced
from agents.redaction.texts import NAME, NUMBER, Text

# The texts among the fields of the events, by their place in a line; see `telephony.flight`.
TEXTS: Final = {"Transcribed": 2, "CallerTyped": 2, "AudioDelta": 4}
KEY: Final = "DigitPressed"
HIDDEN_KEY: Final = "•"
_SHORTEST: Final = {Role.CALLER: 3, Role.AGENT: 4}  # digits that are not left once there are some
_MARKS: Final = tuple(f'"{name}"' for name in (*TEXTS, KEY))

Line = list[Any]
_Said = tuple[Role, list[Line]]  # the lines that say one text: many for keys


def without(
    record: bytes, kinds: frozenset[Kind], *, known: frozenset[str], has_numbers: bool
) -> bytes:
    """The packed `record` without what `kinds` name.

    known: words of names that the call has shown; has_numbers: it has shown numbers.
    """
    texts = zlib.decompress(record).decode().removesuffix("\n").split("\n")
    lines: dict[int, Line] = {
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
            _take_out(each, text.said, taken)
    for number, line in lines.items():
        texts[number] = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(("\n".join(texts) + "\n").encode())


def _said(lines: Any) -> Iterator[_Said]:
    """The texts of the lines in order; keys with no word between them are one."""
    keys: list[Line] = []
    for line in lines:
        if line[1] == KEY:
            keys.append(line)
            continue
        if line[1] not in TEXTS or not line[TEXTS[line[1]]]:
            continue
        if keys:
            yield Role.CALLER, keys
            keys = []
        yield (Role.AGENT if line[1] == "AudioDelta" else Role.CALLER), [line]
    if keys:
        yield Role.CALLER, keys


def _text(lines: list[Line]) -> str:
    return "".join(str(line[TEXTS.get(line[1], 2)]) for line in lines)


def _all_numbers(text: Text) -> list[Span]:
    least = _SHORTEST[text.role]
    runs = text.scan.runs
    return [Span(run.start, run.end, NUMBER) for run in runs if len(run.digits) >= least]


def _take_out(lines: list[Line], said: str, spans: list[Span]) -> None:
    if lines[0][1] == KEY:
        if any(span.label != NAME for span in spans):
            for line in lines:
                line[2] = HIDDEN_KEY if line[2].isdigit() else line[2]
        return
    apart: list[Span] = []
    for span in sorted(spans):
        if not apart or span.start >= apart[-1].end:
            apart.append(span)
        else:
            last = apart[-1]
            apart[-1] = Span(last.start, max(last.end, span.end), last.label)
    line = lines[0]
    line[TEXTS[line[1]]] = replaced(said, apart)
