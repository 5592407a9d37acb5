"""When an answer is over whose body is not, and how much of a body is read in one go."""

import asyncio
import gzip
import json
import zlib

import pytest

from agents.engines.chat import stream
from agents.engines.chat.stream import PART_BYTES, ChatStream
from agents.engines.chat.tests.turns_beside import turns_beside
from agents.engines.model_events import Finished, FinishReason, TextDelta
from testing.conversations.virtual_loop import on_virtual_clock
from testing.guard import GUARD_SECONDS
from testing.odd_answers.chat_bodies import chunk, frame, stop
from voicex.errors import EngineError

BEGUN = [
    frame(chunk({"content": "We open"})),
    frame(stop()),
    frame(chunk({"content": " at nine."})),
]
PING = b": ping\n\n"


async def endless(*pieces):
    """A body of `pieces`, and of pings for ever after."""
    for piece in pieces:
        yield piece
    while True:
        await asyncio.sleep(0.01)
        yield PING


@pytest.mark.parametrize("ends", [[], [frame(stop())]])
async def test_an_answer_that_went_on_is_over_whatever_pings_come(monkeypatch, ends):
    monkeypatch.setattr(stream, "EMPTY_SECONDS", 0.1)
    async with asyncio.timeout(GUARD_SECONDS):
        events = [event async for event in ChatStream().events(endless(*BEGUN, *ends))]
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert said == "We open at nine."
    assert [e.reason for e in events if isinstance(e, Finished)] == [FinishReason.WHOLE]


async def test_a_compressed_answer_that_was_cut_is_none():
    packed = gzip.compress(frame(chunk({"content": "We open"})) * 40)
    words = zlib.compressobj(wbits=31)
    begun = words.compress(frame(chunk({"content": "We open"}))) + words.flush(zlib.Z_SYNC_FLUSH)

    async def events_of(piece):
        async def body():
            yield piece

        return [event async for event in ChatStream().events(body())]

    for cut in (begun, packed[:-8]):
        with pytest.raises(EngineError) as failed:
            await events_of(cut)
        assert "cut" in failed.value.detail
    whole = begun + words.compress(frame(stop())) + words.flush(zlib.Z_SYNC_FLUSH)
    events = await events_of(whole)  # its end was said
    assert events == [TextDelta("We open"), Finished(FinishReason.WHOLE)]


@on_virtual_clock
async def test_words_and_calls_extend_the_wait_after_an_end(monkeypatch):
    monkeypatch.setattr(stream, "EMPTY_SECONDS", 0.2)
    call = {"index": 0, "function": {"name": "hours", "arguments": '{"day":'}}
    more = {"index": 0, "function": {"arguments": '"Monday"}'}}

    async def body():
        deltas = ({"content": " Look."}, {"tool_calls": [call]}, {"tool_calls": [more]})
        for piece in (*BEGUN, *(frame(chunk(delta, finish="stop")) for delta in deltas)):
            await asyncio.sleep(0.12)  # longer than EMPTY_SECONDS in all
            yield piece
        async for ping in endless():
            yield ping

    async with asyncio.timeout(GUARD_SECONDS):
        events = [event async for event in ChatStream().events(body())]
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "We open at nine. Look."
    assert events[-1].arguments == '{"day":"Monday"}'


@pytest.mark.parametrize("line", [b"\n", b"id: 1\n", b": x\n"])
async def test_within_a_piece_without_frames_other_calls_get_their_turns(line):
    turns = await turns_beside([line * (64 * 1024 // len(line))])
    assert turns >= 64 * 1024 // PART_BYTES - 2


def in_two(first, second):
    """A chunk whose choice comes in two: with the words, and with the calls."""
    return frame({"choices": [{"index": 0, **first}, {"index": 0, **second}]})


async def read(*pieces):
    async def body():
        for piece in pieces:
            yield piece

    return [event async for event in ChatStream().events(body())]


async def test_an_answer_that_comes_whole_may_have_reasoned_at_length():
    message = {"reasoning": "They open at nine.\n" * 20_000, "content": "At nine."}
    whole = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    assert await read(whole) == [TextDelta("At nine."), Finished(FinishReason.WHOLE)]


async def test_an_end_may_be_in_the_second_of_two_choices():
    words = {"delta": {"content": "We open at"}, "finish_reason": None}
    events = await read(in_two(words, {"delta": {}, "finish_reason": "length"}))
    assert events[-1] == Finished(FinishReason.LENGTH)
    events = await read(in_two({**words, "finish_reason": "null"}, {"finish_reason": "length"}))
    assert events[-1] == Finished(FinishReason.LENGTH)


async def test_an_error_may_be_in_the_second_of_two_choices():
    words = {"delta": {"content": "We open at"}}
    with pytest.raises(EngineError) as raised:
        await read(in_two(words, {"error": {"message": "out of memory"}}))
    assert "out of memory" in raised.value.detail
