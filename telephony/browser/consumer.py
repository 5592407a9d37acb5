"""The socket of a call from a browser: by microphone, typing or an audio file.

Before the ticket is redeemed no resources of a call are used.
"""

import asyncio
from functools import partial
from typing import Any, Final

import structlog
from django.db import DatabaseError

from accounts.members import revocations
from telephony.browser import access, stream
from telephony.browser.stream import BrowserTransport
from telephony.calls.driver import CallDriver
from telephony.calls.socket import CallSocket, call_socket
from telephony.calls.streams.live_call import LiveCall
from telephony.process.capacity import capacity
from telephony.process.runtime import Runtime, runtime_of
from telephony.webhooks.consumers import START_SECONDS, refused, run_call, setup_of
from usage.models import Call
from voicex.errors import ProtocolError
from voicex.reasons.ends import EndReason
from voicex.sockets import (
    CLOSE_POLICY,
    CLOSE_TRY_LATER,
    GuardedSocket,
    PerUserLimit,
    Receive,
    Send,
    SocketEnded,
    SocketLimit,
    accept,
    receive_text,
    refusals_logged,
)
from voicex.threads import on_page_thread

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 10.0  # interval of periodic checks, in case a revocation is lost
MAX_WAITING_SOCKETS: Final = 200  # connected, but without a redeemed ticket yet
MAX_WAITING_OF_ONE: Final = 10  # sockets of one user without a redeemed ticket yet


class BrowserConsumer(GuardedSocket):
    """The socket of a call from a browser: checks origin and ticket, then runs the driver."""

    crash_event = "call_crashed"
    waiting = SocketLimit(MAX_WAITING_SOCKETS)
    waiting_of_one = PerUserLimit(MAX_WAITING_OF_ONE)

    async def serve(self, scope: Any, receive: Receive, send: Send) -> None:
        """Run the call of the browser's ticket. Raises: SocketEnded."""
        if self.waiting.is_full or not access.is_same_origin(scope):
            refused.warn(reason="full" if self.waiting.is_full else "origin")
            raise SocketEnded(CLOSE_POLICY)
        session_key = access.session_key_of(scope)
        call = await self._admit(session_key, scope, receive, send)
        socket = call_socket(scope, receive, send)
        await self._carry(call, session_key, socket, runtime_of(scope))

    async def _admit(self, session_key: str, scope: Any, receive: Receive, send: Send) -> Call:
        """The call of a valid ticket. Raises: SocketEnded."""
        with self.waiting.one_more():
            # A browser without a log-in is refused at once: without waiting for `start`, and
            # without using the threads on which telephone calls redeem their tickets.
            user_id = await on_page_thread(access.visitor_id, session_key)
            if user_id is None:
                raise SocketEnded(CLOSE_POLICY)
            with self.waiting_of_one.one_more(user_id):
                return await self._begin(session_key, runtime_of(scope), receive, send)

    async def _begin(
        self, session_key: str, runtime: Runtime, receive: Receive, send: Send
    ) -> Call:
        """The call of the ticket in `start`. Raises: SocketEnded."""
        with refusals_logged(refused):
            async with asyncio.timeout(START_SECONDS):
                await accept(send)
                start = await _read_start(receive)
            if reason := capacity.no_room():
                raise SocketEnded(CLOSE_TRY_LATER, reason)
            return await runtime.setup_threads.run(access.redeem, session_key, start.ticket)

    async def _carry(
        self, call: Call, session_key: str, socket: CallSocket, runtime: Runtime
    ) -> None:
        live = LiveCall(
            call_id=call.pk,
            call_sid=call.call_sid,
            org_id=call.org.public_id,
            setup=await runtime.setup_threads.run(setup_of, call),
        )
        socket.send((stream.started(call.call_sid),))
        transport = BrowserTransport(has_audio=call.channel != Call.Channel.TYPED)
        await run_call(
            live,
            transport,
            socket,
            runtime=runtime,
            wide=transport.wide,
            wide_voice=transport.wide_voice,
            lost=EndReason.PAGE_CLOSED,
            watch=partial(
                _watch_access, runtime, call.started_by_id or 0, session_key, live.org_id
            ),
        )


async def _read_start(receive: Receive) -> stream.Start:
    message = stream.decode(await receive_text(receive))
    if not isinstance(message, stream.Start):
        raise ProtocolError("The first message must be start")
    return message


async def _watch_access(
    runtime: Runtime, user_id: int, session_key: str, org_id: str, driver: CallDriver
) -> None:
    """End the call of a member who has logged out or may no longer try agents."""
    async with revocations.subscribed(user_id) as wait:
        while True:
            await wait(CHECK_SECONDS)
            try:
                may_go_on = await runtime.setup_threads.run(
                    access.may_try, session_key, org_id=org_id
                )
            except DatabaseError as error:  # an unreachable database must not end a call
                log.warning("database_away", error=type(error).__name__)
                continue
            if not may_go_on:
                driver.give_up(CLOSE_POLICY, EndReason.ACCESS_LOST)
                return
