"""Asking for the sound of a turn's end: how much of it a process affords."""

import asyncio
from contextlib import asynccontextmanager
from threading import Event

import pytest

from agents.engines.end_of_turn import service
from agents.engines.end_of_turn.service import (
    AT_ONCE_SECONDS,
    FEW,
    MANY,
    MOST_WAITING,
    SHARE_OF_FEW,
    SHARE_OF_MANY,
    EndOfTurn,
)
from voicex.errors import EngineMissing


class Told:
    """A model that says what it is told, and takes its time of `work` (seconds)."""

    def __init__(self, *answers, work=0.05):
        self.answers = list(answers)
        self.heard = []
        self.began, self.goes_on = Event(), Event()
        self.goes_on.set()
        self.work = work

    def finished(self, audio):
        self.heard.append(audio)
        self.began.set()
        self.goes_on.wait(5)
        answer = self.answers.pop(0) if self.answers else 0.5
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def clock(monkeypatch):
    """Seconds, moved by hand; each decision takes as much work as the model says."""

    class Clock:
        now = 0.0
        worked = 0.0

        def __call__(self):
            return self.now

    made = Clock()

    def thread_time():
        made.worked += 0.025  # asked before and after
        return made.worked

    monkeypatch.setattr(service, "thread_time", thread_time)
    return made


@asynccontextmanager
async def asking(model, clock, calls=1):
    made = EndOfTurn(lambda: model, clock=clock, calls=lambda: calls)
    assert await made.loaded()
    model.heard.clear()
    model.began.clear()
    try:
        yield made
    finally:
        model.goes_on.set()
        await made.aclose()


async def asked(end_of_turn, audio=b"sound", **more):
    """The answer; "refused" when there is none."""
    answer = asyncio.get_running_loop().create_future()
    if not end_of_turn.ask(audio, answer.set_result, **more):
        return "refused"
    return await asyncio.wait_for(answer, 5)


async def test_the_answer_of_the_model_comes_on_the_loop(clock):
    model = Told(0.1, 0.97)
    async with asking(model, clock) as end_of_turn:
        assert await asked(end_of_turn, b"the turn") == 0.97
    assert model.heard == [b"the turn"]


async def test_until_the_model_is_loaded_nothing_is_asked(clock):
    goes_on = Event()

    def load():
        goes_on.wait(5)
        return Told(0.1, 0.9)

    end_of_turn = EndOfTurn(load, clock=clock)
    assert await asked(end_of_turn) == "refused"
    goes_on.set()
    assert await end_of_turn.loaded()
    assert await asked(end_of_turn) == 0.9
    await end_of_turn.aclose()


async def test_without_the_model_words_decide_alone(clock):
    def load():
        raise EngineMissing("the package is not installed")

    end_of_turn = EndOfTurn(load, clock=clock)
    assert not await end_of_turn.loaded()
    assert await asked(end_of_turn) == "refused"
    await end_of_turn.aclose()


async def test_a_model_that_breaks_says_nothing_and_is_asked_again(clock):
    async with asking(Told(0.1, ValueError("a fault"), 0.2), clock) as end_of_turn:
        assert await asked(end_of_turn) is None
        assert await asked(end_of_turn) == 0.2


@pytest.mark.parametrize(
    ("calls", "share"),
    [(0, SHARE_OF_FEW), (FEW, SHARE_OF_FEW), (MANY, SHARE_OF_MANY), (2 * MANY, SHARE_OF_MANY)],
)
async def test_decisions_take_no_more_than_their_share_of_a_core(clock, calls, share):
    model = Told()
    async with asking(model, clock, calls) as end_of_turn:
        answers = [await asked(end_of_turn) for _ in range(100)]
        at_once = answers.count(0.5)
        assert at_once <= AT_ONCE_SECONDS / 0.025
        assert answers[at_once:] == ["refused"] * (100 - at_once)

        before = len(model.heard)
        for _ in range(600):  # a minute of a process full of calls
            clock.now += 0.1
            await asked(end_of_turn)
        seconds = (len(model.heard) - before) * 0.025
        assert 0.8 * share * 60 <= seconds <= share * 60 + 0.05


async def test_frequent_pauses_of_one_caller_do_not_use_up_the_budget(clock):
    async with asking(Told(), clock) as end_of_turn:
        answers = [await asked(end_of_turn, is_again=True) for _ in range(50)]
        assert answers[-1] == "refused"
        assert [await asked(end_of_turn) for _ in range(4)] == [0.5] * 4


async def test_the_queue_of_requests_is_bounded(clock):
    model = Told()
    answers = []
    async with asking(model, clock) as end_of_turn:
        model.goes_on.clear()
        taken = [end_of_turn.ask(b"", answers.append) for _ in range(MOST_WAITING + 3)]
        assert taken == [True] * MOST_WAITING + [False] * 3
        model.goes_on.set()
        assert await asked(end_of_turn) in ("refused", 0.5)


async def test_a_closed_service_does_not_answer_pending_requests(clock):
    model = Told()
    answers = []
    end_of_turn = EndOfTurn(lambda: model, clock=clock)
    await end_of_turn.loaded()
    model.heard.clear()
    model.began.clear()
    model.goes_on.clear()
    assert end_of_turn.ask(b"under way", answers.append)
    assert end_of_turn.ask(b"waits", answers.append)
    await asyncio.to_thread(model.began.wait, 5)
    closing = asyncio.create_task(end_of_turn.aclose())
    await asyncio.sleep(0)
    model.goes_on.set()
    await closing
    assert not end_of_turn.ask(b"too late", answers.append)
    await asyncio.sleep(0)
    assert model.heard == [b"under way"]
