"""Live calls for those who watch: news of them outwards, orders and listeners inwards.

News say only that something of a call was written; a page that gets them reads the database again
with its user's rights. Orders go to every process that carries calls, and the one that carries this
call obeys. Both go over the channel layer: within one process, or through Redis. Nothing here is
awaited by a call, and Redis being away costs no more than the news.

| group | message | from | to |
|---|---|---|---|
| `live.<org>` | `news`: ids of calls of which something was written | media process | pages |
| `carriers` | `order`: `hang_up`, `end`, `listen`, a member's; the call | pages | media processes |
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
# A listener repeats its order this often; a call stops publishing after twice as long.
LISTEN_SECONDS: Final = 5.0
NEWS_SECONDS: Final = 0.25  # what happens within it goes out as one message
SEND_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 2.0
COMPLAIN_SECONDS: Final = 60.0
# From one call that is left to the next, and at most for all of them: to take a call over costs
# the next process 20 ms of a core.
MOVE_SECONDS: Final = 0.04
MOVES_SECONDS: Final = 2.0
MAX_SOUNDS: Final = 50  # waiting pieces of all listeners; more are dropped


def news_group(org_id: str) -> str:
    """The channel layer's group for news of an organization's calls; org_id: its public id."""
    return f"live.{org_id}"


def sound_group(call_id: int) -> str:
    """The channel layer's group for the sound of a call that has listeners."""
    return f"sound.{call_id}"


class LiveHub:
    """The live calls of this process, their news and the orders for them. On the loop's thread.

    Methods that may be called on another one say so.
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
        """The call is carried here from now on."""
        self._calls[call_id] = call

    def leave(self, call_id: int) -> None:
        """It is no longer."""
        self._calls.pop(call_id, None)

    def announce(self, org_id: str, call_id: int) -> None:
        """Something of the call was written: publish that after the commit. On any thread."""
        transaction.on_commit(partial(self._record_change_from_thread, org_id, call_id))

    def save_usage(self, call_id: int, **snapshot: Any) -> None:
        """Write a snapshot (`usage.records.calls.save_usage`) and leave a call that must not
        continue.

        On any thread.
        """
        if reason := calls.save_usage(call_id, **snapshot):
            generation = snapshot.get("generation")
            before = None if generation is None else generation + 1
            transaction.on_commit(partial(self._end_from_thread, call_id, reason, before=before))

    def check_budget(self, call_id: int, *, org_id: str, agent: Caps, now: datetime) -> None:
        """Have the call end in words where what it may cost is spent (`usage.quota.watching`).

        org_id: the public id; agent: the caps of its agent. On the thread that writes.
        """
        if self._budgets.is_spent(call_id, org_id=org_id, agent=agent, now=now):
            transaction.on_commit(partial(self._wind_up_from_thread, call_id))

    def save_state(
        self, call_id: int, *, state: Callable[[], CallState], generation: int, **saved: Any
    ) -> None:
        """Write where a call stands (`usage.takeover.states`), and leave one that is another's.

        On any thread.
        """
        try:
            data = fitting(state())
        except ValueError as error:  # a text that is none; the call continues, but not elsewhere
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
        """Leave the call for `reason`; False when it is not carried here. On the loop.

        before: a generation; a stream of that one or a later one is not left.
        """
        call = self._calls.get(call_id)
        if call is not None and (before is None or call.generation < before):
            call.end(reason)
        return call is not None

    def end_gracefully(self) -> None:
        """End all calls in words, because this process stops. On the loop."""
        for call in list(self._calls.values()):
            call.end_gracefully()

    def move_at_once(self) -> None:
        """Leave all calls to other processes, because this one stops. On the loop."""
        for call in list(self._calls.values()):
            call.move(is_urgent=True)

    async def move_in_turn(self) -> None:
        """Leave each call in a pause, one after the other, so that the process that continues them
        does not get all of them in one moment. On the loop.
        """
        calls = list(self._calls.items())
        for call_id, call in calls:
            if self._calls.get(call_id) is call:  # else it has ended meanwhile
                call.move()
            await asyncio.sleep(min(MOVE_SECONDS, MOVES_SECONDS / len(calls)))

    def publish_audio(self, call_id: int, caller: bytes, agent: bytes) -> None:
        """Publish both sides (mu-law, 8 kHz), for listeners. Dropped while too much waits."""
        if not self._sounds.full():
            self._sounds.put_nowait((call_id, caller, agent))

    async def run(self) -> None:
        """Publish news and sounds, and carry out orders, until cancelled."""
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
                    self._obey(await layer.receive(channel))
            except Exception as error:  # boundary: as above
                self._complain(error)
                await asyncio.sleep(RETRY_SECONDS)

    def _obey(self, message: dict[str, Any]) -> None:
        call = self._calls.get(message["call_id"])
        if call is None:  # another process carries it, or it is over
            return
        if message["order"] == HANG_UP:
            call.hang_up()
        elif message["order"] == END:
            self.end(message["call_id"], message["reason"], before=message.get("before"))
        elif message["order"] == LISTEN:
            call.listen()
        else:
            supervise(call, message)

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
) -> None:
    """Order whichever process carries the call: HANG_UP, LISTEN, END for a `reason`; or, with text
    and address, what `telephony.calls.supervision.control` names.

    before: as of `LiveHub.end`.

    Raises what the channel layer's client raises, TimeoutError when it does not answer. Returning
    does not mean that a process got it.
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
            },
        )


async def order_end(call_id: int, reason: str, *, before: int | None = None) -> None:
    """Have whichever process carries the call leave it for `reason`, a value of `EndReason`.

    before: as of `LiveHub.end`.

    An order that gets lost is logged: the call's next heartbeat finds the reason in its row.
    """
    try:
        await order(call_id, END, reason=reason, before=before)
    except Exception as error:  # boundary: the layer raises whatever its client does
        log.error("order_not_sent", order=END, call_id=call_id, error=type(error).__name__)
