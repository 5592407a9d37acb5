"""Orders for live calls, their news and their sound, over the channel layer of one process."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from channels.layers import get_channel_layer

from agents.budget import Caps
from agents.settings.config import Recording, RecordingMode
from telephony.calls import driver, live_hub
from telephony.calls.live_hub import END, HANG_UP, LISTEN, LiveHub, news_group, order, sound_group
from testing.calls.harness import running_call
from testing.engines import settle
from testing.guard import GUARD_SECONDS


@asynccontextmanager
async def at_work(hub: LiveHub):
    """The hub of a process that carries calls."""
    task = asyncio.create_task(hub.run())
    await settle()
    yield hub
    task.cancel()
    await asyncio.wait([task])


async def reader(group: str) -> str:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def received(channel: str):
    async with asyncio.timeout(GUARD_SECONDS):
        return await get_channel_layer().receive(channel)


class Call:
    def __init__(self) -> None:
        self.orders: list[str] = []

    def hang_up(self) -> None:
        self.orders.append("hang up")

    def end(self, reason: str) -> None:
        self.orders.append(reason)

    def end_gracefully(self, *, is_over_budget: bool = False) -> None:
        self.orders.append("over budget" if is_over_budget else "restarting")

    def move(self, *, is_urgent: bool = False, in_any_pause: bool = False) -> None:
        unnoticed = "move in any pause" if in_any_pause else "move"
        self.orders.append("move now" if is_urgent else unnoticed)

    def listen(self) -> None:
        self.orders.append("listen")


async def test_an_order_reaches_its_call_and_no_other():
    mine, other = Call(), Call()
    async with at_work(LiveHub()) as hub:
        hub.enter(1, mine)
        hub.enter(2, other)
        await order(1, LISTEN)
        await order(1, HANG_UP)
        await order(3, HANG_UP)  # carried by another process, or over
        await settle()
        hub.leave(2)
        await order(2, HANG_UP)
        await settle()
    assert (mine.orders, other.orders) == (["listen", "hang up"], [])


async def test_an_order_reaches_the_process_that_carries_the_call():
    one, two, call = LiveHub(), LiveHub(), Call()
    two.enter(7, call)
    async with at_work(one), at_work(two):
        await order(7, HANG_UP)
        await settle()
    assert call.orders == ["hang up"]


async def test_calls_are_left_one_after_the_other_and_all_within_seconds(monkeypatch):
    slept: list[float] = []

    async def sleep(seconds):
        slept.append(seconds)
        moved.append(sum(call.orders == ["move"] for call in calls))

    monkeypatch.setattr(live_hub.asyncio, "sleep", sleep)
    hub, moved, calls = LiveHub(), [], [Call() for _ in range(100)]
    for number, call in enumerate(calls):
        hub.enter(number, call)
    await hub.move_in_turn()
    assert moved == list(range(1, 101))
    assert 1 < sum(slept) < 2.1
    hub.move_at_once()
    assert all(call.orders == ["move", "move now"] for call in calls)
    await hub.move_in_turn(in_any_pause=True)
    assert all(call.orders[2:] == ["move in any pause"] for call in calls)


async def test_a_call_that_ends_meanwhile_is_not_left(monkeypatch):
    one, two, hub = Call(), Call(), LiveHub()

    async def sleep(_seconds):
        hub.leave(2)

    monkeypatch.setattr(live_hub.asyncio, "sleep", sleep)
    hub.enter(1, one)
    hub.enter(2, two)
    await hub.move_in_turn()
    assert (one.orders, two.orders) == (["move"], [])


async def test_word_that_a_call_is_over_reaches_its_process_with_the_reason():
    one, two, call = LiveHub(), LiveHub(), Call()
    two.enter(7, call)
    async with at_work(one), at_work(two):
        await order(7, END, reason="stream_stopped")
        await settle()
    assert call.orders == ["stream_stopped"]


async def test_a_heartbeat_that_finds_the_call_over_ends_it_here(monkeypatch):
    told = iter(["", "stale"])
    monkeypatch.setattr(live_hub.calls, "save_usage", lambda call_id, **_: next(told))
    monkeypatch.setattr(live_hub.transaction, "on_commit", lambda work: work())
    call = Call()
    async with at_work(LiveHub()) as hub:
        hub.enter(7, call)
        await asyncio.to_thread(hub.save_usage, 7, sequence=1)
        await settle()
        assert call.orders == []
        await asyncio.to_thread(hub.save_usage, 7, sequence=2)
        await settle()
    assert call.orders == ["stale"]


async def test_a_snapshot_that_finds_a_budget_spent_has_the_call_end_in_words(monkeypatch):
    told = iter([False, True])
    monkeypatch.setattr(live_hub.transaction, "on_commit", lambda work: work())
    call, hub = Call(), LiveHub()
    monkeypatch.setattr(hub, "_budgets", SimpleNamespace(is_spent=lambda *_, **__: next(told)))
    async with at_work(hub):
        hub.enter(7, call)
        for expected in ([], ["over budget"]):
            await asyncio.to_thread(
                hub.check_budget, 7, org_id="0rg", agent=Caps(), now=datetime.now(UTC)
            )
            await settle()
            assert call.orders == expected


async def test_a_driver_tells_the_hub_of_its_agents_budget_with_each_snapshot(monkeypatch):
    monkeypatch.setattr(driver, "SNAPSHOT_SECONDS", 0.01)
    async with running_call() as (call, _):
        await call.greeted()
        await asyncio.sleep(2 * driver.TICK_SECONDS)
        call.live._wind_up(81)
        await settle()
        call.live.end(81, "stream_stopped")
    sent = call.records.of("check_budget")[0]
    assert (sent["org_id"], sent["agent"]) == ("0rg", Caps())


async def test_a_call_that_is_over_elsewhere_is_left_and_its_stream_closed():
    async with running_call() as (call, _):
        await call.greeted()
        async with at_work(call.live):
            await order(81, END, reason="stream_stopped")
            await order(81, END, reason="carrier_completed")
            await settle()
        await call.stream.until(lambda: bool(call.stream.close_codes))
    call.records.check_complete("stream_stopped")
    assert call.stream.close_codes == [1000]


async def test_simultaneous_changes_are_published_once_and_only_as_ids():
    channel = await reader(news_group("0rg"))
    async with at_work(LiveHub()) as hub:
        for call_id in (5, 4, 5):
            hub._record_change_from_thread("0rg", call_id)
        assert await received(channel) == {"type": "news", "calls": [4, 5]}


async def test_without_the_channel_layer_only_news_are_lost_and_it_is_logged_once(
    monkeypatch, logged
):
    class Away:
        async def new_channel(self):
            raise ConnectionError

        async def group_send(self, group, message):
            raise ConnectionError

    monkeypatch.setattr(live_hub, "get_channel_layer", Away)
    monkeypatch.setattr(live_hub, "NEWS_SECONDS", 0)
    async with at_work(LiveHub()) as hub:
        for _ in range(3):
            hub._record_change_from_thread("0rg", 1)
            hub.publish_audio(1, b"", b"")
            await settle()
    assert [event["event"] for event in logged] == ["live_news_lost"]


async def test_sound_that_is_not_taken_in_time_is_dropped():
    hub = LiveHub()
    for _ in range(live_hub.MAX_SOUNDS + 10):
        hub.publish_audio(1, b"a", b"b")
    assert hub._sounds.qsize() == live_hub.MAX_SOUNDS


async def test_hanging_up_ends_the_call_in_order_and_closes_the_stream():
    async with running_call() as (call, _):
        await call.greeted()
        async with at_work(call.live):
            await order(81, HANG_UP)
            await settle()
        await call.stream.until(lambda: bool(call.stream.close_codes))
    call.records.check_complete("hung_up_by_member")
    assert call.stream.close_codes == [1000]


async def test_a_listener_hears_both_sides_and_silence_costs_nothing():
    async with running_call() as (call, _):
        await call.greeted()
        await call.caller_speaks()
        assert call.live._sounds.empty()
        channel = await reader(sound_group(81))
        async with at_work(call.live):
            await order(81, LISTEN)
            await settle()
            await call.caller_speaks()
            sound = await received(channel)
        assert len(sound["caller"]) == len(sound["agent"]) == 1600
        call.stream.stops()


@pytest.mark.parametrize("mode", [RecordingMode.OFF, RecordingMode.ANNOUNCED])
async def test_a_call_is_recorded_only_when_its_agent_says_so(mode, monkeypatch):
    stored = {}
    monkeypatch.setattr(
        "usage.records.recordings.store_piece",
        lambda name, number, sound, **_: stored.setdefault(name, []).append((number, len(sound))),
    )
    recording = Recording(mode, "This call is recorded.")
    async with running_call(recording=recording, greeting="") as (call, _):
        if mode is not RecordingMode.OFF:
            await call.stream.until(lambda: bool(call.stream.heard("mark")))
            await settle()
            call.stream.returns_marks()
            await settle()
        await call.caller_speaks(10)
        call.stream.stops()
    call.recordings.close()
    if mode is RecordingMode.OFF:
        assert stored == {}
        return
    [(name, pieces)] = stored.items()
    assert name.startswith("0rg/81-")
    assert pieces == [(0, 2 * 10 * 256)]
    assert [job for job, _, _ in call.records.jobs if job in ("begin", "grow", "finish")] == [
        "begin",
        "grow",
        "finish",
    ]
