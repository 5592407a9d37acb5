"""Tools of MCP servers: listed and run against a server over loopback, good and bad."""

import asyncio
import json
from dataclasses import replace

import pytest

from agents.http_tools import calling, mcp
from agents.http_tools.definition import Body, Definition, Kind, Parameter
from agents.tools.base import ToolFailed
from testing.guard import GUARD_SECONDS
from testing.providers.http_server import HttpServer
from voicex.fence import Bounds, Response

SECRET = "mcp-0123456789"
FIND = Definition(
    "find_order",
    "Finds an order.",
    "https://mcp.example.com/mcp",
    method="POST",
    parameters=(Parameter("order_id"),),
    headers=(("Authorization", "Bearer {secret.key}"),),
    body_kind=Body.JSON,
    body='{"orderId": "{order_id}"}',
    writes=True,
    remote="findOrder",
)
LISTED = {
    "name": "findOrder",
    "description": "Finds an order.",
    "annotations": {"readOnlyHint": True},
    "inputSchema": {
        "type": "object",
        "properties": {
            "orderId": {"type": "string"},
            "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "lines": {"anyOf": [{"type": "array"}, {"type": "null"}]},
        },
        "required": ["orderId"],
    },
}


@pytest.fixture(autouse=True)
async def within_reason():
    async with asyncio.timeout(GUARD_SECONDS):
        yield


class Fake:
    """An MCP server. result: of tools/call; events: it answers with a stream that stays open."""

    def __init__(self, result=None, *, events=False, error=None):
        self.result = result or {"content": [{"type": "text", "text": "on its way"}]}
        self.events = events
        self.error = error
        self.asked = []

    async def __call__(self, request, answer):
        message = request.json
        self.asked.append((message["method"], request.headers))
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            await answer.send_json({"error": "who are you?"}, 401)
            return
        if "id" not in message:
            await answer.begin("application/json", 202)
            return
        if message["method"] != "initialize":
            assert request.headers["mcp-session-id"] == "s1"
            assert request.headers["mcp-protocol-version"] == "2025-03-26"
        await self._answered(message, answer)

    async def _answered(self, message, answer):
        reply = {"jsonrpc": "2.0", "id": message["id"]}
        if self.error and message["method"] == "tools/call":
            reply["error"] = self.error
        else:
            reply["result"] = self._result(message)
        if not self.events:
            await self._begin(answer, "application/json", json.dumps(reply).encode())
            return
        note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        text = f": hello\n\nevent: message\ndata: {json.dumps(note)}\n\n"
        text += f"event: message\r\ndata: {json.dumps(reply)}\r\n\r\n"
        await self._begin(answer, "text/event-stream", text.encode())
        await asyncio.Event().wait()  # the stream stays open

    async def _begin(self, answer, content_type, body):
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nMcp-Session-Id: s1\r\n"
            "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = f"{len(body):x}\r\n".encode() + body + b"\r\n"
        await answer.write_raw(head.encode() + chunk)
        if content_type != "text/event-stream":
            await answer.write_raw(b"0\r\n\r\n")
            await asyncio.Event().wait()  # until the client has closed it

    def _result(self, message):
        match message["method"]:
            case "initialize":
                return {"protocolVersion": "2025-03-26", "capabilities": {}}
            case "tools/list" if "cursor" not in message["params"]:
                return {"tools": [LISTED, None, {"name": ""}], "nextCursor": "more"}
            case "tools/list":
                return {"tools": [LISTED | {"name": "cancel"}]}
            case _:
                self.called = message["params"]
                return self.result


async def ran(fake, *, secret=SECRET, **changed):
    async with HttpServer(fake) as server:
        tool = replace(FIND, url=f"{server.origin}/mcp", **changed)
        try:
            return await calling.call(
                tool, {"order_id": "A7"}, {"key": secret}, key="CA1:1", allow_private=True
            )
        except ToolFailed as error:
            return error


@pytest.mark.parametrize("events", [False, True])
async def test_a_tool_is_run_in_a_session_of_its_own(events):
    fake = Fake(events=events)
    assert await ran(fake) == "on its way"
    assert fake.called == {"name": "findOrder", "arguments": {"orderId": "A7"}}
    methods = [method for method, _ in fake.asked]
    assert methods == ["initialize", "notifications/initialized", "tools/call"]
    keys = [headers.get("idempotency-key") for _, headers in fake.asked]
    assert keys == [None, None, "CA1:1"]


async def test_structure_can_be_picked_from():
    fake = Fake({"content": [], "structuredContent": {"order": {"state": "sent"}}})
    assert await ran(fake, pick="order.state") == "sent"
    assert "has nothing at" in str(await ran(Fake(fake.result), pick="order.gone"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"items": [{"name": "hub"}]}', "hub"),
        ('{"items": []}', "The server's answer has nothing at `items[0].name`."),
        ("No items.", "The server's answer has nothing at `items[0].name`."),
    ],
)
async def test_json_that_is_sent_as_a_text_can_be_picked_from(text, told):
    fake = Fake({"content": [{"type": "text", "text": text}]})
    assert str(await ran(fake, pick="items[0].name")) == told
    assert await ran(Fake(fake.result)) == text  # nothing is picked: as it came


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([{"type": "resource", "resource": {"uri": "doc://1", "text": "nine"}}], "nine"),
        ("nine", "nine"),
        ({"type": "text", "text": "nine"}, "nine"),
        ([None, "nine", {"type": "image", "data": "AAAA"}, {"type": "text"}], "nine"),
    ],
)
async def test_texts_are_told_in_whatever_form_they_come(content, told):
    assert await ran(Fake({"content": content})) == told


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'[{"method": "ping", "id": 9}, {"id": 2, "result": {}}]', "application/json"),
        (b'[{"method": "ping", "id": 2}, {"id": 2, "result": {}}]', "application/json"),
        (b'{"id": "2", "result": {}}', "application/json"),
        (b'{"id": 2.0, "result": {}}', "application/json"),
        (b'data: {"id": 2, "result": {}}', "text/event-stream"),
        (b'data: {"id": 2, "result": {}}\r\n', "text/event-stream"),
    ],
)
def test_an_answer_is_known_in_a_batch_by_a_text_and_without_an_end(body, kind):
    assert mcp._answer_in(Response(200, kind, body), 2)["result"] == {}


@pytest.mark.parametrize(
    ("fake", "said"),
    [
        (Fake({"isError": True, "content": [{"type": "text", "text": f"bad {SECRET}"}]}), "bad"),
        (Fake(error={"code": -32602, "message": "no such tool"}), "no such tool"),
        (Fake("text"), "cannot be read"),
    ],
)
async def test_what_goes_wrong_is_a_sentence(fake, said):
    error = await ran(fake)
    assert isinstance(error, ToolFailed)
    assert said in str(error)
    assert SECRET not in str(error)


async def test_a_key_that_is_not_accepted_is_said():
    assert "does not accept" in str(await ran(Fake(), secret="wrong-key-000"))


async def test_a_server_that_speaks_something_else_is_said():
    async def page(request, answer):
        await answer.begin("text/html")
        await answer.send(b"<html>hello</html>")

    assert "cannot be read" in str(await ran(page))


async def hangs(request, answer):
    await answer.begin("text/event-stream")
    await answer.send(b": one moment\n\n")
    await asyncio.Event().wait()


async def dawdles(request, answer):
    await asyncio.sleep(0.15)
    await Fake()(request, answer)


@pytest.mark.parametrize("server", [hangs, dawdles])
async def test_a_session_ends_in_time_however_many_requests_it_takes(monkeypatch, server):
    bounds = Bounds(answer_bytes=20_000, stream_bytes=20_000, seconds=0.3)
    monkeypatch.setattr(calling, "BOUNDS", bounds)
    error = await ran(server)
    assert str(error) == "The server did not answer in time. It may or may not have happened."


async def test_an_answer_without_an_end_is_given_up():
    async def talks(request, answer):
        await answer.begin("text/event-stream")
        for _ in range(1_000):
            await answer.send(b"data: {}\n\n" * 50)

    assert "too large" in str(await ran(talks))


@pytest.mark.parametrize("gap", [b"\n\n", b"\r\n\r\n"])
def test_events_are_found_wherever_they_are_cut(gap):
    note = b'data: {"jsonrpc":"2.0","method":"x"}'
    answer = b'event: message\ndata: {"jsonrpc":"2.0","id":3,"result":{}}'
    content = gap.join([note, b": comment", answer, b""])
    for step in (1, 7, len(content)):
        events, came = mcp._Events(3), 0
        while not events.have_come(content[:came]):
            assert came < len(content)
            came = min(len(content), came + step)
        assert came > len(content) - step


async def test_a_redirect_is_not_followed():
    async def sends_elsewhere(request, answer):
        await answer.redirect("http://127.0.0.1:1/", status=307)

    assert "answered 307" in str(await ran(sends_elsewhere))


async def test_tools_are_listed_page_by_page_and_become_definitions():
    headers = {"Authorization": f"Bearer {SECRET}".encode()}
    async with HttpServer(Fake()) as server:
        url = f"{server.origin}/mcp"
        listed = await mcp.tools_at(url, headers, seconds=5.0, allow_private=True)
    found = [mcp.proposal_of(each, url=FIND.url, headers=FIND.headers) for each in listed]
    first, *others, last = found
    assert others == [None, None]
    assert (first.definition.name, first.definition.remote) == ("find_order", "findOrder")
    assert (first.definition.writes, first.definition.asks_first) == (False, False)
    assert [(each.name, each.kind) for each in first.definition.parameters] == [
        ("order_id", Kind.TEXT), ("count", Kind.NUMBER),
    ]  # fmt: skip
    assert json.loads(first.definition.body) == {"orderId": "{order_id}", "count": "{count}"}
    assert len(first.notes) == 1
    assert last.definition.name == "cancel"
