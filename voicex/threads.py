"""Runs services that use the database on threads, from an event loop.

Django's connections belong to a thread, and an executor's threads are reused, so each service
starts without an old connection and leaves none open.
"""

from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from voicex.database.write_order import serve_calls

PAGE_THREADS: Final = 4  # services of pages' sockets at once
FILE_THREADS: Final = 16  # files that pages send at once, each of them on one at a time

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


async def on_page_thread(service: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `service` for the socket of a page; returns and raises as it does.

    On threads of its own: the loop's default executor also looks up names for calls.
    """
    return await _on_thread_of(_page_threads(), service, *args, **kwargs)


def beside_pages(work: Callable[[], T]) -> Callable[[], Coroutine[Any, Any, T]]:
    """`work` as a coroutine function: it reads files of a storage, which may take long to answer.

    On threads of its own, as many as pages are served at once. It uses no database.
    """
    return sync_to_async(work, thread_sensitive=False, executor=_file_threads())


@cache
def _page_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(PAGE_THREADS, thread_name_prefix="page-sockets")


@cache
def _file_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="page-files")


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
