"""How many requests for pages are served at once, how many wait, and how many are one address's."""

import asyncio

import pytest

from testing.guard import GUARD_SECONDS
from voicex import request_room
from voicex.body_limit import BodyLimit
from voicex.request_room import RequestRoom


def scope(address: str = "203.0.113.7", **headers: str) -> dict:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"client": (address, 4711), "headers": named}


def addresses(count: int) -> list[dict]:
    return [scope(f"198.51.100.{each}") for each in range(count)]


async def test_as_many_are_served_as_there_are_places_and_the_next_waits_for_one():
    room = RequestRoom(most=2, most_waiting=1, most_of_one=9)
    one, two, three = addresses(3)
    assert await room.enter(one)
    assert await room.enter(two)
    waits = asyncio.create_task(room.enter(three))
    await asyncio.sleep(0)
    assert not waits.done()
    room.leave(one)
    async with asyncio.timeout(GUARD_SECONDS):
        assert await waits


async def test_who_comes_when_too_many_wait_is_refused_at_once():
    room = RequestRoom(most=1, most_waiting=1, most_of_one=9)
    one, two, three = addresses(3)
    assert await room.enter(one)
    waits = asyncio.create_task(room.enter(two))
    await asyncio.sleep(0)
    assert not await room.enter(three)
    room.leave(one)
    assert await waits
    room.leave(two)
    assert await room.enter(three)


async def test_one_address_leaves_room_for_the_others():
    room = RequestRoom(most=4, most_waiting=4, most_of_one=2)
    flood = scope()
    assert [await room.enter(flood) for _ in range(3)] == [True, True, False]
    assert await room.enter(scope("198.51.100.1"))
    room.leave(flood)
    assert await room.enter(flood)


async def test_behind_a_proxy_the_address_is_the_one_that_it_names():
    room = RequestRoom(most=4, most_waiting=0, most_of_one=1, address_header=b"x-real-ip")
    assert await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.1"))
    assert not await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.1"))
    assert await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.2"))


async def test_who_waits_too_long_is_refused_and_keeps_no_place(monkeypatch):
    monkeypatch.setattr(request_room, "WAIT_SECONDS", 0.0)
    room = RequestRoom(most=1, most_waiting=1, most_of_one=9)
    one, two = addresses(2)
    assert await room.enter(one)
    assert not await room.enter(two)
    room.leave(one)
    assert await room.enter(two)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_page_gives_its_place_back_when_it_was_answered_or_failed(fails):
    room = RequestRoom(most=1, most_waiting=0, most_of_one=1)
    sent = []

    async def page(_scope, receive, send):
        if (await receive())["type"] == "http.request":
            if fails:
                raise ZeroDivisionError
            await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message.get("status"))

    served = BodyLimit(page, max_bytes=9, room=room)
    for _ in range(2):
        try:
            await served(scope(), receive, send)
        except ZeroDivisionError:
            assert fails
    assert sent == ([] if fails else [200, 200])
    assert await room.enter(scope())
    await served(scope(), receive, send)
    assert sent[-2:] == [503, None]
