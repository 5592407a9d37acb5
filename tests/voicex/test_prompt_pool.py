"""The pool of connections to PostgreSQL has one again as soon as the server is back."""

import logging
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any
from unittest.mock import MagicMock

import pytest
from psycopg import OperationalError
from psycopg_pool import ConnectionPool, PoolTimeout
from psycopg_pool.pool import AddConnection

from testing.guard import GUARD_SECONDS
from voicex.postgresql import prompt_pool
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


def test_each_connection_is_made_by_prompt_attempts():
    began, retries = monotonic(), []

    class Observed(Restarting):
        def schedule_task(self, task: Any, delay: float) -> None:
            if isinstance(task, AddConnection):
                retries.append(type(task.attempt))
            super().schedule_task(task, delay)

    with Observed(lambda: monotonic() - began > 0.4) as pool:
        pool.getconn(timeout=GUARD_SECONDS)
    assert set(retries) == {PromptAttempt}  # the first were refused, and made again
    assert pool.tries < 12


def test_it_is_asked_for_as_long_as_somebody_waits():
    began = monotonic()
    with Restarting(lambda: monotonic() - began > 0.6, reconnect_timeout=0.1) as pool:
        pool.getconn(timeout=GUARD_SECONDS)


def test_it_is_not_asked_for_those_that_have_given_up():
    with Restarting(lambda: False, reconnect_timeout=0.1) as pool:
        with pytest.raises(PoolTimeout):
            pool.getconn(timeout=0.3)
        waited_until = monotonic() + GUARD_SECONDS
        while pool._growing and monotonic() < waited_until:
            sleep(0.02)
        tries = pool.tries
        sleep(3 * MOST_DELAY)
        assert pool.tries == tries


def test_attempts_that_fail_are_a_line_a_minute(monkeypatch):
    warnings = MagicMock()
    monkeypatch.setattr(prompt_pool, "ThrottledWarning", MagicMock(return_value=warnings))
    throttle = prompt_pool._Throttle()
    said = ["error connecting in 'pool-1': refused", "error connecting in 'pool-1': no route"]
    for each in said:
        name, _, error = each.partition("'pool-1': ")
        record = logging.makeLogRecord(
            {"msg": name + "%r: %s", "args": ("pool-1", error), "levelno": logging.WARNING}
        )
        assert not throttle.filter(record)
    assert len(throttle._warnings) == 1
    assert [call.kwargs["said"] for call in warnings.warn.call_args_list] == said
    assert throttle.filter(logging.makeLogRecord({"msg": "growing", "levelno": logging.INFO}))


def test_djangos_pool_is_one(monkeypatch):
    made = ConnectionPool(open=False)
    monkeypatch.setattr(DatabaseWrapper, "_connection_pools", {"other": made})
    settings = {"ENGINE": "voicex.postgresql", "OPTIONS": {"pool": {"min_size": 1}}}
    assert DatabaseWrapper(settings, "other").pool is made
    assert type(made) is PromptPool
    assert prompt_pool._throttle in logging.getLogger("psycopg.pool").filters
    assert prompt(None) is None
