"""How many requests for pages are served at once, how many wait, and how many are one address's."""

import asyncio
from functools import partial

import pytest

from testing.conversations.virtual_loop import on_virtual_clock
from testing.guard import GUARD_SECONDS
from voicex.web import request_limiter
from voicex.web.body_limit import BodyLimit
from voicex.web.request_limiter import ABORT, RequestLimiter


def scope(address: str = "203.0.113.7", method: str = "GET", **headers: str) -> dict:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return {"client": (address, 4711), "headers": named, "method": method}


def addresses(count: int) -> list[dict]:
    return [scope(f"198.51.100.{each}") for each in range(count)]


def room_of(**limits: object) -> RequestLimiter:
    """A room in which only what is given limits anything."""
    unlimited = ("most", "most_waiting", "most_of_one", "served_of_one", "made_of_one")
    return RequestLimiter(**dict.fromkeys(unlimited, 9) | limits)


async def waits(task: asyncio.Task) -> bool:
    """Whether `task` still waits once all that can happen has happened."""
    for _ in range(5):
        await asyncio.sleep(0)
    return not task.done()


async def test_as_many_are_served_as_there_are_places_and_the_next_waits_for_one():
    room = room_of(most=2, most_waiting=1)
    one, two, three = addresses(3)
    first = await room.enter(one)
    assert await room.enter(two)
    third = asyncio.create_task(room.enter(three))
    assert await waits(third)
    first.leave()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await third


async def test_who_comes_when_too_many_wait_is_refused_at_once():
    room = room_of(most=1, most_waiting=1)
    one, two, three = addresses(3)
    first = await room.enter(one)
    second = asyncio.create_task(room.enter(two))
    assert await waits(second)
    assert await room.enter(three) is None
    first.leave()
    (await second).leave()
    assert await room.enter(three)


async def test_one_address_leaves_room_for_the_others():
    room = room_of(most=4, most_waiting=4, most_of_one=2)
    flood = scope()
    places = [await room.enter(flood) for _ in range(3)]
    assert places[2] is None
    assert await room.enter(scope("198.51.100.1"))
    places[0].leave()
    assert await room.enter(flood)


async def test_of_one_visitor_few_answers_are_made_at_once_and_others_pass():
    room = room_of(made_of_one=1)
    first = await room.enter(scope())
    second = asyncio.create_task(room.enter(scope()))
    assert await waits(second)
    assert await room.enter(scope("198.51.100.1"))
    first.begin_answer()
    first.begin_answer()  # each part of an answer is sent by itself
    place = await second
    third = asyncio.create_task(room.enter(scope()))
    assert await waits(third)
    first.leave()  # its second place was given back already
    assert await waits(third)
    place.leave()
    assert await third


async def test_answers_that_one_visitor_reads_slowly_leave_places_to_others():
    room = room_of(most=2, served_of_one=1)
    slow = await room.enter(scope())
    slow.begin_answer()
    next_one = asyncio.create_task(room.enter(scope()))
    assert await waits(next_one)
    assert await room.enter(scope("198.51.100.1"))
    slow.leave()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await next_one


async def test_what_is_read_slowly_makes_room_when_others_wait_first_of_who_has_most(monkeypatch):
    """Else two visitors keep all places by reading eight files each, a byte now and then."""
    monkeypatch.setattr(request_limiter, "SENT_SECONDS", 0.0)
    monkeypatch.setattr(request_limiter, "PATIENT_SECONDS", 0.0)
    room = room_of(most=4)
    aborted: list[str] = []
    places = {}
    for name, address in (("old", 1), ("one", 2), ("two", 2), ("made", 2)):
        asked = scope(f"198.51.100.{address}") | {ABORT: partial(aborted.append, name)}
        places[name] = await room.enter(asked)
        if name != "made":  # of which nothing was sent yet
            places[name].begin_answer()
    waiting = [asyncio.create_task(room.enter(scope())) for _ in range(4)]
    assert await waits(waiting[0])
    assert aborted == ["one", "two", "old"]
    places["one"].leave()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await waiting[0]
    for task in waiting[1:]:
        task.cancel()


async def test_a_place_that_is_free_soon_ends_no_slow_answer(monkeypatch):
    monkeypatch.setattr(request_limiter, "SENT_SECONDS", 0.0)
    room, aborted = room_of(most=2), []
    slow = await room.enter(scope() | {ABORT: partial(aborted.append, 1)})
    slow.begin_answer()
    quick = await room.enter(scope("198.51.100.1"))
    third = asyncio.create_task(room.enter(scope("198.51.100.2")))
    assert await waits(third)
    quick.leave()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await third
    assert not aborted


async def test_more_slow_answers_end_until_who_waits_has_a_place_and_none_after(monkeypatch):
    for name in ("SENT_SECONDS", "PATIENT_SECONDS", "AGAIN_SECONDS"):
        monkeypatch.setattr(request_limiter, name, 0.0)
    room, aborted, places = room_of(most=3), asyncio.Queue(), []
    for number in range(3):
        asked = scope(f"198.51.100.{number}") | {ABORT: partial(aborted.put_nowait, number)}
        places.append(await room.enter(asked))
        places[-1].begin_answer()
    waiting = asyncio.create_task(room.enter(scope()))
    async with asyncio.timeout(GUARD_SECONDS):
        assert await aborted.get() == 0  # of which a thread is still at work
        places[await aborted.get()].leave()
        assert await waiting
    asked = aborted.qsize()
    for _ in range(5):
        await asyncio.sleep(0)
    assert aborted.qsize() == asked


async def test_what_is_read_slowly_is_sent_to_its_end_where_nobody_waits(monkeypatch):
    monkeypatch.setattr(request_limiter, "PATIENT_SECONDS", 0.0)
    room, aborted = room_of(most=2), []
    for address in (1, 2):
        place = await room.enter(
            scope(f"198.51.100.{address}") | {ABORT: partial(aborted.append, 1)}
        )
        place.begin_answer()
    third = asyncio.create_task(room.enter(scope()))
    assert await waits(third)  # they have not been sent for long
    third.cancel()
    assert not aborted


@pytest.mark.parametrize("held_up_by", [{"most": 1}, {"made_of_one": 1}, {"served_of_one": 1}])
async def test_a_request_that_is_given_up_while_it_waits_keeps_no_place(held_up_by):
    room = room_of(most_of_one=2, **held_up_by)
    first = await room.enter(scope())
    given_up = asyncio.create_task(room.enter(scope()))
    assert await waits(given_up)
    given_up.cancel()
    await asyncio.wait([given_up])
    following = asyncio.create_task(room.enter(scope()))
    assert await waits(following)
    first.leave()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await following
    assert given_up.cancelled()


async def test_behind_a_tunnel_a_visitor_is_a_session_and_who_has_none_waits_for_no_other():
    room = room_of(made_of_one=1, session_cookie="sessionid")
    mine, other = (scope("127.0.0.1", cookie=f"a=b; sessionid={each}") for each in ("me", "you"))
    assert await room.enter(mine)
    assert await waits(asyncio.create_task(room.enter(mine)))
    assert await room.enter(other)
    assert [bool(await room.enter(scope("127.0.0.1"))) for _ in range(3)] == [True] * 3


@pytest.mark.parametrize(
    "cookie",
    [
        "a b[]; sessionid=me",  # Django passes over what is no cookie
        "sessionid=other; sessionid=me",
        "a=" + "b" * 9_000 + "; sessionid=me",
        'sessionid="\\155e"',
    ],
)
async def test_a_session_is_the_one_that_django_reads(cookie):
    room = room_of(made_of_one=1, session_cookie="sessionid")
    assert await room.enter(scope("127.0.0.1", cookie="sessionid=me"))
    assert await waits(asyncio.create_task(room.enter(scope("127.0.0.1", cookie=cookie))))


@pytest.mark.parametrize("cookie", ["\xff", "sessionid", 'sessionid="', ";" * 9_000, "a=b"])
async def test_a_cookie_that_is_none_makes_no_visitor(cookie):
    room = room_of(made_of_one=1, session_cookie="sessionid")
    sent = {"client": ("127.0.0.1", 1), "headers": [(b"cookie", cookie.encode("latin-1"))]}
    assert await room.enter(sent)
    assert await room.enter(sent)


async def test_behind_a_proxy_the_address_is_the_one_that_it_names():
    room = room_of(most_of_one=1, address_header=b"x-real-ip")
    assert await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.1"))
    assert await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.1")) is None
    assert await room.enter(scope("10.0.0.1", x_real_ip="198.51.100.2"))


@pytest.mark.parametrize("limits", [{"most": 1}, {"made_of_one": 1}])
async def test_who_waits_too_long_is_refused_and_keeps_no_place(monkeypatch, limits):
    monkeypatch.setattr(request_limiter, "WAIT_SECONDS", 0.0)
    room = room_of(**limits)
    first = await room.enter(scope())
    assert await room.enter(scope()) is None
    first.leave()
    assert await room.enter(scope())
    assert len(room._visitors) == 1


@pytest.mark.parametrize("fails", [False, True])
async def test_a_page_gives_its_place_back_when_it_was_answered_or_failed(fails):
    room = room_of(most=1, most_waiting=0, most_of_one=1, made_of_one=1)
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

    served = BodyLimit(page, max_bytes=9, limiter=room)
    for _ in range(2):
        try:
            await served(scope(), receive, send)
        except ZeroDivisionError:
            assert fails
    assert sent == ([] if fails else [200, 200])
    assert await room.enter(scope())
    await served(scope(), receive, send)
    assert sent[-2:] == [503, None]


@pytest.fixture
def few_forms(monkeypatch) -> None:
    monkeypatch.setattr(request_limiter, "FORMS_AT_ONCE", 2)
    monkeypatch.setattr(request_limiter, "FORMS_PER_SECOND", 2.0)


@on_virtual_clock
async def test_forms_beyond_those_that_a_person_sends_wait_and_reading_does_not(few_forms):
    room = room_of()
    form = scope(method="POST")
    for _ in range(2):
        (await room.enter(form)).leave()
    third = asyncio.create_task(room.enter(form))
    assert await waits(third)
    assert await room.enter(scope())
    assert await room.enter(scope("198.51.100.1", method="POST"))
    assert not third.done()
    async with asyncio.timeout(GUARD_SECONDS):
        assert await third


@on_virtual_clock
async def test_a_form_that_would_wait_too_long_is_refused_and_costs_no_later_one(
    few_forms, monkeypatch
):
    monkeypatch.setattr(request_limiter, "WAIT_SECONDS", 0.75)
    room = room_of(most=99, most_waiting=99, most_of_one=99, served_of_one=99, made_of_one=99)
    form = scope(method="POST")
    places = await asyncio.gather(*(room.enter(form) for _ in range(50)))
    assert 2 <= sum(place is not None for place in places) <= 4
    for place in filter(None, places):
        place.leave()
    await asyncio.sleep(1.5)
    assert await room.enter(form)


async def test_only_so_many_visitors_are_remembered(few_forms, monkeypatch):
    monkeypatch.setattr(request_limiter, "MAX_KNOWN", 3)
    room = room_of()
    for each in range(9):
        place = await room.enter(scope(f"198.51.100.{each}", method="POST"))
        place.leave()
    assert len(room._forms) == 3
