"""The one bounded pool for speech models: CPU work off the event loop, two at a time.

numpy, onnxruntime and ctranslate2 let go of the interpreter while they compute, so
threads suffice. Full means: work waits in the executor's queue, first come, first served.
Voice activity is not among it: a batch of it is shorter than the way here and back.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Final, ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

# Sessions compute on one thread each; more workers than this would starve the event loop.
WORKERS: Final = 2

P = ParamSpec("P")
R = TypeVar("R")


@cache
def _executor() -> ThreadPoolExecutor:
    # BLAS threads wait by spinning: with them a transcription of 115 ms spent 240 of CPU.
    threadpool_limits(limits=1, user_api="blas")
    return ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="speech")


def submit(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
    """Begin `fn(*args, **kwargs)` in the pool, for a result that is wanted later."""
    return _executor().submit(fn, *args, **kwargs)


async def run(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """`fn(*args, **kwargs)` in the pool; raises what it raises.

    When the awaiting task is cancelled, work that still waits is never begun; work that
    has begun ends unheard.
    """
    return await asyncio.wrap_future(submit(fn, *args, **kwargs))
