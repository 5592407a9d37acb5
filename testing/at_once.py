"""Several requests at the same moment, for tests on a database that takes them side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

from testing.guard import GUARD_SECONDS


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """The results of `actions`, begun together, each with a connection of its own."""
    gate = Barrier(len(actions))

    def act(action: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            gate.wait(GUARD_SECONDS)
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(act, actions))
