"""Waits that take too long, and how little those cost that do not."""

import asyncio

import pytest

from agents.engines.cascade.rolling_timeout import RollingTimeout

NEVER = 60.0
SOON = 0.01


async def test_a_wait_that_takes_too_long_is_given_up():
    patience = RollingTimeout(SOON)
    with pytest.raises(TimeoutError), patience:
        await asyncio.Event().wait()
    with patience:  # and the task continues as if nothing had been
        await asyncio.sleep(0)


class Clock:
    """The loop's clock, moved on by the test alone: a busy machine's own may jump over a wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._now = loop.time()
        monkeypatch.setattr(loop, "time", lambda: self._now)

    async def passes(self, seconds: float) -> None:
        """So much later; timers that are due by then have gone off."""
        self._now += seconds
        for _ in range(3):
            await asyncio.sleep(0)


async def test_every_wait_has_the_whole_time(monkeypatch):
    """The timer of the first wait goes off during a later one, and lets it be."""
    clock = Clock(monkeypatch)
    patience = RollingTimeout(10.0)
    for _ in range(4):
        with patience:
            await clock.passes(3.0)
    with pytest.raises(TimeoutError), patience:
        await clock.passes(11.0)


async def test_time_between_two_waits_does_not_count_for_the_timeout(monkeypatch):
    clock = Clock(monkeypatch)
    patience = RollingTimeout(10.0)
    with patience:
        await clock.passes(1.0)
    await clock.passes(30.0)
    with patience:
        await clock.passes(1.0)


async def test_a_stream_of_tokens_takes_one_timer(monkeypatch):
    loop = asyncio.get_running_loop()
    timers = []
    call_at = loop.call_at

    def counted(when, callback, *args, **options):
        timers.append(call_at(when, callback, *args, **options))
        return timers[-1]

    monkeypatch.setattr(loop, "call_at", counted)
    patience = RollingTimeout(NEVER)
    for _ in range(100):
        with patience:
            await asyncio.sleep(0)
    assert len(timers) == 1
    patience.close()
    assert timers[0].cancelled()


def test_outside_of_a_task_nothing_can_be_waited_for():
    loop = asyncio.new_event_loop()
    refused = []

    def enters() -> None:
        try:
            with RollingTimeout(NEVER):
                pass
        except RuntimeError as error:
            refused.append(str(error))

    loop.call_soon(enters)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert refused == ["Only a task can be interrupted"]


@pytest.mark.parametrize("seconds", [NEVER, 0.0], ids=["in time", "as the time is over"])
async def test_a_task_that_is_cancelled_from_outside_ends(seconds):
    async def wait() -> None:
        with RollingTimeout(seconds):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task
