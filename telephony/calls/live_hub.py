"""Connects live calls with dashboard pages: publishes news and audio, receives orders.

News only say that a record of a call was written; the page then reads the database with its user's
rights. Orders go to every process that carries calls, and the process of this call executes them.
Both use the channel layer: within one process, or through Redis. Calls never wait for it, and
without Redis only news and orders are lost.

| group | message | from | to |
|---|---|---|---|
| `live.<org>` | `news`: ids of calls of which something was written | media process | pages |
| `carriers` | `order`: `hang_up`, `end`, `listen`, a member's; the call | pages | media processes |
| a page's channel | `answer`: what became of an order that wants one | media process | page |
| `sound.<call>` | `sound`: both sides, some 200 ms | media process | listeners |
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any, Final

import structlog
from channels.layers import get_channel_layer
from django.db import transaction

from agents.budget import Caps
from telephony.calls.supervision.control import ControllableCall, supervise
from telephony.session.resuming.state import CallState, fitting
from usage.quota.watching import BudgetWatch
from usage.records import calls
from usage.records.calls import LOST_CALL
from usage.takeover import states

log = structlog.get_logger(__name__)

CARRIERS: Final = "carriers"
HANG_UP: Final = "hang_up"
END: Final = "end"
LISTEN: Final = "listen"
# Seconds after which a listener repeats its order; a call stops publishing after twice as long.
LISTEN_SECONDS: Final = 5.0
NEWS_SECONDS: Final = 0.25  # changes within this time are sent as one message
SEND_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 2.0
COMPLAIN_SECONDS: Final = 60.0
# Seconds between two calls that are handed over, and at most for all of them: taking over a call
# costs the other process 20 ms of CPU time.
MOVE_SECONDS: Final = 0.04
MOVES_SECONDS: Final = 2.0
MAX_SOUNDS: Final = 50  # queued pieces of audio; further ones are dropped


def news_group(org_id: str) -> str:
    """The channel layer's group for news of an organization's calls; org_id: its public id."""
    return f"live.{org_id}"


def sound_group(call_id: int) -> str:
    """The channel layer's group for the audio of a call."""
    return f"sound.{call_id}"


class LiveHub:
    """The live calls of this process, their news and orders. On the event loop's thread.

    Methods that may be called on other threads say so.
    """

    def __init__(self) -> None:
        self._calls: dict[int, ControllableCall] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: dict[str, set[int]] = {}
        self._has_news = asyncio.Event()
        self._sounds: asyncio.Queue[tuple[int, bytes, bytes]] = asyncio.Queue(MAX_SOUNDS)
        self._complained_at = -COMPLAIN_SECONDS
        self._budgets = BudgetWatch()

    def enter(self, call_id: int, call: ControllableCall) -> None:
        """Register a call that this process carries."""
        self._calls[call_id] = call

    def leave(self, call_id: int) -> None:
        """Remove a call that this process no longer carries."""
        self._calls.pop(call_id, None)

    def announce(self, org_id: str, call_id: int) -> None:
        """Publish, after the commit, that a record of the call was written. Safe on any thread."""
        transaction.on_commit(partial(self._record_change_from_thread, org_id, call_id))

    def save_usage(self, call_id: int, **snapshot: Any) -> None:
        """Write a usage snapshot (`usage.records.calls.save_usage`), and end the call here if it
        must not continue.

        On any thread.
        """
        if reason := calls.save_usage(call_id, **snapshot):
            generation = snapshot.get("generation")
            before = None if generation is None else generation + 1
            transaction.on_commit(partial(self._end_from_thread, call_id, reason, before=before))

    def check_budget(self, call_id: int, *, org_id: str, agent: Caps, now: datetime) -> None:
        """End the call with a goodbye if its budget is spent (`usage.quota.watching`).

        org_id: the public id; agent: the budget of its agent. On the writer thread.
        """
        if self._budgets.is_spent(call_id, org_id=org_id, agent=agent, now=now):
            transaction.on_commit(partial(self._wind_up_from_thread, call_id))

    def save_state(
        self, call_id: int, *, state: Callable[[], CallState], generation: int, **saved: Any
    ) -> None:
        """Write the state of a call (`usage.takeover.states`), and end it here if another process
        has it.

        On any thread.
        """
        try:
            data = fitting(state())
        except ValueError as error:  # cannot be encoded; the call continues here
            log.warning("state_not_written", call_id=call_id, error=type(error).__name__)
            return
        if not data:
            log.warning("state_too_large", call_id=call_id)
        if states.save(call_id, state=data, generation=generation, **saved):
            return
        if not states.is_owner(call_id, generation):
            end = partial(self._end_from_thread, call_id, LOST_CALL, before=generation + 1)
            transaction.on_commit(end)

    def end(self, call_id: int, reason: str, *, before: int | None = None) -> bool:
        """End the call here for `reason`; False if it is not carried here. On the loop.

        before: a generation; streams of this or a later generation are not ended.
        """
        call = self._calls.get(call_id)
        if call is not None and (before is None or call.generation < before):
            call.end(reason)
        return call is not None

    def end_gracefully(self) -> None:
        """End all calls with a goodbye, because this process stops. On the loop."""
        for call in list(self._calls.values()):
            call.end_gracefully()

    def move_at_once(self) -> None:
        """Hand all calls over to other processes at once. On the loop."""
        for call in list(self._calls.values()):
            call.move(is_urgent=True)

    async def move_in_turn(self, *, in_any_pause: bool = False) -> None:
        """Hand each call over at a moment that its caller does not notice, or in any pause. The
        calls are asked one after the other, so that the other process does not receive all of them
        at once. On the loop.
        """
        calls = list(self._calls.items())
        for call_id, call in calls:
            if self._calls.get(call_id) is call:  # otherwise it has ended meanwhile
                call.move(in_any_pause=in_any_pause)
            await asyncio.sleep(min(MOVE_SECONDS, MOVES_SECONDS / len(calls)))

    def publish_audio(self, call_id: int, caller: bytes, agent: bytes) -> None:
        """Publish audio of both sides (mu-law, 8 kHz) for listeners. Dropped when the queue is
        full.
        """
        if not self._sounds.full():
            self._sounds.put_nowait((call_id, caller, agent))

    async def run(self) -> None:
        """Publish news and audio, and execute orders, until cancelled."""
        self._loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._publish_news(), name="live-news")
            tasks.create_task(self._publish_queued_audio(), name="live-sounds")
            tasks.create_task(self._take_orders(), name="live-orders")

    # --- outwards -----------------------------------------------------------------------------

    def _record_change_from_thread(self, org_id: str, call_id: int) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._record_change, org_id, call_id)

    def _end_from_thread(self, call_id: int, reason: str, *, before: int | None = None) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(partial(self.end, call_id, reason, before=before))

    def _wind_up_from_thread(self, call_id: int) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wind_up, call_id)

    def _wind_up(self, call_id: int) -> None:
        if call := self._calls.get(call_id):
            call.end_gracefully(is_over_budget=True)

    def _record_change(self, org_id: str, call_id: int) -> None:
        self._changed.setdefault(org_id, set()).add(call_id)
        self._has_news.set()

    async def _publish_news(self) -> None:
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            changed, self._changed = self._changed, {}
            for org_id, call_ids in changed.items():
                await self._send(news_group(org_id), {"type": "news", "calls": sorted(call_ids)})
            await asyncio.sleep(NEWS_SECONDS)

    async def _publish_queued_audio(self) -> None:
        while True:
            call_id, caller, agent = await self._sounds.get()
            await self._send(
                sound_group(call_id), {"type": "sound", "caller": caller, "agent": agent}
            )

    async def _send(self, group: str, message: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().group_send(group, message)
        except Exception as error:  # boundary: the layer raises whatever its client does
            self._complain(error)

    # --- inwards ------------------------------------------------------------------------------

    async def _take_orders(self) -> None:
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(CARRIERS, channel)
                while True:
                    message = await layer.receive(channel)
                    if (answer := self._obey(message)) and message.get("answer_to"):
                        await self._answer(message["answer_to"], answer)
            except Exception as error:  # boundary: as above
                self._complain(error)
                await asyncio.sleep(RETRY_SECONDS)

    def _obey(self, message: dict[str, Any]) -> str:
        """Execute an order; what became of it, "" for one that is not answered."""
        call = self._calls.get(message["call_id"])
        if call is None:  # another process carries the call, or it is over
            return ""
        if message["order"] == HANG_UP:
            call.hang_up()
        elif message["order"] == END:
            self.end(message["call_id"], message["reason"], before=message.get("before"))
        elif message["order"] == LISTEN:
            call.listen()
        else:
            return supervise(call, message)
        return ""

    async def _answer(self, channel: str, answer: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await get_channel_layer().send(channel, {"type": "answer", "answer": answer})
        except Exception as error:  # boundary: as above
            self._complain(error)

    def _complain(self, error: Exception) -> None:
        if monotonic() - self._complained_at >= COMPLAIN_SECONDS:
            self._complained_at = monotonic()
            log.warning("live_news_lost", error=type(error).__name__)


async def order(
    call_id: int,
    what: str,
    *,
    reason: str = "",
    before: int | None = None,
    text: str = "",
    address: str = "",
    answer_to: str = "",
) -> None:
    """Send an order to the process that carries the call: HANG_UP, LISTEN, END for a `reason`; or,
    with text and address, an order of `telephony.calls.supervision.control`.

    before: as of `LiveHub.end`. answer_to: the channel that gets what became of it.

    Raises any error of the channel layer's client, TimeoutError when it does not answer. A normal
    return does not mean that a process received the order.
    """
    async with asyncio.timeout(SEND_SECONDS):
        await get_channel_layer().group_send(
            CARRIERS,
            {
                "type": "order",
                "call_id": call_id,
                "order": what,
                "reason": reason,
                "before": before,
                "text": text,
                "address": address,
                "answer_to": answer_to,
            },
        )


async def order_end(call_id: int, reason: str, *, before: int | None = None) -> None:
    """Have the process that carries the call end it for `reason`, a value of `EndReason`.

    before: as of `LiveHub.end`.

    A failure is logged only, because the call's next heartbeat reads the reason from its row.
    """
    try:
        await order(call_id, END, reason=reason, before=before)
    except Exception as error:  # boundary: the layer raises whatever its client does
        log.error("order_not_sent", order=END, call_id=call_id, error=type(error).__name__)
