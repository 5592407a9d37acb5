"""The voice activity service, around a model that answers with what the window says."""

import asyncio
from contextlib import asynccontextmanager
from contextvars import ContextVar

import pytest

from agents.engines.voice_activity import detector
from agents.engines.voice_activity.detector import MAX_WAITING, VoiceActivity
from agents.engines.voice_activity.silero import WINDOW
from testing.guard import GUARD_SECONDS

FRAME = 160


class EchoModel:
    """Answers with the first byte of each window."""

    def __init__(self):
        self.rows = []
        self.forgotten = []
        self.attended = []
        self.fails = False

    def forget(self, row):
        self.forgotten.append(row)

    def set_speaking(self, row, is_speaking):
        self.attended.append((row, is_speaking))

    def probabilities(self, rows, windows):
        if self.fails:
            self.fails = False
            raise RuntimeError("the computation broke")
        self.rows.append(rows)
        return [float(window[0]) for window in windows]


@asynccontextmanager
async def service():
    model = EchoModel()
    activity = VoiceActivity(model)
    try:
        yield activity, model
    finally:
        await activity.aclose()


def window(value):
    return bytes([value]) * WINDOW


class Receiver(list):
    """Collects what a listener hears; `has(n)` waits until there are n values."""

    def __init__(self):
        super().__init__()
        self._grown = asyncio.Event()

    def __call__(self, probability):
        self.append(probability)
        self._grown.set()

    async def has(self, count):
        async with asyncio.timeout(GUARD_SECONDS):
            while len(self) < count:
                self._grown.clear()
                await self._grown.wait()
        return self


async def test_frames_of_20_ms_become_windows_of_32_in_order():
    async with service() as (activity, _):
        receiver = Receiver()
        listener = activity.listener(receiver)
        stream = b"".join(window(value) for value in range(50))
        for start in range(0, len(stream), FRAME):
            listener.push(stream[start : start + FRAME])
        assert await receiver.has(50) == list(range(50))


async def test_listeners_that_wait_share_an_inference_and_keep_their_own_answers():
    async with service() as (activity, model):
        receivers = [Receiver() for _ in range(5)]
        for number, receiver in enumerate(receivers):
            activity.listener(receiver).push(window(number) + window(number + 100))
        for number, receiver in enumerate(receivers):
            assert await receiver.has(2) == [number, number + 100]
        assert model.rows == [[0, 1, 2, 3, 4]] * 2


async def test_windows_of_one_loop_iteration_share_a_batch():
    async with service() as (activity, model):
        receivers = Receiver(), Receiver()
        first, second = (activity.listener(receiver) for receiver in receivers)
        asyncio.get_running_loop().call_soon(first.push, window(1))
        asyncio.get_running_loop().call_soon(second.push, window(2))
        for receiver in receivers:
            await receiver.has(1)
        assert model.rows == [[0, 1]]


async def test_a_window_soon_after_an_inference_waits_for_company(monkeypatch):
    monkeypatch.setattr(detector, "GATHER_SECONDS", 3600)
    async with service() as (activity, model):
        receivers = Receiver(), Receiver(), Receiver()
        first, second, third = (activity.listener(receiver) for receiver in receivers)
        first.push(window(1))  # after an idle moment: at once
        await receivers[0].has(1)
        second.push(window(2))
        await asyncio.sleep(0)
        third.push(window(3))
        await asyncio.sleep(0)
        assert activity.batches == 1
        activity._judge_batch()  # the hour is over
        await receivers[1].has(1)
        await receivers[2].has(1)
        assert model.rows == [[0], [1, 2]]


async def test_a_late_window_is_not_delayed_for_a_batch(monkeypatch):
    monkeypatch.setattr(detector, "GATHER_SECONDS", 3600)
    async with service() as (activity, _):
        receiver = Receiver()
        listener = activity.listener(receiver)
        listener.push(b"".join(map(window, range(5))))  # after a stall they come all at once
        assert await receiver.has(5) == [0, 1, 2, 3, 4]
        assert activity.batches == 5


async def test_old_windows_go_when_two_seconds_wait_and_the_clock_stays_right():
    async with service() as (activity, _):
        receiver = Receiver()
        listener = activity.listener(receiver)
        listener.push(window(200))
        await receiver.has(1)
        for value in range(MAX_WAITING + 10):
            listener.push(window(value))
        assert activity.windows_dropped == 10
        heard = await receiver.has(1 + MAX_WAITING + 10)
        assert heard == [200] * 11 + list(range(10, MAX_WAITING + 10))


async def test_a_closed_listener_gets_no_results_of_a_running_batch():
    async with service() as (activity, model):
        closed, other = Receiver(), Receiver()

        def close(_: float) -> None:
            listener.close()
            listener.close()

        activity.listener(close).push(window(0))
        listener = activity.listener(closed)
        listener.push(window(1))
        activity._judge_batch()
        listener.push(window(2))
        listener.set_speaking(True)
        activity.listener(other).push(window(3))
        assert await other.has(1) == [3]
        assert model.rows == [[0, 1], [1]]
        assert closed == []
        assert model.attended == []


async def test_the_model_knows_which_callers_are_speaking():
    async with service() as (activity, model):
        activity.listener(Receiver())
        second = activity.listener(Receiver())
        second.set_speaking(True)
        second.set_speaking(False)
        assert model.attended == [(1, True), (1, False)]


async def test_the_next_caller_on_a_row_starts_without_the_last_ones_memory():
    async with service() as (activity, model):
        for value in (1, 2):
            receiver = Receiver()
            listener = activity.listener(receiver)
            listener.push(window(value) * 3)
            await receiver.has(3)
            listener.close()
        assert model.rows == [[0]] * 6
        assert model.forgotten == [0, 0]


async def test_one_callers_error_is_reported_and_the_others_continue():
    async with service() as (activity, _):
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(told))
        broken = activity.listener(lambda _: 1 / 0)
        receiver = Receiver()
        broken.push(window(1))
        activity.listener(receiver).push(window(2))
        assert await receiver.has(1) == [2]
        assert isinstance(reported[0]["exception"], ZeroDivisionError)


async def test_a_failed_batch_is_reported_and_the_next_one_comes():
    async with service() as (activity, model):
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(told))
        model.fails = True
        receiver = Receiver()
        activity.listener(receiver).push(window(1) + window(2))
        assert await receiver.has(1) == [2]
        assert str(reported[0]["exception"]) == "the computation broke"


async def test_callbacks_run_in_the_context_of_their_listener():
    call_id = ContextVar("call_id", default="")
    async with service() as (activity, _):
        seen = Receiver()
        call_id.set("call-7")
        listener = activity.listener(lambda _: seen(call_id.get()))
        call_id.set("another")
        listener.push(window(1))
        assert await seen.has(1) == ["call-7"]


async def test_windows_after_the_end_of_the_service_are_dropped():
    async with service() as (activity, model):
        receiver = Receiver()
        listener = activity.listener(receiver)
        await activity.aclose()
        listener.push(window(1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert model.rows == []


@pytest.mark.models
async def test_the_service_with_its_real_model_hears_silence_as_silence():
    activity = await VoiceActivity.start()
    try:
        receiver = Receiver()
        activity.listener(receiver).push(b"\xff" * WINDOW * 20)
        assert max(await receiver.has(20)) < 0.1
    finally:
        await activity.aclose()
