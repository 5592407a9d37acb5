"""A provider that quotes the key in its refusal: no page, log, row or socket repeats it."""

import asyncio
import json
import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.secrets.vault import store_secret
from agents.engines import registry
from agents.engines.cascade import speaking
from agents.engines.openai import client
from agents.versions import voice_preview
from agents.versions.publishing import publish
from telephony.admission.tickets import make_ticket
from telephony.process.reports import Reporter
from telephony.tests import test_secrecy
from testing.calls.media_stream import Stream
from testing.calls.served import all_written, greeted_and_answered, media_process, serving
from testing.guard import GUARD_SECONDS
from testing.office import browser_of
from testing.phone_number import PhoneNumber
from testing.providers.http_server import Answer, HttpServer, Request
from testing.providers.threaded import in_a_thread
from testing.services.servers import wait_until
from tests.secret_shapes import SHAPES, assert_hidden
from usage.models import Call, Turn
from voicex import logs
from voicex.secrets.secret_values import SecretValues

pytestmark = pytest.mark.django_db(transaction=True)

sinks = test_secrecy.sinks
KEYS = pytest.mark.parametrize("key", [SHAPES[name] for name in SHAPES if name != "pem"])
KEY = SHAPES["groq"]


async def quotes_the_key(request: Request, answer: Answer) -> None:
    """Refuse, and say which key was refused, whole and in part."""
    sent = request.headers.get("authorization", "")
    said = f"Incorrect API key provided: {sent}, it ends in {sent[-12:]}"
    await answer.send_json({"error": {"message": said, "code": sent, "type": sent}}, 401)


@pytest.fixture
def provider(settings, monkeypatch) -> Iterator[HttpServer]:
    """The one server of all keys; nothing is registered before a test."""
    monkeypatch.setattr(logs, "_secret_values", SecretValues())
    cache.clear()
    with in_a_thread(HttpServer(quotes_the_key)) as server:
        url = f"{server.origin}/v1"
        settings.OPENAI_BASE_URL = url
        monkeypatch.setattr(client, "OPENAI_URL", url)
        yield server


@pytest.fixture
def line(line: PhoneNumber, settings, tmp_path) -> PhoneNumber:
    settings.VAR_DIR = tmp_path
    voice_preview._clips.cache_clear()
    return line


def must_hide(sinks, provider: HttpServer, key: str, *pages: str) -> None:
    assert any(key in request.headers["authorization"] for request in provider.requests)
    for text in (*sinks.texts().values(), *pages):
        assert_hidden(key, text)
    assert "Incorrect API key" not in "".join(pages)


@KEYS
def test_the_credentials_form_hides_a_key_that_was_typed(line, cast, sinks, provider, key):
    page = f"/o/{line.org.public_id}/credentials/"
    answer = browser_of(cast.adam).post(page, {"part": "openai", "openai_api_key": key})
    assert answer.status_code == 422
    assert "The provider rejected it" in answer.text
    assert "provider_check_failed" in sinks.texts()["log"]
    assert "Incorrect API key provided" in sinks.texts()["log"]
    must_hide(sinks, provider, key, answer.text)


@KEYS
def test_the_preview_hides_the_platforms_key(line, cast, sinks, provider, settings, key):
    settings.OPENAI_API_KEY = key
    given = {"tts": "openai", "language": "en", "greeting": "Good morning."}
    answer = browser_of(cast.bob).post(f"/o/{line.org.public_id}/agents/voice/", given)
    assert answer.status_code == 422
    assert answer.text == "The provider rejected the key."
    assert "preview_failed" in sinks.texts()["log"]
    must_hide(sinks, provider, key, answer.text)


@KEYS
def test_the_doctor_hides_the_organizations_key(line, cast, sinks, provider, settings, key):
    publish(line.agent, llm="openai")
    store_secret(line.org, name="openai_api_key", value=key, actor=None)
    settings.TWILIO_APP_URL = "http://127.0.0.1:9"
    answer = browser_of(cast.adam).get(f"/o/{line.org.public_id}/doctor/slow/")
    assert answer.status_code == 200
    must_hide(sinks, provider, key, answer.text)


@pytest.mark.parametrize("part", ["stt", "llm", "tts"])
def test_a_call_hides_the_organizations_key_wherever_it_is_seen(
    line, cast, sinks, provider, monkeypatch, part
):
    monkeypatch.setattr(speaking, "FALLBACK_VOICE", "openai")  # nothing speaks in its place
    store_secret(line.org, name="openai_api_key", value=KEY, actor=None)
    publish(line.agent, **{part: "openai"})
    call = line.answered()
    stream = Stream()

    async def scenario() -> None:
        task = serving(stream)
        stream.starts(make_ticket(call))
        if part != "tts":  # which cannot even greet
            await greeted_and_answered(stream)  # with the apology
        else:
            await asyncio.to_thread(
                wait_until, lambda: len(provider.requests) >= 2, "the apology is asked for"
            )
        stream.stops()
        async with asyncio.timeout(GUARD_SECONDS):
            await task
        await all_written(shared)
        await registry.aclose()

    with media_process() as shared:
        asyncio.run(scenario())
    Reporter(shared.stall_watch).write(now=timezone.now())
    calls = f"/o/{line.org.public_id}/calls/{call.call_sid}/"
    browser = browser_of(cast.adam)
    pages = [
        browser_of(cast.olga).get("/operator/providers/"),
        *(browser.get(calls + page) for page in ("", "live/", "events/", "events.jsonl")),
    ]
    assert {page.status_code for page in pages} == {200}
    rows = [str(row) for table in (Call, Turn) for row in table.objects.values_list()]
    told = json.dumps(stream.messages) + str(stream.sent)
    shown = [b"".join(page).decode() if page.streaming else page.text for page in pages]
    must_hide(sinks, provider, KEY, *shown, *rows, told)
    assert re.search("transcription_failed|response_failed|say_failed", sinks.texts()["log"])
    assert "Incorrect API key provided" in sinks.texts()["log"]
