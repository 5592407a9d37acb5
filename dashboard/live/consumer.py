"""Sockets of the dashboard: news of live calls, and the sound of one.

    wss /live/<org_id>/                     {"calls": [ids]} whenever something was written
    wss /live/<org_id>/listen/<call_sid>/   PCM, 16 bit, 16 kHz, both sides in one

News hold only ids: the page reads its content from the server again, so a lost socket loses nothing
and a second one duplicates nothing. Browsers send cookies with a socket that any site opens, so the
origin is checked first; the user's permission is checked again while the socket is open.
"""

import asyncio
import json
from abc import abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Final

import structlog
from channels.layers import get_channel_layer
from django.db import DatabaseError

from accounts.members import revocations
from agents.speech.audio.wideband import ToWideband
from dashboard.live import access
from telephony.browser.access import is_same_origin, session_key_of
from telephony.calls import live_hub
from telephony.calls.mixer import mixed
from voicex.bounds.log_throttle import ThrottledWarning
from voicex.bounds.token_bucket import TokenBucket
from voicex.sockets import (
    CLOSE_GOING,
    CLOSE_POLICY,
    CLOSE_TRY_LATER,
    GONE,
    GuardedSocket,
    PerUserLimit,
    Receive,
    Send,
    SocketEnded,
    SocketLimit,
    accept,
)
from voicex.threads import on_page_thread

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 30.0  # how long a lost right may go unnoticed, should its message be lost
JOIN_SECONDS: Final = 5.0
STALL_SECONDS: Final = 10.0  # a browser that takes nothing for so long is gone
MAX_SOCKETS: Final = 500  # of each kind, in a process
MAX_OF_ONE: Final = 20  # of one user among them; further pages of theirs poll

failed: Final = ThrottledWarning("live_socket_failed")


@dataclass(frozen=True, slots=True)
class Admission:
    """The user of a socket, and the group whose messages go to it."""

    user_id: int
    group: str


class MemberSocket(GuardedSocket):
    """Base of both sockets: who may open one, and how long it stays open."""

    open_sockets: ClassVar[SocketLimit]
    of_one: ClassVar[PerUserLimit]

    @abstractmethod
    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """The group whose messages go to the browser; None if the browser may not get them."""

    @abstractmethod
    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """Whether an admitted user may still use the socket."""

    @abstractmethod
    def encode(self, message: dict[str, Any]) -> dict[str, Any]:
        """The data for the browser of a group's message: "text" or "bytes"."""

    async def work(self) -> None:
        """Other work while the socket is open."""

    async def serve(self, scope: Any, receive: Receive, send: Send) -> None:
        """Send the group's messages until the browser disconnects. Raises SocketEnded."""
        arguments = scope["url_route"]["kwargs"]
        # No name of ours is else; and PostgreSQL raises when it is asked for a NUL.
        is_named = all(name.isprintable() for name in arguments.values())
        if not is_named or not is_same_origin(scope):
            raise SocketEnded(CLOSE_POLICY)
        session_key = session_key_of(scope)
        with self.open_sockets.one_more():
            admission = await self.admit(session_key, arguments)
            if admission is None:
                raise SocketEnded(CLOSE_POLICY)
            with self.of_one.one_more(admission.user_id):
                await self._follow(admission, session_key, arguments, receive, send)

    def report(self, error: Exception) -> int:
        """Count the failure; without a channel layer the page polls."""
        failed.warn(error=type(error).__name__)
        return CLOSE_TRY_LATER

    async def _follow(
        self,
        admission: Admission,
        session_key: str,
        arguments: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> None:
        group = admission.group
        layer = get_channel_layer()
        async with asyncio.timeout(JOIN_SECONDS):
            channel = await layer.new_channel()
            await layer.group_add(group, channel)
        code = GONE
        try:
            await accept(send)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forward(layer, channel, send), name="forward")
                tasks.create_task(self._wait_for_end(receive), name="read")
                watch = self._watch(admission.user_id, session_key, arguments)
                tasks.create_task(watch, name="watch")
                tasks.create_task(self.work(), name="work")
        except* SocketEnded as ended:
            code = max(each.code for each in ended.exceptions if isinstance(each, SocketEnded))
        finally:
            with suppress(Exception):  # the layer may be away; it forgets the channel by itself
                await layer.group_discard(group, channel)
        raise SocketEnded(code)

    async def _forward(self, layer: Any, channel: str, send: Send) -> None:
        while True:
            message = await layer.receive(channel)
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    await send({"type": "websocket.send", **self.encode(message)})
            except OSError:  # TimeoutError is one
                raise SocketEnded(GONE) from None

    async def _wait_for_end(self, receive: Receive) -> None:
        budget = TokenBucket(rate=1, burst=20)
        while (await receive())["type"] != "websocket.disconnect":
            # No message of a page is expected.
            if not budget.takes(monotonic()):
                raise SocketEnded(CLOSE_POLICY)
        raise SocketEnded(GONE)

    async def _watch(self, user_id: int, session_key: str, arguments: dict[str, str]) -> None:
        async with revocations.subscribed(user_id) as wait:
            while True:
                await wait(CHECK_SECONDS)
                try:
                    may_stay = await self.may_stay(session_key, arguments)
                except DatabaseError as error:  # a user who was admitted stays until it answers
                    log.warning("database_away", error=type(error).__name__)
                    continue
                if not may_stay:
                    raise SocketEnded(CLOSE_POLICY)


class NewsConsumer(MemberSocket):
    """News of all live calls of an organization."""

    open_sockets = SocketLimit(MAX_SOCKETS)
    of_one = PerUserLimit(MAX_OF_ONE)

    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """The user and the group of the organization's news."""
        org_id = arguments["org_id"]
        user_id = await on_page_thread(access.follower, session_key, org_id=org_id)
        return Admission(user_id, live_hub.news_group(org_id)) if user_id is not None else None

    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """Whether the session's user may still read the organization's calls."""
        org_id = arguments["org_id"]
        return await on_page_thread(access.follower, session_key, org_id=org_id) is not None

    def encode(self, message: dict[str, Any]) -> dict[str, Any]:
        """The ids of the calls that were written, as JSON."""
        return {"text": json.dumps({"calls": message["calls"]})}


class ListenConsumer(MemberSocket):
    """The sound of one live call."""

    open_sockets = SocketLimit(MAX_SOCKETS)
    of_one = PerUserLimit(MAX_OF_ONE)

    def __init__(self) -> None:
        self._call_id = 0
        self._wideband = ToWideband()

    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """The listener and the group of the call's audio; writes an audit entry."""
        listener = await on_page_thread(access.begin_listening, session_key, **arguments)
        if listener is None:
            return None
        self._call_id = listener.call_id
        return Admission(listener.user_id, live_hub.sound_group(listener.call_id))

    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """Whether the session's user may still listen to calls."""
        return await on_page_thread(access.may_listen, session_key, org_id=arguments["org_id"])

    def encode(self, message: dict[str, Any]) -> dict[str, Any]:
        """Both sides mixed, as wide-band PCM."""
        both = mixed(message["caller"], message["agent"])
        return {"bytes": self._wideband.push(both)}

    async def work(self) -> None:
        """Renew the request for the audio while the call lasts."""
        while await self._is_live():
            await live_hub.order(self._call_id, live_hub.LISTEN)
            await asyncio.sleep(live_hub.LISTEN_SECONDS)
        raise SocketEnded(CLOSE_GOING)

    async def _is_live(self) -> bool:
        try:
            return await on_page_thread(access.is_live, self._call_id)
        except DatabaseError:  # the call continues without it, and so does its sound
            return True
