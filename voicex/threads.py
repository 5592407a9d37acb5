"""The one way from an event loop to the database: a service, on a thread that has a connection.

A thread keeps the connections that it has opened, and an executor's threads live on, so each
service begins without an old connection and leaves none behind.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from voicex.database.write_turns import serve_calls

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def fresh_connections() -> Iterator[None]:
    """Run the block on connections of its own; for the thread that is to run it."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


async def on_database_thread(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What `service` returns, run on one of the loop's own threads; raises what it raises.

    The service sees the caller's context variables, so its log lines name the same call.
    """
    return await _on_thread_of(None, service, *args, **kwargs)


class DatabaseThreads:
    """Threads for services of calls, which must not wait for those of others; a connection each.

    Its maker owns it and shuts it down. count: services that run at once; more of them wait.
    """

    def __init__(self, count: int, *, name: str) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix=name, initializer=serve_calls)

    async def run(self, service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What `service` returns, run on one of these threads; raises what it raises."""
        return await _on_thread_of(self._executor, service, *args, **kwargs)

    def shutdown(self, *, wait: bool = True) -> None:
        """Take no more services. wait: until those that run have ended."""
        self._executor.shutdown(wait=wait)


async def _on_thread_of(
    executor: ThreadPoolExecutor | None,
    service: Callable[P, T],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    def run() -> T:
        with fresh_connections():
            return service(*args, **kwargs)

    # Not `run_in_executor`: what the service sends to a channel layer must leave from this loop.
    return await sync_to_async(run, thread_sensitive=False, executor=executor)()
