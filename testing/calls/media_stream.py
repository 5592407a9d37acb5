"""Twilio's end of a media socket, in process: sent and received messages."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from testing.guard import GUARD_SECONDS
from testing.phone_number import ACCOUNT_SID, CALL_SID

STREAM_SID = "MZ" + "3d" * 16


class Stream:
    """`receive` and `send` are for the application; everything else is for the test."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []  # the application's ASGI messages
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_closed = False  # as uvicorn after it closed for a missing pong: RuntimeError
        self.is_broken = False  # as uvicorn after the line broke: sending raises OSError
        self.call_id = 1  # of the ticket that it brings
        self._changed = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()
        self._sequence = 1

    # --- the application's side ------------------------------------------------------------

    async def receive(self) -> dict[str, Any]:
        """The next ASGI message; waits for one."""
        return await self.inbox.get()

    async def send(self, message: dict[str, Any]) -> None:
        """Take an ASGI message; waits while the stream is stalled."""
        self.take(message)
        await self._flows.wait()

    def take(self, message: dict[str, Any]) -> None:
        """Take a message at once. Raises OSError when broken, RuntimeError when closed twice."""
        self._changed.set()
        if self.is_broken:
            raise OSError
        if self.is_closed and message["type"] == "websocket.close":
            raise RuntimeError
        self.sent.append(message)

    # --- what Twilio sends -----------------------------------------------------------------

    def sends(self, message: dict[str, Any]) -> None:
        """Send any JSON message."""
        self.sends_text(json.dumps(message))

    def sends_text(self, text: str) -> None:
        """Send any text message."""
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    def sends_bytes(self, data: bytes) -> None:
        """Send any binary message; Twilio never does."""
        self.inbox.put_nowait({"type": "websocket.receive", "bytes": data})

    def connects(self) -> None:
        """Open the socket and send the connected message."""
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.sends({"event": "connected", "protocol": "Call", "version": "1.0.0"})

    def starts(self, ticket: str | None, *, media_format: object = None, **changed: str) -> None:
        """Send the start message, with a ticket in its parameters if one is given."""
        call_id = (ticket or "").partition(".")[0]
        if call_id.isascii() and call_id.isdecimal() and len(call_id) < 20:
            self.call_id = int(call_id)
        self.sends(start(ticket, media_format=media_format, **changed))

    def sends_event(self, event: str, **fields: Any) -> None:
        """Send a message of the running stream, with the next sequence number."""
        self._sequence += 1
        numbered = {"sequenceNumber": str(self._sequence), "streamSid": STREAM_SID}
        self.sends({"event": event, **numbered, **fields})

    def speaks(self, audio: bytes) -> None:
        """Send one media message of mu-law audio."""
        payload = b64encode(audio).decode()
        self.sends_event("media", media={"track": "inbound", "payload": payload})

    def stops(self) -> None:
        """Send the stop message: the caller has hung up."""
        self.sends_event("stop", stop={"accountSid": ACCOUNT_SID, "callSid": CALL_SID})

    def disconnects(self) -> None:
        """Break the socket without a closing handshake."""
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def returns_marks(self) -> None:
        """Return every mark: everything was played."""
        for message in self.heard("mark"):
            self.sends_event("mark", mark=message["mark"])

    def stalls(self) -> None:
        """Block the next message that the application sends."""
        self._flows.clear()

    def closes_by_itself(self) -> None:
        """Close the socket below the application, so that closing it again fails."""
        self.is_closed = True

    def flows(self) -> None:
        """Unblock the messages after `stalls`."""
        self._flows.set()

    # --- what Twilio gets ------------------------------------------------------------------

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The Media Streams messages so far."""
        return [json.loads(sent["text"]) for sent in self.sent if sent["type"] == "websocket.send"]

    def heard(self, event: str) -> list[dict[str, Any]]:
        """The messages of one kind so far."""
        return [message for message in self.messages if message["event"] == event]

    @property
    def audio(self) -> bytes:
        """All audio so far (mu-law)."""
        return b"".join(b64decode(message["media"]["payload"]) for message in self.heard("media"))

    @property
    def close_codes(self) -> list[int]:
        """The codes with which the application closed the socket."""
        return [sent["code"] for sent in self.sent if sent["type"] == "websocket.close"]

    async def until(self, has_come: Callable[[], bool]) -> None:
        """Wait for messages until `has_come()`."""
        async with asyncio.timeout(GUARD_SECONDS):
            while not has_come():
                self._changed.clear()
                await self._changed.wait()


def start(ticket: str | None, *, media_format: object = None, **changed: str) -> dict[str, Any]:
    """A start message; without a ticket its parameters have none."""
    sids = {"streamSid": STREAM_SID, "accountSid": ACCOUNT_SID, "callSid": CALL_SID} | changed
    return {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": sids["streamSid"],
        "start": {
            **sids,
            "tracks": ["inbound"],
            "customParameters": {} if ticket is None else {"ticket": ticket},
            "mediaFormat": media_format
            or {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        },
    }


class FastLane:
    """Our server's fast path (`voicex.web.fast_websocket`), between an application and a stream."""

    is_writable = True

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def deliver(
        self, on_message: Callable[[Any], None], _on_writable: Callable[[], None]
    ) -> None:
        """Deliver each message until the stream disconnects."""
        while (event := await self._stream.receive())["type"] != "websocket.disconnect":
            on_message(event["text"])

    def write(self, message: Any) -> None:
        """Send a message at once."""
        self._stream.take({"type": "websocket.send", "text": message})
