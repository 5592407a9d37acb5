"""The speech pool: results, errors, and what a cancelled wait leaves behind."""

import asyncio
import os
import sys
import threading

import pytest

from agents.engines import pool


async def test_work_runs_off_the_event_loop():
    assert await pool.run(threading.get_ident) != threading.get_ident()


async def test_an_error_arrives_where_it_was_awaited():
    with pytest.raises(ZeroDivisionError):
        await pool.run(divmod, 1, 0)


async def test_cancelled_work_that_waits_is_never_begun():
    gate, begun = threading.Event(), []
    blockers = [asyncio.create_task(pool.run(gate.wait)) for _ in range(pool.WORKERS)]
    waiting = asyncio.create_task(pool.run(begun.append, "the cancelled one"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    await asyncio.gather(*blockers)
    await pool.run(begun.append, "the next one")
    assert begun == ["the next one"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
async def test_background_work_uses_no_threads_of_calls_and_little_cpu():
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    gate = threading.Event()
    with pool.in_background():
        held = asyncio.create_task(pool.run(gate.wait))
        await asyncio.sleep(0)
    everyday = [await pool.run(priority) for _ in range(pool.WORKERS)]
    gate.set()
    await held
    with pool.in_background():
        in_background = await pool.run(priority)
    assert set(everyday) == {priority()}
    assert in_background == pool.NICENESS > priority()
