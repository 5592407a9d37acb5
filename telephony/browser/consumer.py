"""The door for browsers: a member talks, types or plays a recording to an agent.

Like the door for media sockets it takes the socket as it is, without Channels' dispatch of
each message, and lets nothing cost anything before the ticket is redeemed.
"""

import asyncio
from functools import partial
from typing import Any, Final

import structlog
from channels.consumer import AsyncConsumer
from django.db import DatabaseError

from telephony.admission import revocations
from telephony.browser import access, stream
from telephony.browser.stream import BrowserLine
from telephony.calls.driver import CLOSE_POLICY, CallDriver, LiveCall
from telephony.calls.socket import CallSocket, Receive, Send, call_socket, close_socket
from telephony.process import runtime
from telephony.process.capacity import capacity
from telephony.process.per_user_limit import SocketsOfOne
from telephony.twilio.consumers import CLOSE_INTERNAL, START_SECONDS, carry, refused, setup_of
from usage.models import Call
from voicex.errors import ProtocolError, TicketRefused
from voicex.threads import on_database_thread

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 10.0  # how long, should the word of a lost right be lost
CLOSE_TRY_LATER: Final = 1013
MAX_WAITING_SOCKETS: Final = 200  # connected, but without a redeemed ticket yet
MAX_WAITING_OF_ONE: Final = 10  # sockets of one person without a redeemed ticket yet


class _Left(Exception):
    """The browser closed the socket before its call began."""


class BrowserConsumer(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """One browser's call: origin, ticket, then the driver."""

    waiting_sockets = 0  # of this process
    waiting_of_one = SocketsOfOne(MAX_WAITING_OF_ONE)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve the socket to its end. The broad except is the door of the browser side."""
        await receive()  # websocket.connect
        is_crowded = BrowserConsumer.waiting_sockets >= MAX_WAITING_SOCKETS
        if is_crowded or not access.is_same_origin(scope):
            refused.note(reason="full" if is_crowded else "origin")
            await close_socket(send, CLOSE_POLICY)
            return
        session_key = access.session_key_of(scope)
        try:
            call = await self._admit(session_key, receive, send)
            if call is not None:
                await self._carry(call, session_key, call_socket(scope, receive, send))
        except Exception:
            log.exception("call_crashed")
            await close_socket(send, CLOSE_INTERNAL)

    async def _admit(self, session_key: str, receive: Receive, send: Send) -> Call | None:
        """The call of a good ticket; None, the socket closed, for any other."""
        # Nothing is awaited between the count's check and this, so that a rush finds it right.
        BrowserConsumer.waiting_sockets += 1
        try:
            # Whoever is logged in nowhere waits for nothing: not for `start`, and not on the
            # threads on which telephone calls redeem their tickets.
            user_id = await on_database_thread(access.visitor_id, session_key)
            if user_id is None:
                await close_socket(send, CLOSE_POLICY)
                return None
            with BrowserConsumer.waiting_of_one.one_more(user_id) as has_room:
                if not has_room:
                    await close_socket(send, CLOSE_TRY_LATER)
                    return None
                return await self._begin(session_key, receive, send)
        finally:
            BrowserConsumer.waiting_sockets -= 1

    async def _begin(self, session_key: str, receive: Receive, send: Send) -> Call | None:
        """The call of a good ticket; otherwise the socket is closed and told why."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await send({"type": "websocket.accept"})
                start = await _read_start(receive)
            if reason := capacity.no_room():
                code = CLOSE_TRY_LATER
            else:
                shared = await runtime.start()
                return await shared.setup_threads.run(access.redeem, session_key, start.ticket)
        except TimeoutError:
            reason, code = "no_start", CLOSE_POLICY
        except (ProtocolError, TicketRefused) as error:
            reason, code = str(error), CLOSE_POLICY
        except (_Left, OSError):
            return None
        refused.note(reason=reason)
        await close_socket(send, code, reason)
        return None

    async def _carry(self, call: Call, session_key: str, socket: CallSocket) -> None:
        shared = await runtime.start()
        live = LiveCall(
            call_id=call.pk,
            call_sid=call.call_sid,
            org_id=call.org.public_id,
            setup=await shared.setup_threads.run(setup_of, call),
        )
        socket.send((stream.started(call.call_sid),))
        await carry(
            live,
            BrowserLine(has_audio=call.door != Call.Door.TYPED),
            socket,
            watch=partial(_watch_access, call.started_by_id or 0, session_key, live.org_id),
        )


async def _read_start(receive: Receive) -> stream.Start:
    event = await receive()
    if event["type"] == "websocket.disconnect":
        raise _Left
    message = stream.decode(event.get("text") or "")
    if not isinstance(message, stream.Start):
        raise ProtocolError("The first message must be start")
    return message


async def _watch_access(user_id: int, session_key: str, org_id: str, driver: CallDriver) -> None:
    """End the call of a member who has logged out or may no longer try agents."""
    shared = await runtime.start()
    async with revocations.heard_of(user_id) as wait:
        while True:
            await wait(CHECK_SECONDS)
            try:
                may_go_on = await shared.setup_threads.run(
                    access.may_try, session_key, org_id=org_id
                )
            except DatabaseError as error:  # a database that is away has never ended a call
                log.warning("database_away", error=type(error).__name__)
                continue
            if not may_go_on:
                driver.give_up(CLOSE_POLICY, "access_lost")
                return
