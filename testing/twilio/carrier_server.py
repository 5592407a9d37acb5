"""A tiny server for the simulated phone to call: a webhook and a media socket on loopback."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import parse_qsl

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as WebSocketRequest
from websockets.http11 import Response

from agents.speech.audio import mulaw

Handler = Callable[["Talk"], Awaitable[None]]


def tone(ms: int, *, amplitude: int = 6000) -> bytes:
    """Loud mu-law audio of `ms` milliseconds."""
    samples = amplitude * np.sin(np.arange(ms * 8) * 2 * np.pi * 440 / 8000)
    return mulaw.encode(samples.astype(np.int16))


def silence(ms: int) -> bytes:
    """Silent mu-law audio of `ms` milliseconds."""
    return bytes([mulaw.SILENCE]) * (ms * 8)


@dataclass
class Talk:
    """The server's end of one media socket; `start` is the whole start message."""

    socket: ServerConnection
    connected: dict[str, Any] = field(default_factory=dict)
    start: dict[str, Any] = field(default_factory=dict)

    @property
    def sid(self) -> str:
        """The StreamSid."""
        return str(self.start["streamSid"])

    async def hear(self) -> dict[str, Any]:
        """The phone's next message."""
        message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def hear_until(self, event: str) -> list[dict[str, Any]]:
        """All messages up to the first `event`."""
        heard = [await self.hear()]
        while heard[-1]["event"] != event:
            heard.append(await self.hear())
        return heard

    async def hear_voice(self) -> None:
        """Return at the first loud frame."""
        while not is_loud(await self.hear()):
            pass

    async def hear_silence(self, frames: int = 5) -> None:
        """Return when the caller was loud and has been quiet for `frames` frames."""
        await self.hear_voice()
        quiet = 0
        while quiet < frames:
            quiet = 0 if is_loud(await self.hear()) else quiet + 1

    async def send(self, **message: Any) -> None:
        """Send a JSON message."""
        await self.socket.send(json.dumps(message))

    async def say(self, audio: bytes, *, mark: str = "") -> None:
        """Send mu-law audio, and a mark behind it if one is named."""
        payload = base64.b64encode(audio).decode()
        await self.send(event="media", streamSid=self.sid, media={"payload": payload})
        if mark:
            await self.send(event="mark", streamSid=self.sid, mark={"name": mark})

    async def clear(self) -> None:
        """Have the phone play nothing of what it has."""
        await self.send(event="clear", streamSid=self.sid)


def is_loud(message: dict[str, Any]) -> bool:
    """Whether a message of the phone holds caller speech."""
    if message["event"] != "media":
        return False
    frame = base64.b64decode(message["media"]["payload"])
    return float(np.abs(mulaw.decode(frame).astype(float)).mean()) > 1000


@dataclass
class Request:
    """One form post."""

    target: str
    headers: dict[str, str]
    fields: dict[str, str]


class CarrierServer:
    """Answers `documents[path]` (TwiML text or an HTTP status) and runs `handler` on sockets."""

    def __init__(self, handler: Handler | None = None) -> None:
        self.handler = handler
        self.documents: dict[str, str | int] = {}
        self.seconds: dict[str, float] = {}  # that an answer takes, by path
        self.sounds: dict[str, bytes] = {}  # WAV files by path
        self.requests: list[Request] = []
        self.content_type = "text/xml"
        self.sockets: list[Talk] = []
        self.max_sockets = 1
        self.refuse_upgrade = False
        self._exits = AsyncExitStack()

    async def __aenter__(self) -> Self:
        http = await asyncio.start_server(self._serve_http, "127.0.0.1", 0)
        self._exits.push_async_callback(self._close, http)
        media = await self._exits.enter_async_context(
            serve(self._serve_media, "127.0.0.1", 0, process_request=self._admit)
        )
        self.url = f"http://127.0.0.1:{http.sockets[0].getsockname()[1]}"
        self.media_url = f"ws://127.0.0.1:{next(iter(media.sockets)).getsockname()[1]}/stream"
        self.documents["/voice"] = self.connect_twiml()
        self.documents["/after"] = "<Response><Hangup/></Response>"
        self.documents["/stream-status"] = self.documents["/status"] = ""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._exits.aclose()

    def connect_twiml(self, *, action: str = "/after", stream_url: str = "") -> str:
        """TwiML that opens the media socket with a ticket."""
        return (
            f'<Response><Connect action="{action}">'
            f'<Stream url="{stream_url or self.media_url}" statusCallback="/stream-status">'
            '<Parameter name="ticket" value="t1"/></Stream></Connect></Response>'
        )

    def posts(self, path: str) -> list[dict[str, str]]:
        """The forms that were posted to `path`."""
        return [r.fields for r in self.requests if r.target.partition("?")[0] == path]

    async def _close(self, http: asyncio.Server) -> None:
        http.close()
        await http.wait_closed()

    async def _serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        target = head[0].split(" ")[1]
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:])}
        body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        self.requests.append(Request(target, headers, fields))
        await asyncio.sleep(self.seconds.get(target.partition("?")[0], 0))
        document = self.documents.get(target.partition("?")[0], 404)
        status = document if isinstance(document, int) else 200
        text = b"" if isinstance(document, int) else document.encode()
        content_type = self.content_type
        if sound := self.sounds.get(target):
            status, text, content_type = 200, sound, "audio/wav"
        writer.write(
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
            f"content-type: {content_type}\r\n"
            f"content-length: {len(text)}\r\nconnection: close\r\n\r\n".encode()
            + text
        )
        await writer.drain()
        writer.close()

    def _admit(self, socket: ServerConnection, request: WebSocketRequest) -> Response | None:
        return socket.respond(HTTPStatus.FORBIDDEN, "no") if self.refuse_upgrade else None

    async def _serve_media(self, socket: ServerConnection) -> None:
        talk = Talk(socket)
        talk.connected = await talk.hear()
        talk.start = await talk.hear()
        if len(self.sockets) >= self.max_sockets:
            await socket.close(1008, "used ticket")
            return
        self.sockets.append(talk)
        if self.handler is not None:
            await self.handler(talk)
