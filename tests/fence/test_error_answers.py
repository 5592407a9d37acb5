"""Answers that refuse, of servers that clients name: what SDKs read whole, parse and decode."""

import asyncio

import httpx2
import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import llm, stt, tts
from testing.guard import GUARD_SECONDS
from testing.providers.http_server import Answer, HttpServer, Request
from testing.setups import QUESTION, setup
from voicex import fence
from voicex.errors import EngineRefused
from voicex.fence.clients import ERROR_BYTES

CHARSETS = ("punycode", "idna", "uu", "undefined", "zlib", "none-such", "unicode_escape")
# How else a name of an encoding is found by `email.message`, with which httpx2 reads it.
HIDDEN = (
    "text/plain; charset*=us-ascii''punycode",
    "text/plain; charset*=punycode''utf-8",
    "text/plain; charset*0=puny; charset*1=code",
    "text/plain; \"charset\"=utf-8; charset*0*=us-ascii''undefined",
    'text/plain; x="a; y=1"; CharSet=rot13',
    "text/plain; charset=; charset=hex",
)


def refusing(content_type: str, body: bytes = b"no such model"):
    async def refuses(_request: Request, answer: Answer) -> None:
        await answer.begin(content_type, 400)
        for _ in range(100):
            await answer.send(body)

    return refuses


@pytest.fixture(autouse=True)
async def within_reason():
    async with asyncio.timeout(GUARD_SECONDS):
        yield


@pytest.mark.parametrize("on_a_thread", [False, True])
async def test_of_a_refusal_the_beginning_is_read(on_a_thread):
    async with HttpServer(refusing("text/plain", b"x" * 50_000)) as server:
        if on_a_thread:
            with fence.client(allow_private=True, timeout=httpx2.Timeout(5)) as client:
                answer = await asyncio.to_thread(client.get, server.origin)
        else:
            async with fence.async_client(allow_private=True, timeout=httpx2.Timeout(5)) as client:
                answer = await client.get(server.origin)
    assert (answer.status_code, len(answer.content)) == (400, ERROR_BYTES)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ("audio/pcm;rate=16000", "audio/pcm;rate=16000"),
        ('audio/pcm; Charset="PunyCode"; rate=16000', "audio/pcm; rate=16000"),
        *((f"text/plain; charset={name}", "text/plain") for name in CHARSETS),
        *((each, "text/plain") for each in HIDDEN),
        ('text/html; x="a;charset=utf-8"; charset=idna', "text/html; charset=utf-8"),
        ("text/html; charset=idna; charset=utf-8", "text/html; charset=utf-8"),
        ("charset=zlib", ""),
    ],
)
async def test_an_encoding_that_is_none_of_texts_is_not_heard_of(said, kept):
    async with (
        HttpServer(refusing(said)) as server,
        fence.async_client(allow_private=True, timeout=httpx2.Timeout(5)) as client,
    ):
        answer = await client.get(server.origin)
    assert answer.headers["content-type"] == kept
    assert answer.text.startswith("no such model")


@pytest.mark.parametrize("charset", CHARSETS)
async def test_whatever_encoding_a_refusal_names_it_is_a_refusal(charset):
    async with HttpServer(refusing(f"application/json; charset={charset}")) as server:
        access = Access("key", server.origin, is_of_client=True, may_be_private=True)
        made = setup(Credentials({"openai": access}))
        with pytest.raises(EngineRefused):
            await anext(llm.make_llm(made).reply(QUESTION))
        with pytest.raises(EngineRefused):
            await anext(tts.make_tts(made).speak("We are open."))
        with pytest.raises(EngineRefused):
            await stt.make_stt(made).transcribe(bytes(8_000))
        await tts.aclose()
