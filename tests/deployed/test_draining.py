"""A server that has to stop, by a signal or by an order: live calls finish, new ones are declined
in words.
"""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, PhoneEvent
from telephony.simulator.sound.voices import spoken
from testing.guard import GUARD_SECONDS
from testing.services.servers import wait_until
from testing.services.service import Service, running

pytestmark = pytest.mark.models


def by_signal(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)


def by_order(service: Service) -> None:
    """It is the only process, so `--force` has to be said."""
    printed = service.console.command("drain", "--all", "--force")
    assert "is draining: no new calls, 1 in progress" in printed


@pytest.mark.parametrize("stop", [by_signal, by_order])
def test_a_call_outlives_the_order_to_stop(tmp_path: Path, stop: Callable[[Service], None]) -> None:
    with running(tmp_path, engines="scripted", DRAIN_SECONDS="60") as service:
        webhook = service.bootstrap("scripted")["webhook_url"]
        live, late = asyncio.run(_stop_in_mid_call(service, webhook, tmp_path, stop))
        assert service.process.wait(GUARD_SECONDS) == 0
    assert live.ok, live.errors
    assert None not in live.measurements.voice_to_voice_ms
    assert late.outcome is Outcome.DECLINED


async def _stop_in_mid_call(
    service: Service, webhook: str, directory: Path, stop: Callable[[Service], None]
) -> tuple[CallResult, CallResult]:
    question = await spoken("Hello, when are you open?", cache_dir=directory)
    has_spoken = asyncio.Event()

    def notice(event: PhoneEvent) -> None:
        if event.what == "said":
            has_spoken.set()

    live = asyncio.create_task(
        place_call(CallPlan(webhook=webhook, utterances=(question,)), on_event=notice)
    )
    await asyncio.wait_for(has_spoken.wait(), GUARD_SECONDS)
    await asyncio.to_thread(stop, service)
    await asyncio.to_thread(wait_until, lambda: _drains(service), "the server drains")
    late = await place_call(CallPlan(webhook=webhook, say_in_real_time=False))
    return await live, late


def _drains(service: Service) -> bool:
    return httpx.get(f"{service.origin}/readyz", timeout=GUARD_SECONDS).status_code == 503
