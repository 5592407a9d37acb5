"""What a piece of work holds of the loop is reported, and nothing of the work is changed."""

import asyncio
from contextlib import suppress
from time import thread_time

import pytest

from telephony.process.step_timer import StepTimer


def hold(seconds):
    began = thread_time()
    while thread_time() - began < seconds:
        pass


async def test_the_longest_step_counts_and_waiting_does_not():
    async def work():
        hold(0.002)
        await asyncio.sleep(0.03)
        hold(0.01)
        await asyncio.sleep(0)

    share = StepTimer(work())
    await share
    assert 0.01 <= share.longest < 0.03


async def test_an_error_of_the_work_comes_out_of_it():
    async def work():
        await asyncio.sleep(0)
        raise ValueError("work")

    with pytest.raises(ValueError, match="work"):
        await StepTimer(work())


async def test_work_that_is_out_of_time_is_ended_and_may_clean_up():
    seen = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cleaned up")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await StepTimer(work())
    assert seen == ["cleaned up"]


async def test_an_error_that_the_work_awaits_can_be_handled_by_it():
    async def fails():
        await asyncio.sleep(0)
        raise KeyError

    async def work():
        with suppress(KeyError):
            await asyncio.create_task(fails())
        await asyncio.sleep(0)

    await StepTimer(work())
