"""Whatever an engine does wrong leaves its boundary as an EngineError, or not at all."""

import asyncio

import pytest
from structlog.testing import capture_logs

from agents.engines.boundary import Boundary, guarded, guarded_once
from testing.guard import GUARD_SECONDS
from voicex.errors import EngineBusy, EngineError, EngineReason, EngineTimeout


class RustPanic(BaseException):
    """As packages written in Rust raise it: no Exception."""


ODD = [AttributeError("x"), UnicodeError("x"), ExceptionGroup("g", [KeyError("x")]), RustPanic()]


async def words_then(error):
    yield "We open "
    raise error


async def collected(items):
    return [item async for item in items]


@pytest.mark.parametrize("error", ODD, ids=lambda error: type(error).__name__)
async def test_an_odd_error_of_an_engine_becomes_one_that_callers_know(error):
    items = guarded(words_then(error), "an answer")
    assert await anext(items) == "We open "
    with capture_logs() as logged, pytest.raises(EngineError) as raised:
        await anext(items)
    assert raised.value.reason == EngineReason.FAILED
    assert raised.value.detail == f"an answer: {type(error).__name__}"
    (line,) = logged
    assert line["event"] == "engine_broke"
    assert line["exc_info"] is error


async def test_an_engine_error_passes_as_it_is():
    error = EngineBusy("slow down")
    with pytest.raises(EngineBusy) as raised:
        await collected(guarded(words_then(error), "an answer"))
    assert raised.value is error


async def test_a_limit_of_the_providers_own_is_a_timeout():
    with pytest.raises(EngineTimeout):
        await collected(guarded(words_then(TimeoutError()), "an answer"))


async def test_a_cancelled_task_of_the_provider_is_a_failure_of_the_provider():
    async def transcribe():
        inner = asyncio.create_task(asyncio.sleep(GUARD_SECONDS))
        inner.cancel()
        return await inner

    with pytest.raises(EngineError):
        await guarded_once(transcribe(), "the transcription")
    with pytest.raises(EngineError):
        await collected(guarded(words_then(asyncio.CancelledError()), "an answer"))


async def test_our_own_cancellation_passes_even_when_it_came_a_moment_before():
    async def work():
        asyncio.current_task().cancel()
        async for _ in guarded(waiting(), "an answer"):
            pass

    async def waiting():
        await asyncio.sleep(GUARD_SECONDS)
        yield ""

    task = asyncio.create_task(work())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def test_a_limit_of_time_around_the_boundary_still_works():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await guarded_once(asyncio.sleep(GUARD_SECONDS), "the transcription")


async def test_closing_early_closes_the_engine_and_hides_what_goes_wrong_then():
    closed = []

    async def answer():
        try:
            yield "We open "
        finally:
            closed.append(True)
            raise AttributeError("in the provider's clean-up")

    items = guarded(answer(), "an answer")
    assert await anext(items) == "We open "
    with capture_logs() as logged:
        await items.aclose()
    assert closed == [True]
    assert [line["what"] for line in logged] == ["an answer, closing"]


async def test_the_end_of_the_process_is_not_hidden():
    with pytest.raises(SystemExit), Boundary("an answer"):
        raise SystemExit
