"""A clock that is set forward or back ends no call and stops no schedule."""

from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.conf import settings
from django.utils import timezone

from testing.scene import NOW
from usage.quota import quotas
from usage.quota.quotas import heartbeat_limit
from voicex.processes.clock_steps import ClockSteps, clock_steps
from voicex.settings.tasks import SCHEDULE, Every


class Machine:
    """Two clocks that a test turns."""

    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.steady = 50.0
        self.steps = ClockSteps(lambda: self.wall, lambda: self.steady)

    def passes(self, seconds: float, *, step: float = 0.0) -> None:
        self.wall += seconds + step
        self.steady += seconds


def test_a_step_is_seen_for_as_long_as_it_matters():
    machine = Machine()
    assert machine.steps.forward_seconds(45) == 0  # nobody watches
    machine.passes(10, step=7_200)
    machine.steps.watch()
    machine.passes(10, step=3_600)
    assert machine.steps.forward_seconds(45) == pytest.approx(3_600)
    machine.passes(44)
    assert machine.steps.forward_seconds(45) == pytest.approx(3_600)
    machine.passes(2)
    assert machine.steps.forward_seconds(45) == 0


def test_what_keeps_a_clock_right_is_no_step_and_neither_is_one_back():
    machine = Machine()
    machine.steps.watch()
    for _ in range(100):
        machine.passes(15, step=0.5)
        assert machine.steps.forward_seconds(45) == 0
    machine.passes(1, step=-3_600)
    assert machine.steps.forward_seconds(45) == 0
    machine.passes(1, step=3_600)
    assert machine.steps.forward_seconds(45) == pytest.approx(3_600)


def test_no_heartbeat_is_old_because_of_it(monkeypatch):
    machine = Machine()
    machine.steps.watch()
    monkeypatch.setattr(quotas, "clock_steps", machine.steps)
    stale = timedelta(seconds=settings.CALL_STALE_SECONDS)
    assert heartbeat_limit(NOW) == NOW - stale
    machine.passes(3, step=3_600)
    assert heartbeat_limit(NOW) == NOW - stale - timedelta(hours=1)


def test_only_processes_that_serve_watch():
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        assert clock_steps.forward_seconds(45) == 0


def test_what_runs_every_few_seconds_runs_on_when_the_clock_was_set_back():
    sweep = SCHEDULE["sweep"]["schedule"]
    assert isinstance(sweep, Every)
    every = Every(15.0, app=current_app, nowfun=lambda: NOW)
    assert every.is_due(NOW - timedelta(seconds=15)).is_due
    assert every.is_due(NOW - timedelta(seconds=10)) == (False, 5.0)
    assert every.is_due(NOW + timedelta(hours=1)) == (True, 15.0)
