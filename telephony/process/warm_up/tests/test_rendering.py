"""Voices that cost something: what they always say is rendered once an agent is published."""

import asyncio

import pytest

from agents.engines import registry
from agents.engines.cascade.clips import ClipCache
from agents.models import AgentVersion
from agents.versions.publishing import create_agent, free_name
from telephony.process.warm_up import rendering
from telephony.process.warm_up.rendering import PaidVoices
from telephony.spoken.languages import ENGLISH, GERMAN
from testing.guard import GUARD_SECONDS
from testing.providers.behaviour import Behaviour
from testing.providers.openai_server import OpenAIServer
from testing.providers.threaded import in_a_thread

pytestmark = pytest.mark.django_db(transaction=True)

GREETING = "Guten Tag, hier ist die Praxis."


@pytest.fixture
def provider(settings):
    with in_a_thread(OpenAIServer(Behaviour.at_once(ms_per_character=5))) as server:
        settings.OPENAI_BASE_URL = server.url
        settings.OPENAI_API_KEY = "sk-x"
        yield server


def version_of(org, name: str = "Praxis", **fields) -> AgentVersion:
    agent = create_agent(
        org,
        name=free_name(org, name),
        greeting=GREETING,
        language="de",
        **dict.fromkeys(("stt", "llm", "tts"), "openai"),
        **fields,
    )
    return AgentVersion.objects.select_related("agent__org").get(pk=agent.published.pk)


def render(paid: PaidVoices, *versions: AgentVersion, times: int = 1) -> None:
    async def work() -> None:
        for version in versions:
            paid.add(version)
        for _ in range(times):
            await paid.render_due()
        await registry.aclose()

    asyncio.run(work())


def said(provider: OpenAIServer) -> list[str]:
    return [request.json["input"] for request in provider.asked("tts")]


def test_a_german_agent_has_its_greeting_and_apologies_before_its_provider_dies(
    cast, provider, tmp_path
):
    version = version_of(cast.acorn)
    render(PaidVoices(ClipCache(tmp_path)), version)
    for text in (GREETING, GERMAN.trouble, GERMAN.waiting[0]):
        assert "".join(said(provider)).count(text.split(". ")[0].strip(".")) == 1
    asked = len(said(provider))
    render(PaidVoices(ClipCache(tmp_path)), version)  # another process, or the next start
    assert len(said(provider)) == asked


def test_the_phrases_of_each_language_are_rendered_and_the_greeting_once(cast, provider):
    version = version_of(cast.acorn, settings={"speech": {"languages": "en = nova"}})
    render(PaidVoices(ClipCache()), version)
    for text in (GREETING, GERMAN.waiting[0], ENGLISH.waiting[0]):
        assert "".join(said(provider)).count(text.split(". ")[0].strip(".")) == 1
    voices = {request.json["voice"] for request in provider.asked("tts")}
    assert "nova" in voices
    assert len(voices) == 2


def test_a_provider_that_is_away_is_asked_again_later_and_not_without_end(
    cast, provider, monkeypatch
):
    monkeypatch.setattr(rendering, "AGAIN_SECONDS", 0.0)
    provider.behaviour.faults = {"tts": "500"}
    render(PaidVoices(ClipCache()), version_of(cast.acorn), times=40)
    assert len(said(provider)) == rendering.MOST_TRIES


def test_a_key_that_is_refused_is_not_tried_again(cast, provider, monkeypatch):
    monkeypatch.setattr(rendering, "AGAIN_SECONDS", 0.0)
    provider.behaviour.faults = {"tts": "401"}
    render(PaidVoices(ClipCache()), version_of(cast.acorn), times=5)
    assert len(said(provider)) == 1


def test_publishing_without_end_costs_no_other_organization(cast, provider, monkeypatch):
    monkeypatch.setattr(rendering, "AGENTS_AN_HOUR", 1)
    provider.behaviour.faults = {"tts": "401"}
    versions = [version_of(cast.acorn, f"Praxis {number}") for number in range(3)]
    render(PaidVoices(ClipCache()), *versions, version_of(cast.birch))
    assert len(said(provider)) == 2  # one of each organization


def test_an_agent_without_a_key_asks_no_provider(cast, provider, settings):
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    render(PaidVoices(ClipCache()), version_of(cast.acorn))
    assert said(provider) == []


def test_an_agent_whose_voice_breaks_is_given_up_and_the_next_one_is_rendered(
    cast, provider, monkeypatch, logged
):
    makes, made = registry.text_to_speech, []

    def broken_first(*args):
        made.append(args)
        return makes(*args) if len(made) > 1 else 1 / 0

    monkeypatch.setattr(registry, "text_to_speech", broken_first)
    versions = [version_of(cast.acorn, f"Praxis {number}") for number in range(2)]
    render(PaidVoices(ClipCache()), *versions, times=2)
    assert len(made) == 2
    assert said(provider)
    [crash] = [event for event in logged if event["event"] == "clips_not_prepared"]
    assert crash["agent"] == versions[0].agent.public_id


def test_a_retry_waits_until_it_is_due(cast, provider):
    provider.behaviour.faults = {"tts": "500"}
    render(PaidVoices(ClipCache()), version_of(cast.acorn), times=5)
    assert len(said(provider)) == 1


def test_versions_added_later_are_rendered_too(cast, provider, monkeypatch):
    monkeypatch.setattr(rendering, "POLL_SECONDS", 0.0)
    paid, version = PaidVoices(ClipCache()), version_of(cast.acorn)
    rendered = asyncio.Event()
    render_due = paid.render_due

    async def noticed():
        await render_due()
        if said(provider):
            rendered.set()

    monkeypatch.setattr(paid, "render_due", noticed)

    async def work():
        running = asyncio.create_task(paid.run())
        await asyncio.sleep(0)
        paid.add(version)
        async with asyncio.timeout(GUARD_SECONDS):
            await rendered.wait()
        running.cancel()
        await asyncio.wait([running])
        await registry.aclose()

    asyncio.run(work())
