"""A fake server on a loop of its own thread, for tests that are no coroutines."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from testing.providers.http_server import HttpServer

S = TypeVar("S", bound=HttpServer)


@contextmanager
def in_a_thread(server: S) -> Iterator[S]:
    """`server`, listening until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
        yield server
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
