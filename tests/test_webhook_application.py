"""Webhooks past Django's middleware: the same answers, for a fraction of the work."""

import asyncio
import sys
import threading
from collections.abc import Iterator, Mapping
from types import FrameType, MappingProxyType
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.engines.base import EngineSetup
from telephony.admission import webhook_keys
from telephony.admission.own_signatures import signature, unsigned
from telephony.process.known_keys import known_keys
from telephony.process.runtime import Runtime
from telephony.webhooks import asgi
from telephony.webhooks.asgi import WebhookApplication
from telephony.webhooks.callback_urls import (
    Callback,
    CalledBack,
    callback_url,
    make_callback_token,
    read_callback_token,
    status_callback_url,
)
from telephony.webhooks.senders import UNKNOWN, Sender, sender_of
from testing.calls.served import media_process, state
from testing.cast import Cast
from testing.phone_number import PhoneNumber, line_of, post_form
from usage.models import Call
from voicex.asgi import serve_http

# Statements of the voice webhook of a new call, BEGIN and COMMIT included; four of them are the
# attempt log's, which a process that takes calls leaves to a thread.
MAX_STATEMENTS = 12
# Python functions entered for the same: 2,600 today; Django enters several hundred where it makes
# the SQL of a query (`voicex.database.prepared`).
MAX_PYTHON_CALLS = 2_800


@pytest.fixture
def line(cast: Cast) -> PhoneNumber:
    return line_of(cast.acorn)


@pytest.fixture
def process(settings, tmp_path) -> Iterator[Runtime]:
    settings.VAR_DIR = tmp_path
    with media_process() as shared:
        yield shared


async def post(
    url: str,
    fields: dict[str, str],
    *,
    host: str = "localhost",
    address: str = "192.0.2.1",
    state: dict[str, Any] | None = None,
    signed: str = "",
) -> dict[str, Any]:
    """What the ASGI application answers: status, headers, body.

    state: of the connection. signed: Twilio's signature.
    """
    path, _, query = url.partition("?")
    body = urlencode(fields).encode()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", host.encode()),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", str(len(body)).encode()),
            *([(b"x-twilio-signature", signed.encode())] if signed else []),
        ],
        "client": (address, 50_000),
        "server": ("localhost", 80),
        "state": state or {},
    }
    half = len(body) // 2
    pieces = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:]},
    ]
    answer: dict[str, Any] = {"scope": scope}

    async def receive() -> dict[str, Any]:
        return pieces.pop(0) if pieces else await asyncio.Event().wait()

    async def send(message: dict[str, Any]) -> None:
        answer.update(message)

    await serve_http(scope, receive, send)
    return answer


@pytest.mark.django_db(transaction=True)
def test_a_call_is_answered_through_the_socket(line: PhoneNumber):
    answer = asyncio.run(post(line.url(), line.form()))
    assert answer["status"] == 200
    assert b"<Stream" in answer["body"]
    assert (b"Cache-Control", b"no-store") in answer["headers"]
    assert line.key_text.encode() not in answer["scope"]["query_string"]


@pytest.mark.django_db(transaction=True)
def test_a_webhook_is_handed_the_process_that_serves_it(line: PhoneNumber, process, monkeypatch):
    expected: list[EngineSetup] = []
    monkeypatch.setattr(process, "expect", expected.append)
    asyncio.run(post(line.url(), line.form(), state=state()))
    assert [setup.org_id for setup in expected] == [line.org.public_id]


@pytest.mark.django_db(transaction=True)
def test_a_callback_is_an_order_to_the_process_that_serves_it(
    line: PhoneNumber, process, monkeypatch
):
    call = line.answered()
    Call.objects.filter(pk=call.pk).update(state=Call.State.LIVE, heartbeat_at=timezone.now())
    ordered: list[tuple[int, str]] = []
    monkeypatch.setattr(process, "end_call", lambda *order: ordered.append(order))
    token = make_callback_token(Callback.STREAM_STATUS, call)
    fields = {**line.form(), "StreamEvent": "stream-stopped"}
    asyncio.run(post(f"/api/twilio/stream-status/{token}", fields, state=state()))
    assert ordered == [(call.pk, "stream_stopped")]


@pytest.mark.parametrize("path", ["voice", "status", "after/1.x", "nowhere", "voice?api_key=vx_1"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_gets_no_answer_is_told_the_same_as_through_all_of_django(
    db, path, method, line: PhoneNumber
):
    pages = Client(raise_request_exception=False)
    long, short = (
        client.generic(method, f"/api/twilio/{path}", "", "application/x-www-form-urlencoded")
        for client in (pages, line.client)
    )
    assert short.status_code == long.status_code
    assert short.content == long.content
    assert short.headers.items() <= long.headers.items()


def test_a_request_for_another_host_is_refused(line: PhoneNumber):
    assert line.rings(headers={"Host": "elsewhere.example"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_fault_shows_and_logs_no_key(line: PhoneNumber, monkeypatch, caplog):
    def broken(_text: str) -> None:
        raise RuntimeError(line.key_text)

    monkeypatch.setattr(webhook_keys, "known_key", broken)
    answer = asyncio.run(post(line.url(), line.form()))
    assert answer["status"] == 500
    assert line.key_text.encode() not in answer["body"]
    assert "carrier_webhook_failed" in caplog.text
    assert line.key_text not in caplog.text


def test_every_middleware_of_the_short_way_is_one_of_the_sites():
    positions = [django_settings.MIDDLEWARE.index(path) for path in asgi.MIDDLEWARE]
    assert positions == sorted(positions)


def test_a_request_takes_one_thread_and_no_more(monkeypatch):
    served_by = []

    def serve(self: WebhookApplication, scope: Any, body: bytes) -> asgi.AsgiResponse:
        served_by.append(threading.current_thread().name)
        return asgi.AsgiResponse(204, [], b"")

    monkeypatch.setattr(WebhookApplication, "_serve", serve)
    assert asyncio.run(post("/api/twilio/voice", {}))["status"] == 204
    assert [name.startswith("carrier-webhooks") for name in served_by] == [True]


def test_requests_wait_in_a_bounded_queue_and_more_are_refused_at_once(monkeypatch, caplog):
    may_answer = threading.Event()

    def serve(self: WebhookApplication, scope: Any, body: bytes) -> asgi.AsgiResponse:
        may_answer.wait(60)
        return asgi.AsgiResponse(204, [], b"")

    async def rush() -> list[int]:
        waiting = [
            asyncio.create_task(post("/api/twilio/voice", {})) for _ in range(asgi.THREADS + 2)
        ]
        await asyncio.sleep(0)  # each has come as far as the queue
        refused = [await post("/api/twilio/voice", {}) for _ in range(3)]
        may_answer.set()
        answered = [(await each)["status"] for each in waiting]
        assert refused[0]["body"] == b"Too many requests are waiting."
        after = await post("/api/twilio/voice", {})
        return [*(each["status"] for each in refused), *answered, after["status"]]

    monkeypatch.setattr(WebhookApplication, "_serve", serve)
    monkeypatch.setattr(asgi, "MAX_WAITING", 2)
    assert asyncio.run(rush()) == [503] * 3 + [204] * (asgi.THREADS + 2) + [204]
    assert caplog.text.count("carrier_webhooks_full") == 1


def test_a_flood_keeps_nobody_else_waiting_and_is_what_is_refused(monkeypatch):
    """With keys that exist nowhere, from one address: each costs as much as a call that comes."""
    may_answer = threading.Event()
    served: list[str] = []

    def serve(self: WebhookApplication, scope: Any, body: bytes) -> asgi.AsgiResponse:
        may_answer.wait(60)
        served.append(scope["client"][0])
        return asgi.AsgiResponse(204, [], b"")

    async def rush() -> tuple[list[int], int]:
        url = f"/api/twilio/voice?api_key=vx_{0:040x}"
        flood = [asyncio.create_task(post(url, {}, address="192.0.2.66")) for _ in range(60)]
        await asyncio.sleep(0)
        caller = asyncio.create_task(post("/api/twilio/voice", {}))
        await asyncio.sleep(0)
        may_answer.set()
        return [(await each)["status"] for each in flood], (await caller)["status"]

    monkeypatch.setattr(WebhookApplication, "_serve", serve)
    monkeypatch.setattr(asgi, "MAX_WAITING", 20)
    flood, caller = asyncio.run(rush())
    assert caller == 204
    assert flood.count(503) == 61 - asgi.THREADS - 20
    assert served.index("192.0.2.1") < len(served) - 5  # threads append in any order


def sender(url: str, form: Mapping[str, str] = MappingProxyType({}), **scope: Any) -> Sender:
    path, _, query = url.partition("?")
    asked = {"headers": [], "client": ("192.0.2.1", 1), "path": path, **scope}
    asked["query_string"] = query.encode()
    return sender_of(asked, urlencode(form).encode(), address_header=b"")


def test_requests_that_prove_nothing_are_of_one_sender_wherever_they_come_from(
    line: PhoneNumber, cast: Cast
):
    other = line_of(cast.birch)
    voice = "/api/twilio/voice"
    elsewhere = {"client": ("192.0.2.2", 1)}
    assert sender(voice) != sender(voice, **elsewhere)  # no key is known yet
    known_keys.read()
    unknown = f"{voice}?api_key=vx_{0:040x}"
    one_digit_off = line.url()[:-1] + ("0" if line.url()[-1] != "0" else "1")
    assert len({sender(line.url()), sender(other.url()), sender(unknown)}) == 3
    assert sender(line.url()) == sender(line.url(), **elsewhere)
    for url in (unknown, f"{voice}?api_key=x", one_digit_off, voice, "/api/twilio/music"):
        assert sender(url) == sender(url, **elsewhere) == UNKNOWN


def path_of(url: str) -> str:
    return url.removeprefix(django_settings.TWILIO_APP_URL)


def test_a_callback_that_we_signed_is_of_its_organization_and_any_other_of_nobody(
    line: PhoneNumber,
):
    call = line.answered()
    name = f"callbacks:{call.org_id}"
    form = line.form(CallSid=call.call_sid)
    after, status = callback_url(Callback.AFTER, call), callback_url(Callback.STREAM_STATUS, call)
    person = callback_url(Callback.PERSON, call, row=7)
    urls = [path_of(url) for url in (after, status, person)]
    assert sender(urls[0], form) == sender(urls[1], form) == (name, f"call:{call.pk}")
    of_person = {"ParentCallSid": call.call_sid, "CallSid": "CA1"}
    assert sender(urls[2], of_person) == (name, "person:7")
    assert sender(urls[0], line.form(CallSid=f"CA{9:032x}")) == UNKNOWN
    assert sender(urls[0]) == sender(urls[0] + "0", form) == UNKNOWN
    assert sender("/api/twilio/after/", form) == sender("/api/twilio/x/y", form) == UNKNOWN
    ended = path_of(status_callback_url(call.org))
    known_keys.read()
    assert sender(ended, form) == sender(line.url())
    assert sender(ended[:-4], form) == UNKNOWN


def test_a_url_of_a_release_before_is_still_good_and_of_one_sender_with_all_such(
    line: PhoneNumber,
):
    calls = [line.answered(CallSid=f"CA{number:032x}") for number in range(2)]
    senders = set()
    for call in calls:
        proof = signature(Callback.AFTER, f"{call.pk}.{call.carrier_call_id}")
        url, form = f"/api/twilio/after/{call.pk}.{proof}", line.form(CallSid=call.call_sid)
        senders.add(sender(url, form).name)
        assert post_form(line.client, url, form).status_code == 200
    assert senders == {"callbacks:"}


@pytest.mark.parametrize("generation", [0, 2])
def test_a_url_is_read_by_the_release_before(line: PhoneNumber, generation):
    """During an update its processes run beside ours, and any of them may be asked."""
    call = line.answered()
    call.generation = generation
    token = make_callback_token(Callback.AFTER, call)
    # As that release has it.
    number, _, given = token.partition(".")
    signed = f"{number}.{call.carrier_call_id}.{given}"
    row, _, stream = number.partition("-")
    assert unsigned(Callback.AFTER, signed) is not None
    assert (int(row), int(stream or 0)) == (call.pk, generation)
    read = read_callback_token(
        Callback.AFTER, token, carrier="twilio", call_sid=call.carrier_call_id
    )
    assert read == CalledBack(call.pk, generation, str(call.org_id))


def test_urls_of_many_calls_of_one_organization_refuse_no_webhook_of_another(
    line: PhoneNumber, cast: Cast, monkeypatch
):
    """They never expire, and a client gets as many as it likes from its own webhook."""
    may_answer = threading.Event()
    other, call = line_of(cast.birch), line.answered()
    known_keys.read()

    def serve(self: WebhookApplication, scope: Any, body: bytes) -> asgi.AsgiResponse:
        may_answer.wait(60)
        return asgi.AsgiResponse(204, [], b"")

    async def rush() -> list[int]:
        asked = []
        for number in range(60):
            call.pk, call.carrier_call_id = number, f"CA{number:032x}"
            url, form = path_of(callback_url(Callback.AFTER, call)), {"CallSid": call.call_sid}
            asked.append(asyncio.create_task(post(url, form)))
        await asyncio.sleep(0)
        honest = asyncio.create_task(post(other.url(), other.form()))
        await asyncio.sleep(0)
        may_answer.set()
        answers = await asyncio.gather(honest, *asked)
        return [answer["status"] for answer in answers]

    monkeypatch.setattr(WebhookApplication, "_serve", serve)
    monkeypatch.setattr(asgi, "MAX_WAITING", 20)
    honest, *flood = asyncio.run(rush())
    assert honest == 204
    assert flood.count(503) == 61 - asgi.THREADS - 20


def test_strangers_with_many_addresses_have_no_callback_refused(line: PhoneNumber, monkeypatch):
    may_answer = threading.Event()

    def serve(self: WebhookApplication, scope: Any, body: bytes) -> asgi.AsgiResponse:
        may_answer.wait(60)
        return asgi.AsgiResponse(204, [], b"")

    async def rush() -> tuple[list[int], list[int]]:
        calls = [asyncio.create_task(post(url, form, address="192.0.2.1")) for url, form in genuine]
        flood = [
            asyncio.create_task(post("/api/twilio/after/1.x", {}, address=f"198.51.100.{number}"))
            for number in range(60)
        ]
        await asyncio.sleep(0)
        may_answer.set()
        answers = await asyncio.gather(*calls, *flood)
        statuses = [answer["status"] for answer in answers]
        return statuses[: len(calls)], statuses[len(calls) :]

    call = line.answered()
    form = line.form(CallSid=call.call_sid)
    url = path_of(callback_url(Callback.AFTER, call))
    genuine = [(url, form)] * 10
    monkeypatch.setattr(WebhookApplication, "_serve", serve)
    monkeypatch.setattr(asgi, "MAX_WAITING", 20)
    calls, flood = asyncio.run(rush())
    assert calls == [204] * 10
    assert flood.count(503) == 70 - asgi.THREADS - 20


def test_the_webhook_takes_few_statements(line: PhoneNumber):
    assert line.rings(CallSid=f"CA{0:032x}").status_code == 200  # what is made once is made
    with CaptureQueriesContext(connection) as captured:
        assert line.rings(CallSid=f"CA{1:032x}").status_code == 200
    told = "\n".join(query["sql"] for query in captured)
    assert len(captured) <= MAX_STATEMENTS, told


def test_the_webhook_takes_few_python_calls(line: PhoneNumber):
    assert line.rings(CallSid=f"CA{0:032x}").status_code == 200  # what is made once is made
    called = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal called
        called += event == "call"

    sys.setprofile(count)
    try:
        line.rings(CallSid=f"CA{1:032x}")
    finally:
        sys.setprofile(None)
    assert called <= MAX_PYTHON_CALLS, called


def test_a_stream_that_starts_takes_no_statement(line: PhoneNumber):
    call = line.answered()
    url = f"/api/twilio/stream-status/{make_callback_token(Callback.STREAM_STATUS, call)}"
    with CaptureQueriesContext(connection) as captured:
        response = post_form(line.client, url, line.form(StreamEvent="stream-started"))
    assert response.status_code == 204
    assert len(captured) == 0
