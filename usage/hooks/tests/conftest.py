"""What tests of outgoing webhooks share: an endpoint, a receiver, a clock, and a sender to run."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from testing.scene import Scene, after
from testing.webhook_receiver import Receiver, receiving
from usage.hooks import endpoints, sending
from usage.hooks.sender import rows_thread, send_due
from usage.models import HookDelivery, HookEndpoint

EVERYTHING = HookDelivery.Event.values


class Clock:
    """A clock that is set by the test; each look at it takes a moment, as real ones do."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=25)
        return self.now

    def passes(self, **units: float) -> None:
        """So much later."""
        self.now += timedelta(**units)


@pytest.fixture
def clock() -> Clock:
    """A minute after the scene begins, so what happened in it is due."""
    return Clock(after(60))


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    with receiving() as made:
        yield made


@pytest.fixture
def listen(settings) -> Callable[..., HookEndpoint]:
    """Adds an endpoint to the organization of a scene: for all events, tests too."""
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    cache.clear()

    def add(scene: Scene, url: str = "https://192.168.1.2/hook", **changed) -> HookEndpoint:
        given = {"target": HookEndpoint.Target.URL, "events": EVERYTHING, "takes_tests": True}
        return endpoints.add(scene.org, url=url, **given | changed)

    return add


@pytest.fixture
def drain(clock, monkeypatch) -> Callable[[], None]:
    """Sends all that is due by the clock, with receivers given half a second."""
    monkeypatch.setattr(sending, "SECONDS", 0.5)

    async def send() -> None:
        asyncio.get_running_loop().set_default_executor(rows_thread())
        await send_due(clock=clock)

    def run() -> None:
        for _ in range(20):  # an endpoint that has had its share of the moment comes again
            before = HookDelivery.objects.filter(state="waiting").count()
            asyncio.run(send())
            clock.passes(seconds=0.5)
            if HookDelivery.objects.filter(state="waiting").count() == before:
                return

    return run
