"""What a call will need is there before it comes, also for agents published while we serve."""

import asyncio
import sys
import types
from time import thread_time

import pytest
from django.db import OperationalError

from accounts.models import AuditEntry, Organization
from agents.engines import registry
from agents.engines.cascade import clips as clips_module
from agents.engines.cascade.clips import ClipCache
from agents.engines.registry import EngineSpec
from agents.models import Agent, AgentVersion
from agents.versions.publishing import create_agent, edit_agent, free_name, publish
from agents.versions.setting_aside import HOLDS_UP, SLOW_VOICE, reason_in_words, set_aside
from telephony.process.runtime import Runtime
from telephony.process.warm_up import readiness
from telephony.process.warm_up.readiness import Readiness
from telephony.spoken.languages import ENGLISH
from testing.engines import settle
from voicex.web.lifecycle import lifecycle

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPTED = dict.fromkeys(("stt", "llm", "tts"), "scripted")
MADE_UP = ("first", "second", "third")


class NotedClips(ClipCache):
    """Notes what it was asked to render, and renders nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    async def prepare(self, tts, text, *, owner, cut=None, said=None) -> None:
        self.texts.append(text)


@pytest.fixture
def clips() -> NotedClips:
    return NotedClips()


@pytest.fixture
def loaded(monkeypatch) -> list[str]:
    """Of the engines MADE_UP, those that were loaded. A fourth, "missing", cannot be."""
    names: list[str] = []
    monkeypatch.setattr(registry, "_warmed", set())
    for name in MADE_UP:
        module = types.ModuleType(f"voicex_made_up_{name}")

        async def warm(name=name):
            names.append(name)

        module.warm = warm
        monkeypatch.setitem(sys.modules, module.__name__, module)
        monkeypatch.setitem(registry.ENGINES, name, EngineSpec(stt=module.__name__))
    missing = EngineSpec(stt="voicex_made_up_and_not_installed")
    monkeypatch.setitem(registry.ENGINES, "missing", missing)
    return names


def published(
    org: Organization, *, hears_with: str = "scripted", greeting: str = "Hello."
) -> Agent:
    """An agent of `org`, its speech to text even one that no editor would offer."""
    name = free_name(org, f"{greeting} {hears_with}")
    agent = create_agent(org, name=name, greeting=greeting, **SCRIPTED)
    AgentVersion.objects.filter(pk=agent.published.pk).update(stt=hears_with)
    return agent


def poll(ready: Readiness) -> None:
    asyncio.run(ready.poll())


def test_fixed_sentences_are_rendered_before_the_first_call(cast, clips):
    published(cast.acorn, greeting="Acorn, good morning.")
    poll(Readiness(clips))
    assert "Acorn, good morning." in clips.texts
    assert ENGLISH.say_again in clips.texts


def test_an_agent_published_while_we_serve_is_seen_at_the_next_look_and_once(cast, clips):
    ready = Readiness(clips)
    agent = published(cast.acorn, greeting="Good morning.")
    poll(ready)
    clips.texts.clear()
    poll(ready)
    assert clips.texts == []

    publish(agent, greeting="Good evening.")
    poll(ready)
    assert "Good evening." in clips.texts


def test_a_voice_that_costs_something_is_not_asked_while_others_wait(cast, clips):
    agent = published(cast.acorn)
    AgentVersion.objects.filter(pk=agent.published.pk).update(tts="openai")
    poll(Readiness(clips))
    assert clips.texts == []


def test_the_engines_of_old_agents_are_loaded_though_only_the_newest_are_rendered(
    cast, clips, loaded, monkeypatch
):
    monkeypatch.setattr(readiness, "PREPARED_AGENTS", 1)
    published(cast.acorn, hears_with="first", greeting="I am old.")
    published(cast.birch, hears_with="second", greeting="I am new.")
    poll(Readiness(clips))
    assert sorted(loaded) == ["first", "second"]
    assert "I am new." in clips.texts
    assert "I am old." not in clips.texts


def test_the_engine_of_a_new_agent_is_loaded_at_the_next_look(cast, clips, loaded):
    ready = Readiness(clips)
    published(cast.acorn, hears_with="first")
    poll(ready)
    published(cast.birch, hears_with="second")
    poll(ready)
    assert loaded == ["first", "second"]


def test_nothing_is_made_ready_for_an_agent_that_does_not_answer(cast, clips, loaded):
    agent = published(cast.acorn, hears_with="first")
    edit_agent(agent, actor=None, is_active=False)
    poll(Readiness(clips))
    assert loaded == clips.texts == []


def test_an_engine_that_is_not_installed_keeps_no_other_from_being_loaded(
    cast, clips, loaded, logged
):
    for name in ("missing", *MADE_UP):
        published(cast.acorn, hears_with=name)
    poll(Readiness(clips))
    assert sorted(loaded) == sorted(MADE_UP)
    (told,) = (event for event in logged if event["event"] == "engine_not_loaded")
    assert told["engine"] == "missing"


def test_a_database_that_is_away_is_asked_again_later(cast, clips, monkeypatch, logged):
    published(cast.acorn, greeting="Good morning.")
    ready = Readiness(clips)

    def away(number, *, limit):
        raise OperationalError

    with monkeypatch.context() as patched:
        patched.setattr(readiness, "published_after", away)
        poll(ready)
    assert [event["event"] for event in logged] == ["agents_not_read"]
    poll(ready)
    assert "Good morning." in clips.texts


def test_one_agent_that_cannot_be_prepared_keeps_no_other_from_being_served(
    cast, clips, monkeypatch, logged
):
    published(cast.acorn)

    def broken(version):
        raise ValueError(version)

    with monkeypatch.context() as patched:
        patched.setattr(AgentVersion, "config", broken)
        ready = Readiness(clips)
        poll(ready)
    assert [event["event"] for event in logged] == ["not_made_ready"]
    published(cast.birch, greeting="Good morning.")
    poll(ready)
    assert "Good morning." in clips.texts


class HeldUp(NotedClips):
    """Holds the loop with its own work while it renders what has `word` in it."""

    def __init__(self, word: str, *, seconds: float) -> None:
        super().__init__()
        self._word, self._seconds = word, seconds

    async def prepare(self, tts, text, *, owner, cut=None, said=None) -> None:
        await super().prepare(tts, text, owner=owner, cut=cut)
        if self._word in text:
            began = thread_time()
            while thread_time() - began < self._seconds:
                pass


class Slow(NotedClips):
    """Never gets ready with what has `word` in it."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    async def prepare(self, tts, text, *, owner, cut=None, said=None) -> None:
        await super().prepare(tts, text, owner=owner, cut=cut)
        if self._word in text:
            await asyncio.Event().wait()


def test_an_agent_that_holds_the_loop_is_set_aside_with_its_reason(cast, monkeypatch):
    agent = published(cast.acorn, greeting="Hostile.")
    published(cast.birch, greeting="Good morning.")
    clips = HeldUp("Hostile", seconds=2 * readiness.HELD_SECONDS)
    poll(Readiness(clips))
    assert "Good morning." in clips.texts
    version = Agent.objects.get(pk=agent.pk).published
    assert "delayed other calls" in reason_in_words(version)
    (entry,) = AuditEntry.objects.filter(action="agent.set_aside")
    assert (entry.org, entry.actor) == (cast.acorn, None)


def test_an_agent_whose_voice_does_not_get_ready_is_set_aside_and_others_are_seen_to(
    cast, monkeypatch
):
    monkeypatch.setattr(readiness, "RENDER_SECONDS", 0.01)
    agent = published(cast.acorn, greeting="Hostile.")
    published(cast.birch, greeting="Good morning.")
    clips = Slow("Hostile")
    poll(Readiness(clips))
    assert "Good morning." in clips.texts
    assert "too long to generate" in reason_in_words(Agent.objects.get(pk=agent.pk).published)


def test_a_version_that_is_set_aside_is_not_prepared_again_before_a_new_one(
    cast, clips, monkeypatch
):
    agent = published(cast.acorn, greeting="Hostile.")
    set_aside(agent.published, reason=HOLDS_UP)
    poll(Readiness(clips))
    assert "Hostile." not in clips.texts
    publish(agent, greeting="Plain.")
    poll(Readiness(clips))
    assert "Plain." in clips.texts


def test_two_processes_that_find_an_agent_slow_write_it_down_once(cast):
    version = published(cast.acorn).published
    assert set_aside(version, reason=HOLDS_UP)
    assert not set_aside(version, reason=SLOW_VOICE)
    assert AuditEntry.objects.filter(action="agent.set_aside").count() == 1


def test_an_agent_that_fails_keeps_no_other_from_being_seen_to(cast, clips, monkeypatch, logged):
    broken = published(cast.acorn, greeting="Broken.")
    published(cast.birch, greeting="Good morning.")
    published(cast.acorn, greeting="Good evening.")
    config = AgentVersion.config

    def fails(version):
        if version.pk == broken.published.pk:
            raise ValueError
        return config(version)

    monkeypatch.setattr(AgentVersion, "config", fails)
    poll(Readiness(clips))
    assert {"Good morning.", "Good evening."} <= set(clips.texts)
    (told,) = (event for event in logged if event["event"] == "not_made_ready")
    assert told["agent"] == broken.public_id


async def test_a_process_is_ready_without_a_look_at_any_tenants_agent(monkeypatch):
    looks: list[bool] = []
    looked = asyncio.Event()

    async def poll(self):
        looks.append(lifecycle.is_warm)
        looked.set()

    monkeypatch.setattr(Readiness, "poll", poll)
    monkeypatch.setattr(lifecycle, "is_warm", False)
    runtime = await Runtime.start()
    try:
        assert lifecycle.is_warm
        assert looks == []
        await asyncio.wait_for(looked.wait(), 10)
        assert all(looks)  # the process was ready before the first
    finally:
        await runtime.aclose()


async def test_a_greeting_is_rendered_in_the_pieces_of_its_prepared_form(cast, monkeypatch):
    """So that readiness cuts no sentence itself."""

    def never(text):
        raise AssertionError(text)

    monkeypatch.setattr(clips_module, "sentences", never)
    said = []

    class Voice:
        cache_key = "voice"

        async def speak(self, text):
            said.append(text)
            yield b"sound"

    cut = ("Hello there. ", "How are you?")
    await ClipCache().prepare(Voice(), "Hello there. How are you?", cut=cut)
    assert said == ["Hello there.", "How are you?"]


async def test_failures_of_background_tasks_are_logged(monkeypatch, logged):
    async def fails() -> None:
        raise ValueError

    made = Runtime.__new__(Runtime)
    made._tasks = set()
    made._begin(fails(), name="stay-ready")
    await settle()
    (told,) = logged
    assert (told["event"], told["task"]) == ("background_task_failed", "stay-ready")
    assert made._tasks == set()


def test_the_models_of_agents_that_answer_are_kept_loaded_and_of_no_others(
    cast, monkeypatch, settings
):
    settings.DEFAULT_LLM = "openai"
    kept = []

    async def keep(used, _):
        kept.append(used)

    monkeypatch.setattr(registry, "keep", keep)
    asyncio.run(readiness.keep_models_loaded())
    named, silent = published(cast.acorn), published(cast.birch)
    asyncio.run(readiness.keep_models_loaded())
    AgentVersion.objects.filter(pk=named.published.pk).update(llm="")
    Agent.objects.filter(pk=silent.pk).update(is_active=False)
    asyncio.run(readiness.keep_models_loaded())
    assert kept == [frozenset(), {"scripted"}, {"openai"}]


def test_failures_of_the_keepalive_do_not_affect_calls(cast, monkeypatch, logged):
    async def keep(*_):
        raise AttributeError("in a provider's package")

    monkeypatch.setattr(registry, "keep", keep)
    asyncio.run(readiness.keep_models_loaded())
    assert [event["event"] for event in logged] == ["models_not_kept_loaded"]
