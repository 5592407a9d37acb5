"""Whatever is said over a socket: it is passed over or ends that socket, and nothing else."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from agents.versions.publishing import publish
from dashboard.live import consumer as live_consumer
from dashboard.live.consumer import ListenConsumer, NewsConsumer
from dashboard.live.tests import test_live_consumer
from telephony.browser import stream as browserstream
from telephony.browser.consumer import BrowserConsumer
from telephony.browser.tests import test_browser_consumer
from telephony.process.capacity import capacity
from telephony.webhooks import consumers
from testing.calls.harness import CallHarness, running_call
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, serving, stream_path
from testing.engines import settle
from testing.guard import GUARD_SECONDS
from testing.office import Office
from testing.phone_number import PhoneNumber, line_of
from tests.security import frames
from tests.security.garbage import Garbage, as_sent
from tests.voicex.test_fast_websocket import Direct, closed_by, served

pytestmark = pytest.mark.slow  # sends thousands of messages drawn by chance

# Codes with which we end a socket: 1000 in order, 1001 the call is over, 1003 bytes, 1008 refused,
# 1013 no room; 1002, 1007 and 1009 are the server's, for frames against the protocol.
OURS = {1000, 1001, 1003, 1008, 1013}
OF_THE_SERVER = {1000, 1002, 1005, 1007, 1009}
UNEXPECTED = {"call_crashed", "live_socket_failed"}
MESSAGES = 25  # of one socket
SOCKETS = 12  # of one kind


@pytest.fixture
def drawn(request, record_property):
    """A source of garbage for each of so many sockets."""
    seed, amount = request.config.option.fuzz_seed, request.config.option.fuzz_amount
    many = round(SOCKETS * amount)
    record_property(
        "security", f"{request.node.name}: {many} sockets, {MESSAGES} messages each, seed {seed}"
    )
    return [Garbage(f"{seed} {request.node.name} {each}") for each in range(many)]


@pytest.fixture(autouse=True)
def nothing_unexpected(caplog, request) -> Iterator[None]:
    """No trace and no error is logged, by us or by a library."""
    with capture_logs() as events:
        yield
    seed = f"--fuzz-seed={request.config.option.fuzz_seed}"
    for event in events:
        told = event["event"] in UNEXPECTED or event.get("exc_info") or "exception" in event
        assert not told, (seed, event)
    records = [each for each in caplog.records if each.levelno >= logging.ERROR or each.exc_info]
    assert not records, (seed, [each.getMessage() for each in records])


async def hears(call: CallHarness) -> None:
    """The other caller is heard and answered."""
    audio = len(call.stream.audio)
    await call.caller_speaks()
    await call.caller_is_silent()
    await call.stream.until(lambda: len(call.stream.audio) > audio)


async def talks(stream: Stream, garbage: Garbage, good: tuple[frames.Message, ...]) -> None:
    """So many messages, and the end; some continue after it."""
    for _ in range(MESSAGES):
        stream.inbox.put_nowait(frames.message(garbage, good))
        if garbage.happens(0.3):
            await settle()
    if garbage.happens(0.3):
        stream.disconnects()
        stream.inbox.put_nowait(frames.message(garbage, good))
    stream.disconnects()


@pytest.mark.parametrize("kind", ["twilio", "browser", "typed"])
async def test_a_call_survives_any_message_and_the_others_continue(kind, drawn):
    async with running_call() as (other, _):
        await other.greeted()
        for garbage in drawn:
            good, parts = frames.TWILIO, {}
            if kind != "twilio":
                transport = browserstream.BrowserTransport(has_audio=kind == "browser")
                good, parts = frames.BROWSER, {"transport": transport}
            async with running_call(**parts) as (call, task):
                await settle()
                await talks(call.stream, garbage, good)
            assert task.exception() is None
            assert set(call.stream.close_codes) <= OURS
            [end] = call.records.of("finalize")
            assert end["reason"] != "internal_error"
            call.records.check_complete(end["reason"])
        await hears(other)
        other.stream.stops()
    other.records.check_complete("stop")


async def finished(*tasks: "asyncio.Task[Any]") -> None:
    async with asyncio.timeout(GUARD_SECONDS):
        await asyncio.gather(*tasks)


@pytest.mark.django_db(transaction=True)
def test_a_media_socket_that_never_starts_well_takes_no_room(cast, shared, drawn):
    line = line_of(cast.acorn)
    call = line.answered()

    async def whole() -> None:
        for garbage in drawn:
            stream = Stream()
            path = stream_path(garbage.chance.choice((call.pk, 81, 2**70)))
            if garbage.happens(0.3):
                path = garbage.damaged(path)
            task = serving(stream, path=path)
            await talks(stream, garbage, frames.TWILIO)
            await finished(task)
            assert set(stream.close_codes) <= OURS, path
        await all_written(shared)

    asyncio.run(whole())
    assert (capacity.count, len(consumers.waiting)) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_browsers_socket_that_never_starts_well_takes_no_room(cast, shared, drawn):
    line: PhoneNumber = line_of(cast.acorn)
    publish(line.agent, settings={"engines": test_browser_consumer.AT_ONCE})
    browser = test_browser_consumer.Browser(line, cast.bob)

    async def whole() -> None:
        for garbage in drawn:
            browser.sent, browser.inbox = [], asyncio.Queue()
            if garbage.happens(0.3):
                browser.headers["origin"] = as_sent(garbage.text()[:300]).decode("latin-1")
            else:
                browser.headers["origin"] = "http://localhost:8000"
            task = browser.serving()
            await talks(browser, garbage, frames.BROWSER)
            await finished(task)
            assert set(browser.close_codes) <= OURS
        await all_written(shared)

    asyncio.run(whole())
    assert (capacity.count, BrowserConsumer.waiting.count) == (0, 0)


def _strange(page: test_live_consumer.Page, garbage: Garbage) -> test_live_consumer.Page:
    """Some with another address, or another log-in."""
    if garbage.happens(0.4):
        name = garbage.chance.choice(sorted(page.arguments))
        page.arguments[name] = garbage.text()[:500]
    if garbage.happens(0.3):
        page.headers["cookie"] = as_sent(f"sessionid={garbage.damaged('a' * 32)}").decode("latin-1")
    return page


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("consumer", [NewsConsumer, ListenConsumer])
def test_a_page_that_talks_is_passed_over_or_closed(cast, drawn, consumer):
    office = Office(cast.acorn)
    call = office.rings(test_live_consumer.CALL_SID)
    sid = call.call_sid if consumer is ListenConsumer else ""
    pages = [
        _strange(test_live_consumer.Page(cast.alice, office, consumer=consumer, call_sid=sid), each)
        for each in drawn
    ]

    async def whole() -> None:
        for page, garbage in zip(pages, drawn, strict=True):
            task = page.serving()
            await talks(page, garbage, frames.TWILIO)
            await finished(task)
            assert set(page.close_codes) <= OURS

    asyncio.run(whole())
    assert consumer.open_sockets.count == 0


def test_names_in_an_address_that_no_database_takes_are_refused_without_asking(cast, monkeypatch):
    """PostgreSQL raises for a NUL; the boundary would log it, and the page would come again."""

    async def asked(*_: Any) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(NewsConsumer, "admit", asked)
    page = test_live_consumer.Page(None, Office(cast.acorn))
    page.arguments["org_id"] = "a\0b"

    async def whole() -> None:
        await finished(page.serving())

    asyncio.run(whole())
    assert page.close_codes == [live_consumer.CLOSE_POLICY]


async def test_frames_of_any_kind_end_their_own_socket_alone(drawn):
    async def each_its_own(scope: Any, receive: Any, send: Any) -> None:
        await Direct()(scope, receive, send)

    async with served(each_its_own) as (url, _), connect(url, compression=None) as other:
        await other.send("before")
        assert await other.recv() == "before"
        for garbage in drawn:
            async with connect(url, compression=None, ping_interval=None) as client:
                client.transport.write(frames.bytes_of_frames(garbage))
                await settle()
                client.transport.write_eof()
                assert await closed_by(client) in {*OF_THE_SERVER, 1006}
        await other.send("after")
        assert await other.recv() == "after"
