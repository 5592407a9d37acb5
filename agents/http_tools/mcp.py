"""Tools of MCP servers (Model Context Protocol, streamable HTTP), through the fence.

A session for each list and each run: it is opened, used and left. What a server sends besides the
answer (progress, logs, requests of its own) is passed over, and a stream is read up to the answer.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agents.http_tools import limits
from agents.http_tools.definition import Body, Definition
from agents.http_tools.filling import IDEMPOTENCY
from agents.http_tools.openapi.body import template_of
from agents.http_tools.openapi.names import clean_name, text_of
from voicex import fence
from voicex.bounds import bounded_json
from voicex.errors import EndpointRefused

VERSION: Final = "2025-06-18"  # of the protocol, that we ask for
LIST_BYTES: Final = 200_000  # of a page of a list
MOST_PAGES: Final = 5
MOST_TOOLS: Final = 60
SESSION: Final = "Mcp-Session-Id"
_ACCEPT: Final = b"application/json, text/event-stream"
_EVENTS: Final = "text/event-stream"


class McpFailed(Exception):
    """The server gave no usable answer; the text is for people and models."""


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """A tool as its server lists it. definition: how it would be stored here."""

    definition: Definition
    notes: tuple[str, ...]


class _Session:
    """One session with a server. For one task."""

    def __init__(self, asker: fence.Asker, url: str, headers: Mapping[str, bytes]) -> None:
        self._asker = asker
        self._url = url
        self._headers = {"Content-Type": b"application/json", **headers, "Accept": _ACCEPT}
        self._sent = 0

    async def open(self) -> None:
        """Say who we are. Raises McpFailed, EndpointRefused."""
        wanted = {
            "protocolVersion": VERSION,
            "capabilities": {},
            "clientInfo": {"name": "voicex", "version": "1"},
        }
        found = await self.request("initialize", wanted)
        version = text_of(found.get("protocolVersion"))[:40] or VERSION
        self._headers["MCP-Protocol-Version"] = version.encode()
        note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        await self._post(note, until=None)

    async def request(
        self, method: str, params: Mapping[str, Any], *, key: bytes = b""
    ) -> dict[str, Any]:
        """The result of a method. key: of this run. Raises McpFailed, EndpointRefused."""
        self._sent += 1
        number = self._sent
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        answer = await self._post(asked, until=number, key=key)
        if session := answer.headers.get(SESSION.lower()):
            self._headers[SESSION] = session.encode()
        found = _answer_in(answer, number)
        if found is None:
            raise McpFailed("The server's answer cannot be read.")
        if isinstance(error := found.get("error"), dict):
            said = " ".join(text_of(error.get("message")).split())
            raise McpFailed(f"The server refused it. It says: {said}")
        result = found.get("result")
        if not isinstance(result, dict):
            raise McpFailed("The server's answer cannot be read.")
        return result

    async def _post(
        self, message: Mapping[str, Any], *, until: int | None, key: bytes = b""
    ) -> fence.Response:
        answer = await self._asker.ask(
            "POST",
            self._url,
            headers=self._headers | ({IDEMPOTENCY: key} if key else {}),
            body=json.dumps(message).encode(),
            until=None if until is None else _Events(until).have_come,
        )
        if not 200 <= answer.status < 300:
            raise McpFailed(_refusal(answer.status))
        return answer


class _Events:
    """Looks in the events of a stream, as they come, for the message with the id `number`.

    Each is read once: a server may send thousands of them before the answer.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._read = 0  # bytes of whole events
        self._is_found = False

    def have_come(self, content: bytes) -> bool:
        """Whether the message is in `content`, which is what has come so far."""
        ends = (content.rfind(each, self._read) + len(each) for each in (b"\n\n", b"\r\n\r\n"))
        end = max(ends)
        if end > self._read:
            whole = content[self._read : end]
            self._is_found = self._is_found or _event_in(whole, self._number) is not None
            self._read = end
        return self._is_found


def _refusal(status: int) -> str:
    if status in (401, 403):
        return f"The server does not accept the tool's key ({status})."
    return f"The server answered {status}, which is no answer of an MCP server."


def _answer_in(answer: fence.Response, number: int) -> dict[str, Any] | None:
    """The message with the id `number`; None when there is none that can be read."""
    if answer.content_type == _EVENTS:
        return _event_in(answer.body + b"\n\n", number)  # the last may lack its end
    return _message(answer.body, number)


def _event_in(content: bytes, number: int) -> dict[str, Any] | None:
    """The message with that id among whole server-sent events."""
    whole, _, _ = content.replace(b"\r\n", b"\n").rpartition(b"\n\n")
    for event in whole.split(b"\n\n"):
        lines = [line[5:].lstrip() for line in event.split(b"\n") if line.startswith(b"data:")]
        if lines and (found := _message(b"\n".join(lines), number)):
            return found
    return None


def _message(content: bytes, number: int) -> dict[str, Any] | None:
    try:
        found = bounded_json.loads(content, max_bytes=LIST_BYTES)
    except bounded_json.UnusableJson:
        return None
    for each in found if isinstance(found, list) else [found]:  # older servers send several
        if not isinstance(each, dict) or "method" in each:
            continue  # a request of the server's own may have our number
        if each.get("id") in (number, str(number)):
            return each
    return None


async def run(
    url: str, headers: Mapping[str, bytes], name: str, arguments: Mapping[str, Any], *,
    bounds: fence.Bounds, allow_private: bool,
) -> Any:  # fmt: skip
    """What the tool `name` of the server gives: a text, or what its answer has as structure.

    Raises McpFailed, also with what the tool itself says of its failure, and EndpointRefused.
    """
    async with (
        _within(bounds.seconds),
        fence.asking(bounds=bounds, allow_private=allow_private) as asker,
    ):
        # The key is of the run alone: a server could take the opening for a repeated request.
        session = _Session(asker, url, {n: v for n, v in headers.items() if n != IDEMPOTENCY})
        await session.open()
        found = await session.request(
            "tools/call",
            {"name": name, "arguments": arguments},
            key=headers.get(IDEMPOTENCY, b""),
        )
    said = _texts(found)
    if found.get("isError") is True:
        raise McpFailed(f"The tool failed. It says: {said}")
    structured = found.get("structuredContent")
    return structured if isinstance(structured, dict) else said


async def tools_at(
    url: str, headers: Mapping[str, bytes], *, seconds: float, allow_private: bool
) -> list[Any]:
    """The tools as the server lists them, at most MOST_TOOLS. Raises McpFailed, EndpointRefused."""
    bounds = fence.Bounds(answer_bytes=LIST_BYTES, stream_bytes=LIST_BYTES, seconds=seconds)
    found: list[Any] = []
    async with (
        _within(seconds),
        fence.asking(bounds=bounds, allow_private=allow_private) as asker,
    ):
        session = _Session(asker, url, headers)
        await session.open()
        params: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = await session.request("tools/list", params)
            listed = page.get("tools")
            found += listed if isinstance(listed, list) else []
            cursor = text_of(page.get("nextCursor"))
            if not cursor or len(found) >= MOST_TOOLS:
                break
            params = {"cursor": cursor}
    return found[:MOST_TOOLS]


class _within:  # noqa: N801  # reads as a statement
    """A block that takes `seconds` at most. Raises EndpointRefused."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *raised: Any) -> None:
        try:
            await self._timeout.__aexit__(*raised)
        except TimeoutError as error:
            raise EndpointRefused("too_slow") from error


def proposal_of(
    listed: Any, *, url: str, headers: tuple[tuple[str, str], ...]
) -> RemoteTool | None:
    """A listed tool as it would be stored here; None for what is none."""
    name = text_of(listed.get("name")) if isinstance(listed, dict) else ""
    if not name or len(name) > limits.REMOTE:
        return None
    body = template_of(listed.get("inputSchema"))
    hints = listed.get("annotations")
    is_read = isinstance(hints, dict) and hints.get("readOnlyHint") is True
    definition = Definition(
        name=clean_name(name),
        description=" ".join(text_of(listed.get("description")).split())[: limits.DESCRIPTION],
        url=url,
        method="POST",
        parameters=tuple(body.parameters[: limits.PARAMETERS]),
        headers=headers,
        body_kind=Body.JSON,
        body=body.template[: limits.BODY],
        writes=not is_read,
        asks_first=not is_read,
        remote=name,
    )
    return RemoteTool(definition, tuple(body.notes))


def _texts(result: Mapping[str, Any]) -> str:
    """The texts of a tool's result; pictures and sounds are left out."""
    content = result.get("content")
    parts = content if isinstance(content, list) else [content]
    return "\n".join(filter(None, map(_text, parts)))


def _text(part: Any) -> str:
    """The text of a part of a result, also of a document that is in it."""
    if isinstance(part, dict) and part.get("type") == "resource":
        part = part.get("resource")
    elif isinstance(part, dict) and part.get("type") != "text":
        return ""
    return text_of(part.get("text") if isinstance(part, dict) else part)
