"""Runs services that use the database on threads, from an event loop.

Django's connections belong to a thread, and an executor's threads are reused, so each service
starts without an old connection and leaves none open.
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
    """A context in which the current thread has new connections, which are closed at the end."""
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


async def on_database_thread(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `service` on a thread of the loop's default executor; returns and raises as it does.

    The service sees the caller's context variables, so its log lines name the same call.
    """
    return await _on_thread_of(None, service, *args, **kwargs)


class DatabaseThreads:
    """Threads for services of calls, which must not wait behind other work; a connection each.

    The creator has to shut it down. count: services that run at once; more of them wait.
    """

    def __init__(self, count: int, *, name: str) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix=name, initializer=serve_calls)

    async def run(self, service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `service` on one of these threads; returns and raises as it does."""
        return await _on_thread_of(self._executor, service, *args, **kwargs)

    def shutdown(self, *, wait: bool = True) -> None:
        """Accept no more services. wait: until the running ones have ended."""
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

    # Not `run_in_executor`: messages of the service to the channel layer must be sent from this
    # loop.
    return await sync_to_async(run, thread_sensitive=False, executor=executor)()
