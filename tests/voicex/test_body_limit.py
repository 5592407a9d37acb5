"""A stranger's request body: what is taken of it before it is known who asks."""

import asyncio
from typing import Any
from unittest.mock import ANY

import pytest
from django.conf import settings

from testing.guard import GUARD_SECONDS
from voicex.asgi import BODIES_BYTES, BODIES_BYTES_OF_ONE, application
from voicex.web.body_limit import FREE_BYTES, BodyLimit, BodyRoom
from voicex.web.request_limiter import RequestLimiter

PIECE = b"x" * 500_000


class Client:
    """Sends `pieces` of a body, then nothing any more; keeps what it is answered."""

    def __init__(self, *pieces: dict[str, Any]) -> None:
        self.pieces = list(pieces)
        self.answer: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self.pieces:
            await asyncio.Event().wait()
        return {"type": "http.request", **self.pieces.pop(0)}

    async def send(self, message: Any) -> None:
        self.answer.append(message)

    @property
    def status(self) -> int:
        (start,) = (sent for sent in self.answer if sent["type"] == "http.response.start")
        return start["status"]


def post() -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/twilio/voice",
        "raw_path": b"/api/twilio/voice",
        "query_string": b"api_key=vx_nobody",
        "headers": [(b"host", b"localhost")],
        "client": ("192.0.2.1", 50_000),
        "server": ("localhost", 80),
    }


def test_an_endless_body_is_refused_before_it_fills_the_disk():
    client = Client(*[{"body": PIECE, "more_body": True}] * 100)
    asyncio.run(asyncio.wait_for(application(post(), client.receive, client.send), GUARD_SECONDS))
    assert client.status == 413
    taken = (100 - len(client.pieces)) * len(PIECE)
    assert taken <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE + len(PIECE)


def page_for(path: str, *headers: tuple[bytes, bytes]) -> tuple[Client, str]:
    """What a body of megabytes gets there: the client, and the text of the answer."""
    client = Client(*[{"body": PIECE, "more_body": True}] * 20)
    scope = post() | {"path": path, "raw_path": path.encode()}
    scope["headers"] = [*scope["headers"], *headers]
    asyncio.run(asyncio.wait_for(application(scope, client.receive, client.send), GUARD_SECONDS))
    return client, b"".join(sent.get("body", b"") for sent in client.answer).decode()


def test_a_person_who_sends_too_much_reads_a_page_of_ours():
    client, page = page_for("/o/acorn/agents/import/", (b"accept-language", b"en"))
    assert client.status == 413
    headers = dict(client.answer[0]["headers"])
    assert headers[b"content-type"] == b"text/html; charset=utf-8"
    assert headers[b"connection"] == b"close"
    assert int(headers[b"content-length"]) == len(page.encode())
    assert "This is too large to send" in page
    assert '<html lang="en">' in page
    _, german = page_for("/o/acorn/agents/import/", (b"accept-language", b"de"))
    assert '<html lang="de">' in german


def test_a_machine_that_sends_too_much_gets_no_page():
    assert page_for("/api/twilio/voice") == (ANY, "")


async def echo(_scope: Any, receive: Any, send: Any) -> None:
    """Answers with the body that it gets; says nothing to a client that left."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def test_a_body_that_never_ends_is_not_waited_for():
    client = Client({"body": b"a", "more_body": True})
    limited = BodyLimit(echo, max_bytes=10, seconds=0)
    asyncio.run(asyncio.wait_for(limited(post(), client.receive, client.send), GUARD_SECONDS))
    assert client.status == 408


@pytest.mark.parametrize(("size", "status"), [(9, 200), (10, 200), (11, 413)])
def test_a_body_may_be_as_large_as_the_limit(size, status):
    client = Client({"body": b"a" * 5, "more_body": True}, {"body": b"a" * (size - 5)})
    asyncio.run(BodyLimit(echo, max_bytes=10)(post(), client.receive, client.send))
    assert client.status == status


def uploads(room: BodyRoom) -> BodyLimit:
    limiter = RequestLimiter(
        most=50, most_waiting=50, most_of_one=50, served_of_one=50, made_of_one=50
    )
    return BodyLimit(echo, max_bytes=10 * FREE_BYTES, limiter=limiter, room=room)


async def test_bodies_under_way_have_room_of_one_visitor_and_of_all_and_small_ones_need_none():
    """Else thousands of halves of a file would fill the memory that calls need."""
    limited = uploads(BodyRoom(most=5 * FREE_BYTES, most_of_one=3 * FREE_BYTES))
    half = {"body": b"a" * 2 * FREE_BYTES, "more_body": True}  # one FREE_BYTES of room
    under_way = []

    async def begins(*pieces: dict[str, Any], address: str) -> Client:
        client = Client(*pieces)
        scope = post() | {"client": (address, 1)}
        task = asyncio.create_task(limited(scope, client.receive, client.send))
        under_way.append(task)
        for _ in range(5):
            await asyncio.sleep(0)
        return client

    mine = [await begins(half, address="192.0.2.1") for _ in range(4)]
    assert [bool(each.answer) for each in mine] == [False] * 3 + [True]
    assert mine[-1].status == 503
    theirs = [await begins(half, address=f"192.0.2.{at}") for at in (2, 3, 4)]
    assert [bool(each.answer) for each in theirs] == [False, False, True]
    small = await begins({"body": b"a" * FREE_BYTES}, address="192.0.2.1")
    assert small.status == 200

    for task in under_way:  # their clients leave
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)
    again = await begins(half, {"body": b"a"}, address="192.0.2.1")
    assert again.status == 200


async def test_a_body_has_its_room_until_its_answer_begins_however_slowly_that_is_read():
    room = BodyRoom(most=FREE_BYTES, most_of_one=FREE_BYTES)
    limited = uploads(room)
    client = Client({"body": b"a" * 2 * FREE_BYTES})
    is_read, free = asyncio.Event(), []

    async def send(message: Any) -> None:
        free.append(room.takes("another", FREE_BYTES))
        room.give_back("another", FREE_BYTES)
        await is_read.wait()

    sending = asyncio.create_task(limited(post(), client.receive, send))
    for _ in range(5):
        await asyncio.sleep(0)
    assert free == [True]
    is_read.set()
    await sending
    assert room.takes("another", FREE_BYTES)  # and given back once
    assert not room.takes("another", 1)


def test_what_pages_promise_has_room_many_times():
    assert BODIES_BYTES_OF_ONE >= 5 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert BODIES_BYTES >= 4 * BODIES_BYTES_OF_ONE
