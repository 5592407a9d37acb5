"""Sockets of the dashboard: news of live calls, and the sound of one.

    wss /live/<org_id>/                     {"calls": [ids]} whenever something was written
    wss /live/<org_id>/listen/<call_sid>/   PCM, 16 bit, 16 kHz, both sides in one

News hold no more than ids: the page reads what it shows from the server again, so a lost socket
loses nothing and a second one doubles nothing. Browsers send cookies with a socket that any site
opens, so the origin is checked first; whether somebody may still be here is asked again while
the socket is open.
"""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, ClassVar, Final

import structlog
from channels.consumer import AsyncConsumer
from channels.layers import get_channel_layer
from django.db import DatabaseError

from agents.speech.audio.wideband import ToWideband
from dashboard.live import access
from telephony.admission import revocations
from telephony.browser.access import is_same_origin, session_key_of
from telephony.calls import live_desk
from telephony.calls.mixer import mixed
from telephony.calls.socket import Receive, Send, close_socket
from telephony.process.per_user_limit import SocketsOfOne
from voicex.tallies import Tally
from voicex.threads import on_database_thread
from voicex.token_bucket import TokenBucket

log = structlog.get_logger(__name__)

CHECK_SECONDS: Final = 30.0  # how long, should the word of a lost right be lost
JOIN_SECONDS: Final = 5.0
STALL_SECONDS: Final = 10.0  # a browser that takes nothing for so long is gone
MAX_SOCKETS: Final = 500  # of each kind, in a process
MAX_OF_ONE: Final = 20  # of one person among them; further pages of theirs ask by themselves
CLOSE_GOING: Final = 1001
CLOSE_POLICY: Final = 1008
CLOSE_TRY_LATER: Final = 1013

failed: Final = Tally("live_socket_failed")


@dataclass(frozen=True, slots=True)
class Admission:
    """Whose socket it is, and the group whose messages go to it."""

    user_id: int
    group: str


class _Over(Exception):
    """Ends the socket's task group."""

    def __init__(self, code: int) -> None:
        self.code = code


class MemberSocket(AsyncConsumer):  # type: ignore[misc]  # channels has no types
    """What both sockets have in common: who may open one, and how it ends."""

    open_sockets: ClassVar[int] = 0
    of_one: ClassVar[SocketsOfOne]

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Serve the socket to its end. The broad except is the door of the dashboard's sockets."""
        await receive()  # websocket.connect
        kind = type(self)
        # No name of ours is else; and PostgreSQL raises when it is asked for a NUL.
        is_named = all(name.isprintable() for name in scope["url_route"]["kwargs"].values())
        if kind.open_sockets >= MAX_SOCKETS or not is_named or not is_same_origin(scope):
            await close_socket(send, CLOSE_POLICY)
            return
        kind.open_sockets += 1
        try:
            code = await self._serve(scope, receive, send)
        except Exception as error:  # a door: without a channel layer the page polls
            failed.note(error=type(error).__name__)
            code = CLOSE_TRY_LATER
        finally:
            kind.open_sockets -= 1
        if code:
            await close_socket(send, code)

    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """Whose messages go to the browser; None for who may not have them."""
        raise NotImplementedError

    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """Whether whoever was admitted may still be here."""
        raise NotImplementedError

    def told(self, message: dict[str, Any]) -> dict[str, Any]:
        """What goes to the browser for a message of the group: "text" or "bytes"."""
        raise NotImplementedError

    async def work(self) -> None:
        """What else there is to do while the socket is open."""

    async def _serve(self, scope: Any, receive: Receive, send: Send) -> int:
        """The code to close with; 0 when the browser has closed."""
        arguments = scope["url_route"]["kwargs"]
        session_key = session_key_of(scope)
        admission = await self.admit(session_key, arguments)
        if admission is None:
            return CLOSE_POLICY
        with self.of_one.one_more(admission.user_id) as has_room:
            if not has_room:
                return CLOSE_TRY_LATER
            return await self._follow(admission, session_key, arguments, receive, send)

    async def _follow(
        self,
        admission: Admission,
        session_key: str,
        arguments: dict[str, str],
        receive: Receive,
        send: Send,
    ) -> int:
        group = admission.group
        layer = get_channel_layer()
        async with asyncio.timeout(JOIN_SECONDS):
            channel = await layer.new_channel()
            await layer.group_add(group, channel)
        code = 0
        try:
            try:
                await send({"type": "websocket.accept"})
            except OSError:  # it has left
                return 0
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._forward(layer, channel, send), name="forward")
                tasks.create_task(self._wait_for_end(receive), name="read")
                watch = self._watch(admission.user_id, session_key, arguments)
                tasks.create_task(watch, name="watch")
                tasks.create_task(self.work(), name="work")
        except* _Over as over:
            code = max(each.code for each in over.exceptions if isinstance(each, _Over))
        finally:
            with suppress(Exception):  # the layer may be away; it forgets the channel by itself
                await layer.group_discard(group, channel)
        return code

    async def _forward(self, layer: Any, channel: str, send: Send) -> None:
        while True:
            message = await layer.receive(channel)
            try:
                async with asyncio.timeout(STALL_SECONDS):
                    await send({"type": "websocket.send", **self.told(message)})
            except OSError:  # TimeoutError is one
                raise _Over(0) from None

    async def _wait_for_end(self, receive: Receive) -> None:
        budget = TokenBucket(rate=1, burst=20)
        while (await receive())["type"] != "websocket.disconnect":
            # Nothing that a page could say is waited for.
            if not budget.takes(monotonic()):
                raise _Over(CLOSE_POLICY)
        raise _Over(0)

    async def _watch(self, user_id: int, session_key: str, arguments: dict[str, str]) -> None:
        async with revocations.heard_of(user_id) as wait:
            while True:
                await wait(CHECK_SECONDS)
                try:
                    may_stay = await self.may_stay(session_key, arguments)
                except DatabaseError as error:  # who was let in stays while nobody can be asked
                    log.warning("database_away", error=type(error).__name__)
                    continue
                if not may_stay:
                    raise _Over(CLOSE_POLICY)


class NewsConsumer(MemberSocket):
    """News of all live calls of an organization."""

    open_sockets = 0
    of_one = SocketsOfOne(MAX_OF_ONE)

    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """As in `MemberSocket`."""
        org_id = arguments["org_id"]
        user_id = await on_database_thread(access.follower, session_key, org_id=org_id)
        return Admission(user_id, live_desk.news_group(org_id)) if user_id is not None else None

    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """As in `MemberSocket`."""
        org_id = arguments["org_id"]
        return await on_database_thread(access.follower, session_key, org_id=org_id) is not None

    def told(self, message: dict[str, Any]) -> dict[str, Any]:
        """As in `MemberSocket`."""
        return {"text": json.dumps({"calls": message["calls"]})}


class ListenConsumer(MemberSocket):
    """The sound of one live call."""

    open_sockets = 0
    of_one = SocketsOfOne(MAX_OF_ONE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._call_id = 0
        self._wideband = ToWideband()

    async def admit(self, session_key: str, arguments: dict[str, str]) -> Admission | None:
        """As in `MemberSocket`."""
        listener = await on_database_thread(access.begin_listening, session_key, **arguments)
        if listener is None:
            return None
        self._call_id = listener.call_id
        return Admission(listener.user_id, live_desk.sound_group(listener.call_id))

    async def may_stay(self, session_key: str, arguments: dict[str, str]) -> bool:
        """As in `MemberSocket`."""
        return await on_database_thread(access.may_listen, session_key, org_id=arguments["org_id"])

    def told(self, message: dict[str, Any]) -> dict[str, Any]:
        """As in `MemberSocket`."""
        both = mixed(message["caller"], message["agent"])
        return {"bytes": self._wideband.push(both)}

    async def work(self) -> None:
        """Keep asking for the sound, for as long as there is a call."""
        while await self._is_live():
            await live_desk.order(self._call_id, live_desk.LISTEN)
            await asyncio.sleep(live_desk.LISTEN_SECONDS)
        raise _Over(CLOSE_GOING)

    async def _is_live(self) -> bool:
        try:
            return await on_database_thread(access.is_live, self._call_id)
        except DatabaseError:  # the call goes on without it, and so does who listens
            return True
