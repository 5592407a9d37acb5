"""A server that is told to stop: live calls finish, new ones are declined in words."""

import asyncio
import signal
from pathlib import Path

import httpx
import pytest

from telephony.simulator.phone import place_call
from telephony.simulator.plan import CallPlan, CallResult, Outcome, PhoneEvent
from telephony.simulator.voices import spoken
from tests.guard import GUARD_SECONDS
from tests.service import Service, running

pytestmark = pytest.mark.models


def test_a_call_outlives_the_order_to_stop(tmp_path: Path) -> None:
    with running(tmp_path, DRAIN_SECONDS="60") as service:
        webhook = service.bootstrap("scripted")["webhook_url"]
        live, late, readiness = asyncio.run(_stop_in_mid_call(service, webhook, tmp_path))
        service.process.wait(GUARD_SECONDS)
    assert live.ok, live.errors
    assert None not in live.measurements.voice_to_voice_ms
    assert late.outcome is Outcome.DECLINED
    assert readiness == 503


async def _stop_in_mid_call(
    service: Service, webhook: str, directory: Path
) -> tuple[CallResult, CallResult, int]:
    question = await spoken("Hello, when are you open?", cache_dir=directory)
    has_spoken = asyncio.Event()

    def notice(event: PhoneEvent) -> None:
        if event.what == "said":
            has_spoken.set()

    live = asyncio.create_task(
        place_call(CallPlan(webhook=webhook, utterances=(question,)), on_event=notice)
    )
    await asyncio.wait_for(has_spoken.wait(), GUARD_SECONDS)
    service.process.send_signal(signal.SIGTERM)
    await asyncio.sleep(0.3)  # the signal is handled between two turns of its loop
    async with httpx.AsyncClient() as client:
        readiness = (await client.get(f"{service.origin}/readyz")).status_code
    late = await place_call(CallPlan(webhook=webhook, say_in_real_time=False))
    return await live, late, readiness
