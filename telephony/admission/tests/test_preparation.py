"""What is made ready for a call is handed out once, and kept no longer than its ticket is good."""

import asyncio
from types import SimpleNamespace

import pytest

from agents.engines.base import EngineSetup
from telephony.admission import preparation
from telephony.admission.preparation import PreparedCall, PreparedCalls
from telephony.process.runtime import Runtime
from testing.setups import setup
from usage.models import Call
from usage.quota.quotas import TICKET_LIFETIME
from voicex.errors import SecretUnreadable

LIFETIME = TICKET_LIFETIME.total_seconds()


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=1_000.0)
    monkeypatch.setattr(preparation, "monotonic", lambda: now.seconds)
    return now


def ready(ticket_id: str) -> PreparedCall:
    return PreparedCall(Call(ticket_id=ticket_id), setup())


def test_a_ready_call_is_handed_out_once(clock):
    calls = PreparedCalls()
    calls.put(ready("a"))
    taken = calls.take("a")
    assert taken is not None
    assert taken.call.ticket_id == "a"
    assert calls.take("a") is None


def test_a_call_that_was_never_streamed_leaves_memory_without_another_one_coming(clock):
    calls = PreparedCalls()
    calls.put(ready("early"))
    clock.seconds += 10
    calls.put(ready("late"))
    clock.seconds += LIFETIME - 10
    calls.forget_expired()
    assert calls.take("early") is None
    assert calls.take("late") is not None


def test_calls_are_expected_for_a_moment_until_their_stream_comes(clock):
    calls = PreparedCalls()
    calls.put(ready("a"))
    clock.seconds += 1.5
    calls.put(ready("b"))
    calls.put(ready("c"))
    assert calls.expected() == 3
    calls.take("b")
    assert calls.expected() == 2
    clock.seconds += 1  # no stream is opened so late
    assert calls.expected() == 1
    assert calls.take("a") is not None  # but one that is, is served


def test_a_rush_pushes_the_oldest_out(clock, monkeypatch):
    monkeypatch.setattr(preparation, "MAX_READY", 2)
    calls = PreparedCalls()
    for ticket_id in ("a", "b", "c"):
        calls.put(ready(ticket_id))
    assert [calls.take(ticket_id) is not None for ticket_id in ("a", "b", "c")] == [0, 1, 1]


def test_each_prepared_call_orders_its_own_end(monkeypatch):
    ordered = []
    monkeypatch.setattr(preparation, "setup_of", lambda call, secrets: EngineSetup(setup().config))

    class Runtime:
        def later(self, seconds, work):
            ordered.append((seconds, work))

        def expect(self, setup):
            ordered.append(setup.config)

    preparation.prepare(Call(ticket_id="ordered"), None, Runtime())
    assert ordered == [(LIFETIME, preparation.prepared_calls.forget_expired), setup().config]
    assert preparation.prepared_calls.take("ordered") is not None


def test_a_process_that_carries_no_calls_expects_none(monkeypatch):
    monkeypatch.setattr(preparation, "setup_of", lambda call, secrets: EngineSetup(setup().config))
    preparation.prepare(Call(ticket_id="elsewhere"), None, None)
    assert preparation.prepared_calls.take("elsewhere") is not None


async def test_the_runtime_does_later_what_another_thread_orders():
    done = asyncio.Event()
    runtime = Runtime.__new__(Runtime)
    runtime._loop = asyncio.get_running_loop()
    await asyncio.to_thread(runtime.later, 0, done.set)
    async with asyncio.timeout(60):
        await done.wait()


def test_a_call_whose_keys_cannot_be_opened_is_left_to_the_process_of_its_stream(
    monkeypatch, logged
):
    def unreadable(*_):
        raise SecretUnreadable

    monkeypatch.setattr(preparation, "setup_of", unreadable)
    preparation.prepare(Call(pk=81, ticket_id="a"), None, None)
    assert preparation.prepared_calls.take("a") is None
    assert [event["event"] for event in logged] == ["call_not_prepared"]
