"""A request that dies on a kept connection is asked once more, on a new one, and no other is."""

import asyncio

import pytest

from agents.engines.access import Access, Credentials
from agents.engines.openai import client, llm, stt, tts
from agents.engines.scripted.engines import tone_mulaw
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.providers.http_server import BreakOff
from testing.providers.openai_server import OpenAIServer, read_transcription
from testing.setups import QUESTION, setup
from voicex.errors import EngineError

PARTS = pytest.mark.parametrize("part", ["stt", "llm", "tts"])
FENCED = pytest.mark.parametrize("is_of_client", [False, True], ids=["platform", "client"])


class Dying(OpenAIServer):
    """Closes each connection instead of answering its `dies_at`th request."""

    dies_at = 2

    def __init__(self, behaviour):
        super().__init__(behaviour)
        self._answers = self._handler
        self._handler = self._die
        self._seen = {}

    async def _die(self, request, answer):
        connection = id(answer._writer)
        self._seen[connection] = self._seen.get(connection, 0) + 1
        if self._seen[connection] == self.dies_at:
            raise BreakOff
        await self._answers(request, answer)


@pytest.fixture
async def server():
    async with Dying(Behaviour.at_once()) as fake, asyncio.timeout(GUARD_SECONDS):
        yield fake
        await tts.aclose()


def credentials_for(server, *, is_of_client):
    access = Access("sk-x", server.url, is_of_client=is_of_client, may_be_private=True)
    return Credentials({"openai": access})


async def ask(part, credentials):
    made_from = setup(credentials)
    if part == "stt":
        return await stt.make_stt(made_from).transcribe(tone_mulaw(500))
    if part == "llm":
        return [event async for event in llm.make_llm(made_from).reply(QUESTION)]
    return [chunk async for chunk in tts.make_tts(made_from).speak("Hello there.")]


@FENCED
@PARTS
async def test_a_request_on_a_connection_that_just_died_is_answered_all_the_same(
    server, part, is_of_client
):
    credentials = credentials_for(server, is_of_client=is_of_client)
    assert await ask(part, credentials)
    assert await ask(part, credentials)
    _first, dead, again = server.asked(part)
    assert not dead.is_answered
    assert dead.body == again.body or read_transcription(again).wav == read_transcription(dead).wav
    assert server.connections == 2


@PARTS
async def test_a_request_that_died_on_a_new_connection_is_not_repeated(server, part):
    server.dies_at = 1
    with pytest.raises(EngineError):
        await ask(part, credentials_for(server, is_of_client=False))
    assert len(server.asked(part)) == 1


async def test_an_answer_that_broke_off_is_not_asked_for_again(server):
    server.dies_at = 0
    credentials = credentials_for(server, is_of_client=False)
    await ask("llm", credentials)
    server.behaviour.faults = {"llm": "cut"}
    with pytest.raises(EngineError):
        await ask("llm", credentials)
    assert len(server.asked("llm")) == 2


async def test_a_server_that_closes_every_kept_connection_is_given_up(server, monkeypatch):
    credentials = credentials_for(server, is_of_client=False)
    await client.connect(credentials)  # some connections, each good for one request

    async def close(request, answer):
        raise BreakOff

    monkeypatch.setattr(server, "_handler", close)
    with pytest.raises(EngineError):
        await ask("llm", credentials)
    assert 1 < len(server.asked("llm")) <= client.CONNECTIONS + 1


async def test_an_address_with_a_query_keeps_it_in_each_request():
    async with OpenAIServer(Behaviour.at_once()) as server, asyncio.timeout(GUARD_SECONDS):
        endpoint = f"{server.url}/chat/completions?api-version=2024-10-21"
        credentials = Credentials({"openai": Access("sk-x", endpoint)})
        with pytest.raises(EngineError):  # the fake knows no path with a query
            await ask("llm", credentials)
        assert server.requests[0].path == "/v1/chat/completions?api-version=2024-10-21"
        await tts.aclose()


async def test_azure_gets_its_key_in_a_header_of_its_own(monkeypatch):
    async with OpenAIServer(Behaviour.at_once()) as server, asyncio.timeout(GUARD_SECONDS):
        monkeypatch.setattr("agents.engines.openai.server_address._AZURE", ("127.0.0.1",))
        credentials = Credentials({"openai": Access("azure-key", server.url)})
        await ask("llm", credentials)
        await asyncio.to_thread(client.verify, credentials)
        for request in server.requests:
            assert request.headers["api-key"] == "azure-key"
            assert "authorization" not in request.headers
        await tts.aclose()
