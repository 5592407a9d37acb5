"""A call that is over leaves nothing for the garbage collector, from its webhook to its end.

`test_driver_memory` follows the parts of a call in memory; here it is all that its requests, its
socket and its records leave, rows of tables among them. So how often a process collects does not
matter to its calls, and no setting of ours says so.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import CellType, FunctionType
from urllib.parse import urlencode, urlsplit

import pytest
from django.utils import timezone

from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.process.runtime import Runtime
from telephony.webhooks.asgi import WebhookApplication
from telephony.webhooks.callback_urls import Callback, callback_url
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, serving, state
from testing.guard import GUARD_SECONDS
from testing.phone_number import CALL_SID, OTHER_CALL, PhoneNumber
from usage.billing.settlement import settle
from usage.models import Call, Quota
from voicex.threads import on_database_thread

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = {"scripted.stt_ms": 0, "scripted.llm_ms": 0, "scripted.token_ms": 0, "scripted.tts_ms": 0}


@pytest.fixture
def line(line: PhoneNumber) -> PhoneNumber:
    """Acorn's number, on engines that take no time."""
    publish(line.agent, settings={"engines": AT_ONCE})
    Quota.objects.create(org=line.org, concurrent_calls=5)
    return line


# Django's compiler of statements has a function that calls itself: it knows nothing of its rows.
OF_A_CLOSURE = (CellType, FunctionType, tuple)


def _named(thing: object) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


@contextmanager
def kept_garbage() -> Iterator[Counter[str]]:
    """What the block leaves that only the collector would find, by type; filled at its end."""
    found: Counter[str] = Counter()
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found.update(_named(each) for each in gc.garbage if not isinstance(each, OF_A_CLOSURE))
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


async def posted(application: WebhookApplication, url: str, form: dict[str, str]) -> int:
    """The status of the answer to a carrier's request."""
    parts, answers = urlsplit(url), []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": urlencode(form).encode()}

    async def send(message: dict[str, object]) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": parts.path,
        "query_string": parts.query.encode(),
        "headers": [
            (b"host", b"localhost:8000"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
        "state": state(),
    }
    await application(scope, receive, send)
    return answers[0]["status"]


class Calls:
    """Calls at one number, each from its webhook to the carrier's last report."""

    def __init__(self, line: PhoneNumber, shared: Runtime) -> None:
        self._line = line
        self._shared = shared
        self._application = WebhookApplication()

    async def webhook(self, sid: str) -> None:
        """A call is let in."""
        assert (
            await posted(self._application, self._line.url(), self._line.form(CallSid=sid)) == 200
        )

    async def stream(self, sid: str) -> None:
        """A question is asked and answered, and the caller hangs up."""
        call = await asyncio.to_thread(Call.objects.get, carrier_call_id=sid)
        stream = Stream()
        task = serving(stream, is_fast=True)
        stream.starts(make_ticket(call), callSid=sid)
        await greeted_and_answered(stream)
        stream.stops()
        async with asyncio.timeout(GUARD_SECONDS):
            await task
        await all_written(self._shared)

    async def reports(self, sid: str) -> None:
        """The carrier asks what to do now, and reports."""
        call = await asyncio.to_thread(Call.objects.get, carrier_call_id=sid)
        for callback in (Callback.AFTER, Callback.STREAM_STATUS):
            form = self._line.form(CallSid=sid)
            status = await posted(self._application, callback_url(callback, call), form)
            assert status in (200, 204)

    async def settlement(self, sid: str) -> None:
        """The call is charged, by the worker of a process that has one."""
        call = await asyncio.to_thread(Call.objects.get, carrier_call_id=sid)
        assert await on_database_thread(settle, call.pk, now=timezone.now())


def test_a_call_leaves_no_cyclic_garbage(line: PhoneNumber, shared):
    calls = Calls(line, shared)
    left: dict[str, Counter[str]] = {}

    async def scenario() -> None:
        for sid in (OTHER_CALL, CALL_SID):  # with the first, what is made once is made
            for step in (calls.webhook, calls.stream, calls.reports, calls.settlement):
                with kept_garbage() as left[step.__name__]:
                    await step(sid)

    asyncio.run(scenario())
    assert left == {"webhook": {}, "stream": {}, "reports": {}, "settlement": {}}
