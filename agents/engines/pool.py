"""The one bounded pool for speech models: CPU work off the event loop, two at a time.

numpy, onnxruntime and ctranslate2 release the interpreter lock while they compute, so threads
suffice. When all threads are busy work is queued, first come, first served. Voice activity does not
use the pool, because a batch is shorter than two thread switches.

Background work runs on another thread with a lower priority.
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
    """Run work submitted within the block in the background, as no call waits for it."""
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
    if sys.platform == "linux":  # only Linux has priorities of threads
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def submit(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Submit `fn(*args, **kwargs)` to the pool; returns a future."""
    executor = _background() if _is_in_background.get() else _executor()
    return executor.submit(fn, *args, **kwargs)


async def run(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `fn(*args, **kwargs)` in the pool; returns and raises as it does.

    When the awaiting task is cancelled, queued work is dropped; the result of running work is
    ignored.
    """
    return await asyncio.wrap_future(submit(fn, *args, **kwargs))
