"""What a call held goes with it: nothing is left for the garbage collector, which comes late.

Between two of its rounds a busy process would hold the sound and the words of hundreds of calls,
and each round stops every live call.
"""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from agents.engines.cascade.model_requests import ModelRequest
from agents.engines.cascade.transcriber import Transcriber
from telephony.calls.socket import FastCallSocket
from testing.calls.harness import CallHarness
from testing.calls.media_stream import FastLane
from testing.engines import Gate, StubLanguageModel, StubSpeechToText, StubTextToSpeech, settle
from testing.guard import GUARD_SECONDS

SECOND = b"\x10" * 8_000


@pytest.fixture(autouse=True)
def no_garbage_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def requests() -> list[ModelRequest]:
    """Those that are not gone, of any call."""
    return [each for each in gc.get_objects() if type(each) is ModelRequest]


async def left_by(call: CallHarness, *, end: str = "stops") -> list[object]:
    """What is alive of `call` after a turn of the caller and its end."""
    call.socket = FastCallSocket(FastLane(call.stream), call.stream.send)
    driver = call.driver()
    parts = [weakref.ref(part) for part in (driver, driver._session, driver._engine._transcriber)]
    task = asyncio.create_task(driver.run())
    del driver
    await call.greeted()
    await call.caller_speaks()
    await call.caller_is_silent()
    await settle()
    getattr(call.stream, end)()
    async with asyncio.timeout(GUARD_SECONDS):
        await task
    del task
    await settle()
    return [part() for part in parts if part() is not None]


@pytest.mark.parametrize("end", ["stops", "disconnects"])
async def test_a_call_is_gone_when_it_is_over(end):
    assert await left_by(CallHarness(), end=end) == []


async def test_a_call_that_ends_during_a_transcription_is_freed():
    assert await left_by(CallHarness(stt=StubSpeechToText([Gate()]))) == []


async def test_a_call_that_ends_while_its_answer_is_written_is_freed():
    before = requests()  # of other tests, whose failures hold them
    assert await left_by(CallHarness(llm=StubLanguageModel([Gate()]))) == []
    assert [each for each in requests() if each not in before] == []


async def test_a_call_that_ends_while_its_answer_is_spoken_is_freed():
    assert await left_by(CallHarness(tts=StubTextToSpeech([SECOND * 3], [SECOND, Gate()]))) == []


async def test_an_engine_that_is_still_held_does_not_hold_its_call():
    call = CallHarness()
    call.engine = call.cascade()
    assert [type(part) for part in await left_by(call)] == [Transcriber]
