"""The pool of connections to PostgreSQL has one again as soon as the server is back."""

from collections.abc import Callable
from time import monotonic
from typing import Any
from unittest.mock import MagicMock

import pytest
from psycopg import OperationalError
from psycopg_pool import ConnectionPool

from testing.guard import GUARD_SECONDS
from voicex.postgresql.base import DatabaseWrapper
from voicex.postgresql.prompt_pool import MOST_DELAY, PromptAttempt, PromptPool, prompt


class Restarting(PromptPool):
    """Its server refuses connections until `is_back` says otherwise."""

    def __init__(self, is_back: Callable[[], bool], **options: Any) -> None:
        self.is_back = is_back
        self.tries = 0
        super().__init__(open=False, min_size=1, max_size=2, **options)

    def _connect(self, timeout: float | None = None) -> Any:
        self.tries += 1
        if not self.is_back():
            raise OperationalError("connection refused")
        return MagicMock(_expire_at=monotonic() + 3_600)


def test_a_server_that_restarts_is_asked_again_soon():
    attempt, now, pauses = PromptAttempt(timeout=5), 100.0, []
    while not attempt.time_to_give_up(now):
        attempt.update_delay(now)
        pauses.append(attempt.delay)
        now += attempt.delay
    assert now == pytest.approx(105)
    assert pauses[0] < 0.06
    assert max(pauses) == MOST_DELAY
    assert sum(pauses[:4]) < 0.5


def test_who_waits_has_a_connection_as_soon_as_it_is_back():
    began = monotonic()
    pool = Restarting(lambda: monotonic() - began > 0.4)
    with pool:
        pool.getconn(timeout=GUARD_SECONDS)
        assert monotonic() - began < 2.5  # the library's own comes after 3 s
    assert pool.tries < 12


def test_it_is_asked_for_as_long_as_somebody_waits():
    began = monotonic()
    with Restarting(lambda: monotonic() - began > 0.6, reconnect_timeout=0.1) as pool:
        pool.getconn(timeout=GUARD_SECONDS)


def test_djangos_pool_is_one(monkeypatch):
    made = ConnectionPool(open=False)
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", {"other": made})
    settings = {"ENGINE": "voicex.postgresql", "OPTIONS": {"pool": {"min_size": 1}}}
    assert DatabaseWrapper(settings, "other").pool is made
    assert type(made) is PromptPool
    assert prompt(None) is None
