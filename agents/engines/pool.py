"""The one bounded pool for speech models: CPU work off the event loop, two at a time.

numpy, onnxruntime and ctranslate2 let go of the interpreter while they compute, so
threads suffice. Full means: work waits in the executor's queue, first come, first served.
Voice activity is not among it: a batch of it is shorter than the way here and back.

What no call waits for runs beside it, on one thread that takes a core only while others leave it.
"""

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Final, ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

# Sessions compute on one thread each; more workers than this would starve the event loop.
WORKERS: Final = 2
NICENESS: Final = 10

P = ParamSpec("P")
R = TypeVar("R")

_is_in_background: ContextVar[bool] = ContextVar("is_in_background", default=False)


@contextmanager
def in_background() -> Iterator[None]:
    """What the block begins here is nothing that a call waits for."""
    token = _is_in_background.set(True)
    try:
        yield
    finally:
        _is_in_background.reset(token)


@cache
def _executor() -> ThreadPoolExecutor:
    # BLAS threads wait by spinning: with them a transcription of 115 ms spent 240 of CPU.
    threadpool_limits(limits=1, user_api="blas")
    return ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="speech")


@cache
def _background() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="speech-background", initializer=_be_nice)


def _be_nice() -> None:
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def submit(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Begin `fn(*args, **kwargs)` in the pool, for a result that is wanted later."""
    executor = _background() if _is_in_background.get() else _executor()
    return executor.submit(fn, *args, **kwargs)


async def run(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`fn(*args, **kwargs)` in the pool; raises what it raises.

    When the awaiting task is cancelled, work that still waits is never begun; work that
    has begun ends unheard.
    """
    return await asyncio.wrap_future(submit(fn, *args, **kwargs))
